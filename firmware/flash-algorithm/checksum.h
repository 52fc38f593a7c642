/* CRC-32 with polynomial 0x04C11DB7, most significant bit first, as GDB's qCRC wants it. */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdint.h>

#define CHECKSUM_START 0xFFFFFFFFu

/** Fills the 256 words of `table`. */
static inline void checksum_prepare(uint32_t *table) {
    for (uint32_t index = 0; index < 256u; index++) {
        uint32_t value = index << 24;
        for (int bit = 0; bit < 8; bit++) {
            value = (value & 0x80000000u) ? (value << 1) ^ 0x04C11DB7u : value << 1;
        }
        table[index] = value;
    }
}

static inline __attribute__((always_inline)) uint32_t checksum_byte(uint32_t crc, uint32_t byte, const uint32_t *table) {
    return (crc << 8) ^ table[(crc >> 24) ^ byte];
}

/** Continues `crc` over `length` bytes; whole words are read where the address allows it. */
static inline __attribute__((always_inline)) uint32_t checksum(uint32_t crc, const uint8_t *data, uint32_t length, const uint32_t *table) {
    while (length > 0 && ((uintptr_t)data & 3u) != 0) {
        crc = checksum_byte(crc, *data++, table);
        length--;
    }
    while (length >= 4u) {
        uint32_t word = *(const uint32_t *)data;
        crc = checksum_byte(crc, word & 0xFFu, table);
        crc = checksum_byte(crc, (word >> 8) & 0xFFu, table);
        crc = checksum_byte(crc, (word >> 16) & 0xFFu, table);
        crc = checksum_byte(crc, word >> 24, table);
        data += 4;
        length -= 4u;
    }
    while (length > 0) {
        crc = checksum_byte(crc, *data++, table);
        length--;
    }
    return crc;
}

#endif
