/* Timers against SysTick and against each other. Outside, PA6 (TIM3 CH1) is wired to PA0 (TIM2 CH1), PA8 and PA9
   (TIM1) to PB6 and PB7 (TIM4) as an encoder. */
#include "mcu.h"

static volatile unsigned updates, captures, compares[4];
static volatile uint16_t stamps[4];
static uint16_t duties[4] = {100, 200, 300, 400};
static uint16_t captured[8];

void TIM2_IRQHandler(void) {
    uint32_t flags = TIM2->SR & TIM2->DIER;
    if (flags & BIT(0)) {
        TIM2->SR = ~BIT(0);
        updates++;
    }
    if (flags & BIT(1)) {
        stamps[captures % 4] = (uint16_t)TIM2->CCR1;
        captures++;
    }
}

void TIM4_IRQHandler(void) {
    for (unsigned channel = 0; channel < 4; channel++) {
        uint32_t flag = BIT(1 + channel);
        if (!(TIM4->SR & TIM4->DIER & flag)) continue;
        TIM4->SR = ~flag;
        compares[channel]++;
    }
}

void TIM1_UP_IRQHandler(void) {
    TIM1->SR = ~BIT(0);
    updates++;
}

/* As libraries initialise a time base: values, UG, and away with the flag that UG leaves. */
static void base(tim_t *tim, uint32_t prescaler, uint32_t reload) {
    tim->CR1 = BIT(7);
    tim->SMCR = tim->DIER = tim->CCER = tim->CCMR1 = tim->CCMR2 = tim->CR2 = 0;
    tim->PSC = prescaler;
    tim->ARR = reload;
    tim->EGR = 1;
    tim->SR = 0;
}

static void time_base(void) {
    base(TIM2, 7199, 9);
    updates = 0;
    TIM2->DIER = 1;
    irq_enable(28);
    uint32_t start = millis();
    while (millis() == start) {
    }
    start = millis();
    TIM2->CR1 |= 1;
    while (millis() - start < 20) {
    }
    TIM2->CR1 &= ~1u;
    report("update interrupts", updates >= 19 && updates <= 20);
    TIM2->DIER = 0;

    base(TIM1, 71, 99);
    TIM1->RCR = 9;
    TIM1->EGR = 1;
    TIM1->SR = 0;
    updates = 0;
    TIM1->DIER = 1;
    irq_enable(25);
    TIM1->CR1 |= 1;
    delay(10);
    TIM1->CR1 &= ~1u;
    report("repetition counter", updates >= 10 && updates <= 12);
    TIM1->DIER = 0;
    TIM1->RCR = 0;

    base(TIM4, 71, 999);
    for (unsigned i = 0; i < 4; i++) compares[i] = 0;
    TIM4->CCR1 = 100;
    TIM4->CCR2 = 500;
    TIM4->CCR3 = 999;
    TIM4->CCR4 = 2000;
    TIM4->DIER = 0x1E;
    irq_enable(30);
    TIM4->CR1 |= 1;
    delay(5);
    TIM4->CR1 &= ~1u;
    irq_disable(30);
    report("compare interrupts", compares[0] >= 5 && compares[1] >= 5 && compares[2] >= 5);

    base(TIM3, 35, 999);
    TIM3->CR1 |= BIT(3) | 1;
    int running = TIM3->CR1 & 1;
    delay(1);
    report("one pulse", running && !(TIM3->CR1 & 1) && (TIM3->SR & 1));
    TIM3->CR1 &= ~BIT(3);
}

