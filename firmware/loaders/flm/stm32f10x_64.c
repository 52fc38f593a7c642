/* Flash of the STM32F10x of medium density: pages of 1 KiB, programmed by half-words (RM0008 3.3, PM0075 2.3). */
#include "flash-algorithm.h"

typedef struct {
    volatile uint32_t ACR, KEYR, OPTKEYR, SR, CR, AR, reserved, OBR, WRPR;
} flash_registers;
#define FLASH ((flash_registers *)0x40022000u)
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu
#define FLASH_SR_BSY BIT(0)
#define FLASH_SR_PGERR BIT(2)
#define FLASH_SR_WRPRTERR BIT(4)
#define FLASH_SR_EOP BIT(5)
#define FLASH_CR_PG BIT(0)
#define FLASH_CR_PER BIT(1)
#define FLASH_CR_MER BIT(2)
#define FLASH_CR_STRT BIT(6)
#define FLASH_CR_LOCK BIT(7)
#define FLASH_OBR_WDG_SW BIT(2)

#define RCC_CR (*(volatile uint32_t *)0x40021000u)
#define RCC_CR_HSION BIT(0)
#define RCC_CR_HSIRDY BIT(1)

#define IWDG_KR (*(volatile uint32_t *)0x40003000u)
#define IWDG_PR (*(volatile uint32_t *)0x40003004u)
#define IWDG_RLR (*(volatile uint32_t *)0x40003008u)
#define IWDG_KR_UNLOCK 0x5555u
#define IWDG_KR_REFRESH 0xAAAAu

#define PAGE_SIZE 1024u

/** What was done since the algorithm was loaded. */
struct statistics {
    uint32_t pages_erased;
    uint32_t half_words_programmed;
};

static struct statistics statistics;

/** Reads of the status, 10 cycles or more each, before an operation is given up. A page takes 40 ms at most. */
static uint32_t polls_allowed = 2000000u;

static int wait_ready(void) {
    for (uint32_t polls = OWN(polls_allowed); polls > 0; polls--) {
        if ((FLASH->SR & FLASH_SR_BSY) == 0) {
            return OK;
        }
    }
    return ERROR;
}

/** The end of what CR was told to do; CR is cleared again. */
static int finish(void) {
    int result = wait_ready();
    if (FLASH->SR & (FLASH_SR_PGERR | FLASH_SR_WRPRTERR)) {
        result = ERROR;
    }
    FLASH->CR = 0;
    return result;
}

static void clear_status(void) {
    FLASH->SR = FLASH_SR_PGERR | FLASH_SR_WRPRTERR | FLASH_SR_EOP;
}

CALLED_BY_HOST int Init(uint32_t address, uint32_t clock, uint32_t function) {
    (void)address, (void)clock, (void)function;
    /* The flash controller times its operations by the HSI. */
    RCC_CR |= RCC_CR_HSION;
    for (uint32_t polls = OWN(polls_allowed); (RCC_CR & RCC_CR_HSIRDY) == 0; polls--) {
        if (polls == 0) {
            return ERROR;
        }
    }
    if (FLASH->CR & FLASH_CR_LOCK) {
        FLASH->KEYR = FLASH_KEY1;
        FLASH->KEYR = FLASH_KEY2;
    }
    if ((FLASH->OBR & FLASH_OBR_WDG_SW) == 0) {
        /* The watchdog runs since reset: the longest time that it has, 26 s. */
        IWDG_KR = IWDG_KR_UNLOCK;
        IWDG_PR = 6;
        IWDG_RLR = 0xFFFu;
        IWDG_KR = IWDG_KR_REFRESH;
    }
    return wait_ready() == OK && (FLASH->CR & FLASH_CR_LOCK) == 0 ? OK : ERROR;
}

CALLED_BY_HOST int UnInit(uint32_t function) {
    (void)function;
    FLASH->CR = FLASH_CR_LOCK;
    return OK;
}

CALLED_BY_HOST int EraseChip(void) {
    clear_status();
    FLASH->CR = FLASH_CR_MER;
    FLASH->CR = FLASH_CR_MER | FLASH_CR_STRT;
    int result = finish();
    if (result == OK) {
        OWN(statistics).pages_erased += 0x10000u / PAGE_SIZE;
    }
    return result;
}

CALLED_BY_HOST int EraseSector(uint32_t address) {
    clear_status();
    FLASH->CR = FLASH_CR_PER;
    FLASH->AR = address;
    FLASH->CR = FLASH_CR_PER | FLASH_CR_STRT;
    int result = finish();
    if (result == OK) {
        OWN(statistics).pages_erased++;
    }
    return result;
}

CALLED_BY_HOST int ProgramPage(uint32_t address, uint32_t size, const uint8_t *buffer) {
    volatile uint16_t *flash = (volatile uint16_t *)address;
    clear_status();
    for (uint32_t i = 0; i < size; i += 2) {
        /* What is after the end of the buffer is not programmed. */
        uint16_t value = (uint16_t)(buffer[i] | (i + 1 < size ? buffer[i + 1] : 0xFFu) << 8);
        FLASH->CR = FLASH_CR_PG;
        flash[i / 2] = value;
        if (finish() != OK || flash[i / 2] != value) {
            return ERROR;
        }
        OWN(statistics).half_words_programmed++;
    }
    return OK;
}

CALLED_BY_HOST int BlankCheck(uint32_t address, uint32_t size, uint8_t value) {
    const volatile uint8_t *flash = (const volatile uint8_t *)address;
    for (uint32_t i = 0; i < size; i++) {
        if (flash[i] != value) {
            return ERROR;
        }
    }
    return OK;
}

CALLED_BY_HOST uint32_t Verify(uint32_t address, uint32_t size, const uint8_t *buffer) {
    const volatile uint8_t *flash = (const volatile uint8_t *)address;
    for (uint32_t i = 0; i < size; i++) {
        if (flash[i] != buffer[i]) {
            return address + i;
        }
    }
    return address + size;
}
