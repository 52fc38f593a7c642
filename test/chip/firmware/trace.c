/* Writes "tick" to ITM port 0 each millisecond, if the debugger switched the port on. */
#include "chip.h"
int main(void) {
    for (;;) {
        for (const char *text = "tick\n"; *text; text++) {
            if ((REG(0xE0000E80u) & 1) && (REG(0xE0000E00u) & 1)) {
                while (!REG(0xE0000000u)) {
                }
                *(volatile uint8_t *)0xE0000000u = (uint8_t)*text;
            }
        }
        for (volatile int i = 0; i < 500; i++) {
        }
    }
}
