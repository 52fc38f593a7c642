/* Write stores to an address where nothing answers. */
#include "bad.h"

IMAGINARY_DEVICE("WRITE-FAULTS_IMAGINARY-BOARD");

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    (void)address, (void)size;
    *NOWHERE = *buffer;
    return DONE;
}
