/* Runs at 72 MHz, stops until PA0 rises, by interrupt and then by event, and finds itself on HSI each time. */
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
    NVIC_ISER(0) = 1u << 6;
    say("sleep\n");
    for (uint32_t turn = 0;; turn++) {
        int by_event = turn & 1;
        EXTI_IMR = !by_event;
        EXTI_EMR = by_event;
        SCB_SCR = 4;
        if (by_event) {
            __asm volatile("sev\n wfe\n wfe" ::: "memory");
        } else {
            wfi();
        }
        SCB_SCR = 0;
        uint32_t source = RCC_CFGR & 0xF;
        clock_72mhz();
        say_hex(by_event ? "event" : "interrupt", source | (edges << 8));
    }
}
