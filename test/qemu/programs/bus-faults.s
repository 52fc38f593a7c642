@ BusFault and MemManage without an MPU: precise data errors, instruction fetches, execute-never space, stacking
@ and unstacking, unprivileged access to the private peripheral bus (ARMv7-M B1.5.14, B3.1, B3.2.15).
@ CCR.BFHFNMIGN (B3.2.8) is not here: QEMU locks up instead of ignoring the fault.
        .include "common.inc"

        .macro  fault name
        set     r8, 99f
        logi    \name
        paint
        .endm
        .macro  after
        .balign 2
99:     logmem  CFSR
        .endm

        .macro  all
        fault   1
        set     r0, NOWHERE + 0x104
        ldr     r1, [r0]
        after
        log     r1
        fault   2
        set     r0, NOWHERE + 0x101
        ldrb    r1, [r0, #2]!
        after
        log     r0
        log     r1
        fault   3
        set     r0, NOWHERE + 0x200
        str     r1, [r0], #4
        dsb
        after
        log     r0
        fault   4
        set     r0, NOWHERE + 0x202
        strh    r1, [r0, #2]!
        dsb
        after
        log     r0
        fault   5                       @ the base is restored
        set     r0, NOWHERE
        ldmia   r0!, {r1-r3}
        after
        log     r0
        log     r2
        fault   6
        set     r0, NOWHERE + 0x100
        stmdb   r0!, {r1-r3}
        dsb
        after
        log     r0
        fault   7
        set     r0, NOWHERE
        ldrd    r2, r3, [r0, #8]!
        after
        log     r0
        fault   8
        set     r0, NOWHERE
        tbb     [r0, r1]
        after
        fault   9
        set     r0, NOWHERE
        ldrex   r1, [r0]
        after
        fault   10                      @ fetch where nothing answers
        set     r0, 0x60000001
        blx     r0
        after
        fault   11                      @ fetch from execute-never space
        set     r0, 0x40000001
        bx      r0
        after
        fault   12
        set     r0, 0xE000E001
        bx      r0
        after
        fault   13                      @ stacking on a bad process stack: SVC cannot be taken
        movs    r0, #2
        msr     control, r0
        isb
        set     r6, PROCESS_TOP
        set     r0, NOWHERE + 0x100
        msr     psp, r0
        svc     #1
        after
        logspec psp
        fault   14                      @ the same, the SVC being more urgent than the BusFault it leads to
        poke    SHPR1, 0x0000C000
        set     r0, NOWHERE + 0x200
        msr     psp, r0
        svc     #1
        after
        logspec psp
        poke    SHPR1, 0
        fault   16                      @ unstacking
        movs    r7, #1
        svc     #1
        after
        logspec psp
        movs    r0, #0
        msr     control, r0
        isb
        fault   17                      @ in an IT block
        set     r0, NOWHERE
        movs    r1, #0
        ittee   eq
        moveq   r2, #1
        ldreq   r1, [r0]
        movne   r2, #3
        movne   r2, #4
        after
        log     r2
        movs    r0, #2
        msr     control, r0
        isb
        fault   15                      @ unprivileged
        movs    r0, #3
        msr     control, r0
        isb
        set     r0, CFSR
        ldr     r1, [r0]
        .balign 2
99:     logspec control
        set     r8, 99f
        set     r0, SYST_RVR
        str     r1, [r0]
        dsb
        .balign 2
99:     logspec control
        set     r8, 99f
        set     r0, CCR
        ldrt    r1, [r0]
        .balign 2
99:     logspec control
        svc     #2
        set     r8, 99f                 @ LDRT is unprivileged even in privileged code
        set     r0, CCR
        ldrt    r1, [r0]
        .balign 2
99:     logmem  CFSR
        movs    r0, #0
        msr     control, r0
        isb
        .endm

        begin
        poke    SHPR2, 0x80000000       @ SVC less urgent than the faults: which goes first is then certain
        poke    SHCSR, 0x00070000
        all
        logi    0x100
        poke    SHCSR, 0
        all
        b       stop

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        mrs     r0, control
        bic     r0, r0, #1
        msr     control, r0
        isb
        cmp     r7, #1
        bne     1f
        movs    r7, #0
        set     r0, NOWHERE + 0x300     @ the frame is lost
        msr     psp, r0
1:      bx      lr

        .thumb_func
MemManage_Handler:
        logi    0x33000000
        b       common
        .thumb_func
BusFault_Handler:
        logi    0x0B000000
        b       common
        .thumb_func
HardFault_Handler:
        logi    0x4A000000
        .thumb_func
common: logspec ipsr
        logmem  CFSR
        logmem  HFSR
        logmem  SHCSR
        set     r10, CFSR
        ldr     r10, [r10]
        tst     r10, #0x8000            @ BFARVALID
        beq     1f
        logmem  BFAR
1:      set     r10, CFSR
        ldr     r10, [r10]
        tst     r10, #0x1800            @ STKERR, UNSTKERR: no frame to look at, take a good stack again
        beq     2f
        log     lr
        logspec psp
        sub     r6, r6, #32
        msr     psp, r6
        mov     r9, #0
        str     r9, [r6, #28]
        b       3f
2:      logframe
3:      poke    CFSR, 0xFFFFFFFF
        poke    HFSR, 0xFFFFFFFF
        resume_at_r8
        bx      lr
