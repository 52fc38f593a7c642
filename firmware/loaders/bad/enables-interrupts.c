/* Init turns on SysTick, pends an interrupt of the chip, unmasks everything, and says that all is well. */
#include "bad.h"

IMAGINARY_DEVICE("ENABLES-INTERRUPTS_IMAGINARY-BOARD");

#define WWDG_IRQ 0u

CALLED_BY_HOST int Init(void) {
    SYST_RVR = 80u - 1u;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_ON_WITH_INTERRUPT;
    NVIC_ISER[0] = BIT(WWDG_IRQ);
    NVIC_ISPR[0] = BIT(WWDG_IRQ);
    __asm volatile("cpsie i\n\tcpsie f" ::: "memory");
    for (volatile uint32_t i = 0; i < 1000; i++) {
    }
    return DONE;
}
