/* A kernel as FreeRTOS ports of this core are built: priority bits probed, PendSV and SysTick lowest, the first task
   started by SVC with MSP taken back from the vector table, critical sections by BASEPRI, queues from tasks and from
   an interrupt, and an idle task that stops the tick while nothing is due. Time is checked against TIM2. */
#include "core.h"

#define TASKS 4
#define STACK 160
#define MAX_SYSCALL 0x50
#define TICK 72000u
#define FOREVER 0xFFFFFFFFu

typedef struct {
    uint32_t *top;
    uint32_t wake;
    void *waits_on;
} task_t;

typedef struct {
    uint32_t items[5];
    volatile unsigned count, first;
} queue_t;

static task_t tasks[TASKS];
static uint32_t stacks[TASKS][STACK] __attribute__((aligned(8)));
task_t *volatile current_task;
static volatile uint32_t kernel_ticks;
static unsigned nesting = 0xAAAAAAAA;
static volatile unsigned sleeps, slept_ticks, early_wakes, wrong_masks, given;
static queue_t from_isr, between;

uint32_t kernel_time(void) { return kernel_ticks; }

static inline void mask(void) {
    uint32_t level;
    __asm volatile("mov %0, %1\nmsr basepri, %0\nisb\ndsb" : "=r"(level) : "i"(MAX_SYSCALL) : "memory");
}
static inline void unmask(void) { __asm volatile("msr basepri, %0" ::"r"(0) : "memory"); }

static void enter(void) {
    mask();
    nesting++;
    if (nesting == 1 && (SCB_ICSR & 0xFF)) wrong_masks++;
}
static void leave(void) {
    nesting--;
    if (!nesting) unmask();
}

static inline void yield(void) {
    SCB_ICSR = BIT(28);
    __asm volatile("dsb\nisb" ::: "memory");
}

/* The lowest index that is ready has the highest priority; the last task is the idle task and always ready. */
static int ready(task_t *task) { return !task->waits_on && (int32_t)(kernel_ticks - task->wake) >= 0; }

__attribute__((used)) void switch_context(void) {
    for (unsigned i = 0; i < TASKS; i++)
        if (ready(&tasks[i])) {
            current_task = &tasks[i];
            return;
        }
}

__attribute__((naked)) void PendSV_Handler(void) {
    __asm volatile("mrs r0, psp\nisb\nldr r3, =current_task\nldr r2, [r3]\nstmdb r0!, {r4-r11}\nstr r0, [r2]\n"
                   "stmdb sp!, {r3, r14}\nmov r0, %0\nmsr basepri, r0\nbl switch_context\nmov r0, #0\n"
                   "msr basepri, r0\nldmia sp!, {r3, r14}\nldr r1, [r3]\nldr r0, [r1]\nldmia r0!, {r4-r11}\n"
                   "msr psp, r0\nisb\nbx r14\n.ltorg" ::"i"(MAX_SYSCALL));
}

__attribute__((naked)) void SVC_Handler(void) {
    __asm volatile("ldr r3, =current_task\nldr r1, [r3]\nldr r0, [r1]\nldmia r0!, {r4-r11}\nmsr psp, r0\nisb\n"
                   "mov r0, #0\nmsr basepri, r0\norr r14, #0xd\nbx r14\n.ltorg");
}

static void step(void) {
    kernel_ticks = kernel_ticks + 1;
    for (unsigned i = 0; i < TASKS; i++)
        if (&tasks[i] < current_task && ready(&tasks[i])) SCB_ICSR = BIT(28);
}

void SysTick_Handler(void) {
    tick();
    mask();
    step();
    unmask();
}

static void sleep_until(uint32_t when) {
    enter();
    current_task->wake = when;
    leave();
    yield();
}

static void wake(queue_t *queue) {
    for (unsigned i = 0; i < TASKS; i++)
        if (tasks[i].waits_on == queue) {
            tasks[i].waits_on = 0;
            tasks[i].wake = kernel_ticks;
            SCB_ICSR = BIT(28);
        }
}

static int put(queue_t *queue, uint32_t item) {
    if (queue->count == 5) return 0;
    queue->items[(queue->first + queue->count) % 5] = item;
    queue->count = queue->count + 1;
    wake(queue);
    return 1;
}

