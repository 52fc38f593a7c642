/* The registers that the sample programs use (RM0008, RM0090). */
#ifndef CHIP_H
#define CHIP_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define RCC_CR REG(0x40021000u)
#define RCC_CFGR REG(0x40021004u)
#define RCC_APB2ENR REG(0x40021018u)
#define GPIOA_IDR REG(0x40010808u)
#define GPIOC_CRH REG(0x40011004u)
#define GPIOC_BSRR REG(0x40011010u)

typedef struct {
    volatile uint32_t EVCR;
    volatile uint32_t MAPR;
    volatile uint32_t EXTICR[4];
} afio_registers;
#define AFIO ((afio_registers *)0x40010000u)

#define SWJ_CFG_MASK (7u << 24)
#define SWJ_CFG_NOJTAG (2u << 24)
#define SWJ_CFG_OFF (4u << 24)

typedef struct {
    volatile uint32_t MODER;
    volatile uint32_t OTYPER;
} gpio_registers;
#define GPIOA_F4 ((gpio_registers *)0x40020000u)

void HAL_Init(void);
void HAL_MspInit(void);
void SystemClock_Config(void);

#endif
