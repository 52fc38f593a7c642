/*
 * An EEPROM in the last two pages of flash: 16-bit values at 16-bit virtual addresses that survive resets and power cuts.
 * One page is active; every write appends a record to it. When it is full, the newest value of each address moves to the
 * other page.
 */
#ifndef EEPROM_H
#define EEPROM_H

#include <stdint.h>

enum eeprom_result { EEPROM_OK, EEPROM_NOT_FOUND, EEPROM_FULL, EEPROM_FLASH_ERROR };

/** What happened since the start, for a debugger to look at. */
struct eeprom_statistics {
    uint32_t records_written;
    uint32_t transfers;
    uint32_t pages_erased;
    uint32_t recoveries;
};

extern struct eeprom_statistics eeprom_statistics;

/** Finds the active page; puts right what a power cut has interrupted, formats when there is nothing. */
enum eeprom_result eeprom_init(void);
/** The newest value at `address` (any but 0xFFFF). */
enum eeprom_result eeprom_read(uint16_t address, uint16_t *value);
enum eeprom_result eeprom_write(uint16_t address, uint16_t value);
/** Number of the active page, 0 or 1, and how many records still fit in it. */
int eeprom_active_page(void);
uint32_t eeprom_free_records(void);

#endif
