#include <stdint.h>

/* What a program behind a boot loader does first. */
void set_vector_table(uint32_t address)
{
  *(volatile uint32_t *)0xE000ED08u = address;
}
