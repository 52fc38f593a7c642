/*
 * NOR flash of the STM3210E-EVAL: M29W128, 8 M x 16 at NE2, 128 blocks of 128 KiB. Commands are those of the JEDEC standard set
 * for AMD-like parts, in their 16-bit form; what the part can do is read from its CFI tables.
 */
#include "byte-sums.h"
#include "stm3210e-eval.h"

#define START 0x64000000u
#define SIZE 0x1000000u
#define BLOCK_SIZE 0x20000u

STORAGE_INFO const struct storage_info StorageInfo = {
    .device_name = "M29W128_STM3210E-EVAL",
    .device_type = NOR_FLASH,
    .start = START,
    .size = SIZE,
    .page_size = 0x4000u,
    .erased_value = 0xFFu,
    .sectors = {{SIZE / BLOCK_SIZE, BLOCK_SIZE}},
};

/** The memory by words. */
#define NOR ((volatile uint16_t *)START)
#define WORD_OF(address) (((address) - START) / 2u)

#define UNLOCK_1 0x555u
#define UNLOCK_2 0x2AAu
#define CFI_QUERY 0x55u

enum command {
    COMMAND_CHIP_ERASE = 0x10,
    COMMAND_BUFFER_CONFIRM = 0x29,
    COMMAND_BUFFER_LOAD = 0x25,
    COMMAND_BLOCK_ERASE = 0x30,
    COMMAND_ERASE_SETUP = 0x80,
    COMMAND_AUTO_SELECT = 0x90,
    COMMAND_CFI_QUERY = 0x98,
    COMMAND_PROGRAM = 0xA0,
    COMMAND_RESET = 0xF0,
};

/* Status register bits, read at any address while the part is busy. */
#define STATUS_TOGGLE 0x40u
#define STATUS_TIMED_OUT 0x20u
#define STATUS_BUFFER_ABORTED 0x02u

/*
 * At 72 MHz 125 ns from the address to the data; a part of 90 ns and the FSMC, which takes 25 ns to sample them
 * (t_su(Data_NE)), need 118 ns. NWE is low for 69 ns.
 */
#define TIMING (FSMC_BTR_ADDSET(2u) | FSMC_BTR_DATAST(5u))
/** While the part erases it is read as slowly as the FSMC can: a read takes 274 cycles, 3.8 us at 72 MHz. */
#define TIMING_ERASING (FSMC_BTR_ADDSET(15u) | FSMC_BTR_DATAST(255u))

/* Pairs of reads of the status; a pair takes 0.3 us or more. Maxima: 200 us a word, 1 ms a buffer. */
#define PROGRAM_POLLS 10000u
/* A pair takes 7.6 us or more. Maxima: 6 s a block, 400 s the chip. */
#define ERASE_POLLS 1000000u
#define CHIP_ERASE_POLLS 60000000u

#define MANUFACTURER_ST 0x20u
#define MANUFACTURER_MICRON 0x89u

/** Words that one buffer takes; 0 when the part has no buffer. */
static uint32_t buffer_words;

static void unlock(void) {
    NOR[UNLOCK_1] = 0xAA;
    NOR[UNLOCK_2] = 0x55;
}

static void reset(void) {
    NOR[0] = COMMAND_RESET;
}

/** After a buffer was given up a plain reset is not enough. */
static void leave_aborted_buffer(void) {
    unlock();
    NOR[UNLOCK_1] = COMMAND_RESET;
}

/** Waits for the end of an operation at a word: while it lasts, the toggle bit changes with each read. */
static int wait_ready(uint32_t word, uint32_t polls) {
    while (polls-- > 0) {
        uint16_t first = NOR[word];
        uint16_t second = NOR[word];
        if (((first ^ second) & STATUS_TOGGLE) == 0) {
            return DONE;
        }
        if (second & (STATUS_TIMED_OUT | STATUS_BUFFER_ABORTED)) {
            /* Or it ended between the two reads, and the second was data. */
            first = NOR[word];
            second = NOR[word];
            if (((first ^ second) & STATUS_TOGGLE) == 0) {
                return DONE;
            }
            break;
        }
    }
    leave_aborted_buffer();
    reset();
    return FAILED;
}

