/*
 * Takes the debug port's pins for itself right after reset, as a program does whose project has no debug port configured.
 * From then on a debugger gets no answer, until NRST is held low.
 */
#include "fault.h"

#ifndef STM32F4
#include "../common/stm32f103.h"
#endif

/** Counts up for ever: what the program would be for. */
volatile uint32_t work_done;

static void release_debug_pins(void) {
#ifdef STM32F4
    STM32F4_RCC_AHB1ENR |= BIT(0);
    STM32F4_GPIOA_MODER &= ~(0xFu << 26); /* PA13 and PA14 become inputs */
#else
    RCC->APB2ENR |= RCC_APB2ENR_AFIOEN;
    AFIO_MAPR = AFIO_MAPR_SWJ_OFF;
#endif
}

int main(void) {
    release_debug_pins();
    for (;;) {
        work_done++;
    }
}
