/*
 * Erases, programs and checksums the flash of an STM32F1 (F0 and F3 have the same controller; the code is ARMv6-M, so that it
 * runs on them too) while the debugger feeds it through slots in RAM.
 *
 * A slot is filled from its end: commands, then the address of the first command, then the slot's turn (1, 2, 3 ...) in the
 * last word. The debugger writes it in one go with rising addresses, so that the turn arrives after everything else. The
 * algorithm takes the slots in a circle, and counts in `status` how many it has finished; the debugger refills those.
 * Flash facts: RM0008 3.3, PM0075.
 */
#include <stdint.h>

#include "checksum.h"

struct controller {
    volatile uint32_t acr, keyr, optkeyr, sr, cr, ar;
};

#define KEY1 0x45670123u
#define KEY2 0xCDEF89ABu
#define SR_BSY 0x01u
#define SR_PGERR 0x04u
#define SR_WRPRTERR 0x10u
#define SR_EOP 0x20u
#define CR_PG 0x01u
#define CR_PER 0x02u
#define CR_MER 0x04u
#define CR_STRT 0x40u
#define CR_LOCK 0x80u

#define IWDG_KR (*(volatile uint32_t *)0x40003000u)
#define IWDG_REFRESH 0xAAAAu
#define WWDG_CR (*(volatile uint32_t *)0x40002C00u)
#define WWDG_CFR (*(volatile uint32_t *)0x40002C04u)
#define WWDG_ACTIVE 0x80u
#define WWDG_COUNTER 0x7Fu

/** Commands of a slot, each with its operands in the words after it. */
enum command {
    /** Nothing more in this slot. */
    COMMAND_NEXT,
    /** controller: unlocks it; the commands that follow use it. */
    COMMAND_SELECT,
    /** address, pages, bytes in a page */
    COMMAND_ERASE,
    /** erases all that the controller has */
    COMMAND_MASS_ERASE,
    /** address, half-words (at least one), data padded to a word; where the data is 0xFFFF nothing is written */
    COMMAND_PROGRAM,
    /** address, bytes, number of such stretches in a row (at least one), address of the first word of sums */
    COMMAND_CHECKSUM,
    /** locks the controller and returns */
    COMMAND_END,
};

/** Why it gave up. */
enum failure {
    FAILURE_NONE,
    FAILURE_PROGRAM,
    FAILURE_PROTECTED,
    FAILURE_MISMATCH,
    FAILURE_LOCKED,
    FAILURE_COMMAND,
};

#define STATUS_FINISHED 0x80000000u
#define STATUS_FAILURE_SHIFT 24
#define STATUS_PAGE 0x1000u
#define STATUS_SLOT 1u

struct control {
    /** Bit 31 finished, 30:24 failure, 23:12 pages erased, 11:0 slots finished. */
    volatile uint32_t status;
    /** Where it failed, and what was read there. */
    uint32_t failed_address;
    uint32_t failed_value;
    /** End of the first slot; the next ones lie below it. */
    uint32_t first_slot_end;
    uint32_t slot_size;
    uint32_t slot_count;
    /** Room for the 256 words of a checksum table. */
    uint32_t *table;
    /** COMMAND_END, for a slot of which only the last two words are written. */
    uint32_t end_command;
};

/* A window watchdog may only be refreshed once its counter is inside the window. */
static void refresh_watchdogs(void) {
    IWDG_KR = IWDG_REFRESH;
    uint32_t window = WWDG_CR;
    if ((window & WWDG_ACTIVE) && (window & WWDG_COUNTER) <= (WWDG_CFR & WWDG_COUNTER)) {
        WWDG_CR = WWDG_ACTIVE | WWDG_COUNTER;
    }
}

static void wait_while_busy(struct controller *flash) {
    while (flash->sr & SR_BSY) {
        refresh_watchdogs();
    }
}

/** Unlocks the controller and clears what an earlier user left behind. */
static enum failure select_controller(struct controller *flash) {
    wait_while_busy(flash);
    if (flash->cr & CR_LOCK) {
        flash->keyr = KEY1;
        flash->keyr = KEY2;
    }
    flash->cr = 0;
    flash->sr = SR_PGERR | SR_WRPRTERR | SR_EOP;
    return (flash->cr & CR_LOCK) ? FAILURE_LOCKED : FAILURE_NONE;
}

