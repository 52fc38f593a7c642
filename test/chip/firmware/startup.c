/* Vector table with every handler weak, and start-up of the C world. */
#include <stdint.h>
extern uint32_t _stack_top, _data_start, _data_end, _data_load, _bss_start, _bss_end;
int main(void);

void Default_Handler(void) {
    for (;;) {
    }
}
void Reset_Handler(void) {
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end;) *to++ = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end;) *to++ = 0;
    main();
    Default_Handler();
}
void *memcpy(void *to, const void *from, unsigned length) {
    for (unsigned i = 0; i < length; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}
#define WEAK __attribute__((weak, alias("Default_Handler")))
WEAK void NMI_Handler(void);
WEAK void HardFault_Handler(void);
WEAK void BusFault_Handler(void);
WEAK void SysTick_Handler(void);
WEAK void RTC_IRQHandler(void);
WEAK void EXTI0_IRQHandler(void);
WEAK void FLASH_IRQHandler(void);
WEAK void TIM3_IRQHandler(void);
WEAK void USART1_IRQHandler(void);
WEAK void RTCAlarm_IRQHandler(void);
__attribute__((section(".vectors"), used)) static void *const vectors[16 + 43] = {
    &_stack_top, Reset_Handler, NMI_Handler, HardFault_Handler, Default_Handler, BusFault_Handler,
    [6 ... 14] = Default_Handler,
    [15] = SysTick_Handler,
    [16 ... 18] = Default_Handler,
    [16 + 3] = RTC_IRQHandler,
    [16 + 4] = FLASH_IRQHandler,
    [16 + 5] = Default_Handler,
    [16 + 6] = EXTI0_IRQHandler,
    [16 + 7 ... 16 + 28] = Default_Handler,
    [16 + 29] = TIM3_IRQHandler,
    [16 + 30 ... 16 + 36] = Default_Handler,
    [16 + 37] = USART1_IRQHandler,
    [16 + 38 ... 16 + 40] = Default_Handler,
    [16 + 41] = RTCAlarm_IRQHandler,
    [16 + 42] = Default_Handler,
};
