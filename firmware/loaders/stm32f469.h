/* Registers of the STM32F469 that a loader for its QUADSPI needs (RM0386 3.9, 5.5, 6.3, 8.4, 14.5). */
#ifndef STM32F469_H
#define STM32F469_H

#include "loader.h"

#define RCC_CR (*(volatile uint32_t *)0x40023800u)
#define RCC_CR_HSION BIT(0)
#define RCC_CR_HSIRDY BIT(1)
#define RCC_CR_HSEON BIT(16)
#define RCC_CR_HSERDY BIT(17)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_PLLCFGR (*(volatile uint32_t *)0x40023804u)
#define RCC_PLLCFGR_M(divider) (divider)
#define RCC_PLLCFGR_N(factor) ((factor) << 6)
#define RCC_PLLCFGR_P_2 (0u << 16)
#define RCC_PLLCFGR_SRC_HSE BIT(22)
#define RCC_PLLCFGR_Q(divider) ((divider) << 24)
#define RCC_PLLCFGR_R(divider) ((divider) << 28)
#define RCC_CFGR (*(volatile uint32_t *)0x40023808u)
#define RCC_CFGR_SW_MASK 3u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_HSI (0u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_HPRE_MASK (15u << 4)
#define RCC_CFGR_PPRE_MASK (0x3Fu << 10)
#define RCC_CFGR_PPRE1_4 (5u << 10)
#define RCC_CFGR_PPRE2_2 (4u << 13)
#define RCC_APB1ENR (*(volatile uint32_t *)0x40023840u)
#define RCC_APB1ENR_PWREN BIT(28)
#define RCC_AHB3RSTR (*(volatile uint32_t *)0x40023818u)
#define RCC_AHB1ENR (*(volatile uint32_t *)0x40023830u)
#define RCC_AHB1ENR_GPIOBEN BIT(1)
#define RCC_AHB1ENR_GPIOFEN BIT(5)
#define RCC_AHB3ENR (*(volatile uint32_t *)0x40023838u)
#define RCC_AHB3_QSPI BIT(1)

#define PWR_CR (*(volatile uint32_t *)0x40007000u)
#define PWR_CR_VOS_SCALE_1 (3u << 14)

#define FLASH_ACR (*(volatile uint32_t *)0x40023C00u)
#define FLASH_ACR_LATENCY(states) (states)
#define FLASH_ACR_PRFTEN BIT(8)
#define FLASH_ACR_ICEN BIT(9)
#define FLASH_ACR_DCEN BIT(10)

typedef struct {
    volatile uint32_t MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFR[2];
} gpio_registers;
#define GPIOB ((gpio_registers *)0x40020400u)
#define GPIOF ((gpio_registers *)0x40021400u)
#define GPIO_MODER_ALTERNATE 2u
#define GPIO_OSPEEDR_VERY_HIGH 3u
#define GPIO_PUPDR_NONE 0u
#define GPIO_PUPDR_UP 1u

typedef struct {
    volatile uint32_t CR, DCR, SR, FCR, DLR, CCR, AR, ABR, DR, PSMKR, PSMAR, PIR, LPTR;
} quadspi_registers;
#define QUADSPI ((quadspi_registers *)0xA0001000u)
#define QUADSPI_CR_EN BIT(0)
#define QUADSPI_CR_ABORT BIT(1)
#define QUADSPI_CR_SSHIFT BIT(4)
/** FTF: this many bytes fit, or are there. */
#define QUADSPI_CR_FTHRES(bytes) (((bytes) - 1u) << 8)
#define QUADSPI_CR_APMS BIT(22)
#define QUADSPI_CR_PRESCALER(divider) (((divider) - 1u) << 24)
#define QUADSPI_DCR_CSHT(cycles) (((cycles) - 1u) << 8)
#define QUADSPI_DCR_FSIZE(address_bits) (((address_bits) - 1u) << 16)
#define QUADSPI_SR_TEF BIT(0)
#define QUADSPI_SR_TCF BIT(1)
#define QUADSPI_SR_FTF BIT(2)
#define QUADSPI_SR_SMF BIT(3)
#define QUADSPI_SR_BUSY BIT(5)
#define QUADSPI_FCR_ALL (BIT(0) | BIT(1) | BIT(3) | BIT(4))
#define QUADSPI_CCR_INSTRUCTION_1_LINE (1u << 8)
#define QUADSPI_CCR_ADDRESS_1_LINE (1u << 10)
#define QUADSPI_CCR_ADDRESS_32_BITS (3u << 12)
#define QUADSPI_CCR_DUMMY(cycles) ((cycles) << 18)
#define QUADSPI_CCR_DATA_1_LINE (1u << 24)
#define QUADSPI_CCR_DATA_4_LINES (3u << 24)
#define QUADSPI_CCR_INDIRECT_WRITE (0u << 26)
#define QUADSPI_CCR_INDIRECT_READ (1u << 26)
#define QUADSPI_CCR_AUTO_POLLING (2u << 26)
#define QUADSPI_CCR_MEMORY_MAPPED (3u << 26)

/**
 * Raises the system clock to 168 MHz, from the crystal, or from HSI when that does not oscillate. When the PLL does not lock,
 * the clock stays as slow as it is, which nothing here minds.
 */
void SystemClock_Config(void);

#endif
