/* ADC1 and ADC2: calibration, polling, scan with DMA, injected group by timer, watchdog, both at once. The board
   drives channel n with n * 0.3 V. */
#include "mcu.h"

#define CR2_ADON BIT(0)
#define CR2_CONT BIT(1)
#define CR2_SOFTWARE (BIT(20) | (7u << 17))
#define CR2_SWSTART BIT(22)

static volatile uint16_t samples[8];
static volatile uint32_t pairs[2];
static volatile unsigned transfers, injected, watchdogs, ends;

static int near(uint32_t value, uint32_t channel) {
    uint32_t expected = channel * 300 * 4095 / 3300;
    return value + 2 > expected && value < expected + 2;
}

static int calibrate(adc_t *adc) {
    adc->CR2 |= CR2_ADON;
    delay(1);
    adc->CR2 |= BIT(3);
    if (!wait_until(!(adc->CR2 & BIT(3)), 10)) return 0;
    adc->CR2 |= BIT(2);
    return wait_until(!(adc->CR2 & BIT(2)), 10);
}

void DMA1_CH1_IRQHandler(void) {
    if (DMA1->ISR & BIT(1)) transfers++;
    DMA1->IFCR = 0xF;
}

void ADC1_2_IRQHandler(void) {
    /* The end of an injected group sets EOC too. */
    if ((ADC1->SR & BIT(2)) && (ADC1->CR1 & BIT(7))) {
        injected++;
        ADC1->SR = ~(BIT(2) | BIT(3) | BIT(1));
    }
    if ((ADC1->SR & BIT(1)) && (ADC1->CR1 & BIT(5))) {
        ends++;
        (void)ADC1->DR;
    }
    if ((ADC1->SR & BIT(0)) && (ADC1->CR1 & BIT(6))) {
        watchdogs++;
        ADC1->SR = ~BIT(0);
        ADC1->CR1 &= ~BIT(6);
    }
}

static uint32_t convert(adc_t *adc, uint32_t channel) {
    adc->SQR1 = 0;
    adc->SQR3 = channel;
    adc->CR2 |= CR2_SWSTART;
    return wait_until(adc->SR & BIT(1), 5) ? adc->DR : 0xFFFF;
}

static void dma(uint32_t target, unsigned count, uint32_t sizes) {
    DMA1->CH[0].CCR = 0;
    DMA1->IFCR = 0xF;
    DMA1->CH[0].CPAR = (uint32_t)&ADC1->DR;
    DMA1->CH[0].CMAR = target;
    DMA1->CH[0].CNDTR = count;
    DMA1->CH[0].CCR = sizes | BIT(7) | BIT(5) | BIT(1) | BIT(0);
}

int main(void) {
    RCC->APB2ENR |= BIT(9) | BIT(10);
    RCC->APB1ENR |= BIT(1);
    GPIOA->CRL = 0;
    pin_mode(GPIOB, 0, PIN_ANALOG);
    pin_mode(GPIOB, 1, PIN_ANALOG);
    ADC1->SMPR1 = ADC1->SMPR2 = ADC2->SMPR2 = 0;
    ADC1->CR2 = CR2_SOFTWARE;
    ADC2->CR2 = CR2_SOFTWARE;
    report("calibration", calibrate(ADC1) && calibrate(ADC2));

    int good = 1;
    for (uint32_t channel = 0; channel < 10; channel++) good &= near(convert(ADC1, channel), channel);
    report("polling", good);
    report("second ADC", near(convert(ADC2, 7), 7));

    ADC1->SMPR1 = 7u << 18 | 7u << 21;
    ADC1->CR2 |= BIT(23);
    uint32_t temperature = convert(ADC1, 16), reference = convert(ADC1, 17);
    /* 1.43 V and 4.3 mV per degree; 1.20 V. */
    int32_t degrees = 25 + (1430 - (int32_t)(temperature * 3300 / 4095)) * 10 / 43;
    report("temperature and reference", degrees > 20 && degrees < 30 && reference > 1450 && reference < 1530);

    irq_enable(11);
    irq_enable(18);
    ADC1->SQR1 = 3u << 20;
    ADC1->SQR3 = 9 | (1 << 5) | (4 << 10) | (6 << 15);
    ADC1->CR1 = BIT(8);
    dma((uint32_t)samples, 8, BIT(8) | BIT(10));
    ADC1->CR2 |= BIT(8) | CR2_CONT;
    ADC1->CR2 |= CR2_SWSTART;
    good = wait_until(transfers >= 3, 10);
    for (unsigned i = 0; i < 8; i++) good &= near(samples[i], (const uint8_t[]){9, 1, 4, 6}[i % 4]);
    report("continuous scan by DMA", good);
    ADC1->CR2 &= ~(BIT(8) | CR2_CONT);
    delay(1);

    /* TIM3's TRGO each millisecond starts the regular conversion, its compare 4 the injected group. */
    ADC1->CR1 = BIT(8) | BIT(7) | BIT(5);
    ADC1->SR = 0;
    ADC1->SQR1 = 0;
    ADC1->SQR3 = 5;
    ADC1->JSQR = BIT(20) | (2 << 10) | (8 << 15);
    ADC1->CR2 = CR2_ADON | BIT(20) | (4u << 17) | BIT(15) | (4u << 12);
    TIM3->PSC = 71;
    TIM3->ARR = 999;
    TIM3->CCR4 = 500;
    TIM3->CR2 = 2 << 4;
    ends = injected = 0;
    TIM3->CR1 = 1;
    delay(10);
    TIM3->CR1 = 0;
    report("triggers of a timer", ends >= 9 && ends <= 12 && injected >= 9 && injected <= 12);
    report("injected group", near(ADC1->JDR[0], 2) && near(ADC1->JDR[1], 8));

    ADC1->CR1 = BIT(23) | BIT(9) | BIT(6) | 3;
    ADC1->HTR = 1000;
    ADC1->CR2 = CR2_ADON | CR2_SOFTWARE;
    convert(ADC1, 2);
    convert(ADC1, 9);
    int quiet = watchdogs == 0;
    convert(ADC1, 3);
    report("analog watchdog", quiet && watchdogs == 1);

    ADC1->CR1 = (6u << 16) | BIT(8);
    ADC2->CR1 = BIT(8);
    ADC1->SQR1 = ADC2->SQR1 = BIT(20);
    ADC1->SQR3 = 1 | (2 << 5);
    ADC2->SQR3 = 3 | (4 << 5);
    transfers = 0;
    dma((uint32_t)pairs, 2, BIT(9) | BIT(11));
    ADC1->CR2 |= BIT(8);
    ADC1->CR2 |= CR2_SWSTART;
    good = wait_until(transfers, 5);
    report("both at once", good && near(pairs[0] & 0xFFFF, 1) && near(pairs[0] >> 16, 3) && near(pairs[1] & 0xFFFF, 2) &&
                               near(pairs[1] >> 16, 4));
    return 0;
}
