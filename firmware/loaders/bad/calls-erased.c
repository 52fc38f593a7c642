/* Init calls a function through a pointer that erased flash would hold. */
#include "bad.h"

IMAGINARY_DEVICE("CALLS-ERASED_IMAGINARY-BOARD");

static int (*volatile driver_init)(void) = (int (*)(void))0xFFFFFFFFu;

CALLED_BY_HOST int Init(void) {
    return driver_init() != 0 ? DONE : FAILED;
}
