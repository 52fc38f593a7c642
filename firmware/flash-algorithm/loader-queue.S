/*
 * What a flash loader is called from. Behind the trap, where the loader returns to, stand a trap for exceptions, to which
 * every entry of the vector table leads, and a way out of an exception. `queue` calls functions one after the other as
 * the debugger queues them, so that the loader never waits for the debugger as long as there is something to do.
 *
 * Control block, in words: calls done; number of the call that failed, counted from 1, else 0; address of the first
 * slot; bytes from slot to slot; number of slots. They are used round and round.
 * A slot: function (0 ends the queue); r0 to r3; whether the result matters; the result of success; and, written last by
 * the debugger, the number of the call, counted from 1. r0 and r1 of the result replace r0 and r1 of the call.
 */
    .syntax unified
    .thumb
    .section .text, "ax"

    .global fault_trap
    .type fault_trap, %function
fault_trap:
    bkpt #1
    b fault_trap

    .global leave_handler
    .type leave_handler, %function
leave_handler:
    bx lr
    nop

    .global queue
    .type queue, %function
queue:
    push {r4-r7, lr}
    mov r4, r0
    movs r5, #0
restart:
    ldr r6, [r4, #8]
    ldr r7, [r4, #16]
next:
    adds r1, r5, #1
wait:
    ldr r0, [r6, #28]
    cmp r0, r1
    bne wait
    ldr r0, [r6, #0]
    cmp r0, #0
    beq finished
    mov ip, r0
    ldr r0, [r6, #4]
    ldr r1, [r6, #8]
    ldr r2, [r6, #12]
    ldr r3, [r6, #16]
    blx ip
    str r0, [r6, #4]
    str r1, [r6, #8]
    adds r5, r5, #1
    ldr r1, [r6, #20]
    cmp r1, #0
    beq done
    ldr r1, [r6, #24]
    cmp r0, r1
    bne failed
done:
    str r5, [r4, #0]
    ldr r0, [r4, #12]
    adds r6, r6, r0
    subs r7, r7, #1
    bne next
    b restart
failed:
    str r5, [r4, #4]
finished:
    pop {r4-r7, pc}
    .balign 4
