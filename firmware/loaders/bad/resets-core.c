/* Init resets the core alone (ARMv7-M B3.2.6, VECTRESET), which leaves no flag in RCC. */
#include "bad.h"

IMAGINARY_DEVICE("RESETS-CORE_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_AIRCR = SCB_AIRCR_VECTRESET;
    for (;;) {
    }
}
