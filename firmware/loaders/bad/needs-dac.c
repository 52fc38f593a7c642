/* Init uses the DAC of an STM32F1 that has one. */
#include "bad.h"

IMAGINARY_DEVICE("NEEDS-DAC_IMAGINARY-BOARD");

#define DAC_CR (*(volatile uint32_t *)0x40007400u)

CALLED_BY_HOST int Init(void) {
    DAC_CR = 1;
    return DONE;
}
