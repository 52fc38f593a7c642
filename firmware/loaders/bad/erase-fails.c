/* SectorErase says that it failed. */
#include "bad.h"

IMAGINARY_DEVICE("ERASE-FAILS_IMAGINARY-BOARD");

CALLED_BY_HOST int SectorErase(uint32_t start, uint32_t end) {
    (void)start, (void)end;
    return FAILED;
}
