/* What the bus answers: holes, gates, bit-band, narrow accesses, DBGMCU. */
#include "chip.h"
volatile uint32_t faults, where;
__attribute__((naked)) void BusFault_Handler(void) {
    /* Notes the address, clears CFSR, and goes on after the 16-bit load. */
    __asm volatile("ldr r1, =0xE000ED28\n ldr r2, [r1]\n str r2, [r1]\n"
                   "ldr r2, [r1, #16]\n ldr r3, =where\n str r2, [r3]\n"
                   "ldr r3, =faults\n ldr r2, [r3]\n adds r2, #1\n str r2, [r3]\n"
                   "ldr r2, [sp, #24]\n adds r2, #2\n str r2, [sp, #24]\n bx lr\n");
}
__attribute__((noinline)) static uint32_t load(uint32_t address) {
    register uint32_t r0 __asm("r0") = address;
    __asm volatile("ldr r0, [r0]" : "+r"(r0)::"r1", "r2", "r3", "memory");
    return r0;
}
int main(void) {
    console(8000000);
    SCB_SHCSR |= 1u << 17;
    static const uint32_t holes[] = {0x08010000, 0x20005000, 0x40018000, 0x60000000, 0x1FFFF810};
    for (unsigned i = 0; i < 5; i++) {
        where = 0;
        load(holes[i]);
        say_hex("hole", where == holes[i] ? faults : 0xBAD);
    }
    say_hex("dbgmcu", load(0xE0042000));
    say_hex("gpioc", load(GPIOC));
    BITBAND(RCC + 0x18, 4) = 1;
    say_hex("gpioc", load(GPIOC));
    say_hex("size", HALF(0x1FFFF7E0));
    say_hex("cpuid", load(0xE000ED00));
    for (;;) {
    }
}
