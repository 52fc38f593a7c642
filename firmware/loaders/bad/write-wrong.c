/* Write says that all is well and writes nothing. */
#include "bad.h"

IMAGINARY_DEVICE("WRITE-WRONG_IMAGINARY-BOARD");

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    (void)address, (void)size, (void)buffer;
    return DONE;
}
