/*
 * An external memory loader of ST's kind: a program for the target's RAM that a debugger loads and whose functions it calls
 * one at a time, with interrupts masked. It finds them and the description of the memory by their symbols.
 */
#ifndef LOADER_H
#define LOADER_H

#include <stdint.h>

#define BIT(n) (1u << (n))

/** What the functions return. */
enum { FAILED, DONE };

/** DeviceType of the description. */
enum device_type { MCU_FLASH = 1, NAND_FLASH, NOR_FLASH, SRAM, PSRAM, PC_CARD, SPI_FLASH, I2C_FLASH, SDRAM, I2C_EEPROM };

#define SECTOR_RUNS 10

struct sector_run {
    uint32_t count;
    uint32_t size;
};

/** Description of the memory; 200 bytes, the layout is fixed. */
struct storage_info {
    char device_name[100];
    uint16_t device_type;
    uint32_t start;
    uint32_t size;
    /** Bytes that are best written at once. */
    uint32_t page_size;
    uint8_t erased_value;
    /** In address order, ended by 0, 0. */
    struct sector_run sectors[SECTOR_RUNS];
};

_Static_assert(sizeof(struct storage_info) == 200, "the debugger reads 200 bytes");

/* The linker scripts keep these, whether or not anything refers to them. */
#define CALLED_BY_HOST __attribute__((used, noinline, section(".text.host")))
#define STORAGE_INFO __attribute__((used, section(".storage_info")))

extern const struct storage_info StorageInfo;

/** Sets up pins, memory controller and memory. */
int Init(void);
/** Programs bytes of erased memory. Any size and alignment. */
int Write(uint32_t address, uint32_t size, const uint8_t *buffer);
/** Reads bytes of memory that is not mapped into the address space. */
int Read(uint32_t address, uint32_t size, uint8_t *buffer);
/** Erases every sector that has an address from `start` up to and including `end`. */
int SectorErase(uint32_t start, uint32_t end);
int MassErase(void);
/** `initial` plus the sum of all bytes. */
uint32_t CheckSum(uint32_t start, uint32_t size, uint32_t initial);
/**
 * Compares `words` words with RAM. Of the first word, the low four bits of `misalignment` say how many bytes do not count; of
 * the last, bits 16 to 19. Returns the sum of the bytes that count in the high word, and in the low word 0 or the first address
 * where they differ.
 */
uint64_t Verify(uint32_t address, uint32_t buffer, uint32_t words, uint32_t misalignment);

/** `size` bytes from `address` lie in the memory. Code cannot ask StorageInfo: it need not be where it was linked. */
static inline int lies_in(uint32_t start, uint32_t length, uint32_t address, uint32_t size) {
    uint32_t offset = address - start;
    return offset < length && size <= length - offset;
}

/** What Init begins with in a loader that link/iar.ld links. */
void clear_bss(void);

#endif
