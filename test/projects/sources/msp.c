/* What each kind of program does with the debug port: one of these is chosen when the sample is built. */
#include "chip.h"

#if defined(SWJ_OFF)

void HAL_MspInit(void) {
    RCC_APB2ENR |= 1;
    uint32_t mapr = AFIO->MAPR;
    mapr &= ~SWJ_CFG_MASK;
    mapr |= SWJ_CFG_OFF;
    AFIO->MAPR = mapr;
}

#elif defined(SWJ_OFF_LATER)

static void release_pins(void) {
    AFIO->MAPR = (AFIO->MAPR & ~SWJ_CFG_MASK) | SWJ_CFG_OFF;
}

void HAL_MspInit(void) {
    RCC_APB2ENR |= 1;
    if (GPIOA_IDR & 1) {
        release_pins();
    }
}

#elif defined(SWJ_OFF_NEVER)

__attribute__((used)) void release_pins(void) {
    AFIO->MAPR = (AFIO->MAPR & ~SWJ_CFG_MASK) | SWJ_CFG_OFF;
}

void HAL_MspInit(void) {
}

#elif defined(SWJ_BY_LIBRARY)

__attribute__((noinline)) void GPIO_PinRemapConfig(uint32_t remap, uint32_t state) {
    volatile uint32_t *mapr = &AFIO->MAPR;
    uint32_t shift = (remap & 0x000F0000u) >> 16;
    *mapr = state ? *mapr | ((remap & 0xFFFFu) << shift) : *mapr & ~remap;
}

void HAL_MspInit(void) {
    GPIO_PinRemapConfig(0x00300400u, 1);
}

#elif defined(MODER_OUTPUT)

void HAL_MspInit(void) {
    GPIOA_F4->MODER = (GPIOA_F4->MODER & ~(3u << 26)) | (1u << 26);
}

#elif defined(SWJ_OFF_OR)

void HAL_MspInit(void) {
    AFIO->MAPR |= SWJ_CFG_OFF;
}

#elif defined(SWJ_OFF_TWICE)

void HAL_MspInit(void) {
    AFIO->MAPR &= ~SWJ_CFG_MASK;
    AFIO->MAPR |= SWJ_CFG_OFF;
}

#elif defined(SWJ_NOJTAG_OR)

void HAL_MspInit(void) {
    AFIO->MAPR |= SWJ_CFG_NOJTAG;
}

#elif defined(SWJ_HALF_WORD)

void HAL_MspInit(void) {
    *(volatile uint16_t *)0x40010006u = 4u << 8;
}

#elif defined(SWJ_OFF_BY_POINTER)

static void release_pins(void) {
    AFIO->MAPR = (AFIO->MAPR & ~SWJ_CFG_MASK) | SWJ_CFG_OFF;
}

void (*volatile hook)(void) = release_pins;

void HAL_MspInit(void) {
    hook();
}

#elif defined(SWJ_OFF_AND_ON)

void HAL_MspInit(void) {
    AFIO->MAPR = SWJ_CFG_OFF;
    AFIO->MAPR = SWJ_CFG_NOJTAG;
}

#elif defined(OTHER_REMAP)

void HAL_MspInit(void) {
    AFIO->MAPR |= 1u << 2;
}

#else

void HAL_MspInit(void) {
    RCC_APB2ENR |= 1;
    uint32_t mapr = AFIO->MAPR;
    mapr &= ~SWJ_CFG_MASK;
    mapr |= SWJ_CFG_NOJTAG;
    AFIO->MAPR = mapr;
}

#endif
