@ UsageFault by every cause, with its own handler and escalated to HardFault (ARMv7-M B1.5.14, B3.2.15).
        .include "common.inc"

        .macro  fault name
        set     r8, 99f
        logi    \name
        paint
        .endm
        .macro  after
        .balign 4                       @ QEMU takes a branch to ARM state at an odd half-word for UNALIGNED
99:     logmem  CFSR
        .endm

        .macro  all
        fault   1
        udf     #0x12
        after
        fault   2
        udf.w   #0x123
        after
        fault   3                       @ a hole in the 32-bit space
        .inst.w 0xFBE0F0F0
        after
        fault   4                       @ BX to ARM state
        set     r0, 99f
        bic     r0, r0, #1
        bx      r0
        after
        fault   5
        set     r0, target
        bic     r0, r0, #1
        blx     r0
        after
        fault   6                       @ coprocessors: none
        cdp     p1, #1, c0, c1, c2, #0
        after
        fault   7
        mrc     p15, 0, r0, c1, c0, 0
        after
        fault   8
        .inst.w 0xEE300A00              @ VADD.F32: no FPU
        after
        fault   9                       @ division by zero, trapped or not
        movs    r1, #0
        udiv    r2, r0, r1
        log     r2
        after
        fault   10
        movs    r1, #0
        sdiv    r2, r0, r1
        log     r2
        after
        fault   11                      @ unaligned, trapped or not
        set     r0, TRACE + 0x7001
        ldr     r1, [r0]
        after
        fault   12
        set     r0, TRACE + 0x7001
        strh    r1, [r0]
        after
        fault   13                      @ unaligned, always a fault
        set     r0, TRACE + 0x7002
        ldm     r0, {r1, r2}
        after
        fault   14
        set     r0, TRACE + 0x7002
        stmia   r0!, {r1, r2}
        after
        log     r0
        fault   15
        set     r0, TRACE + 0x7002
        ldrd    r1, r2, [r0, #4]!
        after
        log     r0
        fault   16
        set     r0, TRACE + 0x7001
        strd    r1, r2, [r0]
        after
        fault   17
        set     r0, TRACE + 0x7001
        ldrex   r1, [r0]
        after
        fault   18
        set     r0, TRACE + 0x7001
        ldrexh  r1, [r0]
        after
        fault   19
        set     r0, TRACE + 0x7002
        push    {r4-r7}
        ldmdb   r0!, {r4-r7}
        after
        log     r0
        pop     {r4-r7}
        fault   20                      @ in an IT block: its state is in the frame
        movs    r0, #0
        itete   eq
        addeq   r1, r1, #1
        addne   r1, r1, #2
        .inst.n 0xDE34                  @ UDF is unconditional only by name: not executed when the condition fails
        addne   r1, r1, #8
        after
        log     r1
        fault   21
        movs    r0, #1
        itt     eq
        .inst.n 0xDE34
        addeq   r1, r1, #1
        after
        log     r1
        fault   22                      @ POP into PC, LDR into PC with bit 0 clear
        set     r0, target
        bic     r0, r0, #1
        push    {r0}
        pop     {pc}
        after
        fault   23
        adr     r1, 98f
        ldr     pc, [r1]
        .balign 4
98:     .word   target_even
        after
        .endm

        .set    target_even, 0x300
        begin
        poke    SHCSR, 0x00070000       @ all three handlers
        poke    CCR, 0x218              @ DIV_0_TRP, UNALIGN_TRP
        all
        logi    0x100
        poke    CCR, 0x200
        all
        logi    0x200
        poke    SHCSR, 0
        poke    CCR, 0x218
        all
        logi    0x300                   @ masked by priority: escalates although enabled
        poke    SHCSR, 0x00070000
        poke    SHPR1, 0x00800000
        movs    r0, #0x80
        msr     basepri, r0
        fault   1
        udf     #1
        after
        movs    r0, #0
        msr     basepri, r0
        cpsid   i
        fault   1
        udf     #1
        after
        cpsie   i
        logi    0x400                   @ fault inside the fault handler: same priority, escalates
        fault   1
        set     r7, 0x11
        udf     #1
        after
        movs    r7, #0
        logi    0x500                   @ on the process stack, unprivileged
        movs    r0, #3
        msr     control, r0
        isb
        set     r8, 97f
        paint
        udf     #7
97:     logspec control
        b       stop

        .balign 4
        .thumb_func
target: logi    0x7A7A7A7A
        b       stop

        .thumb_func
UsageFault_Handler:
        logi    0x0F000000
        logspec ipsr
        logmem  CFSR
        logmem  HFSR
        logmem  SHCSR
        logframe
        cmp     r7, #0x11
        bne     1f
        movs    r7, #0
        mov     r6, r8
        set     r8, 2f
        udf     #3
2:      mov     r8, r6
        logi    0x0F000001
        logmem  SHCSR
1:      poke    CFSR, 0xFFFFFFFF
        resume_at_r8
        bx      lr

        .thumb_func
HardFault_Handler:
        logi    0x4A000000
        logspec ipsr
        logmem  CFSR
        logmem  HFSR
        logmem  SHCSR
        logframe
        poke    CFSR, 0xFFFFFFFF
        poke    HFSR, 0xFFFFFFFF
        resume_at_r8
        bx      lr
