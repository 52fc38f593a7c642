/* The system clock of the STM32F469, in the manner of what ST's tools generate (RM0386 3.5.1, 5.1.4, 6.2, 6.3). */
#include "becomes.h"
#include "stm32f469.h"

/* The PLL's input is 1 MHz, its VCO 336 MHz: the crystal of 25 MHz or HSI, 16 MHz, over M, times N; half of that is 168 MHz. */
#define PLL_COMMON (RCC_PLLCFGR_N(336u) | RCC_PLLCFGR_P_2 | RCC_PLLCFGR_Q(7u) | RCC_PLLCFGR_R(2u))
#define PLL_FROM_HSE (PLL_COMMON | RCC_PLLCFGR_SRC_HSE | RCC_PLLCFGR_M(25u))
#define PLL_FROM_HSI (PLL_COMMON | RCC_PLLCFGR_M(16u))
/** APB1 takes 45 MHz at most, APB2 90 MHz. */
#define BUSES (RCC_CFGR_PPRE1_4 | RCC_CFGR_PPRE2_2)

/** The system clock is what SystemClock_Config makes it already. */
static int is_configured(void) {
    uint32_t mask = RCC_CFGR_SWS_MASK | RCC_CFGR_HPRE_MASK | RCC_CFGR_PPRE_MASK;
    uint32_t pll = RCC_PLLCFGR;
    return (RCC_CFGR & mask) == (RCC_CFGR_SWS_PLL | BUSES) && (pll == PLL_FROM_HSE || pll == PLL_FROM_HSI);
}

static int run_from_hsi(void) {
    RCC_CR |= RCC_CR_HSION;
    if (becomes(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY) != DONE) {
        return FAILED;
    }
    RCC_CFGR &= ~RCC_CFGR_SW_MASK;
    return becomes(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_HSI);
}

void SystemClock_Config(void) {
    if (is_configured() || run_from_hsi() != DONE) {
        return;
    }
    /* The voltage for more than 144 MHz, and the settings of the PLL, can be chosen only while it is off. */
    RCC_CR = (RCC_CR & ~RCC_CR_PLLON) | RCC_CR_HSEON;
    RCC_APB1ENR |= RCC_APB1ENR_PWREN;
    PWR_CR |= PWR_CR_VOS_SCALE_1;
    FLASH_ACR = FLASH_ACR_LATENCY(5u) | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    if (becomes(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY) == DONE) {
        RCC_PLLCFGR = PLL_FROM_HSE;
    } else {
        RCC_CR &= ~RCC_CR_HSEON;
        RCC_PLLCFGR = PLL_FROM_HSI;
    }
    RCC_CFGR = BUSES;
    RCC_CR |= RCC_CR_PLLON;
    if (becomes(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) == DONE) {
        RCC_CFGR |= RCC_CFGR_SW_PLL;
        (void)becomes(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
    }
}
