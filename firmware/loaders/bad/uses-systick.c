/* Init measures time by SysTick without interrupts, and leaves it changed. */
#include "bad.h"

IMAGINARY_DEVICE("USES-SYSTICK_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SYST_CSR = 0;
    SYST_RVR = 999;
    SYST_CVR = 0;
    SYST_CSR = 5;
    while ((SYST_CSR & BIT(16)) == 0) {
    }
    return DONE;
}
