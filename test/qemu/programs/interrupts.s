@ Priorities, preemption, tail-chaining, masks and the registers that tell of them (ARMv7-M B1.5.4, B3.4).
        .include "common.inc"

@ VECTPENDING takes BASEPRI and FAULTMASK into account (ARMv7-M B3.2.4), QEMU's does not: left out where they hold
@ something back.
        .macro  logicsr_while_masked
        set     r10, ICSR
        ldr     r10, [r10]
        bfc     r10, #12, #9
        str     r10, [r11], #4
        .endm

        begin
        poke    ISER0, 0xFF
        logmem  ISER0
        poke    IPR0, 0x20406080        @ IRQ0 0x80, IRQ1 0x60, IRQ2 0x40, IRQ3 0x20
        poke    IPR0+4, 0x80808080
        logmem  IPR0
        logi    1                       @ one by one, by ISPR and STIR
        poke    ISPR0, 1
        settle
        poke    STIR, 3
        settle
        logi    2                       @ several at once: highest priority first, then by number
        cpsid   i
        poke    ISPR0, 0xFF
        settle
        logmem  ISPR0
        logmem  ICSR
        logspec primask
        cpsie   i
        settle
        logi    3                       @ pending taken back
        cpsid   i
        poke    ISPR0, 0x5
        poke    ICPR0, 0x4
        logmem  ICPR0
        cpsie   i
        settle
        logi    4                       @ disabled while pending
        poke    ICER0, 0x2
        poke    ISPR0, 0x2
        settle
        logmem  ICSR
        logmem  ISPR0
        poke    ISER0, 0x2
        settle
        logi    5                       @ nested: IRQ0 sets IRQ1, which sets IRQ3; IRQ3 sets IRQ0 again
        set     r0, nest
        movs    r1, #1
        str     r1, [r0]
        poke    ISPR0, 1
        settle
        set     r0, nest
        movs    r1, #0
        str     r1, [r0]

        logi    6                       @ BASEPRI holds back 0x60 and below
        movs    r0, #0x60
        msr     basepri, r0
        poke    ISPR0, 0x7
        settle
        logmem  ISPR0
        logicsr_while_masked
        movs    r0, #0x80               @ BASEPRI_MAX does not lower
        msr     basepri_max, r0
        logspec basepri
        movs    r0, #0x40
        msr     basepri_max, r0
        logspec basepri
        movs    r0, #0
        msr     basepri_max, r0
        logspec basepri
        logspec basepri_max
        movs    r0, #0x61
        msr     basepri, r0
        isb
        nop
        logspec basepri
        movs    r0, #0
        msr     basepri, r0
        isb
        nop
        logi    7                       @ FAULTMASK holds back all
        cpsid   f
        poke    ISPR0, 0x8
        settle
        logicsr_while_masked
        cpsie   f
        settle

        logi    8                       @ PRIGROUP 6: two group bits... 0x40 and 0x60 no longer preempt each other
        poke    AIRCR, 0x05FA0600
        logmem  AIRCR
        set     r0, nest
        movs    r1, #2
        str     r1, [r0]
        poke    ISPR0, 2                @ IRQ1 (0x60) sets IRQ2 (0x40)
        settle
        poke    AIRCR, 0x05FA0700       @ PRIGROUP 7: nothing preempts
        set     r0, nest
        movs    r1, #1
        str     r1, [r0]
        poke    ISPR0, 1
        settle
        poke    AIRCR, 0x12340000       @ wrong key: nothing happens
        logmem  AIRCR
        poke    AIRCR, 0x05FA0000
        set     r0, nest
        movs    r1, #0
        str     r1, [r0]

        logi    9                       @ PendSV and SysTick: equal priorities, by number; taken back
        poke    SHPR3, 0xC0C00000
        cpsid   i
        poke    ICSR, 0x14000000
        logmem  ICSR
        poke    ISPR0, 0x10
        cpsie   i
        settle
        cpsid   i
        poke    ICSR, 0x14000000
        poke    ICSR, 0x0A000000
        logmem  ICSR
        cpsie   i
        settle
        logi    10                      @ PendSV set from within a higher handler follows it
        set     r0, nest
        movs    r1, #3
        str     r1, [r0]
        poke    ISPR0, 2
        settle
        set     r0, nest
        movs    r1, #0
        str     r1, [r0]

        logi    11                      @ NMI by ICSR passes every mask but FAULTMASK's owner
        cpsid   i
        poke    ICSR, 0x80000000
        settle
        cpsie   i
        cpsid   f
        poke    ICSR, 0x80000000
        settle
        logspec faultmask               @ the return from NMI leaves FAULTMASK alone (B1.5.8)
        cpsie   f

        logi    12                      @ on the process stack
        movs    r0, #2
        msr     control, r0
        isb
        poke    ISPR0, 0x9
        settle
        mov     r0, sp
        log     r0
        logi    13                      @ byte and half-word access to priorities
        set     r0, IPR0
        movs    r1, #0xE0
        strb    r1, [r0, #1]
        ldrb    r2, [r0, #1]
        log     r2
        ldrh    r2, [r0]
        log     r2
        set     r0, SHPR3
        movs    r1, #0x30
        strb    r1, [r0, #2]
        ldr     r2, [r0]
        log     r2
        b       stop

        .macro  irq n
        .thumb_func
IRQ\n\()_Handler:
        logi    0x14000000 + \n
        push    {r0, lr}
        bl      body
        logi    0x15000000 + \n
        pop     {r0, pc}
        .endm
        .irp    n, 0,1,2,3,4,5,6,7
        irq     \n
        .endr

        .thumb_func
body:   logspec ipsr
        logmem  ICSR
        logmem  IABR0
        logmem  ISPR0
        mov     r0, sp
        log     r0
        ldr     r0, [sp, #4]
        log     r0
        set     r0, nest
        ldr     r0, [r0]
        mrs     r1, ipsr
        cmp     r0, #1
        bne     2f
        cmp     r1, #16
        it      eq
        moveq   r2, #2
        cmp     r1, #17
        it      eq
        moveq   r2, #8
        cmp     r1, #19
        bne     1f
        set     r0, nest                @ once
        movs    r2, #0
        str     r2, [r0]
        movs    r2, #1
1:      set     r0, ISPR0
        str     r2, [r0]
        settle
2:      cmp     r0, #2
        bne     3f
        cmp     r1, #17
        bne     3f
        poke    ISPR0, 4
        settle
        logmem  ICSR
3:      cmp     r0, #3
        bne     4f
        poke    ICSR, 0x10000000
        settle
        logmem  ICSR
4:      bx      lr

        .thumb_func
PendSV_Handler:
        logi    0xBE000000
        logspec ipsr
        logmem  ICSR
        log     lr
        bx      lr
        .thumb_func
SysTick_Handler:
        logi    0x57000000
        logspec ipsr
        logmem  ICSR
        bx      lr
        .thumb_func
NMI_Handler:
        logi    0x91000000
        logspec ipsr
        logspec primask
        logspec faultmask
        logmem  ICSR
        bx      lr

        .equ    nest, 0x2000FF00
