@ The local monitor: what opens and closes it (ARMv7-M A3.4, B1.5.6, B1.5.8).
        .include "common.inc"
        .equ    cell, 0x2000F000

        begin
        poke    cell, 0x11111111
        set     r0, cell
        movs    r1, #5
        logi    1                       @ closed at the start
        clrex
        strex   r2, r1, [r0]
        log     r2
        logmem  cell
        logi    2                       @ open, once
        ldrex   r3, [r0]
        strex   r2, r1, [r0]
        log     r2
        strex   r2, r1, [r0]
        log     r2
        logmem  cell
        logi    3                       @ closed by CLREX
        ldrex   r3, [r0]
        clrex
        strex   r2, r1, [r0]
        log     r2
        logi    4                       @ closed by an exception
        ldrex   r3, [r0]
        svc     #0
        movs    r1, #6
        set     r0, cell
        strex   r2, r1, [r0]
        log     r2
        logmem  cell
        logi    5                       @ byte and half-word
        ldrexb  r3, [r0]
        strexb  r2, r1, [r0]
        log     r2
        ldrexh  r3, [r0]
        strexh  r2, r1, [r0]
        log     r2
        logmem  cell
        logi    6                       @ closed by the interrupt, its own pair inside works
        ldrex   r3, [r0]
        poke    ICSR, 0x10000000
        settle
        set     r0, cell
        movs    r1, #7
        strex   r2, r1, [r0]
        log     r2
        logmem  cell
        b       stop

        .thumb_func
SVC_Handler:
        logi    0x5C000000
        bx      lr
        .thumb_func
PendSV_Handler:
        logi    0xBE000000
        set     r0, cell
        movs    r1, #9
        ldrex   r3, [r0]
        strex   r2, r1, [r0]
        log     r2
        ldrex   r3, [r0]                @ left open; the return closes it
        bx      lr
