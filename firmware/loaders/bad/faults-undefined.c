/* Init runs into an instruction that no processor has: a usage fault, UNDEFINSTR. */
#include "bad.h"

IMAGINARY_DEVICE("FAULTS-UNDEFINED_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    __asm volatile("udf #1");
    return DONE;
}
