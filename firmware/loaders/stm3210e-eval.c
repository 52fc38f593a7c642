#include "stm3210e-eval.h"
#include "becomes.h"

/** Factors of the PLL: 8 MHz times 9, and half of HSI's 8 MHz times 16. APB1 takes 36 MHz at most. */
#define PLL_72_MHZ (RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL(9u) | RCC_CFGR_PPRE1_2)
#define PLL_64_MHZ (RCC_CFGR_PLLMUL(16u) | RCC_CFGR_PPRE1_2)

/** The system clock comes from the PLL with these settings. */
static int runs_from_pll(uint32_t settings) {
    uint32_t mask = RCC_CFGR_PLL_MASK | RCC_CFGR_HPRE_MASK | RCC_CFGR_PPRE1_MASK | RCC_CFGR_SWS_MASK;
    return (RCC->CFGR & mask) == (settings | RCC_CFGR_SWS_PLL);
}

static int run_from_hsi(void) {
    RCC->CR |= RCC_CR_HSION;
    if (becomes(&RCC->CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY) != DONE) {
        return FAILED;
    }
    RCC->CFGR = (RCC->CFGR & ~RCC_CFGR_SW_MASK) | RCC_CFGR_SW_HSI;
    return becomes(&RCC->CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_HSI);
}

void system_clock_init(void) {
    if (runs_from_pll(PLL_72_MHZ) || runs_from_pll(PLL_64_MHZ) || run_from_hsi() != DONE) {
        return;
    }
    /* The settings of the PLL can be changed only while it is off. */
    RCC->CR = (RCC->CR & ~RCC_CR_PLLON) | RCC_CR_HSEON;
    FLASH_ACR = FLASH_ACR_PRFTBE | FLASH_ACR_LATENCY(2u);
    if (becomes(&RCC->CR, RCC_CR_HSERDY, RCC_CR_HSERDY) == DONE) {
        RCC->CFGR = PLL_72_MHZ;
    } else {
        RCC->CR &= ~RCC_CR_HSEON;
        RCC->CFGR = PLL_64_MHZ;
    }
    RCC->CR |= RCC_CR_PLLON;
    if (becomes(&RCC->CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY) == DONE) {
        RCC->CFGR |= RCC_CFGR_SW_PLL;
        (void)becomes(&RCC->CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
    }
}

void pins_set_mode(gpio_registers *port, uint32_t pins, uint32_t mode) {
    for (uint32_t pin = 0; pin < 16; pin++) {
        if (pins & BIT(pin)) {
            volatile uint32_t *control = &port->CR[pin / 8];
            uint32_t shift = pin % 8 * 4;
            *control = (*control & ~(15u << shift)) | mode << shift;
        }
    }
}

/** Pins of the parallel bus, all of them outputs of the FSMC. */
static const struct {
    gpio_registers *port;
    uint32_t pins;
} parallel_bus[] = {
    /* D0 to D3: PD14, PD15, PD0, PD1. D13 to D15: PD8 to PD10. A16 to A18: PD11 to PD13. NOE PD4, NWE PD5. */
    {GPIOD, 0xFF33u},
    /* D4 to D12: PE7 to PE15. A19 to A22: PE3 to PE6. NBL0 PE0, NBL1 PE1. */
    {GPIOE, 0xFFFBu},
    /* A0 to A5: PF0 to PF5. A6 to A9: PF12 to PF15. */
    {GPIOF, 0xF03Fu},
    /* A10 to A15: PG0 to PG5. NE2 PG9, NE3 PG10. */
    {GPIOG, 0x063Fu},
};

void parallel_bus_init(void) {
    system_clock_init();
    RCC->AHBENR |= RCC_AHBENR_FSMCEN;
    RCC->APB2ENR |=
        RCC_APB2ENR_AFIOEN | RCC_APB2ENR_IOPDEN | RCC_APB2ENR_IOPEEN | RCC_APB2ENR_IOPFEN | RCC_APB2ENR_IOPGEN;
    for (uint32_t i = 0; i < sizeof parallel_bus / sizeof *parallel_bus; i++) {
        pins_set_mode(parallel_bus[i].port, parallel_bus[i].pins, GPIO_ALTERNATE_50MHZ);
    }
}
