/* Init calls a supervisor that is not there: SVC, with interrupts masked, is a HardFault (ARMv7-M B1.5.6). */
#include "bad.h"

IMAGINARY_DEVICE("CALLS-SUPERVISOR_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    __asm volatile("svc 0");
    return DONE;
}
