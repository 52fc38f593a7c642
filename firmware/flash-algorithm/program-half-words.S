/*
 * uint32_t program_half_words(controller, target, data, count): programs count half-words (at least one); returns 0, or the
 * address that does not read back. Flash PG is set by the caller (RM0008 3.3.3).
 *
 * The core may run at 8 MHz, where every cycle between two half-words is 0.24 % of the programming time: watchdogs, the next
 * value and the end test are seen to while the flash is busy. Reading flash stalls the core until it is free (PM0075 2.3.3),
 * so that a value that reads back is the sign that the next one may be written; what differs may be a chip that does not
 * stall, whose BSY says that it must be waited for. An error needs no test of its own, because it leaves the memory
 * unchanged, which reading back finds. 0xFFFF is what erased flash reads as: it is compared, not written.
 */
    .syntax unified
    .thumb
    .section .text.program_half_words, "ax"
    .global program_half_words
    .type program_half_words, %function

    .equ FLASH_SR, 0x0C
    .equ IWDG_KR, 0x40003000
    .equ IWDG_REFRESH, 0xAAAA
    .equ IWDG_TO_WWDG, 0x400
    .equ WWDG_CFR, 4

    flash  .req r0
    target .req r1
    data   .req r2
    here   .req r3
    value  .req r4
    next   .req r5
    slow   .req r6
    work   .req r7
    end    .req r12
    iwdg   .req lr

program_half_words:
    push {r4-r7, lr}
    lsls r3, r3, #1
    adds r3, r3, data
    mov end, r3
    ldr work, =IWDG_KR
    mov iwdg, work
    ldrh next, [data]
    adds work, next, #1
    lsrs work, work, #16
    beq write

    /* The flash is busy with `next`, unless that is 0xFFFF. */
compare:
    movs value, next
    movs here, target
    adds target, #2
    adds data, #2

    mov work, iwdg
    ldr next, =IWDG_REFRESH
    str next, [work]
    /* A window watchdog that runs (bit 7) may be reloaded once its counter is inside the window. */
    ldr next, =IWDG_TO_WWDG
    subs work, work, next
    ldr next, [work]
    lsls slow, next, #24
    bpl look_ahead
    ldr slow, [work, #WWDG_CFR]
    lsls next, next, #25
    lsls slow, slow, #25
    cmp next, slow
    bhi look_ahead
    movs next, #0xFF
    str next, [work]

look_ahead:
    /* At the end this reads the word behind the data, which every slot has. */
    ldrh next, [data]
    adds slow, next, #1
    lsrs slow, slow, #16
    bne last_or_erased
    cmp data, end
    beq last_or_erased

read_back:
    ldrh work, [here]
    cmp work, value
    bne differs
write:
    strh next, [target]
    b compare

differs:
    ldr slow, [flash, #FLASH_SR]
    lsrs slow, slow, #1
    bcs read_back
    /* It may have become free just before that look. */
    ldrh work, [here]
    cmp work, value
    beq write
    b failed

    /* The same, but what follows is not written: it is 0xFFFF, or there is nothing more. */
last_or_erased:
    ldrh work, [here]
    cmp work, value
    beq settled
    ldr slow, [flash, #FLASH_SR]
    lsrs slow, slow, #1
    bcs last_or_erased
    ldrh work, [here]
    cmp work, value
    bne failed
settled:
    cmp data, end
    bne compare
    movs r0, #0
    pop {r4-r7, pc}

failed:
    movs r0, here
    pop {r4-r7, pc}

    .ltorg
