#include "faults.h"

#include "board.h"
#include "stm32f103.h"

/** An address in a hole of the memory map: nothing answers there. */
#define NOWHERE 0x60000000u

struct fault_record fault_record;

void faults_init(void) {
    SCB->CCR |= SCB_CCR_DIV_0_TRP | SCB_CCR_UNALIGN_TRP;
}

static uint32_t divide(uint32_t dividend, uint32_t divisor) {
    return dividend / divisor;
}

/** Never false, which the compiler must not know. */
static volatile uint32_t deeper = 1;

/* Eats through the variables below the stack and then leaves RAM; the core may end up in lockup, as on real chips. */
static uint32_t overflow_stack(uint32_t depth) {
    volatile uint32_t waste[64];
    waste[0] = depth;
    return deeper ? overflow_stack(depth + 1u) + waste[0] : 0u;
}

void cause_fault(enum fault_kind kind) {
    static volatile uint32_t sink;
    switch (kind) {
    case FAULT_NONE:
        break;
    case FAULT_UNDEFINED_INSTRUCTION:
        __asm volatile("udf #0");
        break;
    case FAULT_BAD_READ:
        sink = *(volatile uint32_t *)NOWHERE;
        break;
    case FAULT_BAD_WRITE:
        *(volatile uint32_t *)NOWHERE = 1u;
        break;
    case FAULT_DIVIDE_BY_ZERO:
        sink = divide(1u, sink & 0u);
        break;
    case FAULT_UNALIGNED:
        sink = *(volatile uint32_t *)((uintptr_t)&fault_record + 1u);
        break;
    case FAULT_BAD_JUMP:
        ((void (*)(void))0x08000000u)();
        break;
    case FAULT_STACK_OVERFLOW:
        sink = overflow_stack(0);
        break;
    }
}

/** Stays here after a fault; `fault_record` says what happened. */
void fault_stop(void) {
    for (;;) {
    }
}

void fault_report(const struct exception_frame *frame, uint32_t exc_return) {
    fault_record.count++;
    fault_record.frame = *frame;
    fault_record.exc_return = exc_return;
    fault_record.cfsr = SCB->CFSR;
    fault_record.hfsr = SCB->HFSR;
    fault_record.mmfar = SCB->MMFAR;
    fault_record.bfar = SCB->BFAR;
    console_text("Probity inspect: HardFault at ");
    console_hex(fault_record.frame.pc);
    console_text(" CFSR ");
    console_hex(fault_record.cfsr);
    console_text("\n");
    fault_stop();
}

/* Bit 2 of EXC_RETURN tells which stack holds the frame. */
__attribute__((naked)) void HardFault_Handler(void) {
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "mov r1, lr\n"
                   "b fault_report\n");
}
