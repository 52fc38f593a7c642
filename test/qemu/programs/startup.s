@ Vector table of the directed programs, where they end, and what happens to an exception that nobody expects.
        .include "common.inc"

        .macro  vector name
        .weak   \name
        .thumb_set \name, unexpected
        .word   \name
        .endm

        .section .text
        .word   MAIN_TOP
        .word   start
        vector  NMI_Handler
        vector  HardFault_Handler
        vector  MemManage_Handler
        vector  BusFault_Handler
        vector  UsageFault_Handler
        .word   unexpected, unexpected, unexpected, unexpected
        vector  SVC_Handler
        vector  DebugMon_Handler
        .word   unexpected
        vector  PendSV_Handler
        vector  SysTick_Handler
        .irp    n, 0,1,2,3,4,5,6,7
        vector  IRQ\n\()_Handler
        .endr
        .rept   24
        .word   unexpected
        .endr

        .org    0x100
        .global stop
        .thumb_func
stop:   b       stop

        .thumb_func
unexpected:
        logi    0xDEAD0000
        logspec ipsr
        logmem  CFSR
        logmem  HFSR
        logframe
        b       stop
