/* Says why it was reset; the first time it starts the independent watchdog and hangs, then resets itself. */
#include "chip.h"
int main(void) {
    uint32_t cause = RCC_CSR & 0xFC000000u;
    console(8000000);
    say_hex("cause", cause);
    RCC_CSR |= 1u << 24;
    if (cause & (1u << 27)) {
        IWDG_KR = 0xCCCC;
        IWDG_KR = 0x5555;
        IWDG_PR = 1;
        IWDG_RLR = 499;
        while (IWDG_SR) {
        }
        IWDG_KR = 0xAAAA;
        say("waiting\n");
        for (;;) {
        }
    }
    if (cause & (1u << 29)) {
        SCB_AIRCR = 0x05FA0004;
        for (;;) {
        }
    }
    say("end\n");
    for (;;) {
    }
}
