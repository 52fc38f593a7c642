/* A program behind a bootloader: built for 0x08002000, it moves the vector table, starts its clocks anew and uses
   interrupts; then it asks the loader for the ROM. */
#include "core.h"

extern void *const vectors[];
static uint32_t constructed;
__attribute__((constructor(200))) static void second(void) { constructed = constructed * 10 + 2; }
__attribute__((constructor(101))) static void first(void) { constructed = constructed * 10 + 1; }

void SystemInit(void) { SCB_VTOR = (uint32_t)vectors; }

static volatile unsigned updates;
void TIM2_IRQHandler(void) {
    TIM2->SR = 0;
    updates = updates + 1;
}

int main(void) {
    int internal = (RCC->CFGR & 0xC) == 0 && !(RCC->CR & BIT(24));
    tick_start(clock_full_speed());
    console_start(72000000);
    report("program runs", SCB_VTOR == 0x08002000 && internal);
    report("constructors ran in order", constructed == 12);
    RCC->APB1ENR |= 1;
    TIM2->PSC = 71;
    TIM2->ARR = 99;
    TIM2->EGR = 1;
    TIM2->SR = 0;
    TIM2->DIER = 1;
    irq_enable(28);
    TIM2->CR1 = 1;
    delay(10);
    report("its interrupts come", updates > 95 && updates < 125);
    RCC->APB1ENR |= BIT(27) | BIT(28);
    PWR->CR |= BIT(8);
    BKP->DR[0] = 0xB007;
    system_reset();
}
