/* Blinks PC13, in the shape that programs of STM32CubeMX have. */
#include "chip.h"

static volatile uint32_t ticks;
static uint32_t half_period = 500;

#ifdef EXTERNAL_DATA
__attribute__((section(".external"), used)) const uint8_t picture[256] = {1, 2, 3};
#endif

#ifdef BIG
__attribute__((used)) const uint8_t big[BIG] = {1};
#endif

#ifdef BIG_RAM
__attribute__((used)) uint8_t big_ram[BIG_RAM];
#endif

#ifdef FLOAT
volatile float ratio = 1.5f;
#endif

void SysTick_Handler(void) {
    ticks++;
}

void HAL_Init(void) {
    ticks = 0;
    HAL_MspInit();
}

void SystemClock_Config(void) {
    RCC_CR |= 1u << 16;
    for (uint32_t tries = 0; (RCC_CR & (1u << 17)) == 0; tries++) {
        if (tries > 10000) {
            return;
        }
    }
    RCC_CFGR |= 1;
}

int main(void) {
    HAL_Init();
    SystemClock_Config();
    RCC_APB2ENR |= 1u << 4;
    GPIOC_CRH = (GPIOC_CRH & ~(15u << 20)) | (2u << 20);
    for (;;) {
        for (uint32_t wait = ticks; ticks - wait < half_period;) {
        }
        GPIOC_BSRR = 1u << 13;
#ifdef FLOAT
        ratio *= 1.01f;
#endif
    }
}
