/* Init switches the STM32F1 to 72 MHz from the crystal and the PLL, and leaves it so (RM0008 7.2, 3.3.3). */
#include "bad.h"

IMAGINARY_DEVICE("MOVES-CLOCK_IMAGINARY-BOARD");

#define RCC_CR (*(volatile uint32_t *)0x40021000u)
#define RCC_CR_HSEON BIT(16)
#define RCC_CR_HSERDY BIT(17)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_CFGR (*(volatile uint32_t *)0x40021004u)
#define RCC_CFGR_SW_MASK 3u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
/* PLL: HSE times 9. APB1: half of it. */
#define RCC_CFGR_72_MHZ (BIT(16) | 7u << 18 | 4u << 8)
#define FLASH_ACR (*(volatile uint32_t *)0x40022000u)
#define FLASH_ACR_72_MHZ 0x12u

#define POLLS 100000u

static int becomes(volatile uint32_t *address, uint32_t mask, uint32_t value) {
    for (uint32_t polls = 0; polls < POLLS; polls++) {
        if ((*address & mask) == value) {
            return DONE;
        }
    }
    return FAILED;
}

CALLED_BY_HOST int Init(void) {
    if ((RCC_CFGR & RCC_CFGR_SWS_MASK) == RCC_CFGR_SWS_PLL) {
        return DONE;
    }
    RCC_CR |= RCC_CR_HSEON;
    if (becomes(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY) != DONE) {
        return FAILED;
    }
    FLASH_ACR = FLASH_ACR_72_MHZ;
    RCC_CFGR = RCC_CFGR_72_MHZ;
    RCC_CR |= RCC_CR_PLLON;
    if (becomes(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) != DONE) {
        return FAILED;
    }
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_SW_MASK) | RCC_CFGR_SW_PLL;
    return becomes(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
}
