/* Init succeeds, but uses RAM that it never told of: the first word, and 2 KiB at 16 KiB. */
#include "bad.h"

IMAGINARY_DEVICE("WRITES-ELSEWHERE_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    volatile uint32_t *ram = (volatile uint32_t *)0x20000000u;
    ram[0] = 0x5A5A5A5Au;
    for (uint32_t i = 0; i < 512; i++) {
        ram[0x1000 + i] = i;
    }
    return DONE;
}
