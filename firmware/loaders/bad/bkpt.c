/* Init stops at a breakpoint of its own, left over from debugging. */
#include "bad.h"

IMAGINARY_DEVICE("BKPT_IMAGINARY-BOARD");

static void assert_failed(void) {
    __asm volatile("bkpt #0x42");
}

CALLED_BY_HOST int Init(void) {
    assert_failed();
    return DONE;
}
