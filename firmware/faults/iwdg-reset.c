/* Starts the independent watchdog with 50 ms and never feeds it: the chip is reset again and again. */
#include "fault.h"

/** 512 counts of 40 kHz / 4 are about 50 ms (RM0008 19.3). */
#define RELOAD 511u

/** Counts up until the watchdog bites. */
volatile uint32_t work_done;

static void start_watchdog(void) {
    IWDG->KR = IWDG_KR_START;
    IWDG->KR = IWDG_KR_ACCESS;
    IWDG->PR = 0;
    IWDG->RLR = RELOAD;
    while (IWDG->SR != 0) { /* until both have arrived in the LSI's domain */
    }
    IWDG->KR = IWDG_KR_RELOAD;
}

int main(void) {
    start_watchdog();
    for (;;) {
        work_done++;
    }
}
