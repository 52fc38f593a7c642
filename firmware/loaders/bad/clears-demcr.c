/* Init turns the debugger's vector catch off, points VTOR at the application's vector table, and faults. */
#include "bad.h"

IMAGINARY_DEVICE("CLEARS-DEMCR_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    DEMCR = 0;
    SCB_VTOR = 0x08000000u;
    return *NOWHERE == 0x0020 ? DONE : FAILED;
}
