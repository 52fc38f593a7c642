/* A function in RAM whose instruction is changed now and then, with data beside it. */
#include "board.h"

static uint32_t beside[4] __attribute__((section(".ramcode.data"))) = { 1, 2, 3, 4 };

/* movs r3, #1; adds r0, r0, r3; a loop of four; eors r0, r3; bx lr */
static uint16_t code[16] __attribute__((section(".ramcode.code"), aligned(4))) = {
    0x2301, /* movs r3, #1: patched */
    0x2204, /* movs r2, #4 */
    0x18c0, /* adds r0, r0, r3 */
    0x0041, /* lsls r1, r0, #1 */
    0x4048, /* eors r0, r1 */
    0x3a01, /* subs r2, #1 */
    0xd1fa, /* bne -8 */
    0x4770, /* bx lr */
};

int main(void)
{
    uint32_t checksum = 1;
    uint32_t (*function)(uint32_t) = (uint32_t(*)(uint32_t))((uintptr_t)code | 1);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        if (turn % 5000 == 0) {
            code[0] = (uint16_t)(0x2300 | ((turn / 5000) & 0xff));
            __asm__ volatile("dsb\n\tisb" ::: "memory");
        }
        checksum = function(checksum);
        beside[turn & 3] += checksum;
    }
    finish("selfmod", checksum + beside[1]);
}
