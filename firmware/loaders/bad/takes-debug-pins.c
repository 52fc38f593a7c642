/* Init, by a function for any port, makes inputs of the debug port's pins, with all others of GPIOA (STM32F4: RM0090 8.4.1). */
#include "bad.h"

IMAGINARY_DEVICE("TAKES-DEBUG-PINS_IMAGINARY-BOARD");

#define F4_RCC_AHB1ENR (*(volatile uint32_t *)0x40023830u)
#define F4_GPIOA_MODER ((volatile uint32_t *)0x40020000u)

__attribute__((noipa)) static void make_inputs(volatile uint32_t *moder) {
    *moder = 0;
}

CALLED_BY_HOST int Init(void) {
    F4_RCC_AHB1ENR |= BIT(0);
    make_inputs(F4_GPIOA_MODER);
    wait_for(20000);
    return DONE;
}
