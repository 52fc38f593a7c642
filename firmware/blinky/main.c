/* Blinks the LED of a Blue Pill twice a second and counts the blinks on USART1 (PA9, 115200 baud). */
#include "board.h"

#define HALF_PERIOD_MS 250u
#define HISTORY 8

/** One blink as it happened. */
struct blink {
    uint32_t number;
    uint32_t at_milliseconds;
    uint8_t led_on;
};

/** All that the program remembers. */
struct blinker {
    struct blink last;
    uint32_t history[HISTORY];
    uint32_t lines_printed;
};

static struct blinker blinker;

/** Sleeps until `milliseconds` reaches `due`; the tick interrupt wakes the core. */
static void sleep_until(uint32_t due) {
    while ((int32_t)(milliseconds - due) < 0) {
        __asm volatile("wfi");
    }
}

/** Counts how often it was called. */
static uint32_t next_number(void) {
    static uint32_t tick_number;
    tick_number++;
    return tick_number;
}

static void remember(struct blinker *state, uint32_t number, uint32_t now) {
    state->last.number = number;
    state->last.at_milliseconds = now;
    state->last.led_on = (uint8_t)(number & 1u);
    state->history[number % HISTORY] = now;
}

static void report(struct blinker *state) {
    console_text("Probity blinky: tick ");
    console_decimal(state->last.number);
    console_text("\n");
    state->lines_printed++;
}

int main(void) {
    clock_init();
    led_init();
    console_init();
    tick_init();
    console_text("Probity blinky: started at ");
    console_decimal(system_clock_hz);
    console_text(" Hz\n");

    uint32_t due = milliseconds;
    for (;;) {
        due += HALF_PERIOD_MS;
        sleep_until(due);
        uint32_t number = next_number();
        remember(&blinker, number, milliseconds);
        led_set(blinker.last.led_on);
        report(&blinker);
    }
}
