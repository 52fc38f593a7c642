/* CheckSum and Verify of memory that the processor reads at its addresses, by words where they are aligned. */
#include "byte-sums.h"
#include "loader.h"

static uint8_t byte_at(uint32_t address) {
    return *(const volatile uint8_t *)address;
}

static uint32_t word_at(uint32_t address) {
    return *(const volatile uint32_t *)address;
}

/** Words from an aligned address that are before `end`, as many as may be summed at once; none from another address. */
static uint32_t words_before(uint32_t end, uint32_t address) {
    uint32_t words = address % 4 == 0 ? (end - address) / 4 : 0;
    return words < WORDS_IN_PAIRS ? words : WORDS_IN_PAIRS;
}

CALLED_BY_HOST uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial) {
    uint32_t end = start + size;
    uint32_t sum = initial;
    while (start != end) {
        uint32_t words_end = start + words_before(end, start) * 4;
        if (words_end == start) {
            sum += byte_at(start++);
            continue;
        }
        uint32_t pairs = 0;
#pragma GCC unroll 4
        for (; start != words_end; start += 4) {
            pairs += pairs_of(word_at(start));
        }
        sum += sum_of_pairs(pairs);
    }
    return sum;
}

CALLED_BY_HOST uint64_t Verify(uint32_t address, uint32_t buffer, uint32_t words, uint32_t misalignment) {
    uint32_t end = address + words * 4u - (misalignment >> 16 & 15u);
    uint32_t to_buffer = buffer - address;
    uint32_t sum = 0;
    uint32_t difference = 0;
    for (uint32_t at = address + (misalignment & 15u); at != end;) {
        uint32_t run = words_before(end, at) * 4;
        uint32_t run_end = at + run;
        uint32_t pairs = 0;
#pragma GCC unroll 4
        for (; at != run_end; at += 4) {
            uint32_t word = word_at(at);
            if (word != word_in((const void *)(at + to_buffer))) {
                break;
            }
            pairs += pairs_of(word);
        }
        sum += sum_of_pairs(pairs);
        if (run != 0 && at == run_end) {
            continue;
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