/** What the last operation came to; clears it. */
static enum failure outcome(struct controller *flash) {
    wait_while_busy(flash);
    uint32_t flags = flash->sr;
    flash->sr = SR_PGERR | SR_WRPRTERR | SR_EOP;
    if (flags & SR_WRPRTERR) {
        return FAILURE_PROTECTED;
    }
    return (flags & SR_PGERR) ? FAILURE_PROGRAM : FAILURE_NONE;
}

static enum failure erase(struct controller *flash, uint32_t how, uint32_t address) {
    flash->cr = how;
    flash->ar = address;
    flash->cr = how | CR_STRT;
    enum failure failure = outcome(flash);
    flash->cr = 0;
    return failure;
}

/** In program-half-words.S: 0, or the address that does not read back. */
uint32_t program_half_words(struct controller *flash, uint32_t target, const uint16_t *data, uint32_t count);

static enum failure program(struct controller *flash, struct control *control, uint32_t address, const uint16_t *data,
                            uint32_t count) {
    flash->cr = CR_PG;
    uint32_t failed = program_half_words(flash, address, data, count);
    enum failure failure = outcome(flash);
    if (failed != 0) {
        control->failed_address = failed;
        control->failed_value = *(volatile uint16_t *)failed;
        failure = failure == FAILURE_NONE ? FAILURE_MISMATCH : failure;
    }
    flash->cr = 0;
    return failure;
}

/** The checksum in stretches that no watchdog minds. */
__attribute__((optimize("O2"))) static uint32_t checksum_watched(const uint8_t *data, uint32_t length, const uint32_t *table) {
    uint32_t crc = CHECKSUM_START;
    while (length > 0) {
        uint32_t stretch = length < 256u ? length : 256u;
        crc = checksum(crc, data, stretch, table);
        data += stretch;
        length -= stretch;
        refresh_watchdogs();
    }
    return crc;
}

/** Serves slots until told to end or something fails. */
void serve(struct control *control) {
    struct controller *flash = 0;
    enum failure failure = FAILURE_NONE;
    uint32_t slot_end = control->first_slot_end;
    uint32_t slot = 0;
    uint32_t turn = 1;
    int table_ready = 0;

    while (failure == FAILURE_NONE) {
        volatile uint32_t *tail = (volatile uint32_t *)slot_end;
        while (tail[-1] != turn) {
            refresh_watchdogs();
        }
        uint32_t *next = (uint32_t *)tail[-2];
        uint32_t command;
        while (failure == FAILURE_NONE && (command = *next++) != COMMAND_NEXT && command != COMMAND_END) {
            uint32_t address = next[0];
            if (command == COMMAND_SELECT) {
                if (flash != 0) {
                    flash->cr = CR_LOCK;
                }
                flash = (struct controller *)address;
                failure = select_controller(flash);
                next += 1;
            } else if (command == COMMAND_ERASE) {
                for (uint32_t pages = next[1]; pages > 0 && failure == FAILURE_NONE; pages--) {
                    control->failed_address = address;
                    failure = erase(flash, CR_PER, address);
                    address += next[2];
                    if (failure == FAILURE_NONE) {
                        control->status += STATUS_PAGE;
                    }
                }
                next += 3;
            } else if (command == COMMAND_MASS_ERASE) {
                control->failed_address = 0;
                failure = erase(flash, CR_MER, 0);
            } else if (command == COMMAND_PROGRAM) {
                failure = program(flash, control, address, (const uint16_t *)&next[2], next[1]);
                next += 2 + (next[1] + 1) / 2;
            } else if (command == COMMAND_CHECKSUM) {
                if (!table_ready) {
                    checksum_prepare(control->table);
                    table_ready = 1;
                }
                volatile uint32_t *sums = (volatile uint32_t *)next[3];
                for (uint32_t stretches = next[2]; stretches > 0; stretches--) {
                    *sums++ = checksum_watched((const uint8_t *)address, next[1], control->table);
                    address += next[1];
                }
                next += 4;
            } else {
                failure = FAILURE_COMMAND;
            }
        }
        if (failure == FAILURE_NONE) {
            control->status += STATUS_SLOT;
            if (command == COMMAND_END) {
                break;
            }
        }
        turn++;
        slot++;
        slot_end -= control->slot_size;
        if (slot == control->slot_count) {
            slot = 0;
            slot_end = control->first_slot_end;
        }
    }
    if (flash != 0) {
        flash->cr = CR_LOCK;
    }
    control->status |= STATUS_FINISHED | ((uint32_t)failure << STATUS_FAILURE_SHIFT);
}
