/* Init reads an address where nothing answers: a bus fault. */
#include "bad.h"

IMAGINARY_DEVICE("FAULTS_IMAGINARY-BOARD");

static uint32_t read_identification(void) {
    return *NOWHERE;
}

CALLED_BY_HOST int Init(void) {
    return read_identification() == 0x0020 ? DONE : FAILED;
}
