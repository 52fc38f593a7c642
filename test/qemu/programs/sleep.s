@ WFI, WFE, SEV, sleep-on-exit, SysTick (ARMv7-M B1.5.17–B1.5.19, B3.3). QEMU takes WFE as a hint and does not
@ sleep, so only what does not depend on sleeping is in the trace.
        .include "common.inc"
        .equ    ticks, 0x2000F000

        begin
        poke    ISER0, 0x3
        logi    1                       @ an event is there already
        sev
        wfe
        sev
        sev
        wfe
        logi    2                       @ WFI with a pending interrupt that PRIMASK holds back goes on
        cpsid   i
        poke    ISPR0, 1
        wfi
        logmem  ISPR0
        cpsie   i
        settle
        logi    3                       @ SysTick wakes WFI
        poke    ticks, 0
        poke    SYST_RVR, 249999         @ 10 ms on QEMU's board, whose SysTick runs in real time
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
1:      wfi
        set     r0, ticks
        ldr     r1, [r0]
        cmp     r1, #3
        blo     1b
        poke    SYST_CSR, 4
        logi    4                       @ under PRIMASK it wakes, too
        cpsid   i
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
        wfi
        poke    SYST_CSR, 4
        logmem  ICSR
        poke    ICSR, 0x02000000        @ PENDSTCLR
        logmem  ICSR
        cpsie   i
        logi    5                       @ COUNTFLAG: set by the count, cleared by reading
        poke    SYST_RVR, 49999
        poke    SYST_CVR, 0
        poke    SYST_CSR, 5
        set     r0, SYST_CSR
2:      ldr     r1, [r0]
        tst     r1, #0x10000
        beq     2b
        log     r1
        poke    SYST_CSR, 4
        ldr     r1, [r0]
        poke    SYST_CVR, 5             @ any write clears
        logmem  SYST_CVR
        ldr     r1, [r0]
        log     r1
        logi    6                       @ sleep on exit, left by the handler of the second interrupt
        poke    SCR, 2
        poke    SYST_RVR, 499
        poke    ticks, 0
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
        wfi
3:      set     r0, ticks
        ldr     r1, [r0]
        cmp     r1, #10
        bne     3b
        logi    7
        b       stop

        .thumb_func
IRQ0_Handler:
        logi    0x14000000
        bx      lr
        .thumb_func
SysTick_Handler:
        set     r0, ticks
        ldr     r1, [r0]
        adds    r1, r1, #1
        str     r1, [r0]
        logi    0x57000000
        cmp     r1, #10
        bne     1f
        poke    SYST_CSR, 4
        poke    SCR, 0
        poke    ICSR, 0x02000000
1:      bx      lr
