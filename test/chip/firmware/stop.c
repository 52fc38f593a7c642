/* Runs at 72 MHz, stops until PA0 rises, and finds itself on HSI. */
#include "chip.h"
volatile uint32_t edges;
void EXTI0_IRQHandler(void) {
    edges++;
    EXTI_PR = 1;
}
int main(void) {
    clock_72mhz();
    console(72000000);
    RCC_APB2ENR |= 1;
    RCC_APB1ENR |= 1u << 28;
    EXTI_RTSR = 1;
    EXTI_IMR = 1;
    NVIC_ISER(0) = 1u << 6;
    say("sleep\n");
    for (;;) {
        SCB_SCR = 4;
        wfi();
        SCB_SCR = 0;
        uint32_t source = RCC_CFGR & 0xF;
        clock_72mhz();
        say_hex("woke", source | (edges << 8));
    }
}
