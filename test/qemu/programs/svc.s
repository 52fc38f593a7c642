@ SVC: entry, frame, return; from the main and the process stack, unprivileged, with a stack that is not a multiple of
@ eight, inside an IT block, and escalated (ARMv7-M B1.5.6, B1.5.7, B1.5.8).
        .include "common.inc"

        begin
        paint
        set     r4, 0xF8000000
        msr     apsr_nzcvq, r4
        svc     #0x42
        log     r0
        log     r1
        mrs     r4, apsr
        log     r4

        logi    1                       @ on the process stack
        movs    r0, #2
        msr     control, r0
        isb
        logspec control
        paint
        svc     #0x43
        log     r0
        mov     r4, sp
        log     r4

        logi    2                       @ unprivileged on the process stack
        movs    r0, #3
        msr     control, r0
        isb
        logspec control
        paint
        svc     #0x44
        movs    r0, #0                  @ no effect
        msr     control, r0
        isb
        logspec control
        logspec ipsr
        logspec primask
        svc     #0xFF                   @ back to privileged
        logspec control

        logi    3                       @ stacks 4 modulo 8, STKALIGN set, then clear
        sub     sp, sp, #4
        paint
        svc     #0x45
        mov     r4, sp
        log     r4
        poke    CCR, 0
        paint
        svc     #0x46
        mov     r4, sp
        log     r4
        movs    r0, #0
        msr     control, r0
        isb
        sub     sp, sp, #4
        paint
        svc     #0x47
        poke    CCR, 0x200
        paint
        svc     #0x48
        mov     r4, sp
        log     r4
        add     sp, sp, #4

        logi    4                       @ inside IT blocks
        movs    r0, #0
        itett   eq
        svceq   #0x50
        addne   r5, r5, #1
        moveq   r6, #7
        moveq   r7, #8
        log     r6
        log     r7
        movs    r0, #1
        itee    eq
        svceq   #0x51
        svcne   #0x52
        movne   r7, #9
        log     r7
        it      al
        .inst.n 0xDF53                  @ SVC

        logi    5                       @ masked by PRIMASK and by BASEPRI: HardFault
        paint
        cpsid   i
        svc     #0x60
        cpsie   i
        logi    6
        set     r0, SHPR2               @ SVC gets priority 0x80
        set     r1, 0x80000000
        str     r1, [r0]
        movs    r0, #0x80
        msr     basepri, r0
        paint
        svc     #0x61
        movs    r0, #0
        msr     basepri, r0
        logi    7                       @ FAULTMASK is cleared on return
        cpsid   f
        poke    ICSR, 0x10000000        @ PendSV while masked
        settle
        logspec faultmask
        cpsie   f
        settle
        logspec faultmask
        paint
        svc     #0x62
        b       stop

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        logspec xpsr
        logspec control
        mov     r9, sp
        log     r9
        logframe
        ldr     r9, [r10, #-8]          @ r10 stands behind the frame: its PC
        ldrb    r9, [r9, #-2]
        log     r9
        cmp     r9, #0xFF
        bne     1f
        movs    r0, #2
        msr     control, r0
        isb
1:      movs    r0, #0x77               @ r0 comes back from the frame, not from here
        set     r9, 0xAB00AB00
        str     r9, [r10, #-28]         @ the r1 of the frame
        bx      lr

        .thumb_func
HardFault_Handler:
        logi    0x4A000000
        logspec xpsr
        logspec primask
        logspec basepri
        logmem  HFSR
        logmem  CFSR
        logmem  SHCSR
        logmem  ICSR
        logframe
        poke    HFSR, 0xFFFFFFFF
        bx      lr

        .thumb_func
PendSV_Handler:
        logi    0xBE000000
        logspec xpsr
        logspec faultmask
        bx      lr