/** A 16 MiB part of the standard command set answers here. */
static int identify(void) {
    reset();
    unlock();
    NOR[UNLOCK_1] = COMMAND_AUTO_SELECT;
    uint16_t manufacturer = NOR[0];
    reset();
    if (manufacturer != MANUFACTURER_ST && manufacturer != MANUFACTURER_MICRON) {
        return FAILED;
    }
    NOR[CFI_QUERY] = COMMAND_CFI_QUERY;
    uint16_t signature[3] = {NOR[0x10], NOR[0x11], NOR[0x12]};
    uint16_t size = NOR[0x27];
    uint16_t buffer_size = NOR[0x2A];
    reset();
    if (signature[0] != 'Q' || signature[1] != 'R' || signature[2] != 'Y' || size > 31 || BIT(size) != SIZE) {
        return FAILED;
    }
    buffer_words = buffer_size > 1 && buffer_size < 10 ? BIT(buffer_size) / 2 : 0;
    return DONE;
}

CALLED_BY_HOST int Init(void) {
    parallel_bus_init();
    FSMC_NOR->bank[1].BTR = TIMING;
    FSMC_NOR->bank[1].BCR = FSMC_BCR_RESERVED | FSMC_BCR_MTYP_NOR | FSMC_BCR_MWID_16 | FSMC_BCR_FACCEN |
                            FSMC_BCR_WREN | FSMC_BCR_MBKEN;
    return identify();
}

static int program_word(uint32_t word, uint16_t value) {
    unlock();
    NOR[UNLOCK_1] = COMMAND_PROGRAM;
    NOR[word] = value;
    return wait_ready(word, PROGRAM_POLLS) == DONE && NOR[word] == value ? DONE : FAILED;
}

static uint16_t word_at(const uint8_t *bytes) {
    uint16_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return word;
}

/** Programs a whole, aligned buffer. */
static int program_buffer(uint32_t word, const uint8_t *from) {
    unlock();
    NOR[word] = COMMAND_BUFFER_LOAD;
    NOR[word] = (uint16_t)(buffer_words - 1);
    /* The FSMC makes two writes of one. */
    volatile uint32_t *to = (volatile uint32_t *)&NOR[word];
#pragma GCC unroll 4
    for (uint32_t i = 0; i < buffer_words / 2; i++) {
        to[i] = word_in(from + 4 * i);
    }
    NOR[word] = COMMAND_BUFFER_CONFIRM;
    uint32_t last = buffer_words - 1;
    return wait_ready(word + last, PROGRAM_POLLS) == DONE && NOR[word + last] == word_at(from + 2 * last) ? DONE : FAILED;
}

CALLED_BY_HOST int Write(uint32_t address, uint32_t size, const uint8_t *buffer) {
    if (!lies_in(START, SIZE, address, size)) {
        return FAILED;
    }
    while (size > 0) {
        uint32_t word = WORD_OF(address);
        uint32_t taken = 2;
        int result;
        if (address & 1u) {
            taken = 1;
            result = program_word(word, (uint16_t)(buffer[0] << 8 | (NOR[word] & 0x00FFu)));
        } else if (size == 1) {
            taken = 1;
            result = program_word(word, (uint16_t)(buffer[0] | (NOR[word] & 0xFF00u)));
        } else if (buffer_words != 0 && word % buffer_words == 0 && size >= 2 * buffer_words) {
            taken = 2 * buffer_words;
            result = program_buffer(word, buffer);
        } else {
            result = program_word(word, word_at(buffer));
        }
        if (result != DONE) {
            return FAILED;
        }
        address += taken;
        buffer += taken;
        size -= taken;
    }
    return DONE;
}

/** Gives an erase command at a word and waits for its end. */
static int erase(uint32_t word, enum command command, uint32_t polls) {
    unlock();
    NOR[UNLOCK_1] = COMMAND_ERASE_SETUP;
    unlock();
    NOR[word] = (uint16_t)command;
    FSMC_NOR->bank[1].BTR = TIMING_ERASING;
    int result = wait_ready(word, polls);
    FSMC_NOR->bank[1].BTR = TIMING;
    return result == DONE && NOR[word] == 0xFFFFu ? DONE : FAILED;
}

CALLED_BY_HOST int SectorErase(uint32_t start, uint32_t end) {
    if (!lies_in(START, SIZE, start, 1) || !lies_in(START, SIZE, end, 1) || end < start) {
        return FAILED;
    }
    for (uint32_t block = (start - START) / BLOCK_SIZE; block <= (end - START) / BLOCK_SIZE; block++) {
        if (erase(block * (BLOCK_SIZE / 2), COMMAND_BLOCK_ERASE, ERASE_POLLS) != DONE) {
            return FAILED;
        }
    }
    return DONE;
}

CALLED_BY_HOST int MassErase(void) {
    return erase(UNLOCK_1, COMMAND_CHIP_ERASE, CHIP_ERASE_POLLS);
}
