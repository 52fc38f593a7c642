@ Unprivileged use of STIR (CCR.USERSETMPEND, B3.2.26) and Thread mode with an exception still active
@ (CCR.NONBASETHRDENA, B1.5.8).
        .include "common.inc"

        begin
        movs    r7, #0
        poke    ISER0, 0x7
        poke    IPR0, 0x00408080        @ IRQ0 and IRQ1 0x80, IRQ2 0x40
        poke    SHCSR, 0x00070000
        logi    1                       @ STIR when unprivileged: a BusFault
        movs    r0, #1
        msr     control, r0
        isb
        set     r8, 99f
        paint
        poke    STIR, 0
        settle
        nop
99:     svc     #1                      @ privileged again
        logmem  ISPR0
        logi    2                       @ allowed by USERSETMPEND
        poke    CCR, 0x202
        movs    r0, #1
        msr     control, r0
        isb
        set     r8, 99f
        poke    STIR, 2
        settle
        poke    STIR, 40                @ an interrupt that does not exist
        settle
99:     svc     #1
        logmem  ISPR0
        poke    CCR, 0x200

        logi    3                       @ return to Thread mode with IRQ0 active: INVPC
        movs    r7, #1
        set     r8, back_in_irq0
        poke    ISPR0, 1
        settle
        logspec ipsr
        logmem  IABR0
        logmem  SHCSR
        logi    4                       @ and allowed by NONBASETHRDENA
        poke    CCR, 0x201
        movs    r7, #2
        poke    ISPR0, 1
        settle
        b       stop

        .thumb_func
base_thread:
        logi    0x0D0D0D0D
        logspec ipsr
        logspec control
        logmem  IABR0
        logmem  ICSR
        logmem  SHCSR
        mov     r0, sp
        log     r0
        poke    ISPR0, 2                @ IRQ1, as urgent as IRQ0, which is active: waits
        settle
        logmem  ISPR0
        poke    ISPR0, 4                @ IRQ2 is more urgent
        settle
        b       stop

        .thumb_func
IRQ0_Handler:
        logi    0x14000000
        log     lr
        logspec ipsr
        logmem  IABR0
        cmp     r7, #0
        bne     1f
        bx      lr
1:      svc     #2                      @ its handler returns to Thread mode
back_in_irq0:
        logi    0x14000001
        bx      lr
        .thumb_func
IRQ1_Handler:
        logi    0x14000010
        bx      lr
        .thumb_func
IRQ2_Handler:
        logi    0x14000020
        log     lr
        logspec ipsr
        logmem  IABR0
        bx      lr

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        log     lr
        logspec ipsr
        tst     lr, #8
        beq     1f
        movs    r0, #0
        msr     control, r0
        isb
        bx      lr
1:      mrs     r0, msp
        set     r1, base_thread
        bic     r1, r1, #1
        str     r1, [r0, #24]
        set     r1, 0x01000000
        str     r1, [r0, #28]
        set     lr, 0xFFFFFFF9
        bx      lr

        .thumb_func
BusFault_Handler:
        logi    0x0B000000
        logmem  CFSR
        logmem  BFAR
        poke    CFSR, 0xFFFFFFFF
        resume_at_r8
        bx      lr
        .thumb_func
UsageFault_Handler:
        logi    0x0F000000
        log     lr
        logspec ipsr
        logmem  CFSR
        logmem  SHCSR
        logmem  IABR0
        poke    CFSR, 0xFFFFFFFF
        resume_at_r8
        orr     r9, r9, #16             @ back into IRQ0's handler
        str     r9, [r10, #28]
        set     lr, 0xFFFFFFF1
        bx      lr
