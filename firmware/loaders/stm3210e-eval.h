/* The STM3210E-EVAL: registers of its STM32F103ZE that its memories need (RM0008 3.3.3, 7.3, 9.2, 21.5, 21.6), and its pins. */
#ifndef STM3210E_EVAL_H
#define STM3210E_EVAL_H

#include "loader.h"

typedef struct {
    volatile uint32_t CR, CFGR, CIR, APB2RSTR, APB1RSTR, AHBENR, APB2ENR, APB1ENR, BDCR, CSR;
} rcc_registers;
#define RCC ((rcc_registers *)0x40021000u)
#define RCC_CR_HSION BIT(0)
#define RCC_CR_HSIRDY BIT(1)
#define RCC_CR_HSEON BIT(16)
#define RCC_CR_HSERDY BIT(17)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_CFGR_SW_MASK 3u
#define RCC_CFGR_SW_HSI 0u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_HSI (0u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_HPRE_MASK (15u << 4)
#define RCC_CFGR_PPRE1_MASK (7u << 8)
#define RCC_CFGR_PPRE1_2 (4u << 8)
#define RCC_CFGR_PLL_MASK (0x3Fu << 16)
#define RCC_CFGR_PLLSRC_HSE BIT(16)
#define RCC_CFGR_PLLMUL(factor) (((factor) - 2u) << 18)
#define RCC_AHBENR_FSMCEN BIT(8)
#define RCC_APB2ENR_AFIOEN BIT(0)
#define RCC_APB2ENR_IOPDEN BIT(5)
#define RCC_APB2ENR_IOPEEN BIT(6)
#define RCC_APB2ENR_IOPFEN BIT(7)
#define RCC_APB2ENR_IOPGEN BIT(8)

typedef struct {
    /** CRL and CRH: four bits a pin. */
    volatile uint32_t CR[2];
    volatile uint32_t IDR, ODR, BSRR, BRR, LCKR;
} gpio_registers;
#define GPIOD ((gpio_registers *)0x40011400u)
#define GPIOE ((gpio_registers *)0x40011800u)
#define GPIOF ((gpio_registers *)0x40011C00u)
#define GPIOG ((gpio_registers *)0x40012000u)
#define GPIO_INPUT_PULLED 0x8u
#define GPIO_ALTERNATE_50MHZ 0xBu

#define FLASH_ACR (*(volatile uint32_t *)0x40022000u)
#define FLASH_ACR_LATENCY(states) (states)
#define FLASH_ACR_PRFTBE BIT(4)

/** NOR and SRAM: BCR1, BTR1 ... BCR4, BTR4. */
typedef struct {
    struct {
        volatile uint32_t BCR, BTR;
    } bank[4];
} fsmc_nor_registers;
#define FSMC_NOR ((fsmc_nor_registers *)0xA0000000u)
#define FSMC_BCR_MBKEN BIT(0)
#define FSMC_BCR_MTYP_SRAM (0u << 2)
#define FSMC_BCR_MTYP_NOR (2u << 2)
#define FSMC_BCR_MWID_16 (1u << 4)
#define FSMC_BCR_FACCEN BIT(6)
#define FSMC_BCR_WREN BIT(12)
/** Bit 7 has to stay at its reset value. */
#define FSMC_BCR_RESERVED BIT(7)
#define FSMC_BTR_ADDSET(cycles) (cycles)
#define FSMC_BTR_DATAST(cycles) ((cycles) << 8)

/** NAND, banks 2 and 3, and PC Card. */
typedef struct {
    volatile uint32_t PCR, SR, PMEM, PATT, reserved, ECCR;
} fsmc_nand_registers;
#define FSMC_NAND_BANK2 ((fsmc_nand_registers *)0xA0000060u)
#define FSMC_PCR_PBKEN BIT(2)
#define FSMC_PCR_PTYP_NAND BIT(3)
#define FSMC_PCR_TCLR(cycles) ((cycles) << 9)
#define FSMC_PCR_TAR(cycles) ((cycles) << 13)
#define FSMC_PMEM(setup, wait, hold, hiz) ((setup) | (wait) << 8 | (hold) << 16 | (hiz) << 24)

/**
 * Raises the system clock to 72 MHz from the crystal, or to 64 MHz when that does not oscillate; a memory is faster than the
 * 8 MHz after reset. When the PLL does not lock either, the clock stays as slow as it is, which nothing here minds.
 */
void system_clock_init(void);

/** Gives the pins whose bits are set a mode. */
void pins_set_mode(gpio_registers *port, uint32_t pins, uint32_t mode);

/** The system clock, the FSMC's, and the pins that NOR flash and SRAM share: 23 address lines, 16 data lines, NOE, NWE, NE2, NE3, NBL0, NBL1. */
void parallel_bus_init(void);

#endif
