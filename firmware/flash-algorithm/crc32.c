/* Checksum of any memory the core can read: r0 address, r1 length, r2 room for a table of 1 KiB; the sum comes in r0. */
#include "checksum.h"

uint32_t crc32(const uint8_t *address, uint32_t length, uint32_t *table) {
    checksum_prepare(table);
    return checksum(CHECKSUM_START, address, length, table);
}
