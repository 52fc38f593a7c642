/* Init waits for a tick counter that only the SysTick interrupt advances; a loader has no vector table of its own. */
#include "bad.h"

IMAGINARY_DEVICE("NEEDS-SYSTICK_IMAGINARY-BOARD");

static volatile uint32_t uwTick;

/* In a program this would be in the vector table. */
__attribute__((used)) void SysTick_Handler(void) {
    uwTick++;
}

static void HAL_InitTick(void) {
    SYST_RVR = 8000u - 1u;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_ON_WITH_INTERRUPT;
    __asm volatile("cpsie i" ::: "memory");
}

__attribute__((noinline)) static void HAL_Delay(uint32_t milliseconds) {
    uint32_t start = uwTick;
    while (uwTick - start < milliseconds) {
    }
}

CALLED_BY_HOST int Init(void) {
    HAL_InitTick();
    HAL_Delay(10);
    return DONE;
}
