/* SRAM of the STM3210E-EVAL: IS61WV51216BLL, 512 K x 16 at NE3, 10 ns. */
#include "byte-sums.h"
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
    /* At 72 MHz 42 ns from the address to the data, of which the FSMC takes 25 ns to sample them (t_su(Data_NE)). */
    FSMC_NOR->bank[2].BTR = FSMC_BTR_ADDSET(0u) | FSMC_BTR_DATAST(2u);
    FSMC_NOR->bank[2].BCR =
        FSMC_BCR_RESERVED | FSMC_BCR_MTYP_SRAM | FSMC_BCR_MWID_16 | FSMC_BCR_WREN | FSMC_BCR_MBKEN;
    return answers() ? DONE : FAILED;
}

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size)) {
        return FAILED;
    }
    for (; size > 0 && address % 4 != 0; size--) {
        *(volatile uint8_t *)address++ = *buffer++;
    }
#pragma GCC unroll 4
    for (; size >= 4; size -= 4, address += 4, buffer += 4) {
        *(volatile uint32_t *)address = word_in(buffer);
    }
    for (; size > 0; size--) {
        *(volatile uint8_t *)address++ = *buffer++;
    }
    return DONE;
}
