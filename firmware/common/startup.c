/* Vector table of the STM32F103 (RM0008 10.1.2) and what has to happen before main. */
#include <stdint.h>

extern uint32_t _stack_top, _data_start, _data_end, _data_load, _bss_start, _bss_end;

int main(void);
void Reset_Handler(void);

/** Where an interrupt ends up that no program handles: it stays here, to be found by a debugger. */
void Default_Handler(void) {
    for (;;) {
    }
}

#define WEAK __attribute__((weak, alias("Default_Handler")))
WEAK void NMI_Handler(void);
WEAK void HardFault_Handler(void);
WEAK void MemManage_Handler(void);
WEAK void BusFault_Handler(void);
WEAK void UsageFault_Handler(void);
WEAK void SVC_Handler(void);
WEAK void DebugMon_Handler(void);
WEAK void PendSV_Handler(void);
WEAK void SysTick_Handler(void);
WEAK void EXTI0_IRQHandler(void);

typedef void (*vector)(void);

/* 16 system vectors and 43 interrupts; those that no demo uses share the default handler. */
__attribute__((section(".vectors"), used)) static const vector vectors[16 + 43] = {
    (vector)&_stack_top,
    Reset_Handler,
    NMI_Handler,
    HardFault_Handler,
    MemManage_Handler,
    BusFault_Handler,
    UsageFault_Handler,
    0,
    0,
    0,
    0,
    SVC_Handler,
    DebugMon_Handler,
    0,
    PendSV_Handler,
    SysTick_Handler,
    [16 ... 16 + 5] = Default_Handler,
    [16 + 6] = EXTI0_IRQHandler,
    [16 + 7 ... 16 + 42] = Default_Handler,
};

void Reset_Handler(void) {
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &_bss_start; to < &_bss_end; to++) {
        *to = 0;
    }
    main();
    Default_Handler();
}

/* The compiler may call these for plain assignments of structures, even without a C library. */
void *memcpy(void *to, const void *from, unsigned length) {
    uint8_t *target = to;
    const uint8_t *source = from;
    while (length-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void *memset(void *to, int value, unsigned length) {
    uint8_t *target = to;
    while (length-- > 0) {
        *target++ = (uint8_t)value;
    }
    return to;
}
