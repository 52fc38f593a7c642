/*
 * Init clears what it takes for its variables, from a wrong start: a table of functions, then its own code. When the loop has
 * cleared itself the processor runs on through zeros (MOVS R0, R0), calls through the table, and is at address 0.
 */
#include "bad.h"

IMAGINARY_DEVICE("OVERWRITES-ITSELF_IMAGINARY-BOARD");

static int open(void) {
    return DONE;
}

/* Lies below the code. */
__attribute__((section(".low"), aligned(16))) static int (*const volatile driver)(void) = open;

CALLED_BY_HOST int Init(void) {
    __asm volatile(
        "mov r2, %0\n\t"
        "movs r3, #0\n\t"
        "movs r4, #0\n\t"
        "movs r5, #0\n\t"
        "movs r6, #0\n\t"
        /* The loop is the last word of the 16 bytes that are cleared together with it. */
        ".p2align 4\n\t"
        ".fill 6, 2, 0xBF00\n"
        "0:\n\t"
        "stmia r2!, {r3, r4, r5, r6}\n\t"
        "b 0b"
        :
        : "r"(&driver)
        : "r2", "r3", "r4", "r5", "r6", "cc", "memory");
    return driver();
}
