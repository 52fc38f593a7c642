/* The heart of an EEPROM emulation: where its pages are is all that matters here. */
#include "chip.h"

__attribute__((used)) uint16_t EE_Init(void) {
    uint16_t first = *(volatile uint16_t *)EEPROM_START_ADDRESS;
    uint16_t second = *(volatile uint16_t *)(EEPROM_START_ADDRESS + 1024u);
    return first == 0xFFFF && second == 0xFFFF ? 0 : 1;
}
