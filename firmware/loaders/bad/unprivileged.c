/* Init becomes unprivileged, on a process stack that it has not set up. */
#include "bad.h"

IMAGINARY_DEVICE("UNPRIVILEGED_IMAGINARY-BOARD");

static volatile uint32_t sink;

__attribute__((noinline)) static void use_stack(uint32_t depth) {
    volatile uint32_t local[4];
    for (uint32_t i = 0; i < 4; i++) {
        local[i] = depth + i;
    }
    sink = local[depth & 3];
}

CALLED_BY_HOST int Init(void) {
    __asm volatile("msr control, %0\n isb" ::"r"(3));
    use_stack(1);
    return DONE;
}
