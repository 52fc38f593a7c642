/* Init switches the debug port off and gives its pins to the application (STM32F1: AFIO_MAPR.SWJ_CFG, RM0008 9.4.2). */
#include "bad.h"

IMAGINARY_DEVICE("DISABLES-SWD_IMAGINARY-BOARD");

CALLED_BY_HOST int Init(void) {
    RCC_APB2ENR |= RCC_APB2ENR_AFIOEN;
    AFIO_MAPR = AFIO_MAPR_SWJ_OFF;
    wait_for(20000);
    return DONE;
}
