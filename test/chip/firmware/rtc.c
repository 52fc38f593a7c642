/* RTC on LSI: five seconds by interrupt, then standby until the alarm three seconds later. */
#include "chip.h"
volatile uint32_t seconds;
void RTC_IRQHandler(void) {
    RTC_CRL &= ~1u;
    seconds++;
}
int main(void) {
    console(8000000);
    RCC_APB1ENR |= 3u << 27;
    say_hex("pwr", PWR_CSR);
    if (PWR_CSR & 2) {
        RTC_CRL &= ~8u;
        while (!(RTC_CRL & 8)) {
        }
        say_hex("count", RTC_CNTL);
        for (;;) {
        }
    }
    PWR_CR |= 1u << 8;
    BITBAND(RCC + 0x24, 0) = 1;
    while (!BITBAND(RCC + 0x24, 1)) {
    }
    RCC_BDCR = (2u << 8) | (1u << 15);
    while (!(RTC_CRL & 0x20)) {
    }
    RTC_CRL |= 0x10;
    RTC_PRLL = 40000 - 1;
    RTC_ALRH = 0;
    RTC_ALRL = 8;
    RTC_CRL &= ~0x10u;
    while (!(RTC_CRL & 0x20)) {
    }
    RTC_CRH = 1;
    NVIC_ISER(0) = 1u << 3;
    while (seconds < 5) {
        wfi();
    }
    say_hex("seconds", RTC_CNTL);
    RTC_CRH = 0;
    PWR_CR |= 2;
    SCB_SCR = 4;
    wfi();
    say("not reached\n");
    for (;;) {
    }
}
