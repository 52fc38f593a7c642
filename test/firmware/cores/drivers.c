/* Orders of access that the vendor's drivers have and plain programs have not: converters in pairs with 32-bit DMA,
   a circular buffer in halves, polling and injected conversions, reception to the idle line, direction changes on one
   wire, SPI with one data line and with 16-bit DMA both ways, a stuck I2C, capture by DMA, one pulse. */
#include "core.h"

static volatile unsigned halves, wholes, ends;
static uint32_t pairs[16];

static void dma_start(unsigned channel, uint32_t config, volatile void *peripheral, volatile void *memory, unsigned n) {
    dma_channel_t *c = &DMA1->CH[channel - 1];
    c->CCR &= ~1u;
    c->CCR = config;
    DMA1->IFCR = 1u << 4 * (channel - 1);
    c->CNDTR = n;
    c->CPAR = (uint32_t)peripheral;
    c->CMAR = (uint32_t)memory;
    c->CCR |= 1;
}

void DMA1_CH1_IRQHandler(void) {
    uint32_t flags = DMA1->ISR;
    if ((flags & BIT(2)) && (DMA1->CH[0].CCR & BIT(2))) {
        if (!(DMA1->CH[0].CCR & BIT(5))) DMA1->CH[0].CCR &= ~BIT(2);
        DMA1->IFCR = BIT(2);
        halves = halves + 1;
    } else if ((flags & BIT(1)) && (DMA1->CH[0].CCR & BIT(1))) {
        if (!(DMA1->CH[0].CCR & BIT(5))) DMA1->CH[0].CCR &= ~(BIT(3) | BIT(1));
        DMA1->IFCR = BIT(1);
        wholes = wholes + 1;
    }
}

static int adc_enable(adc_t *adc) {
    if (adc->CR2 & 1) return 1;
    adc->CR2 |= 1;
    for (volatile unsigned wait = 72; wait; wait--) {
    }
    return wait_until(adc->CR2 & 1, 2);
}

static int adc_calibrate(adc_t *adc) {
    adc->CR2 &= ~1u;
    for (volatile unsigned wait = 12; wait; wait--) {
    }
    if (!adc_enable(adc)) return 0;
    adc->CR2 |= BIT(3);
    if (!wait_until(!(adc->CR2 & BIT(3)), 10)) return 0;
    adc->CR2 |= BIT(2);
    return wait_until(!(adc->CR2 & BIT(2)), 10);
}

static int close_to(uint32_t value, uint32_t expected) { return value + 8 > expected && value < expected + 8; }

