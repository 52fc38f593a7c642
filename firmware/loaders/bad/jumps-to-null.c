/* Init calls a driver's function that was never filled in: a usage fault, INVSTATE, at address 0. */
#include "bad.h"

IMAGINARY_DEVICE("JUMPS-TO-NULL_IMAGINARY-BOARD");

static volatile struct {
    int (*open)(void);
} driver;

CALLED_BY_HOST int Init(void) {
    return driver.open();
}
