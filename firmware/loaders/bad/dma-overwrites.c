/* Init has DMA write over its own code, and runs into that (STM32F1: RM0008 13.3.7, 15.4). */
#include "bad.h"

IMAGINARY_DEVICE("DMA-OVERWRITES_IMAGINARY-BOARD");

__attribute__((noipa)) static uint32_t identification(void) {
    return 1;
}

CALLED_BY_HOST int Init(void) {
    start_dma((uint32_t)identification & ~3u);
    for (;;) {
        wait_for(50);
        identification();
    }
}
