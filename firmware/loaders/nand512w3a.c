/*
 * NAND flash of the STM3210E-EVAL: NAND512W3A, 64 MiB, x8, pages of 512 + 16 bytes, 32 pages to a block. It is FSMC bank 2:
 * A16 is the command latch, A17 the address latch. Addresses of the loader count good blocks only: the n-th block is the n-th
 * that the factory did not mark as bad.
 */
#include "byte-sums.h"
#include "stm3210e-eval.h"

#define START 0x70000000u
#define SIZE 0x4000000u
#define PAGE_SIZE 512u
#define PAGES_IN_BLOCK 32u
#define BLOCK_SIZE (PAGE_SIZE * PAGES_IN_BLOCK)
#define BLOCKS (SIZE / BLOCK_SIZE)
/** The part has at least 4016 good blocks in its life. */
#define BAD_BLOCKS_MAX 80u
/** Byte of a spare area that is not 0xFF in the first page of a bad block. */
#define SPARE_BAD_MARK 5u

STORAGE_INFO const struct storage_info StorageInfo = {
    .device_name = "NAND512W3A_STM3210E-EVAL",
    .device_type = NAND_FLASH,
    .start = START,
    .size = SIZE,
    .page_size = PAGE_SIZE,
    .erased_value = 0xFFu,
    .sectors = {{BLOCKS, BLOCK_SIZE}},
};

#define NAND_DATA (*(volatile uint8_t *)0x70000000u)
/** Four bytes: the FSMC makes four accesses of one. */
#define NAND_DATA_WORD (*(volatile uint32_t *)0x70000000u)
/** Data by the timing of the attribute space. */
#define NAND_DATA_SLOW (*(volatile uint8_t *)0x78000000u)
#define NAND_COMMAND (*(volatile uint8_t *)0x70010000u)
#define NAND_ADDRESS (*(volatile uint8_t *)0x70020000u)

enum command {
    COMMAND_READ_A = 0x00,
    COMMAND_PROGRAM_CONFIRM = 0x10,
    COMMAND_READ_SPARE = 0x50,
    COMMAND_ERASE = 0x60,
    COMMAND_STATUS = 0x70,
    COMMAND_PROGRAM = 0x80,
    COMMAND_READ_ID = 0x90,
    COMMAND_ERASE_CONFIRM = 0xD0,
    COMMAND_RESET = 0xFF,
};

#define STATUS_ERROR 0x01u
#define STATUS_READY 0x40u
#define STATUS_NOT_PROTECTED 0x80u

/*
 * At 72 MHz. NOE and NWE are low for 69 ns: the part takes 35 ns to put out a byte, and the FSMC 25 ns to sample it
 * (t_su(D-NOE)). Between accesses they are high for 28 ns, of 15 ns; data are held for 14 ns, of 10 ns. From a command or an
 * address to a read it is HOLD and TCLR or TAR plus 2: 69 ns, of 60 ns (t_WHRL).
 */
#define TIMING FSMC_PMEM(0u, 4u, 1u, 0u)
#define LATCH_TIMING (FSMC_PCR_TCLR(2u) | FSMC_PCR_TAR(2u))
/** While it erases, its status is read as slowly as the FSMC can: 257 cycles, 3.6 us. */
#define TIMING_SLOW FSMC_PMEM(0u, 254u, 1u, 0u)

/* A poll takes 0.1 us or more. Maxima: 12 us a page read, 500 us a program, 3 ms an erase, 500 us a reset. */
#define READY_POLLS 100000u

#define MANUFACTURER_ST 0x20u
#define DEVICE_NAND512W3A 0x76u

/** Rising numbers of the blocks that are left out. */
static uint16_t bad_blocks[BAD_BLOCKS_MAX];
static uint32_t bad_block_count;

/** The part's status, read at `data`, once it is ready; 0 when it does not get ready. */
static uint32_t wait_ready(volatile uint8_t *data) {
    NAND_COMMAND = COMMAND_STATUS;
    for (uint32_t polls = 0; polls < READY_POLLS; polls++) {
        uint32_t status = *data;
        if (status & STATUS_READY) {
            return status;
        }
    }
    return 0;
}

