/* Sends back what USART1 receives, by interrupt, one higher; sleeps in between. */
#include "chip.h"
void USART1_IRQHandler(void) {
    USART1_DR = USART1_DR + 1;
}
int main(void) {
    console(8000000);
    USART1_CR1 |= (1u << 2) | (1u << 5);
    NVIC_ISER(1) = 1u << 5;
    say("ready\n");
    for (;;) {
        wfi();
    }
}
