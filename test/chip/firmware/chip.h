/* Registers as the programs of this folder need them, and a console on USART1. Addresses: RM0008 3.3. */
#ifndef CHIP_H
#define CHIP_H
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define HALF(address) (*(volatile uint16_t *)(address))
/* Bit-band alias of a bit of a peripheral register. */
#define BITBAND(address, bit) REG(0x42000000u + ((address)-0x40000000u) * 32u + (bit) * 4u)

#define RCC 0x40021000u
#define RCC_CR REG(RCC + 0x00)
#define RCC_CFGR REG(RCC + 0x04)
#define RCC_APB2ENR REG(RCC + 0x18)
#define RCC_APB1ENR REG(RCC + 0x1C)
#define RCC_BDCR REG(RCC + 0x20)
#define RCC_CSR REG(RCC + 0x24)
#define FLASH_ACR REG(0x40022000u)
#define FLASH_KEYR REG(0x40022004u)
#define FLASH_SR REG(0x4002200Cu)
#define FLASH_CR REG(0x40022010u)
#define FLASH_AR REG(0x40022014u)
#define GPIOA 0x40010800u
#define GPIOC 0x40011000u
#define GPIO_CRL 0x00
#define GPIO_CRH 0x04
#define GPIO_BSRR 0x10
#define EXTI_IMR REG(0x40010400u)
#define EXTI_EMR REG(0x40010404u)
#define EXTI_RTSR REG(0x40010408u)
#define EXTI_PR REG(0x40010414u)
#define PWR_CR REG(0x40007000u)
#define PWR_CSR REG(0x40007004u)
#define RTC_CRH REG(0x40002800u)
#define RTC_CRL REG(0x40002804u)
#define RTC_PRLL REG(0x4000280Cu)
#define RTC_CNTL REG(0x4000281Cu)
#define RTC_ALRH REG(0x40002820u)
#define RTC_ALRL REG(0x40002824u)
#define IWDG_KR REG(0x40003000u)
#define IWDG_PR REG(0x40003004u)
#define IWDG_RLR REG(0x40003008u)
#define IWDG_SR REG(0x4000300Cu)
#define USART1_SR REG(0x40013800u)
#define USART1_DR REG(0x40013804u)
#define USART1_BRR REG(0x40013808u)
#define USART1_CR1 REG(0x4001380Cu)
#define SYST_CSR REG(0xE000E010u)
#define SYST_RVR REG(0xE000E014u)
#define SYST_CVR REG(0xE000E018u)
#define NVIC_ISER(n) REG(0xE000E100u + 4u * (n))
#define SCB_AIRCR REG(0xE000ED0Cu)
#define SCB_SCR REG(0xE000ED10u)
#define SCB_SHCSR REG(0xE000ED24u)
#define SCB_CFSR REG(0xE000ED28u)
#define SCB_BFAR REG(0xE000ED38u)

static inline void wfi(void) { __asm volatile("wfi" ::: "memory"); }

/** HSE x 9 = 72 MHz, APB1 at 36 MHz. */
static inline void clock_72mhz(void) {
    RCC_CR |= 1u << 16;
    while (!(RCC_CR & (1u << 17))) {
    }
    FLASH_ACR = 0x12;
    RCC_CFGR = (7u << 18) | (1u << 16) | (4u << 8);
    BITBAND(RCC, 24) = 1;
    while (!BITBAND(RCC, 25)) {
    }
    RCC_CFGR |= 2;
    while ((RCC_CFGR & 0xC) != 8) {
    }
}

static inline void console(uint32_t pclk2) {
    RCC_APB2ENR |= (1u << 14) | (1u << 2);
    REG(GPIOA + GPIO_CRH) = (REG(GPIOA + GPIO_CRH) & ~0xF0u) | 0xB0u;
    USART1_BRR = (pclk2 + 57600u) / 115200u;
    USART1_CR1 = (1u << 13) | (1u << 3);
}

static inline void say(const char *text) {
    while (*text) {
        while (!(USART1_SR & 0x80)) {
        }
        USART1_DR = (uint8_t)*text++;
    }
    while (!(USART1_SR & 0x40)) {
    }
}

static inline void say_hex(const char *name, uint32_t value) {
    char text[12] = " 00000000\n";
    for (int i = 0; i < 8; i++) {
        text[8 - i] = "0123456789abcdef"[(value >> (4 * i)) & 15];
    }
    say(name);
    say(text);
}
#endif
