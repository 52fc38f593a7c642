/*
 * Init recurses without end, and its frames grow over whatever lies below the stack. A frame is full of 0xDE: where the
 * loader's own code is overwritten, it becomes UDF instructions.
 */
#include "bad.h"

IMAGINARY_DEVICE("OVERFLOWS-STACK_IMAGINARY-BOARD");

#define NO_LIMIT 0xFFFFFFFFu

__attribute__((noipa)) static uint32_t walk(uint32_t depth, uint32_t limit) {
    volatile uint32_t frame[16];
    for (uint32_t i = 0; i < 16; i++) {
        frame[i] = 0xDEDEDEDEu;
    }
    if (depth == limit) {
        return 0;
    }
    return walk(depth + 1, limit) + frame[depth % 16];
}

CALLED_BY_HOST int Init(void) {
    return walk(0, NO_LIMIT) != 0 ? DONE : FAILED;
}
