/*
 * QSPI flash of the STM32469I-EVAL: MT25QL512A, 64 MiB, sectors of 64 KiB, pages of 256 bytes. It is mapped whenever no
 * function of the loader runs.
 */
#include "hal-quadspi.h"

#define START 0x90000000u
#define SIZE 0x4000000u
#define ADDRESS_BITS 26u
#define PAGE_SIZE 256u
#define SECTOR_SIZE 0x10000u

STORAGE_INFO const struct storage_info StorageInfo = {
    .device_name = "MT25QL512A_STM32469I-EVAL",
    .device_type = SPI_FLASH,
    .start = START,
    .size = SIZE,
    .page_size = PAGE_SIZE,
    .erased_value = 0xFFu,
    .sectors = {{SIZE / SECTOR_SIZE, SECTOR_SIZE}},
};

/* Instructions; all with four address bytes, so that no mode has to be entered. */
#define WRITE_ENABLE 0x06u
#define READ_STATUS 0x05u
#define RESET_ENABLE 0x66u
#define RESET_MEMORY 0x99u
#define READ_ID 0x9Fu
#define BULK_ERASE 0xC7u
#define SECTOR_ERASE_4_BYTE 0xDCu
#define QUAD_INPUT_PAGE_PROGRAM_4_BYTE 0x34u
#define QUAD_OUTPUT_FAST_READ_4_BYTE 0x6Cu
#define FAST_READ_DUMMY_CYCLES 8u

#define PLAIN(instruction) (QUADSPI_CCR_INSTRUCTION_1_LINE | (instruction))
#define WITH_DATA(instruction) (PLAIN(instruction) | QUADSPI_CCR_DATA_1_LINE)
#define WITH_ADDRESS(instruction) (PLAIN(instruction) | QUADSPI_CCR_ADDRESS_1_LINE | QUADSPI_CCR_ADDRESS_32_BITS)

#define STATUS_WRITE_IN_PROGRESS 0x01u
#define STATUS_WRITE_ENABLED 0x02u

/* A tick is 20 cycles or more. Maxima: 1.8 ms a page, 1 s a sector, 460 s the whole. */
#define PROGRAM_TICKS 200000u
#define ERASE_TICKS 20000000u
#define BULK_ERASE_TICKS 4000000000u

static const uint8_t identification[] = {0x20, 0xBA, 0x20};

static int command(uint32_t instruction) {
    return QSPI_Transmit(&(struct qspi_command){.ccr = PLAIN(instruction)}, 0);
}

static int wait_status(uint32_t mask, uint32_t match, uint32_t ticks) {
    return QSPI_AutoPolling(&(struct qspi_command){.ccr = WITH_DATA(READ_STATUS), .length = 1}, mask, match, ticks);
}

static int write_enable(void) {
    return command(WRITE_ENABLE) == DONE ? wait_status(STATUS_WRITE_ENABLED, STATUS_WRITE_ENABLED, PROGRAM_TICKS) : FAILED;
}

static int reset_memory(void) {
    if (command(RESET_ENABLE) != DONE || command(RESET_MEMORY) != DONE) {
        return FAILED;
    }
    return wait_status(STATUS_WRITE_IN_PROGRESS, 0, PROGRAM_TICKS);
}

static int identify(void) {
    uint8_t id[sizeof identification];
    if (QSPI_Receive(&(struct qspi_command){.ccr = WITH_DATA(READ_ID), .length = sizeof id}, id) != DONE) {
        return FAILED;
    }
    for (uint32_t i = 0; i < sizeof id; i++) {
        if (id[i] != identification[i]) {
            return FAILED;
        }
    }
    return DONE;
}

static int map(void) {
    return QSPI_MemoryMapped(
        WITH_ADDRESS(QUAD_OUTPUT_FAST_READ_4_BYTE) | QUADSPI_CCR_DUMMY(FAST_READ_DUMMY_CYCLES) | QUADSPI_CCR_DATA_4_LINES);
}

CALLED_BY_HOST int Init(void) {
    clear_bss();
    SystemClock_Config();
    if (QSPI_Init(ADDRESS_BITS) != DONE || reset_memory() != DONE || identify() != DONE) {
        return FAILED;
    }
    return map();
}

static int program_page(uint32_t offset, const uint8_t *from, uint32_t length) {
    struct qspi_command program = {
        .ccr = WITH_ADDRESS(QUAD_INPUT_PAGE_PROGRAM_4_BYTE) | QUADSPI_CCR_DATA_4_LINES,
        .address = offset,
        .length = length,
    };
    if (write_enable() != DONE || QSPI_Transmit(&program, from) != DONE) {
        return FAILED;
    }
    return wait_status(STATUS_WRITE_IN_PROGRESS, 0, PROGRAM_TICKS);
}

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size) || QSPI_Abort() != DONE) {
        return FAILED;
    }
    uint32_t offset = address - START;
    while (size > 0) {
        uint32_t rest = PAGE_SIZE - offset % PAGE_SIZE;
        uint32_t length = size < rest ? size : rest;
        if (program_page(offset, buffer, length) != DONE) {
            return FAILED;
        }
        offset += length;
        buffer += length;
        size -= length;
    }
    return map();
}

static int erase_sector(uint32_t offset) {
    struct qspi_command erase = {.ccr = WITH_ADDRESS(SECTOR_ERASE_4_BYTE), .address = offset};
    if (write_enable() != DONE || QSPI_Transmit(&erase, 0) != DONE) {
        return FAILED;
    }
    return wait_status(STATUS_WRITE_IN_PROGRESS, 0, ERASE_TICKS);
}

CALLED_BY_HOST int SectorErase(uint32_t start, uint32_t end) {
    if (!lies_in(START, SIZE, start, 1) || !lies_in(START, SIZE, end, 1) || end < start || QSPI_Abort() != DONE) {
        return FAILED;
    }
    uint32_t last = (end - START) / SECTOR_SIZE;
    for (uint32_t sector = (start - START) / SECTOR_SIZE; sector <= last; sector++) {
        if (erase_sector(sector * SECTOR_SIZE) != DONE) {
            return FAILED;
        }
    }
    return map();
}

CALLED_BY_HOST int MassErase(void) {
    if (QSPI_Abort() != DONE || write_enable() != DONE || command(BULK_ERASE) != DONE) {
        return FAILED;
    }
    if (wait_status(STATUS_WRITE_IN_PROGRESS, 0, BULK_ERASE_TICKS) != DONE) {
        return FAILED;
    }
    return map();
}
