/*
 * A program to try a debugger on: structures, arrays, unions, recursion, function pointers, interrupts, both stacks, and
 * faults on demand. It runs for ever; send one of the letters of `commands` on USART1, or set the variable
 * `fault_on_demand` from the debugger.
 */
#include "board.h"
#include "faults.h"
#include "psp.h"
#include "shapes.h"
#include "stages.h"
#include "stm32f103.h"

/** Set it from the debugger to one of `enum fault_kind`: the next round of the main loop causes that fault. */
volatile int fault_on_demand;
/** Set it to 1 from the debugger: the main loop ends up in `spin_forever`. */
volatile int spin_on_demand;
/** Changes once in each round, in `accumulate`: the one to watch. */
volatile uint32_t watched_total;
/** Rounds of the main loop. */
volatile uint32_t rounds;
/** Counted by the EXTI0 interrupt, which the main loop pends by software. */
volatile uint32_t software_interrupts;
/** What the parts of one round came to. */
uint32_t results[8];

struct command {
    char letter;
    enum fault_kind fault;
};

static const struct command commands[] = {
    {'u', FAULT_UNDEFINED_INSTRUCTION}, {'r', FAULT_BAD_READ}, {'w', FAULT_BAD_WRITE},   {'d', FAULT_DIVIDE_BY_ZERO},
    {'a', FAULT_UNALIGNED},             {'j', FAULT_BAD_JUMP}, {'s', FAULT_STACK_OVERFLOW},
};

void EXTI0_IRQHandler(void) {
    software_interrupts++;
}

/** Pends EXTI0 by software; the barriers make sure that it was taken when this returns. */
static void pend_interrupt(void) {
    NVIC_ISPR[IRQ_EXTI0 / 32u] = BIT(IRQ_EXTI0 % 32u);
    __asm volatile("dsb\n isb" ::: "memory");
}

void accumulate(uint32_t amount) {
    watched_total = watched_total + amount;
}

uint32_t factorial(uint32_t n) {
    if (n <= 1u) {
        return 1u;
    }
    return n * factorial(n - 1u);
}

uint32_t fibonacci(uint32_t n) {
    if (n < 2u) {
        return n;
    }
    return fibonacci(n - 1u) + fibonacci(n - 2u);
}

/** Never returns: something to press Ctrl-C in. */
void spin_forever(void) {
    volatile uint32_t turns = 0;
    for (;;) {
        turns++;
    }
}

static void obey_console(void) {
    int letter = console_receive();
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (letter == commands[i].letter) {
            fault_on_demand = commands[i].fault;
        }
    }
    if (letter == 'x') {
        spin_on_demand = 1;
    }
}

static void report(void) {
    console_text("Probity inspect: round ");
    console_decimal(rounds);
    console_text(" total ");
    console_decimal(watched_total);
    console_text(" area ");
    console_decimal((uint32_t)drawing_area(&drawing));
    console_text("\n");
}

int main(void) {
    clock_init();
    led_init();
    console_init();
    tick_init();
    faults_init();
    NVIC_ISER[IRQ_EXTI0 / 32u] = BIT(IRQ_EXTI0 % 32u);
    console_text("Probity inspect: ready\n");

    for (;;) {
        results[0] = factorial(5);
        results[1] = fibonacci(7);
        results[2] = (uint32_t)list_total(list_head);
        results[3] = run_stages(rounds);
        results[4] = call_on_process_stack(process_work, rounds);
        results[5] = (uint32_t)drawing_area(&drawing);
        pend_interrupt();
        accumulate(results[0] + results[2]);
        rounds++;
        led_set(rounds & 1u);
        if (rounds % 64u == 1u) {
            report();
        }
        obey_console();
        if (fault_on_demand != FAULT_NONE) {
            cause_fault((enum fault_kind)fault_on_demand);
        }
        if (spin_on_demand != 0) {
            spin_forever();
        }
    }
}
