#include "board.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);
void reset(void);
void pendsv(void);

static void stop(void)
{
    for (;;) {
    }
}

void pendsv_default(void)
{
}

void pendsv(void) __attribute__((weak, alias("pendsv_default")));

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, reset, stop, stop, stop, stop, stop, 0, 0, 0, 0, stop, stop, 0, pendsv, stop,
};

/* A request to whoever debugs: the operation in r0, its parameter in r1. */
static void ask(uint32_t operation, const void *parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void finish(const char *name, uint32_t checksum)
{
    char line[40];
    unsigned at = 0;
    while (*name)
        line[at++] = *name++;
    line[at++] = ' ';
    for (int shift = 28; shift >= 0; shift -= 4)
        line[at++] = "0123456789abcdef"[(checksum >> shift) & 15];
    line[at++] = '\n';
    line[at] = 0;
    ask(4, line);
    ask(0x18, (const void *)0x20026);
    for (;;) {
    }
}

uint32_t draw(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x;
}

void reset(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end;)
        *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;)
        *to++ = 0;
    main();
    stop();
}
