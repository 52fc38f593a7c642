/* Init brings about a non-maskable interrupt. */
#include "bad.h"

IMAGINARY_DEVICE("PENDS-NMI_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_ICSR = SCB_ICSR_NMIPENDSET;
    wait_for(100);
    return DONE;
}
