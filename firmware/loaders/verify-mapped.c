/* CheckSum and Verify of memory that the processor reads at its addresses, by words where they are aligned. */
#include "loader.h"

static uint8_t byte_at(uint32_t address) {
    return *(const volatile uint8_t *)address;
}

static uint32_t word_at(uint32_t address) {
    return *(const volatile uint32_t *)address;
}

/** The sum of a word's four bytes. */
static uint32_t sum_of(uint32_t word) {
    uint32_t pairs = (word & 0x00FF00FFu) + (word >> 8 & 0x00FF00FFu);
    return (pairs & 0xFFFFu) + (pairs >> 16);
}

static int is_word(uint32_t address, uint32_t end) {
    return address % 4 == 0 && end - address >= 4;
}

CALLED_BY_HOST uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial) {
    uint32_t end = start + size;
    uint32_t sum = initial;
    while (start != end) {
        if (is_word(start, end)) {
            sum += sum_of(word_at(start));
            start += 4;
        } else {
            sum += byte_at(start++);
        }
    }
    return sum;
}

CALLED_BY_HOST uint64_t Verify(uint32_t address, uint32_t buffer, uint32_t words, uint32_t misalignment) {
    uint32_t end = address + words * 4u - (misalignment >> 16 & 15u);
    uint32_t to_buffer = buffer - address;
    uint32_t sum = 0;
    uint32_t difference = 0;
    for (uint32_t at = address + (misalignment & 15u); at != end;) {
        if (is_word(at, end)) {
            uint32_t word = word_at(at);
            uint32_t expected;
            __builtin_memcpy(&expected, (const void *)(at + to_buffer), sizeof expected);
            if (word == expected) {
                sum += sum_of(word);
                at += 4;
                continue;
            }
        }
        uint8_t byte = byte_at(at);
        sum += byte;
        if (byte != *(const uint8_t *)(at + to_buffer) && difference == 0) {
            difference = at;
        }
        at++;
    }
    return (uint64_t)sum << 32 | difference;
}
