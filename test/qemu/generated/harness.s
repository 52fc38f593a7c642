@ Runs generated programs one after the other and handles their exceptions. generated/layout.ts has the same addresses.
@ What a handler notes goes into a running hash in the program's own data, so that order counts; interrupts that come at
@ no certain time (SysTick, IRQ8 to IRQ15) leave nothing but a count that is not compared.
        .syntax unified
        .cpu    cortex-m3
        .thumb

        .equ    MAIN_TOP,     0x200FF000
        .equ    PROCESS_TOP,  0x200FE800
        .equ    CURRENT,      0x200FFF00      @ data of the program that runs
        .equ    INDEX,        0x200FFF04      @ the next one's number
        .equ    COUNT,        0x00001000      @ how many there are; behind it 16 bytes for each
        .equ    HASH,         0x800
        .equ    FAULTS,       0x804
        .equ    TICKS,        0x808
        .equ    REGISTERS,    0xC00

        .equ    SYST_CSR,     0xE000E010
        .equ    ISER0,        0xE000E100
        .equ    ICER0,        0xE000E180
        .equ    ICPR0,        0xE000E280
        .equ    IPR0,         0xE000E400
        .equ    ICSR,         0xE000ED04
        .equ    CCR,          0xE000ED14
        .equ    SHPR1,        0xE000ED18
        .equ    SHCSR,        0xE000ED24
        .equ    CFSR,         0xE000ED28
        .equ    HFSR,         0xE000ED2C
        .equ    BFAR,         0xE000ED38

        .macro  set reg, value
        movw    \reg, #:lower16:(\value)
        movt    \reg, #:upper16:(\value)
        .endm
        .macro  poke address, value
        set     r0, \address
        set     r1, \value
        str     r1, [r0]
        .endm
@ Into the hash; r1 is the program's data, r12 is lost.
        .macro  mix reg
        ldr     r12, [r1, #HASH]
        add     r12, \reg, r12, ror #27
        str     r12, [r1, #HASH]
        .endm
        .macro  frame reg
        tst     lr, #4
        ite     eq
        mrseq   \reg, msp
        mrsne   \reg, psp
        .endm
        .macro  data reg
        set     \reg, CURRENT
        ldr     \reg, [\reg]
        .endm

        .section .text
        .word   MAIN_TOP, start + 1, fault + 1, fault + 1, fault + 1, fault + 1, fault + 1
        .word   0, 0, 0, 0, svc + 1, fault + 1, 0, irq + 1, tick + 1
        .rept   8
        .word   irq + 1
        .endr
        .rept   8
        .word   tick + 1
        .endr

        .global start, next, stop
        .thumb_func
start:  poke    SHCSR, 0x00070000
        poke    SHPR1, 0x00202020
        poke    SHPR1 + 4, 0x40000000
        poke    SHPR1 + 8, 0xA0600000           @ PendSV 0x60, SysTick 0xA0
        poke    IPR0, 0x80706050
        poke    IPR0 + 4, 0x80706051
        poke    IPR0 + 8, 0x30304830
        poke    IPR0 + 12, 0xC0C03030

        .thumb_func
next:   cpsid   i
        poke    SYST_CSR, 0
        poke    ICER0, 0xFFFFFFFF
        poke    ICPR0, 0xFFFFFFFF
        poke    ICSR, 0x0A000000                @ PENDSVCLR, PENDSTCLR
        dsb
        isb
        movs    r0, #0
        msr     control, r0
        isb
        msr     basepri, r0
        msr     apsr_nzcvq, r0
        set     r0, MAIN_TOP
        mov     sp, r0
        set     r0, PROCESS_TOP
        msr     psp, r0
        set     r0, INDEX
        ldr     r1, [r0]
        set     r2, COUNT
        ldr     r3, [r2], #4
        cmp     r1, r3
        bhs     stop
        add     r2, r2, r1, lsl #4
        adds    r1, #1
        str     r1, [r0]
        ldmia   r2, {r4-r7}                     @ entry, data, CCR and CONTROL, SysTick's reload
        set     r0, CURRENT
        str     r5, [r0]
        set     r0, CCR
        uxth    r1, r6
        str     r1, [r0]
        poke    ISER0, 0x0000FFFF
        set     r0, SYST_CSR
        cbz     r7, 1f
        str     r7, [r0, #4]
        str     r7, [r0, #8]
        movs    r1, #7
        str     r1, [r0]
1:      lsrs    r6, r6, #16
        msr     control, r6
        isb
        mov     lr, r4
        add     r12, r5, #REGISTERS
        ldmia   r12, {r0-r11}
        movs    r12, #0
        cpsie   i
        bx      lr

        .thumb_func
stop:   b       stop

@ A fault: noted, and the instruction left out; a branch to ARM state goes on where it went.
        .thumb_func
fault:  frame   r0
        data    r1
        set     r2, HFSR
        ldr     r3, [r2]
        str     r3, [r2]
        mix     r3
        mrs     r3, ipsr
        mix     r3
        set     r2, CFSR
        ldr     r3, [r2]
        tst     r3, #0x8000                     @ BFARVALID
        beq     1f
        set     r2, BFAR
        ldr     r2, [r2]
        mix     r2
1:      set     r2, CFSR
        str     r3, [r2]
        mix     r3
        .irp    offset, 0, 4, 8, 12, 16, 20, 24, 28
        ldr     r2, [r0, #\offset]
        mix     r2
        .endr
        ldr     r2, [r1, #FAULTS]
        adds    r2, #1
        str     r2, [r1, #FAULTS]
        ldr     r2, [r0, #24]
        tst     r3, #0x20000                    @ INVSTATE
        bne     2f
        ldrh    r3, [r2], #2
        cmp     r3, #0xE800
        it      hs
        addhs   r2, #2
        str     r2, [r0, #24]
2:      ldr     r2, [r0, #28]
        bic     r2, r2, #0x06000000
        bic     r2, r2, #0x0000FC00
        orr     r2, r2, #0x01000000
        str     r2, [r0, #28]
        bx      lr

@ Notes number and arguments, and gives the hash back in R0.
        .thumb_func
svc:    frame   r0
        data    r1
        ldr     r2, [r0, #24]
        ldrb    r2, [r2, #-2]
        mix     r2
        ldr     r2, [r0, #28]
        mix     r2
        ldr     r2, [r0, #4]
        mix     r2
        str     r12, [r0]
        bx      lr

@ An interrupt that the program has asked for: it is known when it comes.
        .thumb_func
irq:    frame   r0
        data    r1
        mrs     r2, ipsr
        mix     r2
        .irp    offset, 0, 4, 8, 12, 16, 20
        ldr     r2, [r0, #\offset]
        mix     r2
        .endr
        bx      lr

@ One that comes at any time: everything that the core saves is overwritten.
        .thumb_func
tick:   data    r1
        ldr     r2, [r1, #TICKS]
        adds    r2, #1
        str     r2, [r1, #TICKS]
        and     r3, r2, #7
        adds    r3, #1
3:      subs    r3, #1
        bne     3b
        mvn     r0, #0
        mov     r12, r0
        mov     r2, r0
        cmn     r0, r0
        msr     apsr_nzcvq, r0
        bx      lr
