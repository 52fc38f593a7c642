/* Counts its starts and twenty times a second in an EEPROM that lives in flash; prints both on USART1 (PA9, 115200 baud). */
#include "board.h"
#include "eeprom.h"

#define ADDRESS_STARTS 0x0001u
#define ADDRESS_COUNTER 0x0002u
#define PERIOD_MS 50u

static uint16_t starts;
static uint16_t counter;

/** The value at `address`, 0 when none was ever written. */
static uint16_t stored(uint16_t address) {
    uint16_t value;
    return eeprom_read(address, &value) == EEPROM_OK ? value : 0u;
}

static void stop_with(const char *text) {
    console_text("Probity eeprom: ");
    console_text(text);
    console_text("\n");
    for (;;) {
    }
}

static void report(void) {
    console_text("Probity eeprom: start ");
    console_decimal(starts);
    console_text(" counter ");
    console_decimal(counter);
    console_text(" page ");
    console_decimal((uint32_t)eeprom_active_page());
    console_text(" free ");
    console_decimal(eeprom_free_records());
    console_text("\n");
}

int main(void) {
    clock_init();
    led_init();
    console_init();
    tick_init();
    if (eeprom_init() != EEPROM_OK) {
        stop_with("the flash does not take it");
    }
    starts = (uint16_t)(stored(ADDRESS_STARTS) + 1u);
    counter = stored(ADDRESS_COUNTER);
    if (eeprom_write(ADDRESS_STARTS, starts) != EEPROM_OK) {
        stop_with("writing failed");
    }
    report();

    uint32_t due = milliseconds;
    for (;;) {
        due += PERIOD_MS;
        while ((int32_t)(milliseconds - due) < 0) {
            __asm volatile("wfi");
        }
        counter++;
        led_set(counter & 1u);
        if (eeprom_write(ADDRESS_COUNTER, counter) != EEPROM_OK) {
            stop_with("writing failed");
        }
        report();
    }
}
