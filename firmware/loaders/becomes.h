/* Waiting for what clocks do. */
#ifndef BECOMES_H
#define BECOMES_H

#include "loader.h"

/* At 16 MHz a poll takes 0.5 us or more. A crystal takes 2 ms as a rule, a PLL 0.2 ms. */
#define CLOCK_POLLS 40000u

/** Waits until the masked bits of a register have a value; not for ever. */
static inline int becomes(volatile uint32_t *address, uint32_t mask, uint32_t value) {
    for (uint32_t polls = 0; polls < CLOCK_POLLS; polls++) {
        if ((*address & mask) == value) {
            return DONE;
        }
    }
    return FAILED;
}

#endif