static void converters(void) {
    RCC->APB2ENR |= BIT(9) | BIT(10);
    RCC->CFGR = (RCC->CFGR & ~(3u << 14)) | (2u << 14);
    for (unsigned i = 0; i < 2; i++) {
        adc_t *adc = i ? ADC2 : ADC1;
        adc->CR2 = (adc->CR2 & ~0x000E0802u) | (7u << 17);
        adc->CR1 = (adc->CR1 & ~0xE900u);
        adc->SQR1 &= ~(15u << 20);
        adc->SQR3 = (adc->SQR3 & ~31u) | i;
        adc->SMPR2 |= 6u << 3 * i;
    }
    report("calibration of both", adc_calibrate(ADC1) && adc_calibrate(ADC2));

    adc_enable(ADC1);
    ADC1->SR = ~2u;
    ADC1->CR2 |= BIT(22) | BIT(20);
    int came = wait_until(ADC1->SR & 2, 10);
    ADC1->SR = ~(BIT(4) | BIT(1));
    report("polled conversion", came && close_to(ADC1->DR, 1000));
    report("conversion stopped", (ADC1->CR2 &= ~1u, wait_until(!(ADC1->CR2 & 1), 2)));

    /* Internal channels want TSVREFE and 10 us. */
    ADC1->CR2 |= BIT(23);
    for (volatile unsigned wait = 120; wait; wait--) {
    }
    ADC1->SMPR1 |= 7u << 21;
    ADC1->SQR3 = 17;
    adc_enable(ADC1);
    ADC1->CR2 |= BIT(22) | BIT(20);
    came = wait_until(ADC1->SR & 2, 10);
    report("reference", came && close_to(ADC1->DR, 1489));

    /* Injected group by JSWSTART while the regular group is not running. */
    ADC1->JSQR = (ADC1->JSQR & ~((3u << 20) | (31u << 15))) | (1u << 15);
    ADC1->CR2 = (ADC1->CR2 & ~(7u << 12)) | (7u << 12);
    ADC1->SR = ~BIT(2);
    ADC1->CR2 |= BIT(21) | BIT(15);
    came = wait_until(ADC1->SR & BIT(2), 10);
    ADC1->SR = ~(BIT(3) | BIT(2) | BIT(1));
    report("injected conversion", came && close_to(ADC1->JDR[0], 2000));

    /* Both at once, results in pairs, a circular buffer in halves. */
    ADC1->CR2 &= ~1u;
    ADC2->CR2 &= ~1u;
    ADC1->SQR3 = 0;
    ADC1->CR1 = (ADC1->CR1 & ~(15u << 16)) | (6u << 16);
    ADC1->CR2 |= BIT(1);
    ADC2->CR2 |= BIT(1);
    ADC2->CR2 |= BIT(20);
    irq_enable(11);
    adc_enable(ADC1);
    adc_enable(ADC2);
    halves = wholes = 0;
    dma_start(1, BIT(1) | BIT(2) | BIT(3) | BIT(5) | BIT(7) | (2u << 8) | (2u << 10), &ADC1->DR, pairs, 16);
    ADC1->SR = 0;
    ADC1->CR2 |= BIT(8);
    ADC1->CR2 |= BIT(22) | BIT(20);
    came = wait_until(wholes >= 10, 50);
    ADC1->CR2 &= ~1u;
    ADC1->CR2 &= ~BIT(8);
    DMA1->CH[0].CCR &= ~1u;
    unsigned good = 0;
    for (unsigned i = 0; i < 16; i++) good += close_to(pairs[i] & 0xFFFF, 1000) && close_to(pairs[i] >> 16, 2000);
    report("pairs by 32-bit DMA", came && good == 16);
    report("halves and wholes take turns", halves - wholes <= 1);
    ADC1->CR1 &= ~(15u << 16);
    ADC2->CR2 = 0;
    ADC1->CR2 = 0;
    irq_disable(11);
}

/* --- reception to the idle line: USART2 hears USART3 --- */
static uint8_t line[32];
static volatile unsigned received;
void USART2_IRQHandler(void) {
    uint32_t flags = USART2->SR, cr1 = USART2->CR1;
    if ((flags & BIT(4)) && (cr1 & BIT(4))) {
        (void)USART2->SR;
        (void)USART2->DR;
        received = sizeof line - (DMA1->CH[5].CNDTR & 0xFFFF);
        USART2->CR1 &= ~BIT(8);
        USART2->CR3 &= ~1u;
        USART2->CR3 &= ~BIT(6);
        USART2->CR1 &= ~BIT(4);
        DMA1->CH[5].CCR &= ~(BIT(1) | BIT(2) | BIT(3));
        DMA1->CH[5].CCR &= ~1u;
        DMA1->IFCR = BIT(20);
    }
}

static void to_idle(void) {
    RCC->APB1ENR |= BIT(17) | BIT(18);
    pin_mode(GPIOA, 2, PIN_AF);
    pin_mode(GPIOA, 3, PIN_FLOATING);
    pin_mode(GPIOB, 10, PIN_AF);
    pin_mode(GPIOB, 11, PIN_FLOATING);
    for (unsigned i = 0; i < 2; i++) {
        usart_t *usart = i ? USART3 : USART2;
        usart->CR1 &= ~BIT(13);
        usart->CR1 = BIT(3) | BIT(2);
        usart->BRR = 36000000 / 115200;
        usart->CR1 |= BIT(13);
    }
    irq_enable(38);
    int fine = 1;
    for (unsigned length = 1; length <= 20; length += 6) {
        received = 0;
        dma_start(6, BIT(1) | BIT(2) | BIT(3) | BIT(7), &USART2->DR, line, sizeof line);
        (void)USART2->SR;
        (void)USART2->DR;
        USART2->CR1 |= BIT(8);
        USART2->CR3 |= 1;
        USART2->CR3 |= BIT(6);
        (void)USART2->SR;
        (void)USART2->DR;
        USART2->CR1 |= BIT(4);
        for (unsigned i = 0; i < length; i++) {
            if (!wait_until(USART3->SR & BIT(7), 5)) fine = 0;
            USART3->DR = (uint8_t)(0x30 + i);
        }
        fine = fine && wait_until(received == length, 20);
        for (unsigned i = 0; i < length; i++) fine = fine && line[i] == 0x30 + i;
    }
    report("reception to the idle line", fine);

    /* One wire: the transmitter off while receiving, the receiver off while transmitting. */
    USART3->CR1 &= ~BIT(13);
    USART3->CR2 &= ~(BIT(14) | BIT(11));
    USART3->CR3 |= BIT(3);
    USART3->CR1 |= BIT(13);
    USART3->CR1 = (USART3->CR1 & ~(BIT(3) | BIT(2))) | BIT(3);
    fine = wait_until(USART3->SR & BIT(7), 5);
    USART3->DR = 'x';
    fine = fine && wait_until(USART3->SR & BIT(6), 5) && !(USART3->SR & BIT(5));
    fine = fine && wait_until(USART2->SR & BIT(5), 5) && USART2->DR == 'x';
    USART3->CR1 = (USART3->CR1 & ~(BIT(3) | BIT(2))) | BIT(2);
    report("transmitter alone on one wire", fine);
}