/** Waits for the end of a program or an erase. */
static int ended_well(volatile uint8_t *data) {
    return (wait_ready(data) & (STATUS_READY | STATUS_ERROR)) == STATUS_READY ? DONE : FAILED;
}

static void send_row(uint32_t page) {
    NAND_ADDRESS = (uint8_t)page;
    NAND_ADDRESS = (uint8_t)(page >> 8);
    NAND_ADDRESS = (uint8_t)(page >> 16);
}

/**
 * Opens a page for reading, from a byte of its first half or of its spare area. Reading the status leaves read mode; the
 * command without an address enters it again.
 */
static int open_page(uint8_t area, uint32_t page, uint32_t column) {
    NAND_COMMAND = area;
    NAND_ADDRESS = (uint8_t)column;
    send_row(page);
    if (wait_ready(&NAND_DATA) == 0) {
        return FAILED;
    }
    NAND_COMMAND = area;
    return DONE;
}

static void FSMC_NAND_GPIO_Init(void) {
    RCC->AHBENR |= RCC_AHBENR_FSMCEN;
    RCC->APB2ENR |= RCC_APB2ENR_AFIOEN | RCC_APB2ENR_IOPDEN | RCC_APB2ENR_IOPEEN;
    /* D0 to D3: PD14, PD15, PD0, PD1. NOE PD4, NWE PD5, NCE2 PD7, A16 PD11, A17 PD12. */
    pins_set_mode(GPIOD, 0xD8B3u, GPIO_ALTERNATE_50MHZ);
    /* NWAIT PD6, pulled up. */
    GPIOD->BSRR = BIT(6);
    pins_set_mode(GPIOD, BIT(6), GPIO_INPUT_PULLED);
    /* D4 to D7: PE7 to PE10. */
    pins_set_mode(GPIOE, 0x0780u, GPIO_ALTERNATE_50MHZ);
}

/** The FSMC's own registers: on a chip that has no FSMC nothing answers here. */
__attribute__((noinline)) static void FSMC_NAND_Init(void) {
    fsmc_nand_registers *bank = FSMC_NAND_BANK2;
    bank->PCR = FSMC_PCR_PTYP_NAND | LATCH_TIMING;
    bank->PMEM = TIMING;
    bank->PATT = TIMING_SLOW;
    bank->PCR |= FSMC_PCR_PBKEN;
}

static int identify(void) {
    NAND_COMMAND = COMMAND_RESET;
    if (wait_ready(&NAND_DATA) == 0) {
        return FAILED;
    }
    NAND_COMMAND = COMMAND_READ_ID;
    NAND_ADDRESS = 0;
    uint8_t manufacturer = NAND_DATA;
    uint8_t device = NAND_DATA;
    return manufacturer == MANUFACTURER_ST && device == DEVICE_NAND512W3A ? DONE : FAILED;
}

static int find_bad_blocks(void) {
    bad_block_count = 0;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        if (open_page(COMMAND_READ_SPARE, block * PAGES_IN_BLOCK, SPARE_BAD_MARK) != DONE) {
            return FAILED;
        }
        if (NAND_DATA != 0xFFu) {
            if (bad_block_count == BAD_BLOCKS_MAX) {
                return FAILED;
            }
            bad_blocks[bad_block_count++] = (uint16_t)block;
        }
    }
    return DONE;
}

CALLED_BY_HOST int Init(void) {
    clear_bss();
    system_clock_init();
    FSMC_NAND_GPIO_Init();
    FSMC_NAND_Init();
    if (identify() != DONE) {
        return FAILED;
    }
    return find_bad_blocks();
}

/** The block of the part that is the `logical`-th good one; BLOCKS or more when there is none. */
static uint32_t physical_block(uint32_t logical) {
    uint32_t block = logical;
    for (uint32_t i = 0; i < bad_block_count && bad_blocks[i] <= block; i++) {
        block++;
    }
    return block;
}

/** Where an address is in the part. */
struct place {
    uint32_t page;
    uint32_t column;
};

