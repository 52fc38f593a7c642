/* Looks at a peripheral's status over and over, and writes one of its registers. */
#include "board.h"

#define RCC_APB1ENR (*(volatile uint32_t *)0x4002101c)
#define USART2_SR (*(volatile uint32_t *)0x40004400)
#define USART2_CR3 (*(volatile uint32_t *)0x40004414)

int main(void)
{
    uint32_t checksum = 0;
    RCC_APB1ENR = 1 << 17;
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        if (USART2_SR & 0x20)
            checksum += 3;
        checksum = checksum * 3 + (turn & 7);
        USART2_CR3 = turn & 0x80;
    }
    finish("polling", checksum);
}
