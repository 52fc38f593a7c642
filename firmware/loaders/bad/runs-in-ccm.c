/* Linked to the CCM RAM of an STM32F4, which is on the data bus alone: no code runs there (RM0090 2.3.1). */
#include "bad.h"

IMAGINARY_DEVICE("RUNS-IN-CCM_IMAGINARY-BOARD");
