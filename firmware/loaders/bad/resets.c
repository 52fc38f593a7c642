/* Init asks for a system reset. */
#include "bad.h"

IMAGINARY_DEVICE("RESETS_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) {
    }
}
