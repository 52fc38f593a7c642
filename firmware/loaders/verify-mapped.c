/* CheckSum and Verify of memory that the processor reads at its addresses. */
#include "loader.h"

CALLED_BY_HOST uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial) {
    const volatile uint8_t *from = (const volatile uint8_t *)start;
    uint32_t sum = initial;
    while (size-- > 0) {
        sum += *from++;
    }
    return sum;
}

CALLED_BY_HOST uint64_t Verify(uint32_t address, uint32_t buffer, uint32_t words, uint32_t misalignment) {
    const volatile uint8_t *memory = (const volatile uint8_t *)address;
    const uint8_t *expected = (const uint8_t *)buffer;
    uint32_t first = misalignment & 15u;
    uint32_t end = words * 4u - (misalignment >> 16 & 15u);
    uint32_t sum = 0;
    uint32_t difference = 0;
    for (uint32_t i = first; i < end; i++) {
        uint8_t byte = memory[i];
        sum += byte;
        if (byte != expected[i] && difference == 0) {
            difference = address + i;
        }
    }
    return (uint64_t)sum << 32 | difference;
}
