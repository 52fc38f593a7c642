/* SRAM of the STM3210E-EVAL: IS61WV51216BLL, 512 K x 16 at NE3, 10 ns. */
#include "stm3210e-eval.h"

#define START 0x68000000u
#define SIZE 0x100000u

STORAGE_INFO const struct storage_info StorageInfo = {
    .device_name = "IS61WV51216_STM3210E-EVAL",
    .device_type = SRAM,
    .start = START,
    .size = SIZE,
    .page_size = 0x8000u,
    .erased_value = 0x00u,
};

/** Values that come back only from memory whose data lines all work; each goes to an address line of its own. */
static const uint16_t patterns[] = {
    0x5AA5u, 0xA55Au, 0x00FFu, 0xFF00u, 0x0001u, 0x0002u, 0x0004u, 0x0008u, 0x0010u, 0x0020u,
    0x0040u, 0x0080u, 0x0100u, 0x0200u, 0x0400u, 0x0800u, 0x1000u, 0x2000u, 0x4000u,
};
#define PATTERNS (sizeof patterns / sizeof *patterns)

/** Writes and reads the patterns, and puts back what was there. */
static int answers(void) {
    volatile uint16_t *memory = (volatile uint16_t *)START;
    uint16_t kept[PATTERNS];
    int same = 1;
    for (uint32_t i = 0; i < PATTERNS; i++) {
        kept[i] = memory[1u << i];
        memory[1u << i] = patterns[i];
    }
    for (uint32_t i = 0; i < PATTERNS; i++) {
        same &= memory[1u << i] == patterns[i];
        memory[1u << i] = kept[i];
    }
    return same;
}

CALLED_BY_HOST int Init(void) {
    parallel_bus_init();
    /* Slow enough for 72 MHz, and for what leads to the part. */
    FSMC_NOR->bank[2].BTR = FSMC_BTR_ADDSET(0u) | FSMC_BTR_DATAST(2u);
    FSMC_NOR->bank[2].BCR =
        FSMC_BCR_RESERVED | FSMC_BCR_MTYP_SRAM | FSMC_BCR_MWID_16 | FSMC_BCR_WREN | FSMC_BCR_MBKEN;
    return answers() ? DONE : FAILED;
}

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size)) {
        return FAILED;
    }
    if (size > 0 && (address & 1u)) {
        *(volatile uint8_t *)address++ = *buffer++;
        size--;
    }
    for (; size >= 2; size -= 2, address += 2, buffer += 2) {
        uint16_t word;
        __builtin_memcpy(&word, buffer, sizeof word);
        *(volatile uint16_t *)address = word;
    }
    if (size > 0) {
        *(volatile uint8_t *)address = *buffer;
    }
    return DONE;
}
