/*
 * Follows a pointer into nowhere: a read of an address at which nothing answers is a bus fault, and as BusFault is not
 * enabled, a hard fault, whose handler loops.
 */
#include "fault.h"

/** One measurement, as it would come from a sensor. */
struct sample {
    uint32_t time;
    uint32_t value;
};

/** What the core pushed when the fault was taken (ARMv7-M B1.5.6), kept for whoever looks. */
struct exception_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

struct exception_frame *fault_frame;

/** Nothing is mapped here, neither on an STM32F103 nor on an STM32F469. */
static const struct sample *volatile samples = (const struct sample *)0x2F000000u;
volatile uint32_t last_value;

/** Stays here, to be found by a debugger. */
__attribute__((noinline, used)) void hard_fault_stop(struct exception_frame *frame) {
    fault_frame = frame;
    for (;;) {
    }
}

__attribute__((naked)) void HardFault_Handler(void) {
    __asm volatile("tst lr, #4\n\t"
                   "ite eq\n\t"
                   "mrseq r0, msp\n\t"
                   "mrsne r0, psp\n\t"
                   "b hard_fault_stop");
}

__attribute__((noinline)) static uint32_t read_sample(const struct sample *from) {
    return from->value;
}

int main(void) {
    for (;;) {
        last_value = read_sample(samples);
    }
}
