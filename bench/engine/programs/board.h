/* What every program of this bench needs of its board: STM32F100 and STM32F103 alike. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Prints the checksum of a run through the debugger and ends the program there. */
void finish(const char *name, uint32_t checksum) __attribute__((noreturn));

/* A small generator for data to work on. */
uint32_t draw(uint32_t *state);

#endif
