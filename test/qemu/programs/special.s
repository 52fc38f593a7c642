@ Special registers and the registers of the System Control Space: what can be written and what is read back
@ (ARMv7-M B1.4, B3.2, B5.1).
        .include "common.inc"

        .macro  readback address, value
        poke    \address, \value
        logmem  \address
        .endm
        .macro  specials
        .irp    name, apsr, iapsr, eapsr, xpsr, ipsr, epsr, iepsr, msp, psp, primask, basepri, basepri_max, faultmask, control
        logspec \name
        .endr
        .endm
        .macro  writes value
        set     r0, \value
        msr     apsr_nzcvq, r0
        msr     ipsr, r0
        msr     epsr, r0
        msr     basepri, r0
        msr     primask, r0
        msr     faultmask, r0
        specials
        movs    r0, #0
        msr     basepri, r0
        msr     primask, r0
        msr     faultmask, r0
        msr     apsr_nzcvq, r0
        .endm

        begin
        specials
        logi    1
        writes  0xFFFFFFFF
        writes  0x00000001
        writes  0xA5A5A5A4
        logi    2
        set     r0, 0x20007FFC
        msr     msp, r0
        mov     r1, sp
        log     r1
        set     r0, 0x2000BFF4
        msr     psp, r0
        logspec psp
        movs    r0, #2
        msr     control, r0
        isb
        mov     r1, sp
        log     r1
        sub     sp, sp, #8
        logspec psp
        logspec msp
        specials
        movs    r0, #0
        msr     control, r0
        isb
        logi    3                       @ System Control Space
        logmem  ICTR
        logmem  0xE000ED00
        readback VTOR, 0x20000080
        readback VTOR, 0x00000000
        readback SCR, 0x0000001A        @ without SLEEPDEEP (B3.2.7), which QEMU does not keep
        readback SCR, 0
        readback CCR, 0x31A
        readback CCR, 0x200
        readback SHPR1, 0x11223344
        readback SHPR2, 0x55667788
        readback SHPR3, 0x99AABBCC
        readback SHPR1, 0
        readback SHPR2, 0
        readback SHPR3, 0
        readback SHCSR, 0x00070000
        readback SHCSR, 0x00000000
        readback IPR0 + 28, 0xF1E2D3C4
        readback IPR0 + 32, 0xF1E2D3C4  @ past the 32 interrupts of this machine: reads zero
        readback ISER0, 0xF00FF00F
        readback ICER0, 0x000FF000
        readback ISER0 + 4, 0xFFFFFFFF  @ past its interrupts, too
        readback AIRCR, 0x05FA0500
        readback AIRCR, 0x05FA0000
        readback SYST_RVR, 0xFF123456
        readback SYST_CSR, 0
        poke    ICER0, 0xFFFFFFFF
        logi    4                       @ SHCSR: pending made by hand, active bits
        poke    SHPR1, 0x00400000
        poke    SHPR2, 0x80000000
        poke    SHCSR, 0x00078000       @ enabled and SVCALL pending
        settle
        logmem  SHCSR
        cpsid   i
        poke    SHCSR, 0x00071000       @ UsageFault pending
        logmem  SHCSR
        cpsie   i
        settle
        logi    5                       @ inside a handler
        svc     #0
        logi    6                       @ unprivileged
        movs    r0, #1
        msr     control, r0
        isb
        specials
        set     r0, 0xF8000001
        msr     primask, r0
        msr     basepri, r0
        msr     faultmask, r0
        msr     msp, r0
        msr     psp, r0
        msr     control, r0
        cpsid   i
        cpsid   f
        specials
        msr     apsr_nzcvq, r0
        mrs     r1, apsr
        log     r1
        b       stop

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        specials
        logmem  SHCSR
        logmem  ICSR
        set     r0, 0xFFFFFFFF
        msr     ipsr, r0
        logspec ipsr
        bx      lr
        .thumb_func
UsageFault_Handler:
        logi    0x0F000000
        specials
        logmem  SHCSR
        logmem  CFSR
        bx      lr
