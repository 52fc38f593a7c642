/* Timer interrupt, ADC scan by DMA, text by DMA, PWM, SPI, CRC and a remapped UART, as vendor libraries use them. */
#include "chip.h"
#define TIM3 0x40000400u
#define TIM4 0x40000800u
#define ADC1 0x40012400u
#define SPI1 0x40013000u
#define DMA1 0x40020000u
#define AFIO_MAPR REG(0x40010004u)

volatile uint32_t updates;
void TIM3_IRQHandler(void) {
    REG(TIM3 + 0x10) = ~1u;
    updates++;
}

static void timer(void) {
    RCC_APB1ENR |= 1u << 1;
    REG(TIM3 + 0x28) = 71;
    REG(TIM3 + 0x2C) = 999;
    REG(TIM3 + 0x14) = 1;
    REG(TIM3 + 0x10) = 0;
    REG(TIM3 + 0x0C) = 1;
    NVIC_ISER(0) = 1u << 29;
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5;
    uint32_t start = SYST_CVR;
    REG(TIM3 + 0x00) = 1;
    while (updates < 10) {
        wfi();
    }
    uint32_t cycles = start - SYST_CVR;
    REG(TIM3 + 0x00) = 0;
    say_hex("10 updates", (cycles + 36000) / 72000);
}

static uint16_t samples[3];
static void adc(void) {
    RCC_CFGR |= 2u << 14;
    RCC_APB2ENR |= 1u << 9;
    REG(0x40021014u) |= 1;
    REG(GPIOA + GPIO_CRL) = 0x44444400;
    REG(ADC1 + 0x04) = 1u << 8;
    REG(ADC1 + 0x08) = 1 | (1u << 23);
    for (volatile int i = 0; i < 100; i++) {
    }
    REG(ADC1 + 0x08) |= 1u << 3;
    while (REG(ADC1 + 0x08) & (1u << 3)) {
    }
    REG(ADC1 + 0x08) |= 1u << 2;
    while (REG(ADC1 + 0x08) & (1u << 2)) {
    }
    REG(ADC1 + 0x0C) = 7u << 21;
    REG(ADC1 + 0x10) = 0x3F;
    REG(ADC1 + 0x2C) = 2u << 20;
    REG(ADC1 + 0x34) = 0 | (1u << 5) | (17u << 10);
    REG(DMA1 + 0x10) = ADC1 + 0x4C;
    REG(DMA1 + 0x14) = (uint32_t)samples;
    REG(DMA1 + 0x0C) = 3;
    REG(DMA1 + 0x08) = (1u << 7) | (1u << 8) | (1u << 10) | 1;
    REG(ADC1 + 0x08) |= 1u << 8;
    REG(ADC1 + 0x08) |= (7u << 17) | (1u << 20) | (1u << 22);
    while (!(REG(DMA1) & 2)) {
    }
    say_hex("in0", samples[0]);
    say_hex("in1", samples[1]);
    say_hex("vref", samples[2]);
}

static void text_by_dma(void) {
    static const char text[] = "text by DMA\n";
    REG(0x40013814u) |= 1u << 7;
    REG(DMA1 + 4) = 0xF000;
    REG(DMA1 + 0x4C) = 0x40013804u;
    REG(DMA1 + 0x50) = (uint32_t)text;
    REG(DMA1 + 0x48) = sizeof text - 1;
    REG(DMA1 + 0x44) = (1u << 4) | (1u << 7) | 1;
    while (!(REG(DMA1) & (2u << 12))) {
    }
    while (!(USART1_SR & 0x40)) {
    }
    REG(0x40013814u) = 0;
}

static void pwm(void) {
    RCC_APB1ENR |= 1u << 2;
    RCC_APB2ENR |= 1u << 3;
    REG(0x40010C00u) = (REG(0x40010C00u) & ~(15u << 24)) | (0xBu << 24);
    REG(TIM4 + 0x28) = 71;
    REG(TIM4 + 0x2C) = 99;
    REG(TIM4 + 0x34) = 25;
    REG(TIM4 + 0x18) = 0x68;
    REG(TIM4 + 0x20) = 1;
    REG(TIM4 + 0x14) = 1;
    REG(TIM4 + 0x00) = 1;
}

static void spi(void) {
    RCC_APB2ENR |= 1u << 12;
    REG(GPIOA + GPIO_CRL) = (REG(GPIOA + GPIO_CRL) & 0x000FFFFFu) | 0xB4B00000u;
    REG(SPI1 + 0x00) = (1u << 9) | (1u << 8) | (3u << 3) | (1u << 2) | (1u << 6);
    while (!(REG(SPI1 + 8) & 2)) {
    }
    REG(SPI1 + 0xC) = 0xA5;
    while (!(REG(SPI1 + 8) & 1)) {
    }
    say_hex("miso", REG(SPI1 + 0xC));
}

static void crc(void) {
    REG(0x40021014u) |= 1u << 6;
    REG(0x40023008u) = 1;
    REG(0x40023000u) = 0x12345678;
    say_hex("crc", REG(0x40023000u));
}

static void remapped(void) {
    RCC_APB2ENR |= 1 | (1u << 3);
    AFIO_MAPR |= 1u << 2;
    REG(0x40010C00u) = (REG(0x40010C00u) & ~(15u << 24)) | (0xBu << 24);
    say("on PB6\n");
}

int main(void) {
    clock_72mhz();
    console(72000000);
    timer();
    adc();
    text_by_dma();
    spi();
    crc();
    pwm();
    for (volatile int i = 0; i < 20000; i++) {
    }
    REG(TIM4 + 0x00) = 0;
    remapped();
    for (;;) {
    }
}