/** Finds an address in the part; fails for one that is beyond the last good block. */
static int find(uint32_t address, struct place *place) {
    uint32_t offset = address - START;
    uint32_t block = physical_block(offset / BLOCK_SIZE);
    place->page = block * PAGES_IN_BLOCK + offset / PAGE_SIZE % PAGES_IN_BLOCK;
    place->column = offset % PAGE_SIZE;
    return block < BLOCKS ? DONE : FAILED;
}

/** Bytes of `size` that are in the page from `column`. */
static uint32_t within_page(uint32_t column, uint32_t size) {
    uint32_t rest = PAGE_SIZE - column;
    return size < rest ? size : rest;
}

static void receive(uint8_t *to, uint32_t length) {
#pragma GCC unroll 4
    for (; length >= 4; length -= 4, to += 4) {
        uint32_t word = NAND_DATA_WORD;
        __builtin_memcpy(to, &word, sizeof word);
    }
    while (length-- > 0) {
        *to++ = NAND_DATA;
    }
}

static void send(const uint8_t *from, uint32_t length) {
#pragma GCC unroll 4
    for (; length >= 4; length -= 4, from += 4) {
        NAND_DATA_WORD = word_in(from);
    }
    while (length-- > 0) {
        NAND_DATA = *from++;
    }
}

CALLED_BY_HOST int Read(uint32_t address, uint32_t size, uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size)) {
        return FAILED;
    }
    while (size > 0) {
        struct place place;
        if (find(address, &place) != DONE || open_page(COMMAND_READ_A, place.page, 0) != DONE) {
            return FAILED;
        }
        for (uint32_t i = 0; i < place.column; i++) {
            (void)NAND_DATA;
        }
        uint32_t length = within_page(place.column, size);
        receive(buffer, length);
        address += length;
        buffer += length;
        size -= length;
    }
    return DONE;
}

/** Programs some of a page. A page takes three programs between erases; 0xFF, or nothing, leaves a byte as it is. */
static int program_page(const struct place *place, const uint8_t *from, uint32_t length) {
    NAND_COMMAND = COMMAND_READ_A;
    NAND_COMMAND = COMMAND_PROGRAM;
    NAND_ADDRESS = 0;
    send_row(place->page);
    for (uint32_t i = 0; i < place->column; i++) {
        NAND_DATA = 0xFFu;
    }
    send(from, length);
    NAND_COMMAND = COMMAND_PROGRAM_CONFIRM;
    return ended_well(&NAND_DATA);
}

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size)) {
        return FAILED;
    }
    while (size > 0) {
        struct place place;
        if (find(address, &place) != DONE) {
            return FAILED;
        }
        uint32_t length = within_page(place.column, size);
        if (program_page(&place, buffer, length) != DONE) {
            return FAILED;
        }
        address += length;
        buffer += length;
        size -= length;
    }
    return DONE;
}

static int erase_block(uint32_t block) {
    NAND_COMMAND = COMMAND_ERASE;
    send_row(block * PAGES_IN_BLOCK);
    NAND_COMMAND = COMMAND_ERASE_CONFIRM;
    return ended_well(&NAND_DATA_SLOW);
}

CALLED_BY_HOST int SectorErase(uint32_t start, uint32_t end) {
    if (!lies_in(START, SIZE, start, 1) || !lies_in(START, SIZE, end, 1) || end < start) {
        return FAILED;
    }
    for (uint32_t logical = (start - START) / BLOCK_SIZE; logical <= (end - START) / BLOCK_SIZE; logical++) {
        uint32_t block = physical_block(logical);
        if (block >= BLOCKS || erase_block(block) != DONE) {
            return FAILED;
        }
    }
    return DONE;
}

/** Erases what is good; bad blocks keep their marks. */
CALLED_BY_HOST int MassErase(void) {
    for (uint32_t logical = 0; physical_block(logical) < BLOCKS; logical++) {
        if (erase_block(physical_block(logical)) != DONE) {
            return FAILED;
        }
    }
    return DONE;
}
