/* Init becomes unprivileged and then reads a register that only privileged code may (ARMv7-M B3.1). */
#include "bad.h"

IMAGINARY_DEVICE("UNPRIVILEGED-SCS_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    __asm volatile("msr control, %0\n isb" ::"r"(1));
    return SCB_VTOR != 0 ? DONE : FAILED;
}
