/* Built with -mbig-endian: no STM32 can run it. */
#include "bad.h"

IMAGINARY_DEVICE("BIG-ENDIAN_IMAGINARY-BOARD");
