#include "eeprom.h"

#include "stm32f103.h"

#define PAGE_SIZE 1024u
#define FIRST_PAGE 0x0800F800u
#define NOTHING 0xFFFFu

/*
 * States of a page. Flash of the F1 can change an erased half-word to any value, and any value to 0 (PM0075 2.3.3), so that
 * the states can only follow each other in this order.
 */
#define STATE_ERASED 0xFFFFu
#define STATE_RECEIVING 0xEEEEu
#define STATE_ACTIVE 0x0000u

/** The address is written last: a record without one was cut off by a power failure. */
struct record {
    volatile uint16_t value;
    volatile uint16_t address;
};

#define RECORDS ((PAGE_SIZE - 4u) / sizeof(struct record))

struct page {
    volatile uint16_t state;
    volatile uint16_t reserved;
    struct record records[RECORDS];
};

static struct page *const pages[2] = {(struct page *)FIRST_PAGE, (struct page *)(FIRST_PAGE + PAGE_SIZE)};
static int active;

struct eeprom_statistics eeprom_statistics;

static void flash_unlock(void) {
    if (FLASH->CR & FLASH_CR_LOCK) {
        FLASH->KEYR = FLASH_KEY1;
        FLASH->KEYR = FLASH_KEY2;
    }
}

static void flash_lock(void) {
    FLASH->CR |= FLASH_CR_LOCK;
}

static enum eeprom_result flash_wait(void) {
    while (FLASH->SR & FLASH_SR_BSY) {
    }
    uint32_t errors = FLASH->SR & (FLASH_SR_PGERR | FLASH_SR_WRPRTERR);
    FLASH->SR = FLASH_SR_PGERR | FLASH_SR_WRPRTERR | FLASH_SR_EOP;
    return errors ? EEPROM_FLASH_ERROR : EEPROM_OK;
}

static enum eeprom_result flash_write(volatile uint16_t *target, uint16_t value) {
    FLASH->CR |= FLASH_CR_PG;
    *target = value;
    enum eeprom_result result = flash_wait();
    FLASH->CR &= ~FLASH_CR_PG;
    return result == EEPROM_OK && *target != value ? EEPROM_FLASH_ERROR : result;
}

static enum eeprom_result flash_erase(struct page *page) {
    FLASH->CR |= FLASH_CR_PER;
    FLASH->AR = (uint32_t)page;
    FLASH->CR |= FLASH_CR_STRT;
    enum eeprom_result result = flash_wait();
    FLASH->CR &= ~FLASH_CR_PER;
    eeprom_statistics.pages_erased++;
    return result;
}

static int is_blank(const struct page *page) {
    const volatile uint32_t *word = (const volatile uint32_t *)page;
    for (uint32_t i = 0; i < PAGE_SIZE / 4u; i++) {
        if (word[i] != 0xFFFFFFFFu) {
            return 0;
        }
    }
    return 1;
}

static int is_free(const struct record *record) {
    return record->address == NOTHING && record->value == NOTHING;
}

/** The first record that was never written; null when the page is full. */
static struct record *first_free(struct page *page) {
    for (uint32_t i = 0; i < RECORDS; i++) {
        if (is_free(&page->records[i])) {
            return &page->records[i];
        }
    }
    return 0;
}

static const struct record *newest(const struct page *page, uint16_t address) {
    for (uint32_t i = RECORDS; i > 0; i--) {
        if (page->records[i - 1].address == address) {
            return &page->records[i - 1];
        }
    }
    return 0;
}

static enum eeprom_result append(struct page *page, uint16_t address, uint16_t value) {
    struct record *record = first_free(page);
    if (record == 0) {
        return EEPROM_FULL;
    }
    enum eeprom_result result = flash_write(&record->value, value);
    if (result == EEPROM_OK) {
        result = flash_write(&record->address, address);
    }
    eeprom_statistics.records_written++;
    return result;
}

/** Moves the newest value of every address to the other page, `address` with its new value first. */
static enum eeprom_result transfer(uint16_t address, uint16_t value) {
    struct page *from = pages[active];
    struct page *to = pages[1 - active];
    enum eeprom_result result = is_blank(to) ? EEPROM_OK : flash_erase(to);
    if (result == EEPROM_OK) {
        result = flash_write(&to->state, STATE_RECEIVING);
    }
    if (result == EEPROM_OK && address != NOTHING) {
        result = append(to, address, value);
    }
    for (uint32_t i = RECORDS; i > 0 && result == EEPROM_OK; i--) {
        uint16_t candidate = from->records[i - 1].address;
        if (candidate != NOTHING && newest(to, candidate) == 0) {
            result = append(to, candidate, from->records[i - 1].value);
        }
    }
    if (result == EEPROM_OK) {
        result = flash_erase(from);
    }
    if (result == EEPROM_OK) {
        result = flash_write(&to->state, STATE_ACTIVE);
        active = 1 - active;
        eeprom_statistics.transfers++;
    }
    return result;
}

static enum eeprom_result format(void) {
    for (int i = 0; i < 2; i++) {
        enum eeprom_result result = is_blank(pages[i]) ? EEPROM_OK : flash_erase(pages[i]);
        if (result != EEPROM_OK) {
            return result;
        }
    }
    active = 0;
    return flash_write(&pages[0]->state, STATE_ACTIVE);
}

enum eeprom_result eeprom_init(void) {
    uint16_t first = pages[0]->state;
    uint16_t second = pages[1]->state;
    enum eeprom_result result = EEPROM_OK;
    flash_unlock();
    if ((first == STATE_ACTIVE) != (second == STATE_ACTIVE)) {
        active = second == STATE_ACTIVE;
        if (!is_blank(pages[1 - active])) {
            /* The move was cut off before the old page was erased: what arrived is incomplete. */
            result = flash_erase(pages[1 - active]);
            eeprom_statistics.recoveries++;
        }
    } else if ((first == STATE_RECEIVING) != (second == STATE_RECEIVING)) {
        /* The old page is gone, so everything has arrived; only the last mark is missing. */
        active = second == STATE_RECEIVING;
        result = flash_write(&pages[active]->state, STATE_ACTIVE);
        if (result == EEPROM_OK && !is_blank(pages[1 - active])) {
            result = flash_erase(pages[1 - active]);
        }
        eeprom_statistics.recoveries++;
    } else {
        result = format();
    }
    flash_lock();
    return result;
}

enum eeprom_result eeprom_read(uint16_t address, uint16_t *value) {
    const struct record *record = newest(pages[active], address);
    if (record == 0) {
        return EEPROM_NOT_FOUND;
    }
    *value = record->value;
    return EEPROM_OK;
}

enum eeprom_result eeprom_write(uint16_t address, uint16_t value) {
    uint16_t present;
    if (eeprom_read(address, &present) == EEPROM_OK && present == value) {
        return EEPROM_OK;
    }
    flash_unlock();
    enum eeprom_result result =
        first_free(pages[active]) == 0 ? transfer(address, value) : append(pages[active], address, value);
    flash_lock();
    return result;
}

int eeprom_active_page(void) {
    return active;
}

uint32_t eeprom_free_records(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < RECORDS; i++) {
        count += (uint32_t)is_free(&pages[active]->records[i]);
    }
    return count;
}
