/* Flash as the vendor's driver and its users handle it: unlock and lock, also without need, page erase and half-words
   with the flags waited for and cleared, words and double words in halves, errors found out, the end-of-operation
   interrupt, a routine in RAM that goes on while the array is busy, a two-page store of variables, and option bytes
   changed for good by a reset. */
#include "core.h"

#define PAGE(n) (0x08000000u + (n) * 1024u)
#define BSY BIT(0)
#define PGERR BIT(2)
#define WRPRTERR BIT(4)
#define EOP BIT(5)
#define PG BIT(0)
#define PER BIT(1)
#define OPTPG BIT(4)
#define OPTER BIT(5)
#define STRT BIT(6)
#define LOCK BIT(7)
#define OPTWRE BIT(9)

static int unlock(void) {
    if (!(FLASH->CR & LOCK)) return 1;
    FLASH->KEYR = 0x45670123;
    FLASH->KEYR = 0xCDEF89AB;
    return !(FLASH->CR & LOCK);
}

static int finish(uint32_t limit) {
    uint32_t start = millis();
    while (FLASH->SR & BSY)
        if (millis() - start > limit) return 0;
    if (FLASH->SR & EOP) FLASH->SR = EOP;
    if (FLASH->SR & (PGERR | WRPRTERR) || FLASH->OBR & 1) {
        FLASH->SR = PGERR | WRPRTERR;
        return 0;
    }
    return 1;
}

static int erase(uint32_t address) {
    if (!finish(50000)) return 0;
    FLASH->CR |= PER;
    FLASH->AR = address;
    FLASH->CR |= STRT;
    int fine = finish(50000);
    FLASH->CR &= ~PER;
    return fine;
}

static int program(uint32_t address, const void *data, unsigned halves) {
    for (unsigned i = 0; i < halves; i++) {
        if (!finish(50000)) return 0;
        FLASH->CR |= PG;
        HALF(address + 2 * i) = ((const uint16_t *)data)[i];
        int fine = finish(50000);
        FLASH->CR &= ~PG;
        if (!fine) return 0;
    }
    return 1;
}

/* --- from RAM: the array is busy, the core is not --- */
IN_RAM static unsigned erase_from_ram(uint32_t address) {
    unsigned loops = 0;
    FLASH->CR |= PER;
    FLASH->AR = address;
    FLASH->CR |= STRT;
    while (FLASH->SR & BSY) loops++;
    FLASH->CR &= ~PER;
    return loops;
}

static volatile unsigned ends, failures;
void FLASH_IRQHandler(void) {
    if (FLASH->SR & EOP) {
        FLASH->SR = EOP;
        ends = ends + 1;
        FLASH->CR &= ~PER;
    }
    if (FLASH->SR & (PGERR | WRPRTERR)) {
        FLASH->SR = PGERR | WRPRTERR;
        failures = failures + 1;
    }
}

/* --- variables in two pages: a status half-word, then pairs of value and name --- */
#define VALID 0x0000
#define RECEIVING 0xEEEE
#define EMPTY 0xFFFF
static uint32_t page_of(unsigned n) { return PAGE(60 + n); }
static int valid_page(void) {
    for (unsigned n = 0; n < 2; n++)
        if (HALF(page_of(n)) == VALID) return (int)n;
    return -1;
}
static int set_status(unsigned n, uint16_t status) { return program(page_of(n), &status, 1); }
static int find(unsigned n, uint16_t name, uint16_t *value) {
    for (uint32_t at = page_of(n) + 1020; at > page_of(n); at -= 4)
        if (HALF(at + 2) == name) {
            *value = HALF(at);
            return 1;
        }
    return 0;
}
static int append(unsigned n, uint16_t name, uint16_t value) {
    for (uint32_t at = page_of(n) + 4; at < page_of(n) + 1024; at += 4)
        if (WORD(at) == 0xFFFFFFFF) return program(at, &value, 1) && program(at + 2, &name, 1);
    return 0;
}
static unsigned transfers;
static int store(uint16_t name, uint16_t value) {
    unsigned n = (unsigned)valid_page();
    if (append(n, name, value)) return 1;
    transfers++;
    unsigned other = 1 - n;
    if (!set_status(other, RECEIVING) || !append(other, name, value)) return 0;
    for (uint16_t i = 1; i <= 10; i++) {
        uint16_t old;
        if (i != name && find(n, i, &old) && !append(other, i, old)) return 0;
    }
    return erase(page_of(n)) && set_status(other, VALID);
}

static void eeprom(void) {
    int fine = erase(page_of(0)) && erase(page_of(1)) && set_status(0, VALID);
    for (uint16_t i = 0; fine && i < 600; i++) fine = store((uint16_t)(1 + i % 10), i);
    report("variables stored", fine && transfers == 2);
    for (uint16_t i = 1; i <= 10; i++) {
        uint16_t value = 0;
        fine = fine && find((unsigned)valid_page(), i, &value) && value == 589 + i;
    }
    report("variables read back", fine);
}

