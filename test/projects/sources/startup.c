/* Vector table and what has to happen before main. STACK_TOP and RESET can be set wrong on purpose. */
#include <stdint.h>

extern uint32_t _estack, _sdata, _edata, _sidata, _sbss, _ebss;

int main(void);
void Reset_Handler(void);
void SysTick_Handler(void);

void Default_Handler(void) {
    for (;;) {
    }
}

typedef void (*vector)(void);

__attribute__((section(".isr_vector"), used)) static const vector vectors[16] = {
#ifdef STACK_TOP
    (vector)STACK_TOP,
#else
    (vector)&_estack,
#endif
#ifdef RESET
    (vector)RESET,
#else
    Reset_Handler,
#endif
    [2 ... 14] = Default_Handler,
    SysTick_Handler,
};

__attribute__((used)) void Reset_Handler(void) {
    const uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &_sbss; to < &_ebss; to++) {
        *to = 0;
    }
    main();
    Default_Handler();
}