/* --- SPI2 with MOSI wired to MISO --- */
static uint16_t out[8] = {0x1234, 0xABCD, 0x00FF, 0xFF00, 0x8001, 0x7FFE, 0x5555, 0xAAAA}, in[8];
void DMA1_CH4_IRQHandler(void) {
    if (DMA1->ISR & BIT(13)) {
        DMA1->IFCR = BIT(13);
        ends = ends + 1;
    }
}

static void spi(void) {
    RCC->APB1ENR |= BIT(14);
    pin_mode(GPIOB, 13, PIN_AF);
    pin_mode(GPIOB, 14, PIN_FLOATING);
    pin_mode(GPIOB, 15, PIN_AF);
    SPI2->CR1 = BIT(2) | BIT(8) | BIT(9) | (2u << 3) | BIT(11);
    SPI2->CR2 = 0;
    SPI2->CRCPR = 10;
    irq_enable(14);
    int fine = 1;
    for (unsigned round = 0; round < 3; round++) {
        memset(in, 0, sizeof in);
        ends = 0;
        dma_start(4, BIT(1) | BIT(3) | BIT(7) | (1u << 8) | (1u << 10), &SPI2->DR, in, 8);
        SPI2->CR2 |= 1;
        dma_start(5, BIT(4) | BIT(7) | (1u << 8) | (1u << 10), &SPI2->DR, out, 8);
        if (!(SPI2->CR1 & BIT(6))) SPI2->CR1 |= BIT(6);
        SPI2->CR2 |= BIT(5);
        SPI2->CR2 |= BIT(1);
        fine = fine && wait_until(ends, 5);
        SPI2->CR2 &= ~BIT(5);
        SPI2->CR2 &= ~3u;
        DMA1->CH[3].CCR &= ~1u;
        DMA1->CH[4].CCR &= ~1u;
        fine = fine && wait_until(!(SPI2->SR & BIT(7)), 5) && !memcmp(in, out, sizeof out) && !(SPI2->SR & BIT(6));
    }
    report("16 bits by DMA both ways", fine);

    /* Transmit without reading: the overrun is cleared at the end. */
    for (unsigned i = 0; i < 4; i++) {
        fine = fine && wait_until(SPI2->SR & 2, 5);
        SPI2->DR = out[i];
    }
    fine = fine && wait_until(SPI2->SR & 2, 5) && wait_until(!(SPI2->SR & BIT(7)), 5);
    int overrun = (SPI2->SR & BIT(6)) != 0;
    (void)SPI2->DR;
    (void)SPI2->SR;
    report("overrun of a transmission cleared", fine && overrun && !(SPI2->SR & (BIT(6) | BIT(0))));

    /* One data line: reception runs as long as the block is on. */
    SPI2->CR1 &= ~BIT(6);
    SPI2->CR1 = (SPI2->CR1 & ~(BIT(11) | BIT(14))) | BIT(15);
    SPI2->CR1 |= BIT(6);
    fine = wait_until(SPI2->SR & 1, 5);
    (void)SPI2->DR;
    fine = fine && wait_until(SPI2->SR & 1, 5);
    (void)SPI2->DR;
    SPI2->CR1 &= ~BIT(6);
    for (volatile unsigned wait = 200; wait; wait--) {
    }
    (void)SPI2->DR;
    (void)SPI2->SR;
    report("reception on one line", fine && !(SPI2->SR & 1));
    SPI2->CR1 |= BIT(14);
    SPI2->CR1 |= BIT(6);
    SPI2->DR = 0x5A;
    fine = wait_until(SPI2->SR & 2, 5) && wait_until(!(SPI2->SR & BIT(7)), 5);
    report("transmission on one line", fine && !(SPI2->SR & 1));
    SPI2->CR1 &= ~BIT(6);
}

