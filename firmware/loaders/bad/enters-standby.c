/* Init enters Standby mode, with the debug port's clock not kept (STM32F1: RM0008 5.3.6, 31.16.3). */
#include "bad.h"

IMAGINARY_DEVICE("ENTERS-STANDBY_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    RCC_APB1ENR |= RCC_APB1ENR_PWREN;
    DBGMCU_CR = 0;
    PWR_CR |= PWR_CR_PDDS;
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;) {
        __asm volatile("wfi");
    }
}
