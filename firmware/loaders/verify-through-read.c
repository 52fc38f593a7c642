/* CheckSum and Verify of memory that only Read can read. */
#include "byte-sums.h"
#include "loader.h"

/** A page of the memories that are read so. */
#define CHUNK 512u
_Static_assert(CHUNK / 4 <= WORDS_IN_PAIRS, "the words of a chunk are summed at once");

/* By words: it has to be aligned as they are. */
static uint32_t chunk[CHUNK / 4];

/** Bytes of `size` that are in the page of `address`. */
static uint32_t within_chunk(uint32_t address, uint32_t size) {
    uint32_t rest = CHUNK - address % CHUNK;
    return size < rest ? size : rest;
}

static uint8_t chunk_byte(uint32_t index) {
    return ((const uint8_t *)chunk)[index];
}

/* What cannot be read counts as nothing. */
CALLED_BY_HOST uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial) {
    uint32_t sum = initial;
    while (size > 0) {
        uint32_t length = within_chunk(start, size);
        if (Read(start, length, (uint8_t *)chunk) != DONE) {
            return sum;
        }
        uint32_t pairs = 0;
        uint32_t i = 0;
#pragma GCC unroll 4
        for (; i < length / 4; i++) {
            pairs += pairs_of(chunk[i]);
        }
        sum += sum_of_pairs(pairs);
        for (i *= 4; i < length; i++) {
            sum += chunk_byte(i);
        }
        start += length;
        size -= length;
    }
    return sum;
}

CALLED_BY_HOST uint64_t Verify(uint32_t address, uint32_t buffer, uint32_t words, uint32_t misalignment) {
    const uint8_t *expected = (const uint8_t *)buffer;
    uint32_t end = words * 4u - (misalignment >> 16 & 15u);
    uint32_t sum = 0;
    uint32_t difference = 0;
    for (uint32_t done = misalignment & 15u; done < end;) {
        uint32_t length = within_chunk(address + done, end - done);
        if (Read(address + done, length, (uint8_t *)chunk) != DONE) {
            return (uint64_t)sum << 32 | (difference != 0 ? difference : address + done);
        }
        uint32_t pairs = 0;
        uint32_t i = 0;
#pragma GCC unroll 4
        for (; i < length / 4; i++) {
            if (chunk[i] != word_in(expected + done + 4 * i)) {
                break;
            }
            pairs += pairs_of(chunk[i]);
        }
        sum += sum_of_pairs(pairs);
        /* From the first word that differs, and what is less than a word. */
        for (i *= 4; i < length; i++) {
            sum += chunk_byte(i);
            if (chunk_byte(i) != expected[done + i] && difference == 0) {
                difference = address + done + i;
            }
        }
        done += length;
    }
    return (uint64_t)sum << 32 | difference;
}