static void pwm_and_capture(void) {
    base(TIM3, 0, 7199);
    TIM3->CCMR1 = 0x68;
    TIM3->CCR1 = 1800;
    TIM3->CCER = 1;
    TIM3->EGR = 1;
    TIM3->CR1 |= 1;

    base(TIM2, 0, 0xFFFF);
    TIM2->CCMR1 = 1;
    TIM2->CCER = 1;
    TIM2->DIER = BIT(1);
    captures = 0;
    TIM2->CR1 |= 1;
    wait_until(captures >= 4, 10);
    TIM2->DIER = 0;
    report("input capture", (uint16_t)(stamps[2] - stamps[1]) == 7200 && (uint16_t)(stamps[3] - stamps[2]) == 7200);

    /* PWM input: period and duty at once. */
    base(TIM2, 0, 0xFFFF);
    TIM2->CCMR1 = 0x201;
    TIM2->CCER = 0x31;
    TIM2->SMCR = 0x54;
    TIM2->CR1 |= 1;
    delay(1);
    report("PWM input", TIM2->CCR1 == 7200 && TIM2->CCR2 == 1800);
    TIM3->CCR1 = 5400;
    delay(1);
    report("preloaded duty", TIM2->CCR1 == 7200 && TIM2->CCR2 == 5400);

    /* A list of duties by DMA at each update, and the measured ones by DMA at each capture. */
    TIM3->ARR = 999;
    TIM3->CCR1 = 50;
    delay(1);
    DMA1->CH[2].CPAR = (uint32_t)&TIM3->CCR1;
    DMA1->CH[2].CMAR = (uint32_t)duties;
    DMA1->CH[2].CNDTR = 4;
    DMA1->CH[2].CCR = BIT(10) | BIT(8) | BIT(7) | BIT(4) | BIT(0);
    DMA1->CH[6].CPAR = (uint32_t)&TIM2->CCR2;
    DMA1->CH[6].CMAR = (uint32_t)captured;
    DMA1->CH[6].CNDTR = 8;
    DMA1->CH[6].CCR = BIT(10) | BIT(8) | BIT(7) | BIT(0);
    TIM2->DIER = BIT(10);
    TIM3->DIER = BIT(8);
    int done = wait_until((DMA1->ISR & BIT(9)) && (DMA1->ISR & BIT(25)), 10);
    unsigned at = 0;
    while (at < 4 && captured[at] != 100) at++;
    report("DMA duties and captures", done && captured[at] == 100 && captured[at + 1] == 200 && captured[at + 2] == 300 &&
                                          captured[at + 3] == 400 && captured[at + 4] == 400);
    TIM2->DIER = TIM3->DIER = 0;
    TIM3->CR1 = TIM2->CR1 = 0;
}

static void chains(void) {
    /* TIM2 counts TIM3's updates: a 32-bit counter. */
    base(TIM3, 0, 71);
    base(TIM2, 0, 0xFFFF);
    TIM3->CR2 = 2 << 4;
    TIM2->SMCR = 7 | (2 << 4);
    TIM2->CR1 |= 1;
    uint32_t start = millis();
    while (millis() == start) {
    }
    start = millis();
    TIM3->CR1 |= 1;
    while (millis() - start < 5) {
    }
    TIM3->CR1 &= ~1u;
    report("one timer prescales another", TIM2->CNT >= 4990 && TIM2->CNT <= 5010);
    TIM2->CR1 = 0;

    /* Two signals a quarter apart, of TIM1's channels 1 and 2 in toggle mode, turn TIM4's encoder. */
    base(TIM1, 0, 999);
    TIM1->CCMR1 = 0x3030;
    TIM1->CCR1 = 250;
    TIM1->CCR2 = 750;
    TIM1->CCER = 0x11;
    TIM1->BDTR = BIT(15);
    base(TIM4, 0, 0xFFFF);
    TIM4->CCMR1 = 0x0101;
    TIM4->SMCR = 3;
    TIM4->CR1 |= 1;
    TIM1->CR1 |= 1;
    delay(2);
    TIM1->CR1 &= ~1u;
    uint32_t turned = TIM4->CNT;
    report("encoder", turned > 250 && turned < 500 && !(TIM4->CR1 & BIT(4)));
    /* The other way round. */
    TIM1->CNT = 0;
    TIM1->CCR1 = 750;
    TIM1->CCR2 = 250;
    TIM1->CR1 |= 1;
    delay(2);
    TIM1->CR1 &= ~1u;
    report("encoder back", TIM4->CNT + 20 < turned && (TIM4->CR1 & BIT(4)));
}

int main(void) {
    RCC->APB1ENR |= BIT(0) | BIT(1) | BIT(2);
    RCC->APB2ENR |= BIT(11);
    pin_mode(GPIOA, 6, PIN_AF);
    pin_mode(GPIOA, 8, PIN_AF);
    time_base();
    pwm_and_capture();
    /* TIM1 CH2 takes PA9 from the console while the encoder turns. */
    while (!(USART1->SR & BIT(6))) {
    }
    chains();
    return 0;
}
