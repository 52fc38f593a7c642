/* What a loader for the STM32469I-EVAL does, the way ST's HAL does it: clocks from HSE to 180 MHz with over-drive, pins,
   QUADSPI, and the flash by id, erase, program with automatic polling, memory-mapped mode. Stops at a BKPT. */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define BIT(address, bit) REG(0x42000000u + ((address) - 0x40000000u) * 32 + (bit) * 4)
#define RCC_CR REG(0x40023800)
#define RCC_PLLCFGR REG(0x40023804)
#define RCC_CFGR REG(0x40023808)
#define RCC_AHB3RSTR REG(0x40023818)
#define RCC_AHB1ENR REG(0x40023830)
#define RCC_AHB3ENR REG(0x40023838)
#define RCC_APB1ENR REG(0x40023840)
#define PWR_CR REG(0x40007000)
#define PWR_CSR REG(0x40007004)
#define FLASH_ACR REG(0x40023c00)
#define GPIO(port, offset) REG(0x40020000 + (port) * 0x400 + (offset))
#define QSPI(offset) REG(0xa0001000 + (offset))
#define CR QSPI(0x00)
#define DCR QSPI(0x04)
#define SR QSPI(0x08)
#define FCR QSPI(0x0c)
#define DLR QSPI(0x10)
#define CCR QSPI(0x14)
#define AR QSPI(0x18)
#define DR8 (*(volatile uint8_t *)0xa0001020)
#define PSMKR QSPI(0x24)
#define PSMAR QSPI(0x28)
#define PIR QSPI(0x2c)

#define TCF (1u << 1)
#define FTF (1u << 2)
#define SMF (1u << 3)
#define BUSY (1u << 5)

#define ONE_LINE_INSTRUCTION (1u << 8)
#define ADDRESS_32 ((1u << 10) | (3u << 12))
#define DATA_1 (1u << 24)
#define DATA_4 (3u << 24)
#define READ (1u << 26)
#define POLL (2u << 26)
#define MAPPED (3u << 26)

/* Read by the test; `stage` says how far it came. */
volatile struct {
    uint32_t stage;
    uint32_t sysclk_source;
    uint32_t id;
    uint32_t polls_seen_busy;
    uint32_t mismatches;
    uint32_t first_word;
    uint32_t sum;
} result;

static uint8_t page[256];

static void wait_set(volatile uint32_t *address, uint32_t bits) {
    while ((*address & bits) != bits) {
    }
}

static void clocks(void) {
    RCC_APB1ENR |= 1u << 28;
    PWR_CR |= 3u << 14;
    /* HSEON by a byte access, PLLON and the over-drive through their bit-band aliases, as the HAL has it. */
    *(volatile uint8_t *)0x40023802 = 1;
    wait_set(&RCC_CR, 1u << 17);
    RCC_PLLCFGR = 25u | (360u << 6) | (0u << 16) | (1u << 22) | (7u << 24) | (6u << 28);
    BIT(0x40023800, 24) = 1;
    wait_set(&RCC_CR, 1u << 25);
    BIT(0x40007000, 16) = 1;
    wait_set(&PWR_CSR, 1u << 16);
    BIT(0x40007000, 17) = 1;
    wait_set(&PWR_CSR, 1u << 17);
    FLASH_ACR |= 7u << 8;
    *(volatile uint8_t *)0x40023c00 = 5;
    while ((FLASH_ACR & 15u) != 5u) {
    }
    RCC_CFGR = (5u << 10) | (4u << 13);
    RCC_CFGR = (RCC_CFGR & ~3u) | 2u;
    while (((RCC_CFGR >> 2) & 3u) != 2u) {
    }
    result.sysclk_source = (RCC_CFGR >> 2) & 3u;
}

static void pin(uint32_t port, uint32_t number, uint32_t function) {
    volatile uint32_t *moder = &GPIO(port, 0);
    volatile uint32_t *afr = &GPIO(port, 0x20 + (number >> 3) * 4);
    *afr = (*afr & ~(15u << ((number & 7) * 4))) | (function << ((number & 7) * 4));
    *moder = (*moder & ~(3u << (number * 2))) | (2u << (number * 2));
}

static void quadspi(void) {
    RCC_AHB3ENR |= 2u;
    RCC_AHB3RSTR |= 2u;
    RCC_AHB3RSTR &= ~2u;
    RCC_AHB1ENR |= (1u << 1) | (1u << 5);
    pin(1, 6, 10);
    pin(5, 6, 9);
    pin(5, 7, 9);
    pin(5, 8, 10);
    pin(5, 9, 10);
    pin(5, 10, 9);
    CR = (1u << 24) | (0u << 8);
    DCR = (25u << 16) | (4u << 8);
    CR |= 1u;
}

