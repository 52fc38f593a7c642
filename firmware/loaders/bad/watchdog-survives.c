/* Init starts the independent watchdog with 100 ms and returns; whoever takes longer without feeding it is reset. */
#include "bad.h"

IMAGINARY_DEVICE("WATCHDOG-SURVIVES_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    watchdog_start(1000);
    return DONE;
}
