#include <stdint.h>

/* The compiler may call these for plain assignments of structures, even without a C library. */
void *memcpy(void *to, const void *from, unsigned length) {
    uint8_t *target = to;
    const uint8_t *source = from;
    while (length-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void *memset(void *to, int value, unsigned length) {
    uint8_t *target = to;
    while (length-- > 0) {
        *target++ = (uint8_t)value;
    }
    return to;
}
