/* What the bad loaders have in common: functions of a memory that is always erased. */
#include "bad.h"

__attribute__((weak)) CALLED_BY_HOST int Init(void) {
    return DONE;
}

__attribute__((weak)) CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    (void)buffer;
    return address - IMAGINARY_START + size <= IMAGINARY_SECTORS * IMAGINARY_SECTOR_SIZE ? DONE : FAILED;
}

__attribute__((weak)) CALLED_BY_HOST int SectorErase(uint32_t start, uint32_t end) {
    return start <= end ? DONE : FAILED;
}

__attribute__((weak)) CALLED_BY_HOST int Read(uint32_t address, uint32_t size, uint8_t *buffer) {
    (void)address;
    while (size-- > 0) {
        *buffer++ = 0xFF;
    }
    return DONE;
}
