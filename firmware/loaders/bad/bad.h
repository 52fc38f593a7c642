/* Loaders that fail on purpose. What one does not define itself, ordinary.c defines. */
#ifndef BAD_H
#define BAD_H

#include "loader.h"

/* An imaginary memory: it needs nothing of the chip, and nothing answers at its addresses. */
#define IMAGINARY_START 0x64000000u
#define IMAGINARY_SECTORS 8u
#define IMAGINARY_SECTOR_SIZE 0x1000u

#define IMAGINARY_DEVICE(name)                                                \
    STORAGE_INFO const struct storage_info StorageInfo = {                    \
        .device_name = name,                                                  \
        .device_type = NOR_FLASH,                                             \
        .start = IMAGINARY_START,                                             \
        .size = IMAGINARY_SECTORS * IMAGINARY_SECTOR_SIZE,                    \
        .page_size = 256,                                                     \
        .erased_value = 0xFF,                                                 \
        .sectors = {{IMAGINARY_SECTORS, IMAGINARY_SECTOR_SIZE}},              \
    }

/** An address where most chips have nothing, and those with an FSMC nothing before it is set up. */
#define NOWHERE ((volatile uint32_t *)0x60000000u)

/* Registers of the core (ARMv7-M B3.2, B3.3, C1.6). */
#define SCB_VTOR (*(volatile uint32_t *)0xE000ED08u)
#define SCB_AIRCR (*(volatile uint32_t *)0xE000ED0Cu)
#define SCB_AIRCR_SYSRESETREQ 0x05FA0004u
#define SCB_AIRCR_VECTRESET 0x05FA0001u
#define SCB_ICSR (*(volatile uint32_t *)0xE000ED04u)
#define SCB_ICSR_NMIPENDSET BIT(31)
#define SCB_SCR (*(volatile uint32_t *)0xE000ED10u)
#define SCB_SCR_SLEEPDEEP BIT(2)
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_CSR_ON_WITH_INTERRUPT 7u
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define NVIC_ISER ((volatile uint32_t *)0xE000E100u)
#define NVIC_ISPR ((volatile uint32_t *)0xE000E200u)
#define DEMCR (*(volatile uint32_t *)0xE000EDFCu)

/* Clocks, power, pins and debug of the STM32F1 (RM0008 7.3, 5.4, 9.4, 31.16). */
#define RCC_APB2ENR (*(volatile uint32_t *)0x40021018u)
#define RCC_APB2ENR_AFIOEN BIT(0)
#define RCC_APB1ENR (*(volatile uint32_t *)0x4002101Cu)
#define RCC_APB1ENR_PWREN BIT(28)
#define PWR_CR (*(volatile uint32_t *)0x40007000u)
#define PWR_CR_PDDS BIT(1)
#define AFIO_MAPR (*(volatile uint32_t *)0x40010004u)
#define AFIO_MAPR_SWJ_OFF (4u << 24)
#define DBGMCU_CR (*(volatile uint32_t *)0xE0042004u)

#define RCC_AHBENR (*(volatile uint32_t *)0x40021014u)
#define RCC_AHBENR_DMA1EN BIT(0)
#define RCC_APB1ENR_TIM2EN BIT(0)
#define DMA1_CCR2 (*(volatile uint32_t *)0x4002001Cu)
#define DMA1_CNDTR2 (*(volatile uint32_t *)0x40020020u)
#define DMA1_CPAR2 (*(volatile uint32_t *)0x40020024u)
#define DMA1_CMAR2 (*(volatile uint32_t *)0x40020028u)
/* EN, CIRC, MINC, words on both sides. */
#define DMA_CIRCULAR_WORDS 0x0AA1u
#define TIM2_CR1 (*(volatile uint32_t *)0x40000000u)
#define TIM2_DIER (*(volatile uint32_t *)0x4000000Cu)
#define TIM2_CNT_ADDRESS 0x40000024u
#define TIM2_ARR (*(volatile uint32_t *)0x4000002Cu)

/** Has DMA write a word with every update of TIM2, 4 KiB in a circle (RM0008 table 78: TIM2_UP is on channel 2). */
static inline void start_dma(uint32_t target) {
    RCC_AHBENR |= RCC_AHBENR_DMA1EN;
    RCC_APB1ENR |= RCC_APB1ENR_TIM2EN;
    DMA1_CPAR2 = TIM2_CNT_ADDRESS;
    DMA1_CMAR2 = target;
    DMA1_CNDTR2 = 1024;
    DMA1_CCR2 = DMA_CIRCULAR_WORDS;
    TIM2_ARR = 31;
    TIM2_DIER = BIT(8);
    TIM2_CR1 = 1;
}

/** Takes a while, so that the debugger looks meanwhile. */
static inline void wait_for(uint32_t rounds) {
    for (volatile uint32_t i = 0; i < rounds; i++) {
    }
}

/* The independent watchdog of the STM32F1 (RM0008 19.4). */
typedef struct {
    volatile uint32_t KR, PR, RLR, SR;
} iwdg_registers;
#define IWDG ((iwdg_registers *)0x40003000u)
#define IWDG_KR_UNLOCK 0x5555u
#define IWDG_KR_START 0xCCCCu
#define IWDG_KR_REFRESH 0xAAAAu

/** Starts the watchdog with a time of `count` times 0.1 ms, at the LSI's nominal 40 kHz. */
static inline void watchdog_start(uint32_t count) {
    IWDG->KR = IWDG_KR_START;
    IWDG->KR = IWDG_KR_UNLOCK;
    IWDG->PR = 0;
    IWDG->RLR = count - 1;
    /* The LSI has to take both over. */
    for (uint32_t polls = 0; IWDG->SR != 0 && polls < 100000; polls++) {
    }
    IWDG->KR = IWDG_KR_REFRESH;
}

#endif
