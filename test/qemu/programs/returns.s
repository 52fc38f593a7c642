@ Exception return: the stacks, the ways to load EXC_RETURN, what is not allowed, and state that travels in the frame
@ (ARMv7-M B1.5.8, B1.4.2).
        .include "common.inc"

        begin
        poke    SHCSR, 0x00070000
        logi    1                       @ by BX, POP, LDM, LDR
        .irp    way, 0,1,2,3
        movs    r7, #\way
        paint
        svc     #\way
        log     r0
        .endr

        logi    2                       @ a handler makes a frame on the process stack and returns to it
        movs    r7, #4
        svc     #4
        .thumb_func
thread: logi    0x0D0D0D0D
        log     r0
        log     r1
        log     r12
        log     lr
        logspec xpsr
        logspec control
        mov     r0, sp
        log     r0
        mrs     r0, apsr
        log     r0
        movs    r7, #5                  @ and back to the main stack, by EXC_RETURN 0xFFFFFFF9
        svc     #5
        .thumb_func
back:   logi    0x0E0E0E0E
        logspec control
        mov     r0, sp
        log     r0

        logi    3                       @ EXC_RETURN values that are not allowed: INVPC
        .irp    bad, 0xFFFFFFF0, 0xFFFFFFF5, 0xFFFFFFFF, 0xFFFFFFF1
        movs    r7, #6
        set     r6, \bad
        set     r8, 99f
        svc     #6
99:     logi    0x66
        logmem  SHCSR
        .endr
        logi    4                       @ a frame whose IPSR does not match: to a handler, from the last exception
        movs    r7, #7
        set     r8, 98f
        svc     #7
98:     logmem  SHCSR

        logi    5                       @ EXC_RETURN in thread mode is an address like any: execute-never
        set     r8, 97f
        set     r0, 0xFFFFFFF9
        bx      r0
97:     logmem  CFSR

        logi    6                       @ CONTROL.SPSEL in a handler is not writable
        movs    r7, #8
        svc     #8
        logspec control

        logi    7                       @ xPSR of the frame: flags and IT state come back
        movs    r7, #9
        movs    r0, #0
        movs    r1, #0
        svc     #9
        .inst.n 0x3101, 0x3102, 0x3104, 0x3108  @ ADD r1, #1, #2, #4, #8: the handler plants an IT block over these
        log     r1

        logi    8                       @ SP of the frame: its alignment bit comes back
        sub     sp, sp, #4
        movs    r7, #10
        mov     r0, sp
        log     r0
        svc     #10
        mov     r0, sp
        log     r0
        b       stop

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        logspec xpsr
        log     lr
        cmp     r7, #10
        bhi     stop
        tbh     [pc, r7, lsl #1]
1:      .hword  (way0 - 1b) / 2, (way1 - 1b) / 2, (way2 - 1b) / 2, (way3 - 1b) / 2, (way4 - 1b) / 2, (way5 - 1b) / 2
        .hword  (way6 - 1b) / 2, (way7 - 1b) / 2, (way8 - 1b) / 2, (way9 - 1b) / 2, (way10 - 1b) / 2
way0:   bx      lr
way1:   push    {r4, lr}
        pop     {r4, pc}
way2:   mov     r0, sp
        stmdb   r0!, {r4, lr}
        ldm     r0, {r4, pc}
way3:   str     lr, [sp, #-4]!
        ldr     pc, [sp], #4
way4:   set     r0, PROCESS_TOP - 32
        set     r1, 0xA0A0A0A0
        str     r1, [r0]
        str     r1, [r0, #4]
        str     r1, [r0, #16]
        str     r1, [r0, #20]
        set     r1, thread
        bic     r1, r1, #1
        str     r1, [r0, #24]
        set     r1, 0x61000000
        str     r1, [r0, #28]
        msr     psp, r0
        set     lr, 0xFFFFFFFD
        bx      lr
way5:   mrs     r0, msp
        set     r1, back
        bic     r1, r1, #1
        str     r1, [r0, #24]
        set     r1, 0x01000000
        str     r1, [r0, #28]
        set     lr, 0xFFFFFFF9
        bx      lr
way6:   bx      r6
way7:   mrs     r0, msp
        ldr     r1, [r0, #28]
        orr     r1, r1, #11
        str     r1, [r0, #28]
        bx      lr
way8:   movs    r0, #2
        msr     control, r0
        isb
        logspec control
        mov     r0, sp
        log     r0
        mrs     r1, msp
        log     r1
        bx      lr
way9:   mrs     r0, msp
        ldr     r1, [r0, #28]
        bic     r1, r1, #0xF0000000
        orr     r1, r1, #0x40000000     @ Z
        orr     r1, r1, #0x02000000     @ IT[1:0] = 01
        orr     r1, r1, #0x00001400     @ IT[7:2] = 000101: NE, then EQ, NE, EQ (cond NE 0001, mask 0101)
        str     r1, [r0, #28]
        bx      lr
way10:  mrs     r0, msp
        ldr     r1, [r0, #28]
        log     r1
        bx      lr

        .thumb_func
UsageFault_Handler:
        logi    0x0F000000
        b       common
        .thumb_func
BusFault_Handler:
        logi    0x0B000000
        b       common
        .thumb_func
MemManage_Handler:
        logi    0x33000000
        b       common
        .thumb_func
HardFault_Handler:
        logi    0x4A000000
common: logspec ipsr
        logmem  CFSR
        logmem  HFSR
        logmem  SHCSR
        log     lr
        poke    CFSR, 0xFFFFFFFF
        poke    HFSR, 0xFFFFFFFF
        resume_at_r8
        bic     r9, r9, #0xFF           @ thread mode
        bic     r9, r9, #0x100
        str     r9, [r10, #28]
        set     lr, 0xFFFFFFF9
        bx      lr