static int unlock_options(void) {
    if (!(FLASH->CR & OPTWRE)) {
        FLASH->OPTKEYR = 0x45670123;
        FLASH->OPTKEYR = 0xCDEF89AB;
    }
    return (FLASH->CR & OPTWRE) != 0;
}

static int write_option(uint32_t address, uint16_t value) {
    FLASH->CR |= OPTPG;
    HALF(address) = value;
    int fine = finish(50000);
    FLASH->CR &= ~OPTPG;
    return fine;
}

static void options(void) {
    report("options locked", !(FLASH->CR & OPTWRE));
    report("options unlocked", unlock() && unlock_options());
    FLASH->CR |= OPTER;
    FLASH->CR |= STRT;
    int fine = finish(50000);
    FLASH->CR &= ~OPTER;
    fine = fine && write_option(0x1FFFF800, 0xA5);
    report("options erased", fine && HALF(0x1FFFF800) == 0x5AA5 && HALF(0x1FFFF804) == 0xFFFF);
    fine = write_option(0x1FFFF802, 0xFF) && write_option(0x1FFFF804, 0x37) && write_option(0x1FFFF806, 0xC8);
    /* Pages 56 to 59 protected: bit 6 of WRP1. */
    fine = fine && write_option(0x1FFFF80A, 0xBF);
    report("options written", fine && HALF(0x1FFFF804) == 0xC837 && HALF(0x1FFFF80A) == 0x40BF);
    report("old options in force", FLASH->WRPR == 0xFFFFFFFF && ((FLASH->OBR >> 10) & 0xFFFF) == 0xFFFF);
    FLASH->CR &= ~OPTWRE;
    report("options locked again", !(FLASH->CR & OPTWRE));
    FLASH->CR |= LOCK;
}

KEPT static uint32_t second_start;

int main(void) {
    tick_start(clock_full_speed());
    console_start(72000000);
    if (second_start == 0x5EC0) {
        report("new options in force", FLASH->WRPR == 0xFFFFBFFF && ((FLASH->OBR >> 10) & 0xFFFF) == 0xC837);
        unlock();
        uint16_t value = 1;
        report("protected page keeps", !erase(PAGE(58)) && !program(PAGE(58), &value, 1) && HALF(PAGE(58)) == 0xFFFF);
        report("its neighbour does not", erase(PAGE(60)) && program(PAGE(60), &value, 1) && HALF(PAGE(60)) == 1);
        return 0;
    }
    second_start = 0x5EC0;

    report("locked", FLASH->CR == LOCK);
    report("unlocked", unlock());
    FLASH->KEYR = 0x45670123;
    FLASH->KEYR = 0xCDEF89AB;
    report("unlocked twice", !(FLASH->CR & LOCK));
    uint32_t start = micros();
    report("page erased", erase(PAGE(62)) && WORD(PAGE(62)) == 0xFFFFFFFF && WORD(PAGE(63) - 4) == 0xFFFFFFFF);
    (void)start;
    static const uint16_t halves[] = {0x1234, 0x5678, 0x9ABC, 0xDEF0, 0x0001, 0x8000, 0xFFFE, 0x7FFF};
    report("half-words", program(PAGE(62), halves, 1) && HALF(PAGE(62)) == 0x1234);
    report("words and double words", program(PAGE(62) + 4, halves, 8) && WORD(PAGE(62) + 4) == 0x56781234 &&
                                         WORD(PAGE(62) + 16) == 0x7FFFFFFE);
    report("a programmed place refuses", !program(PAGE(62), &halves[1], 1) && HALF(PAGE(62)) == 0x1234);
    uint16_t nothing = 0;
    report("but takes zero", program(PAGE(62), &nothing, 1) && HALF(PAGE(62)) == 0);
    report("the flag was cleared", !(FLASH->SR & (PGERR | WRPRTERR)));

    __asm volatile("cpsid i" ::: "memory");
    unsigned loops = erase_from_ram(PAGE(62));
    __asm volatile("cpsie i" ::: "memory");
    /* 20 ms of a loop of a few instructions. */
    report("RAM runs while the array is busy", loops > 20000 && WORD(PAGE(62)) == 0xFFFFFFFF);
    FLASH->SR = EOP;

    irq_enable(4);
    FLASH->CR |= BIT(12) | BIT(10);
    FLASH->CR |= PER;
    FLASH->AR = PAGE(62);
    FLASH->CR |= STRT;
    uint32_t from = millis();
    while (!ends && millis() - from < 50) {
    }
    FLASH->CR |= PG;
    HALF(PAGE(62)) = 0x1111;
    from = millis();
    while (ends < 2 && millis() - from < 50) {
    }
    HALF(PAGE(62)) = 0x2222;
    from = millis();
    while (!failures && millis() - from < 50) {
    }
    FLASH->CR &= ~(PG | BIT(12) | BIT(10));
    report("interrupts at the end and on errors", ends == 2 && failures == 1);
    irq_disable(4);
    eeprom();
    FLASH->CR |= LOCK;
    report("locked again", FLASH->CR == LOCK);
    options();
    system_reset();
}
