/* A bootloader that looks at the program behind it, hands over to it as vendors' loaders do, and can be asked through
   a backup register to go to the ROM loader instead. `ORIGIN` of the other program is 0x08002000. */
#include "core.h"

#define APPLICATION 0x08002000u
#define ROM 0x1FFFF000u

static void leave_for(uint32_t table) {
    console_flush();
    SYSTICK->CSR = 0;
    SYSTICK->RVR = 0;
    SYSTICK->CVR = 0;
    USART1->CR1 = 0;
    RCC->CFGR &= ~3u;
    while (RCC->CFGR & 0xC) {
    }
    RCC->CR &= ~(BIT(24) | BIT(16));
    RCC->APB2RSTR = 0xFFFFFFFF;
    RCC->APB2RSTR = 0;
    RCC->APB1RSTR = 0xFFFFFFFF & ~(BIT(27) | BIT(28));
    RCC->APB1RSTR = 0;
    RCC->APB2ENR = 0;
    for (unsigned i = 0; i < 2; i++) {
        NVIC_ICER(i) = 0xFFFFFFFF;
        WORD(0xE000E280 + 4 * i) = 0xFFFFFFFF;
    }
    SCB_VTOR = table;
    uint32_t stack = WORD(table), entry = WORD(table + 4);
    __asm volatile("msr msp, %0\nbx %1" ::"r"(stack), "r"(entry) : "memory");
    __builtin_unreachable();
}

int main(void) {
    tick_start(clock_full_speed());
    console_start(72000000);
    report("loader runs", SCB_VTOR == 0);
    RCC->APB1ENR |= BIT(27) | BIT(28);
    PWR->CR |= BIT(8);
    if (BKP->DR[0] == 0xB007) {
        BKP->DR[0] = 0;
        report("asked for the ROM loader", 1);
        leave_for(ROM);
    }
    uint32_t stack = WORD(APPLICATION), entry = WORD(APPLICATION + 4);
    report("a program is there", (stack & 0x2FFE0000) == 0x20000000 && entry > APPLICATION && (entry & 1));
    leave_for(APPLICATION);
    return 0;
}
