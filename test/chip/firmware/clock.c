/* 72 MHz, SysTick at 1 kHz, the lamp on PC13 changes every 10 ms, one line each 50 ms. */
#include "chip.h"
volatile uint32_t ticks;
void SysTick_Handler(void) {
    ticks++;
    if (ticks % 10 == 0) {
        REG(GPIOC + GPIO_BSRR) = ticks % 20 ? 1u << 29 : 1u << 13;
    }
}
int main(void) {
    clock_72mhz();
    console(72000000);
    say("start\n");
    RCC_APB2ENR |= 1u << 4;
    REG(GPIOC + GPIO_CRH) = (REG(GPIOC + GPIO_CRH) & ~(15u << 20)) | (2u << 20);
    SYST_RVR = 72000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (uint32_t said = 0;;) {
        while (ticks - said < 50) {
        }
        said += 50;
        say_hex("ms", said);
    }
}
