#include "core.h"

extern uint32_t _stack_top, _data_start, _data_end, _data_load, _bss_start, _bss_end;
extern void (*const _init_start[])(void), (*const _init_end[])(void);
int main(void);

static volatile uint32_t ticks;

uint32_t millis(void) { return ticks; }
void tick(void) { ticks = ticks + 1; }
__attribute__((weak)) void SysTick_Handler(void) { tick(); }

void delay(uint32_t milliseconds) {
    uint32_t start = millis();
    while (millis() - start < milliseconds + 1) {
    }
}

uint32_t micros(void) {
    (void)SYSTICK->CSR;
    uint32_t ms = millis();
    uint32_t period = SYSTICK->RVR + 1;
    uint32_t passed = period - SYSTICK->CVR;
    if (SYSTICK->CSR & BIT(16)) {
        ms = millis();
        passed = period - SYSTICK->CVR;
    }
    return ms * 1000 + passed * 1000 / period;
}

void tick_start(uint32_t hclk) {
    SYSTICK->RVR = hclk / 1000 - 1;
    SHPR(15) = 0xF0;
    SYSTICK->CVR = 0;
    SYSTICK->CSR = 7;
}

void console_start(uint32_t pclk2) {
    RCC->APB2ENR |= BIT(2) | BIT(14);
    (void)RCC->APB2ENR;
    pin_mode(GPIOA, 9, PIN_AF);
    pin_mode(GPIOA, 10, PIN_FLOATING);
    USART1->CR1 &= ~BIT(13);
    USART1->CR2 &= ~(BIT(13) | BIT(12));
    USART1->CR1 = BIT(3) | BIT(2);
    USART1->CR3 &= ~(BIT(8) | BIT(9));
    USART1->BRR = (pclk2 + 57600) / 115200;
    USART1->CR1 |= BIT(13);
}

uint32_t clock_full_speed(void) {
    FLASH->ACR |= BIT(4);
    RCC->CR |= BIT(16);
    uint32_t patience = 0x5000;
    while (!(RCC->CR & BIT(17)) && patience) patience--;
    int crystal = (RCC->CR & BIT(17)) != 0;
    FLASH->ACR = (FLASH->ACR & ~7u) | 2;
    BITBAND(&RCC->CR, 24) = 0;
    while (RCC->CR & BIT(25)) {
    }
    RCC->CFGR = (RCC->CFGR & ~0x3F3FF0u) | (crystal ? (7u << 18) | BIT(16) : 14u << 18) | (4u << 8) | (2u << 14);
    BITBAND(&RCC->CR, 24) = 1;
    while (!(RCC->CR & BIT(25))) {
    }
    RCC->CFGR = (RCC->CFGR & ~3u) | 2;
    while ((RCC->CFGR & 0xC) != 8) {
    }
    return crystal ? 72000000 : 64000000;
}

void print(const char *text) {
    while (*text) {
        while (!(USART1->SR & BIT(7))) {
        }
        USART1->DR = (uint8_t)*text++;
    }
}

void console_flush(void) {
    while (!(USART1->SR & BIT(6))) {
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

void print_hex(const char *name, uint32_t value) {
    char digits[] = " 00000000\n";
    for (int i = 8; i; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
    print(name);
    print(digits);
}

void report(const char *name, int passed) {
    print(passed ? "PASS " : "FAIL ");
    print(name);
    print("\n");
}

void system_reset(void) {
    console_flush();
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = (SCB_AIRCR & 0x700) | 0x05FA0004;
    for (;;) {
    }
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

void Default_Handler(void) {
    print_number("\nFAIL unexpected exception", SCB_ICSR & 0x1FF);
    for (;;) {
    }
}

__attribute__((weak)) void SystemInit(void) {}

void Reset_Handler(void) {
    SystemInit();
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end;) *to++ = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end;) *to++ = 0;
    for (void (*const *constructor)(void) = _init_start; constructor < _init_end;) (*constructor++)();
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
__attribute__((section(".vectors"), used)) void *const vectors[] = {
    &_stack_top, Reset_Handler, NMI_Handler, HardFault_Handler, Default_Handler, Default_Handler, Default_Handler,
    0, 0, 0, 0, SVC_Handler, Default_Handler, 0, PendSV_Handler, SysTick_Handler, HANDLERS(ENTRY)};
