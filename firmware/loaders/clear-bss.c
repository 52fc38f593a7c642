/* For what link/iar.ld links: nobody but Init clears bss there. */
#include "loader.h"

extern uint32_t bss_start[], bss_end[];

void clear_bss(void) {
    for (volatile uint32_t *word = bss_start; word != bss_end; word++) {
        *word = 0;
    }
}