static uint32_t take(queue_t *queue) {
    for (;;) {
        enter();
        if (queue->count) {
            uint32_t item = queue->items[queue->first];
            queue->first = (queue->first + 1) % 5;
            queue->count = queue->count - 1;
            leave();
            return item;
        }
        current_task->waits_on = queue;
        leave();
        yield();
    }
}

/* TIM3 asks every 700 us; its priority allows kernel calls, TIM4's does not and must never be held up. */
static volatile unsigned sent;
void TIM3_IRQHandler(void) {
    TIM3->SR = ~1u;
    uint32_t before;
    __asm volatile("mrs %0, basepri" : "=r"(before));
    mask();
    if (put(&from_isr, sent)) sent = sent + 1;
    __asm volatile("msr basepri, %0" ::"r"(before) : "memory");
}

static volatile unsigned fast_calls, worst;
void TIM4_IRQHandler(void) {
    unsigned late = TIM4->CNT;
    TIM4->SR = ~1u;
    if (late > worst) worst = late;
    fast_calls = fast_calls + 1;
}

static void tickless(void) {
    uint32_t idle = FOREVER;
    enter();
    for (unsigned i = 0; i < TASKS - 1; i++)
        if (!tasks[i].waits_on && tasks[i].wake - kernel_ticks < idle) idle = tasks[i].wake - kernel_ticks;
    leave();
    if (idle < 2) return;
    if (idle > 0xFFFFFF / TICK) idle = 0xFFFFFF / TICK;
    SYSTICK->CSR &= ~1u;
    uint32_t reload = SYSTICK->CVR + TICK * (idle - 1);
    if (reload > 45) reload -= 45;
    __asm volatile("cpsid i\ndsb\nisb" ::: "memory");
    int due = (SCB_ICSR & (BIT(28) | BIT(26))) != 0;
    for (unsigned i = 0; i < TASKS - 1; i++) due |= ready(&tasks[i]);
    if (due) {
        SYSTICK->RVR = SYSTICK->CVR;
        SYSTICK->CSR |= 1;
        SYSTICK->RVR = TICK - 1;
        __asm volatile("cpsie i" ::: "memory");
        return;
    }
    SYSTICK->RVR = reload;
    SYSTICK->CVR = 0;
    SYSTICK->CSR |= 1;
    __asm volatile("dsb\nwfi\nisb" ::: "memory");
    __asm volatile("cpsie i\ndsb\nisb\ncpsid i\ndsb\nisb" ::: "memory");
    SYSTICK->CSR = 6;
    uint32_t complete;
    if (SYSTICK->CSR & BIT(16)) {
        uint32_t rest = TICK - 1 - (reload - SYSTICK->CVR);
        if (rest < 45 || rest > TICK) rest = TICK - 1;
        SYSTICK->RVR = rest;
        complete = idle - 1;
    } else {
        uint32_t counted = idle * TICK - SYSTICK->CVR;
        complete = counted / TICK;
        SYSTICK->RVR = (complete + 1) * TICK - counted;
        early_wakes = early_wakes + 1;
    }
    SYSTICK->CVR = 0;
    SYSTICK->CSR |= 1;
    kernel_ticks = kernel_ticks + complete;
    slept_ticks = slept_ticks + complete;
    sleeps = sleeps + 1;
    SYSTICK->RVR = TICK - 1;
    __asm volatile("cpsie i" ::: "memory");
    yield();
}

static void idle(void) {
    for (;;) tickless();
}

static volatile unsigned received, disorder;
static void receiver(void) {
    for (;;) {
        if (take(&from_isr) != received) disorder = disorder + 1;
        received = received + 1;
        if (received % 8 == 0) {
            enter();
            put(&between, received);
            leave();
        }
    }
}

static volatile unsigned eights;
static void counter(void) {
    for (;;) {
        if (take(&between) != (eights + 1) * 8) disorder = disorder + 1;
        eights = eights + 1;
    }
}

static uint32_t wall(void) { return TIM2->CNT; }

