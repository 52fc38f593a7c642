/* Init succeeds, but leaves a timer and a DMA channel on that go on writing to RAM (STM32F1: RM0008 13.3.7, 15.4). */
#include "bad.h"

IMAGINARY_DEVICE("LEAVES-DMA-ON_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    start_dma(0x20003000u);
    wait_for(200);
    return DONE;
}
