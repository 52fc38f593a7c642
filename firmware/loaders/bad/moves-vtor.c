/* Init points VTOR at the application's vector table, as SystemInit does, and then faults: its handler takes over. */
#include "bad.h"

IMAGINARY_DEVICE("MOVES-VTOR_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_VTOR = 0x08000000u;
    return *NOWHERE == 0x0020 ? DONE : FAILED;
}