static void main_task(void) {
    uint32_t control;
    __asm volatile("mrs %0, control" : "=r"(control));
    report("process stack in use", control == 2);

    /* Nothing but this task for 200 ticks: TIM2 counts 100 us. */
    uint32_t start = wall(), from = kernel_ticks;
    for (unsigned i = 1; i <= 10; i++) sleep_until(from + 20 * i);
    uint32_t spent = (uint16_t)(wall() - start);
    report("ticks keep time over idle sleep", spent >= 1985 && spent <= 2015);
    report("the tick was stopped", sleeps >= 10 && slept_ticks > 150);

    TIM3->CR1 = 1;
    TIM4->CR1 = 1;
    start = wall();
    from = kernel_ticks;
    for (unsigned i = 1; i <= 25; i++) sleep_until(from + 8 * i);
    spent = (uint16_t)(wall() - start);
    TIM3->CR1 = 0;
    TIM4->CR1 = 0;
    report("ticks keep time with interrupts", spent >= 1970 && spent <= 2100);
    report("queue from an interrupt", received >= 280 && received <= 300 && sent == received && !disorder);
    report("queue between tasks", eights == received / 8);
    report("interrupts ended sleeps early", early_wakes > 50);
    report("fast interrupt held up by no critical section", fast_calls > 2500 && worst < 600);
    report("critical sections outside handlers", wrong_masks == 0);

    enter();
    SCB_ICSR = BIT(26);
    report("tick masked by BASEPRI", (SCB_ICSR & BIT(26)) && ((SCB_ICSR >> 12) & 0x1FF) == 15);
    SCB_ICSR = BIT(25);
    report("pending tick taken back", !(SCB_ICSR & BIT(26)));
    leave();
    print("END\n");
    for (;;) sleep_until(kernel_ticks + 1000);
}

static void ended(void) {
    print("FAIL a task returned\n");
    for (;;) {
    }
}

static void create(unsigned index, void (*entry)(void)) {
    uint32_t *top = &stacks[index][STACK - 1];
    *--top = 0x01000000;
    *--top = (uint32_t)entry & ~1u;
    *--top = (uint32_t)ended;
    top -= 5;
    *top = 0;
    top -= 8;
    tasks[index].top = top;
}

static void probe_priorities(void) {
    volatile uint8_t *first = &NVIC_IPR(0);
    uint8_t before = *first;
    *first = 0xFF;
    uint8_t bits = *first;
    unsigned count = 0;
    for (uint8_t b = bits; b & 0x80; b <<= 1) count++;
    *first = before;
    report("four priority bits", bits == 0xF0 && count == 4 && *first == before);
    report("mask and priority agree", (MAX_SYSCALL & bits) == MAX_SYSCALL);
    report("priority group", (SCB_AIRCR & 0x700) <= (7 - count) << 8);
}

int main(void) {
    clock_full_speed();
    console_start(72000000);
    SCB_AIRCR = 0x05FA0300;
    probe_priorities();
    RCC->APB1ENR |= BIT(0) | BIT(1) | BIT(2);
    TIM2->PSC = 7199;
    TIM2->EGR = 1;
    TIM2->CR1 = 1;
    TIM3->PSC = 71;
    TIM3->ARR = 699;
    TIM3->EGR = 1;
    TIM3->SR = 0;
    TIM3->DIER = 1;
    TIM4->ARR = 5399;
    TIM4->EGR = 1;
    TIM4->SR = 0;
    TIM4->DIER = 1;
    NVIC_IPR(29) = 0x60;
    NVIC_IPR(30) = 0x40;
    irq_enable(29);
    irq_enable(30);
    create(0, main_task);
    create(1, receiver);
    create(2, counter);
    create(3, idle);
    current_task = &tasks[0];
    mask();
    WORD(0xE000ED20) |= 0xF0u << 16;
    WORD(0xE000ED20) |= 0xF0u << 24;
    report("PendSV and SysTick lowest", WORD(0xE000ED20) == 0xF0F00000);
    SYSTICK->CSR = 0;
    SYSTICK->CVR = 0;
    SYSTICK->RVR = TICK - 1;
    SYSTICK->CSR = 7;
    nesting = 0;
    __asm volatile("ldr r0, =0xE000ED08\nldr r0, [r0]\nldr r0, [r0]\nmsr msp, r0\ncpsie i\ncpsie f\ndsb\nisb\nsvc 0\n"
                   "nop\n.ltorg" ::: "memory");
    return 0;
}
