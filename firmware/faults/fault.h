/* What the programs of this folder share: the STM32F103's registers by ../common, or the few that an STM32F469 has elsewhere. */
#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

#define BIT(n) (1u << (n))

/* RM0008 19.4, RM0386 27.4: independent watchdog, at the same place in both */
typedef struct {
    volatile uint32_t KR, PR, RLR, SR;
} iwdg_registers;
#define IWDG ((iwdg_registers *)0x40003000u)
#define IWDG_KR_ACCESS 0x5555u
#define IWDG_KR_RELOAD 0xAAAAu
#define IWDG_KR_START 0xCCCCu

/* RM0008 9.4.2: remap and debug port configuration */
#define AFIO_MAPR (*(volatile uint32_t *)0x40010004u)
#define AFIO_MAPR_SWJ_OFF (4u << 24)

/* RM0386 8.4.1, 6.3.10: mode of the pins of port A, and its clock */
#define STM32F4_GPIOA_MODER (*(volatile uint32_t *)0x40020000u)
#define STM32F4_RCC_AHB1ENR (*(volatile uint32_t *)0x40023830u)

/* ARMv7-M B3.2.7: system control */
#define SYSTEM_CONTROL (*(volatile uint32_t *)0xE000ED10u)
#define SCR_SLEEPDEEP BIT(2)

#endif
