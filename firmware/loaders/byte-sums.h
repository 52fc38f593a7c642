/* Sums of bytes by words: the bytes of up to 128 words add up by twos, in the halves of one word. */
#ifndef BYTE_SUMS_H
#define BYTE_SUMS_H

#include <stdint.h>

#define WORDS_IN_PAIRS 128u

/** Sums of bytes 0 and 1, and of bytes 2 and 3, in the halves of a word. */
static inline uint32_t pairs_of(uint32_t word) {
    return (word & 0x00FF00FFu) + (word >> 8 & 0x00FF00FFu);
}

static inline uint32_t sum_of_pairs(uint32_t pairs) {
    return (pairs & 0xFFFFu) + (pairs >> 16);
}

/** A word in memory, aligned or not. */
static inline uint32_t word_in(const void *memory) {
    uint32_t word;
    __builtin_memcpy(&word, memory, sizeof word);
    return word;
}

#endif
