/* Init moves the vector table where there is none, clears the debugger's vector catch, and faults. */
#include "bad.h"

IMAGINARY_DEVICE("BLINDS-DEBUGGER_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_VTOR = 0x30000000u;
    DEMCR &= 0xFF000000u;
    return *NOWHERE != 0 ? DONE : FAILED;
}
