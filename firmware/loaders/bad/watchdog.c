/* Init starts the independent watchdog with 10 ms and never feeds it: the chip is reset. */
#include "bad.h"

IMAGINARY_DEVICE("WATCHDOG_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    watchdog_start(100);
    for (;;) {
    }
}
