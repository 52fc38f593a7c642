/* Where every algorithm returns to: the core halts here and the debugger sees the program counter. Linked first. */
    .syntax unified
    .thumb
    .section .text.trap, "ax"
    .global trap
    .type trap, %function
trap:
    bkpt #0
    b trap
