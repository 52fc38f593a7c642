/* CheckSum and Verify of memory that only Read can read. */
#include "loader.h"

/** A page of the memories that are read so. */
#define CHUNK 512u

static uint8_t chunk[CHUNK];

/* What cannot be read counts as nothing. */
CALLED_BY_HOST uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial) {
    uint32_t sum = initial;
    while (size > 0) {
        uint32_t length = size < CHUNK ? size : CHUNK;
        if (Read(start, length, chunk) != DONE) {
            return sum;
        }
        for (uint32_t i = 0; i < length; i++) {
            sum += chunk[i];
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
        uint32_t length = end - done < CHUNK ? end - done : CHUNK;
        if (Read(address + done, length, chunk) != DONE) {
            return (uint64_t)sum << 32 | (difference != 0 ? difference : address + done);
        }
        for (uint32_t i = 0; i < length; i++) {
            sum += chunk[i];
            if (chunk[i] != expected[done + i] && difference == 0) {
                difference = address + done + i;
            }
        }
        done += length;
    }
    return (uint64_t)sum << 32 | difference;
}
