/* What the demo programs share of a Blue Pill: clock, millisecond tick, LED on PC13, console on USART1. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/** HCLK in hertz: 72 MHz, or 8 MHz when the crystal does not start. */
extern uint32_t system_clock_hz;
/** Milliseconds since the tick was started. */
extern volatile uint32_t milliseconds;

void clock_init(void);
void tick_init(void);
void led_init(void);
/** Lights the LED (PC13 is low when it is on). */
void led_set(int on);
void console_init(void);
void console_character(char character);
void console_text(const char *text);
void console_decimal(uint32_t value);
void console_hex(uint32_t value);
/** A character that has arrived, or -1. */
int console_receive(void);

#endif