static void end(void) {
    wait_set(&SR, TCF);
    FCR = TCF;
    while (SR & BUSY) {
    }
}

static void command(uint32_t code) {
    CCR = ONE_LINE_INSTRUCTION | code;
    end();
}

static void receive(uint32_t ccr, uint32_t address, uint8_t *data, uint32_t length) {
    DLR = length - 1;
    CCR = ccr | READ;
    if (ccr & (3u << 10)) {
        AR = address;
    }
    for (uint32_t i = 0; i < length; i++) {
        while (!(SR & (FTF | TCF))) {
        }
        data[i] = DR8;
    }
    end();
}

static void send(uint32_t ccr, uint32_t address, const uint8_t *data, uint32_t length) {
    DLR = length - 1;
    CCR = ccr;
    if (ccr & (3u << 10)) {
        AR = address;
    }
    for (uint32_t i = 0; i < length; i++) {
        wait_set(&SR, FTF);
        DR8 = data[i];
    }
    end();
}

/* Automatic polling of the status register until (status & mask) == match. */
static void poll(uint32_t mask, uint32_t match) {
    PSMKR = mask;
    PSMAR = match;
    PIR = 16;
    DLR = 0;
    CR |= 1u << 22;
    CCR = ONE_LINE_INSTRUCTION | 0x05 | DATA_1 | POLL;
    while (!(SR & SMF)) {
        if (SR & BUSY) {
            result.polls_seen_busy++;
        }
    }
    FCR = SMF;
}

static void write_enable(void) {
    command(0x06);
    poll(2, 2);
}

/* An infinite series that is no repetition of itself. */
static uint8_t pattern(uint32_t i) {
    return (uint8_t)((i * 2654435761u) >> 24);
}

/* The controller, then the flash: id, reset, four address bytes, ten dummy clocks. */
static void flash(void) {
    quadspi();
    uint8_t id[6];
    receive(ONE_LINE_INSTRUCTION | 0x9f | DATA_1, 0, id, 6);
    result.id = (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
    result.stage = 3;
    command(0x66);
    command(0x99);
    poll(1, 0);
    write_enable();
    command(0xb7);
    poll(1, 0);
    uint8_t configuration;
    receive(ONE_LINE_INSTRUCTION | 0x85 | DATA_1, 0, &configuration, 1);
    write_enable();
    configuration = (uint8_t)((configuration & 0x0f) | 10 << 4);
    send(ONE_LINE_INSTRUCTION | 0x81 | DATA_1, 0, &configuration, 1);
}

#define TARGET 0x01234000u
#define PAGES 16u

static void write_page(uint32_t number) {
    for (uint32_t i = 0; i < 256; i++) {
        page[i] = pattern(number * 256 + i);
    }
    write_enable();
    send(ONE_LINE_INSTRUCTION | 0x32 | ADDRESS_32 | DATA_4, TARGET + number * 256, page, 256);
    poll(1, 0);
}

/* Counts the bytes of the mapped target that are not as the pattern. */
static void compare(uint32_t offset, uint32_t count) {
    const volatile uint8_t *mapped = (const volatile uint8_t *)(0x90000000u + TARGET);
    for (uint32_t i = offset; i < offset + count; i++) {
        result.sum += mapped[i];
        if (mapped[i] != pattern(i)) {
            result.mismatches++;
        }
    }
}

static void map(void) {
    CR &= ~(1u << 3);
    CCR = ONE_LINE_INSTRUCTION | 0x6b | ADDRESS_32 | (10u << 18) | DATA_4 | MAPPED;
}

/* What stands before every function of a loader: all off, all new. */
static void again(void) {
    CR &= ~1u;
    GPIO(1, 0) &= ~(3u << 12);
    GPIO(5, 0) &= ~(0x3ffu << 12);
    RCC_AHB3RSTR |= 2u;
    RCC_AHB3RSTR &= ~2u;
    RCC_AHB3ENR &= ~2u;
    CR &= ~1u;
    flash();
}

static void run(void) {
    result.stage = 1;
    clocks();
    result.stage = 2;
    flash();
    result.stage = 4;
    write_enable();
    CCR = ONE_LINE_INSTRUCTION | 0xd8 | ADDRESS_32;
    AR = TARGET;
    end();
    poll(1, 0);
    result.stage = 5;
    for (uint32_t p = 0; p < PAGES; p++) {
        write_page(p);
    }
    result.stage = 6;
    map();
    compare(0, PAGES * 256);
    result.first_word = *(const volatile uint32_t *)(0x90000000u + TARGET);
    again();
    write_page(PAGES);
    map();
    compare(0, (PAGES + 1) * 256);
    result.stage = 7;
}

__attribute__((section(".entry"), noreturn)) void start(void) {
    run();
    for (;;) {
        __asm volatile("bkpt 0");
    }
}
