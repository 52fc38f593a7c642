/* Init works, but needs 5 KiB of stack. */
#include "bad.h"

IMAGINARY_DEVICE("NEEDS-STACK_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    volatile uint32_t table[1280];
    for (uint32_t i = 1280; i-- > 0;) {
        table[i] = i;
    }
    return table[7] == 7 ? DONE : FAILED;
}
