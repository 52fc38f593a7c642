/* Variables kept in two pages of flash as an EEPROM would keep them: each write appends a record; a full page is
   copied, newest values alone, to the other (the scheme of AN2594, in small). */
#include "mcu.h"

#define FLASH_KEYR (*(reg *)0x40022004u)
#define FLASH_SR (*(reg *)0x4002200Cu)
#define FLASH_CR (*(reg *)0x40022010u)
#define FLASH_AR (*(reg *)0x40022014u)
#define PAGE 1024u
#define FIRST 0x0800E000u
#define SECOND 0x0800E400u
#define ERASED 0xFFFF
#define RECEIVING 0xEEEE
#define VALID 0x0000

static unsigned erases, errors;

static uint16_t half(uint32_t address) { return *(volatile uint16_t *)address; }

static int finish(void) {
    int done = wait_until(!(FLASH_SR & BIT(0)), 100) && (FLASH_SR & BIT(5)) && !(FLASH_SR & (BIT(2) | BIT(4)));
    FLASH_SR = BIT(5) | BIT(4) | BIT(2);
    if (!done) errors++;
    return done;
}

static void program(uint32_t address, uint16_t value) {
    FLASH_CR |= BIT(0);
    *(volatile uint16_t *)address = value;
    finish();
    FLASH_CR &= ~BIT(0);
}

static void erase(uint32_t page) {
    FLASH_CR |= BIT(1);
    FLASH_AR = page;
    FLASH_CR |= BIT(6);
    finish();
    FLASH_CR &= ~BIT(1);
    erases++;
}

static uint32_t valid_page(void) { return half(FIRST) == VALID ? FIRST : half(SECOND) == VALID ? SECOND : 0; }

static int find(uint32_t page, uint16_t id, uint16_t *value) {
    for (uint32_t at = page + PAGE - 4; at > page; at -= 4) {
        if (half(at + 2) != id) continue;
        *value = half(at);
        return 1;
    }
    return 0;
}

static int append(uint32_t page, uint16_t id, uint16_t value) {
    for (uint32_t at = page + 4; at < page + PAGE; at += 4) {
        if (half(at) != ERASED || half(at + 2) != ERASED) continue;
        program(at, value);
        program(at + 2, id);
        return 1;
    }
    return 0;
}

static void store(uint16_t id, uint16_t value) {
    uint32_t page = valid_page();
    if (append(page, id, value)) return;
    uint32_t other = page == FIRST ? SECOND : FIRST;
    program(other, RECEIVING);
    append(other, id, value);
    for (uint16_t each = 1; each <= 5; each++) {
        uint16_t kept;
        if (each != id && find(page, each, &kept)) append(other, each, kept);
    }
    erase(page);
    program(other, VALID);
}

int main(void) {
    report("locked after reset", FLASH_CR & BIT(7));
    FLASH_KEYR = 0x45670123;
    FLASH_KEYR = 0xCDEF89AB;
    report("unlocked", !(FLASH_CR & BIT(7)));
    erase(FIRST);
    erase(SECOND);
    program(FIRST, VALID);
    for (uint16_t i = 0; i < 600; i++) store((uint16_t)(1 + i % 5), i);
    uint16_t value = 0;
    int good = 1;
    for (uint16_t id = 1; id <= 5; id++) good &= find(valid_page(), id, &value) && value == 594 + id;
    report("newest values", good);
    report("pages took turns", erases == 4 && errors == 0);
    FLASH_CR |= BIT(0);
    *(volatile uint16_t *)(valid_page() + 4) = 0x1234;
    int refused = wait_until(!(FLASH_SR & BIT(0)), 10) && (FLASH_SR & BIT(2));
    FLASH_SR = BIT(2);
    FLASH_CR = BIT(7);
    report("programmed twice is an error", refused && !(FLASH_SR & BIT(2)) && (FLASH_CR & BIT(7)));
    return 0;
}
