/* Init puts the application's vector table into force, clears the debugger's vector catch, and faults. */
#include "bad.h"

IMAGINARY_DEVICE("USES-APPLICATION-VECTORS_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_VTOR = 0x08000000u;
    DEMCR &= 0xFF000000u;
    return *NOWHERE != 0 ? DONE : FAILED;
}
