#include "flash-algorithm.h"

FLASH_DEVICE const struct flash_device FlashDevice = {
    .version = VERSION_1_1,
    .name = "STM32F10x medium density, 64 KiB",
    .type = DEVICE_ON_CHIP,
    .start = 0x08000000u,
    .size = 0x10000u,
    .page_size = 1024,
    .erased_value = 0xFF,
    .program_timeout = 200,
    .erase_timeout = 500,
    .sectors = {{1024, 0}, END_OF_SECTORS},
};
