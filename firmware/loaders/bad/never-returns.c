/* Init waits for a flag that nobody sets. */
#include "bad.h"

IMAGINARY_DEVICE("NEVER-RETURNS_IMAGINARY-BOARD");

static volatile uint32_t memory_ready;

static void wait_until_ready(void) {
    while (memory_ready == 0) {
    }
}

CALLED_BY_HOST int Init(void) {
    wait_until_ready();
    return DONE;
}
