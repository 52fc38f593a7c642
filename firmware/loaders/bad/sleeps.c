/* Init waits for an interrupt that never comes. */
#include "bad.h"

IMAGINARY_DEVICE("SLEEPS_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    for (;;) {
        __asm volatile("wfi");
    }
}
