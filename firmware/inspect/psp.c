#include "psp.h"

#include "stm32f103.h"

#define PROCESS_STACK_WORDS 128

static uint64_t process_stack[PROCESS_STACK_WORDS / 2];
/** The end of it: where the process stack pointer begins. */
uint64_t *const process_stack_top = &process_stack[PROCESS_STACK_WORDS / 2];

volatile uint32_t seen_psp, seen_control;

/*
 * r4 keeps CONTROL of before; the work runs between the two changes of stack (ARMv7-M B1.4.1). r7 keeps the main stack
 * pointer, and the .cfi lines say so, so that a debugger can walk back from one stack to the other.
 */
__attribute__((naked)) uint32_t call_on_process_stack(uint32_t (*work)(uint32_t) __attribute__((unused)),
                                                      uint32_t argument __attribute__((unused))) {
    __asm volatile("push {r4, r5, r7, lr}\n"
                   ".cfi_def_cfa_offset 16\n"
                   ".cfi_offset r4, -16\n"
                   ".cfi_offset r5, -12\n"
                   ".cfi_offset r7, -8\n"
                   ".cfi_offset lr, -4\n"
                   "mov r7, sp\n"
                   ".cfi_def_cfa_register r7\n"
                   "ldr r2, =process_stack_top\n"
                   "ldr r2, [r2]\n"
                   "msr psp, r2\n"
                   "mrs r4, control\n"
                   "orr r3, r4, #2\n"
                   "msr control, r3\n"
                   "isb\n"
                   "mov r2, r0\n"
                   "mov r0, r1\n"
                   "blx r2\n"
                   "msr control, r4\n"
                   "isb\n"
                   "pop {r4, r5, r7, pc}\n"
                   ".ltorg\n");
}

uint32_t process_work(uint32_t argument) {
    uint32_t psp;
    uint32_t control;
    __asm volatile("mrs %0, psp" : "=r"(psp));
    __asm volatile("mrs %0, control" : "=r"(control));
    seen_psp = psp;
    seen_control = control;
    NVIC_ISPR[IRQ_EXTI0 / 32u] = BIT(IRQ_EXTI0 % 32u);
    __asm volatile("dsb\n isb" ::: "memory");
    return argument * 2u + 1u;
}
