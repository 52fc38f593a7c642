/* Write waits for an end that does not come. */
#include "bad.h"

IMAGINARY_DEVICE("WRITE-HANGS_IMAGINARY-BOARD");

static volatile uint32_t programmed;

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    (void)address, (void)size, (void)buffer;
    while (programmed == 0) {
    }
    return DONE;
}