static void stuck_bus(void) {
    RCC->APB1ENR |= BIT(22);
    pin_mode(GPIOB, 10, PIN_AF_OD);
    pin_mode(GPIOB, 11, PIN_AF_OD);
    I2C2->CR1 |= BIT(15);
    I2C2->CR1 &= ~BIT(15);
    I2C2->CR2 = 36;
    I2C2->TRISE = 37;
    I2C2->CCR = 180;
    I2C2->CR1 |= 1;
    I2C2->CR1 |= BIT(8);
    int fine = wait_until(I2C2->SR1 & 1, 5);
    /* Left there: BUSY and SB stand until the reset of the block. */
    int busy = (I2C2->SR2 & BIT(1)) != 0;
    I2C2->CR1 &= ~1u;
    I2C2->CR1 |= BIT(15);
    I2C2->CR1 &= ~BIT(15);
    report("bus freed by SWRST", fine && busy && !(I2C2->SR2 & BIT(1)) && !I2C2->SR1 && !I2C2->CR2 && I2C2->TRISE == 2);
    I2C2->CR2 = 36;
    I2C2->TRISE = 37;
    I2C2->CCR = 180;
    I2C2->CR1 |= 1;
    I2C2->CR1 |= BIT(8);
    fine = wait_until(I2C2->SR1 & 1, 5);
    I2C2->DR = 0x42;
    fine = fine && wait_until(I2C2->SR1 & (BIT(1) | BIT(10)), 5) && (I2C2->SR1 & BIT(10));
    I2C2->CR1 |= BIT(9);
    I2C2->SR1 = ~BIT(10);
    report("and works again", fine && wait_until(!(I2C2->SR2 & BIT(1)), 25));
    RCC->APB1ENR &= ~BIT(22);
}

/* --- TIM3 captures what TIM2 puts out on PA0, wired to PA6 --- */
static uint16_t captures[8];
static void captured(void) {
    RCC->APB1ENR |= BIT(0) | BIT(1);
    pin_mode(GPIOA, 0, PIN_AF);
    pin_mode(GPIOA, 6, PIN_FLOATING);
    TIM2->CR1 = BIT(7);
    TIM2->PSC = 71;
    TIM2->ARR = 249;
    TIM2->EGR = 1;
    TIM2->SR = 0;
    TIM2->CCMR1 = 0x68;
    TIM2->CCR1 = 100;
    TIM2->CCER |= 1;
    TIM3->PSC = 71;
    TIM3->ARR = 0xFFFF;
    TIM3->EGR = 1;
    TIM3->SR = 0;
    TIM3->CCER &= ~1u;
    TIM3->CCMR1 = (TIM3->CCMR1 & ~0xFFu) | 1;
    TIM3->CCER &= ~BIT(1);
    dma_start(6, BIT(7) | (1u << 8) | (1u << 10), &TIM3->CCR1, captures, 8);
    TIM3->DIER |= BIT(9);
    TIM3->CCER |= 1;
    TIM3->CR1 |= 1;
    TIM2->CR1 |= 1;
    int fine = wait_until(DMA1->ISR & BIT(21), 10);
    TIM3->DIER &= ~BIT(9);
    TIM3->CCER &= ~1u;
    for (unsigned i = 1; i < 8; i++) fine = fine && (uint16_t)(captures[i] - captures[i - 1]) == 250;
    report("periods by DMA", fine);
    TIM2->CR1 &= ~1u;
    TIM2->CCER &= ~1u;
    /* One pulse: CEN falls by itself. */
    TIM3->CR1 = BIT(3);
    TIM3->ARR = 499;
    TIM3->EGR = 1;
    TIM3->SR = 0;
    uint32_t start = micros();
    TIM3->CR1 |= 1;
    while (TIM3->CR1 & 1)
        if (micros() - start > 2000) break;
    uint32_t spent = micros() - start;
    report("one pulse", spent >= 498 && spent <= 510 && (TIM3->SR & 1));
}

int main(void) {
    tick_start(clock_full_speed());
    console_start(72000000);
    RCC->AHBENR |= 1;
    RCC->APB2ENR |= BIT(0) | BIT(3);
    converters();
    to_idle();
    spi();
    stuck_bus();
    captured();
    return 0;
}
