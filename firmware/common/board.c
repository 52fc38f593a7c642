#include "board.h"
#include "stm32f103.h"

#define HSI_HZ 8000000u
#define PLL_HZ 72000000u
#define BAUD 115200u
/** Turns of a polling loop after which an oscillator is taken for absent; a crystal needs about 2 ms. */
#define START_LIMIT 100000u

uint32_t system_clock_hz = HSI_HZ;
volatile uint32_t milliseconds;

/** Waits until the bits of `mask` in `*word` read `value`; 0 when that takes too long. */
static int wait_for(const volatile uint32_t *word, uint32_t mask, uint32_t value) {
    for (uint32_t turn = 0; turn < START_LIMIT; turn++) {
        if ((*word & mask) == value) {
            return 1;
        }
    }
    return 0;
}

/* 8 MHz crystal x 9 = 72 MHz; APB1 at half of it (RM0008 7.2). Flash needs two wait states above 48 MHz. */
void clock_init(void) {
    RCC->CR |= RCC_CR_HSEON;
    if (!wait_for(&RCC->CR, RCC_CR_HSERDY, RCC_CR_HSERDY)) {
        return;
    }
    FLASH->ACR = FLASH_ACR_PRFTBE | FLASH_ACR_LATENCY_2;
    RCC->CFGR = RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL_9 | RCC_CFGR_PPRE1_DIV2;
    RCC->CR |= RCC_CR_PLLON;
    if (!wait_for(&RCC->CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        return;
    }
    RCC->CFGR |= RCC_CFGR_SW_PLL;
    if (wait_for(&RCC->CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL)) {
        system_clock_hz = PLL_HZ;
    }
}

void tick_init(void) {
    SYSTICK->RVR = system_clock_hz / 1000u - 1u;
    SYSTICK->CVR = 0;
    SYSTICK->CSR = SYSTICK_CSR_CLKSOURCE | SYSTICK_CSR_TICKINT | SYSTICK_CSR_ENABLE;
}

void SysTick_Handler(void) {
    milliseconds++;
}

void led_init(void) {
    RCC->APB2ENR |= RCC_APB2ENR_IOPCEN;
    led_set(0);
    GPIOC->CRH = (GPIOC->CRH & ~(0xFu << 20)) | (GPIO_OUTPUT_2MHZ << 20);
}

void led_set(int on) {
    GPIOC->BSRR = on ? BIT(13 + 16) : BIT(13);
}

/* PA9 is TX, PA10 is RX; USART1 runs from PCLK2, which is HCLK here. */
void console_init(void) {
    RCC->APB2ENR |= RCC_APB2ENR_IOPAEN | RCC_APB2ENR_USART1EN;
    GPIOA->CRH = (GPIOA->CRH & ~(0xFFu << 4)) | (GPIO_ALTERNATE_50MHZ << 4) | (GPIO_INPUT_FLOATING << 8);
    USART1->BRR = (system_clock_hz + BAUD / 2u) / BAUD;
    USART1->CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE;
}

void console_character(char character) {
    while (!(USART1->SR & USART_SR_TXE)) {
    }
    USART1->DR = (uint8_t)character;
}

void console_text(const char *text) {
    while (*text != '\0') {
        if (*text == '\n') {
            console_character('\r');
        }
        console_character(*text++);
    }
}

void console_decimal(uint32_t value) {
    char digits[11];
    int at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    console_text(&digits[at]);
}

void console_hex(uint32_t value) {
    console_text("0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
        console_character("0123456789abcdef"[(value >> shift) & 0xFu]);
    }
}

int console_receive(void) {
    return (USART1->SR & USART_SR_RXNE) ? (int)(USART1->DR & 0xFFu) : -1;
}
