/* Init goes to the process stack, unprivileged, and reports failure from there. */
#include "bad.h"

IMAGINARY_DEVICE("RETURNS-0-ON-PSP_IMAGINARY-BOARD");

__attribute__((naked)) CALLED_BY_HOST int Init(void) {
    __asm volatile("movs r0, #3\n msr control, r0\n isb\n movs r0, #0\n bx lr");
}
