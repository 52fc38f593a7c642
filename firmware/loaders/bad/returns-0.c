/* Init says that it failed. */
#include "bad.h"

IMAGINARY_DEVICE("RETURNS-0_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    return FAILED;
}
