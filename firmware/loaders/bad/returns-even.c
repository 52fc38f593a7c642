/* Init is assembly that returns with BX to an address without the Thumb bit. */
#include "bad.h"

IMAGINARY_DEVICE("RETURNS-EVEN_IMAGINARY-BOARD");

__attribute__((naked)) CALLED_BY_HOST int Init(void) {
    __asm volatile("movs r0, #1\n bic lr, lr, #1\n bx lr");
}
