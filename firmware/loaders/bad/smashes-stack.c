/* Init writes beyond an array on the stack, over its own return address, and returns to 0xA5A5A5A4. */
#include "bad.h"

IMAGINARY_DEVICE("SMASHES-STACK_IMAGINARY-BOARD");

static volatile uint32_t identification_words = 6;

__attribute__((noinline)) static uint32_t read_identification(void) {
    volatile uint32_t words[4];
    for (uint32_t i = 0; i < identification_words; i++) {
        words[i] = 0xA5A5A5A5u;
    }
    return words[0];
}

CALLED_BY_HOST int Init(void) {
    return read_identification() != 0 ? DONE : FAILED;
}
