/* Copies words and bytes back and forth. */
#include "board.h"

static uint32_t words[256], copies[256];
static uint8_t bytes[512];

static void __attribute__((noinline)) copy_words(uint32_t *to, const uint32_t *from, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = from[i];
}

static void __attribute__((noinline, optimize("no-tree-loop-distribute-patterns")))
copy_bytes(uint8_t *to, const uint8_t *from, int count)
{
    while (count-- > 0)
        *to++ = *from++;
}

int main(void)
{
    uint32_t seed = 7, checksum = 0;
    for (int i = 0; i < 256; i++)
        words[i] = draw(&seed);
    for (int turn = 0; turn < TURNS; turn++) {
        copy_words(copies, words, 256);
        copy_bytes(bytes, (const uint8_t *)copies + (turn & 3), 512);
        words[turn & 255] += bytes[turn & 511];
        checksum = checksum * 5 + words[turn & 255];
    }
    finish("copy", checksum);
}
