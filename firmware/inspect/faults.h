/* Faults on demand, and the handler that keeps what they left behind. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_UNDEFINED_INSTRUCTION,
    FAULT_BAD_READ,
    FAULT_BAD_WRITE,
    FAULT_DIVIDE_BY_ZERO,
    FAULT_UNALIGNED,
    FAULT_BAD_JUMP,
    FAULT_STACK_OVERFLOW,
};

/** What the core stacked on entry (ARMv7-M B1.5.6). */
struct exception_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

struct fault_record {
    uint32_t count;
    struct exception_frame frame;
    uint32_t exc_return;
    uint32_t cfsr, hfsr, mmfar, bfar;
};

extern struct fault_record fault_record;

/** Makes division by zero and unaligned accesses fault. */
void faults_init(void);
void cause_fault(enum fault_kind kind);

#endif
