/* A program with one part in internal flash, one in NOR (FSMC bank 1, NE2) and one in NAND (FSMC bank 2). */
#ifndef GREETING
#define GREETING "first"
#endif
#ifndef SEED
#define SEED 1u
#endif

#define FILL4(n) (n) * SEED, ((n) + 1) * SEED, ((n) + 2) * SEED, ((n) + 3) * SEED
#define FILL16(n) FILL4(n), FILL4((n) + 4), FILL4((n) + 8), FILL4((n) + 12)
#define FILL64(n) FILL16(n), FILL16((n) + 16), FILL16((n) + 32), FILL16((n) + 48)
#define FILL256(n) FILL64(n), FILL64((n) + 64), FILL64((n) + 128), FILL64((n) + 192)
#define FILL1024(n) FILL256(n), FILL256((n) + 256), FILL256((n) + 512), FILL256((n) + 768)

__attribute__((section(".nor"), used)) const unsigned nor_table[4096] = {
    FILL1024(0u), FILL1024(1024u), FILL1024(2048u), FILL1024(3072u)};
__attribute__((section(".nor"), used)) const char nor_text[] = "NOR " GREETING;
__attribute__((section(".nand"), used)) const unsigned nand_table[6000] = {
    FILL1024(7u), FILL1024(1031u), FILL1024(2055u), FILL1024(3079u)};
__attribute__((section(".nand"), used)) const char nand_text[] = "NAND " GREETING;

volatile unsigned rounds;

void Reset_Handler(void)
{
    for (;;)
        rounds++;
}

__attribute__((section(".vectors"), used)) const void *const vectors[] = {(void *)0x20010000, Reset_Handler};
