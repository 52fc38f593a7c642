/* It wants 96 KiB of RAM. */
#include "bad.h"

IMAGINARY_DEVICE("LARGER-THAN-RAM_IMAGINARY-BOARD");

static volatile uint8_t cache[96 * 1024];

CALLED_BY_HOST int Init(void) {
    for (uint32_t i = 0; i < sizeof cache; i++) {
        cache[i] = 0xFF;
    }
    return DONE;
}
