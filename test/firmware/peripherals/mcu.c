#include "mcu.h"

extern uint32_t _stack_top, _data_start, _data_end, _data_load, _bss_start, _bss_end;
int main(void);

static volatile uint32_t ticks;

void SysTick_Handler(void) { ticks++; }

uint32_t millis(void) { return ticks; }

void delay(uint32_t milliseconds) {
    uint32_t start = ticks;
    /* One tick more than asked for, since the first may come at once. */
    while (ticks - start < milliseconds + 1) wfi();
}

void mcu_init(void) {
    FLASH_ACR |= BIT(4);
    RCC->CR |= BIT(16);
    while (!(RCC->CR & BIT(17))) {
    }
    FLASH_ACR = (FLASH_ACR & ~7u) | 2u;
    RCC->CFGR = (RCC->CFGR & ~0x3F3FF0u) | (7u << 18) | BIT(16) | (4u << 8) | (2u << 14);
    BITBAND(&RCC->CR, 24) = 1;
    while (!(RCC->CR & BIT(25))) {
    }
    RCC->CFGR |= 2u;
    while ((RCC->CFGR & 0xC) != 8) {
    }
    SYSTICK->RVR = 72000 - 1;
    SYSTICK->CVR = 0;
    SYSTICK->CSR = 7;
    SCB_SHPR3 = (SCB_SHPR3 & 0x00FFFFFFu) | 0xF0000000u;

    RCC->APB2ENR |= BIT(0) | BIT(2) | BIT(3) | BIT(14);
    RCC->AHBENR |= BIT(0);
    pin_mode(GPIOA, 9, PIN_AF);
    USART1->BRR = 72000000 / 115200;
    USART1->CR1 = BIT(13) | BIT(3) | BIT(2);
}

void print(const char *text) {
    while (*text) {
        while (!(USART1->SR & BIT(7))) {
        }
        USART1->DR = (uint8_t)*text++;
    }
}

void print_number(const char *name, uint32_t value) {
    char digits[11];
    int at = 10;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    print(name);
    print(" ");
    print(&digits[at]);
    print("\n");
}

void report(const char *name, int passed) {
    print(passed ? "PASS " : "FAIL ");
    print(name);
    print("\n");
}

void *memcpy(void *to, const void *from, unsigned length) {
    for (unsigned i = 0; i < length; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memset(void *to, int value, unsigned length) {
    for (unsigned i = 0; i < length; i++) ((uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

int memcmp(const void *a, const void *b, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        int difference = ((const uint8_t *)a)[i] - ((const uint8_t *)b)[i];
        if (difference) return difference;
    }
    return 0;
}

/* A fault or an interrupt that nobody expects: say which, and stay. */
void Default_Handler(void) {
    print_number("\nFAIL unexpected exception", SCB_ICSR & 0x1FF);
    for (;;) {
    }
}

void Reset_Handler(void) {
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end;) *to++ = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end;) *to++ = 0;
    mcu_init();
    main();
    print("END\n");
    for (;;) wfi();
}

#define WEAK __attribute__((weak, alias("Default_Handler")))
#define HANDLERS(X)                                                                                               \
    X(WWDG) X(PVD) X(TAMPER) X(RTC) X(FLASH) X(RCC) X(EXTI0) X(EXTI1) X(EXTI2) X(EXTI3) X(EXTI4) X(DMA1_CH1)      \
    X(DMA1_CH2) X(DMA1_CH3) X(DMA1_CH4) X(DMA1_CH5) X(DMA1_CH6) X(DMA1_CH7) X(ADC1_2) X(USB_HP_CAN_TX)            \
    X(USB_LP_CAN_RX0) X(CAN_RX1) X(CAN_SCE) X(EXTI9_5) X(TIM1_BRK) X(TIM1_UP) X(TIM1_TRG_COM) X(TIM1_CC) X(TIM2)  \
    X(TIM3) X(TIM4) X(I2C1_EV) X(I2C1_ER) X(I2C2_EV) X(I2C2_ER) X(SPI1) X(SPI2) X(USART1) X(USART2) X(USART3)     \
    X(EXTI15_10) X(RTCAlarm) X(USBWakeUp)
#define DECLARE(name) WEAK void name##_IRQHandler(void);
HANDLERS(DECLARE)
WEAK void NMI_Handler(void);
WEAK void HardFault_Handler(void);
WEAK void SVC_Handler(void);
WEAK void PendSV_Handler(void);
#define ENTRY(name) name##_IRQHandler,
__attribute__((section(".vectors"), used)) static void *const vectors[] = {
    &_stack_top, Reset_Handler, NMI_Handler, HardFault_Handler, Default_Handler, Default_Handler, Default_Handler,
    0, 0, 0, 0, SVC_Handler, Default_Handler, 0, PendSV_Handler, SysTick_Handler, HANDLERS(ENTRY)};
