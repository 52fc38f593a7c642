/* Registers of the STM32F103 that the demo programs use, after RM0008 and the ARMv7-M manual. Not a complete list. */
#ifndef STM32F103_H
#define STM32F103_H

#include <stdint.h>

#define BIT(n) (1u << (n))

/* RM0008 7.3: reset and clock control */
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
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (4u << 8)
#define RCC_CFGR_PLLSRC_HSE BIT(16)
#define RCC_CFGR_PLLMUL_9 (7u << 18)
#define RCC_APB2ENR_AFIOEN BIT(0)
#define RCC_APB2ENR_IOPAEN BIT(2)
#define RCC_APB2ENR_IOPCEN BIT(4)
#define RCC_APB2ENR_USART1EN BIT(14)
#define RCC_CSR_RMVF BIT(24)
#define RCC_CSR_SFTRSTF BIT(28)

/* RM0008 3.3: embedded flash */
typedef struct {
    volatile uint32_t ACR, KEYR, OPTKEYR, SR, CR, AR, reserved, OBR, WRPR;
} flash_registers;
#define FLASH ((flash_registers *)0x40022000u)
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu
#define FLASH_ACR_LATENCY_2 2u
#define FLASH_ACR_PRFTBE BIT(4)
#define FLASH_SR_BSY BIT(0)
#define FLASH_SR_PGERR BIT(2)
#define FLASH_SR_WRPRTERR BIT(4)
#define FLASH_SR_EOP BIT(5)
#define FLASH_CR_PG BIT(0)
#define FLASH_CR_PER BIT(1)
#define FLASH_CR_STRT BIT(6)
#define FLASH_CR_LOCK BIT(7)

/* RM0008 9.2: general purpose ports */
typedef struct {
    volatile uint32_t CRL, CRH, IDR, ODR, BSRR, BRR, LCKR;
} gpio_registers;
#define GPIOA ((gpio_registers *)0x40010800u)
#define GPIOB ((gpio_registers *)0x40010C00u)
#define GPIOC ((gpio_registers *)0x40011000u)
#define GPIO_OUTPUT_2MHZ 0x2u
#define GPIO_INPUT_FLOATING 0x4u
#define GPIO_ALTERNATE_50MHZ 0xBu

/* RM0008 27.6: USART */
typedef struct {
    volatile uint32_t SR, DR, BRR, CR1, CR2, CR3, GTPR;
} usart_registers;
#define USART1 ((usart_registers *)0x40013800u)
#define USART_SR_RXNE BIT(5)
#define USART_SR_TC BIT(6)
#define USART_SR_TXE BIT(7)
#define USART_CR1_RE BIT(2)
#define USART_CR1_TE BIT(3)
#define USART_CR1_UE BIT(13)

/* ARMv7-M B3.3: system timer */
typedef struct {
    volatile uint32_t CSR, RVR, CVR, CALIB;
} systick_registers;
#define SYSTICK ((systick_registers *)0xE000E010u)
#define SYSTICK_CSR_ENABLE BIT(0)
#define SYSTICK_CSR_TICKINT BIT(1)
#define SYSTICK_CSR_CLKSOURCE BIT(2)

/* ARMv7-M B3.2: system control */
typedef struct {
    volatile uint32_t CPUID, ICSR, VTOR, AIRCR, SCR, CCR, SHPR[3], SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR;
} scb_registers;
#define SCB ((scb_registers *)0xE000ED00u)
#define SCB_ICSR_PENDSVSET BIT(28)
#define SCB_CCR_UNALIGN_TRP BIT(3)
#define SCB_CCR_DIV_0_TRP BIT(4)

/* ARMv7-M B3.4: interrupt controller, one word of enable and pending bits for each 32 interrupts */
#define NVIC_ISER ((volatile uint32_t *)0xE000E100u)
#define NVIC_ISPR ((volatile uint32_t *)0xE000E200u)
#define NVIC_IPR ((volatile uint8_t *)0xE000E400u)

/* RM0008 10.1.2: positions of the interrupts used here */
#define IRQ_EXTI0 6u

#endif
