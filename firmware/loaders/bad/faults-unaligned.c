/* Init loads two words at once from an odd address: a usage fault, UNALIGNED, whatever CCR says. */
#include "bad.h"

IMAGINARY_DEVICE("FAULTS-UNALIGNED_IMAGINARY-BOARD");

static uint64_t two_words(const uint8_t *from) {
    uint32_t low, high;
    __asm volatile("ldmia %2, {r2, r3}\n\tmov %0, r2\n\tmov %1, r3" : "=r"(low), "=r"(high) : "r"(from) : "r2", "r3", "memory");
    return (uint64_t)high << 32 | low;
}

CALLED_BY_HOST int Init(void) {
    return two_words((const uint8_t *)&StorageInfo + 1) != 0 ? DONE : FAILED;
}
