/*
 * Enters STOP mode right after reset, with nothing set up to wake it and DBGMCU_CR as reset left it: the debug port's
 * clock stands with all the others.
 */
#include "fault.h"

/** How often it woke; stays 0. */
volatile uint32_t wake_ups;

static void enter_stop(void) {
    SYSTEM_CONTROL |= SCR_SLEEPDEEP; /* PWR_CR.PDDS is 0 after reset: STOP, not STANDBY */
    __asm volatile("wfi");
}

int main(void) {
    for (;;) {
        enter_stop();
        wake_ups++;
    }
}
