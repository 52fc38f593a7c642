/* Write enters Stop mode, with the debug port's clock not kept (STM32F1: RM0008 5.3.5, 31.16.3). */
#include "bad.h"

IMAGINARY_DEVICE("WRITE-STOPS_IMAGINARY-BOARD");

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    (void)address;
    (void)size;
    (void)buffer;
    DBGMCU_CR = 0;
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;) {
        __asm volatile("wfi");
    }
}
