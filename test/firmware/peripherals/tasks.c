/* A small preemptive kernel: tasks on the process stack, switched by PendSV on each tick and when they yield, started
   by SVC, with a mutex and a queue between them; the way real-time kernels of this core work. */
#include "mcu.h"

#define TASKS 3
#define STACK 256
typedef struct {
    uint32_t *top;
    uint32_t wake;
} task_t;
static task_t tasks[TASKS];
static uint32_t stacks[TASKS][STACK] __attribute__((aligned(8)));
task_t *volatile current;
static volatile unsigned next_task, produced, consumed, wrong, rounds, in_section, clashes;
static volatile uint32_t queue[4], head, tail, locked;

static void yield(void) {
    SCB_ICSR = BIT(28);
    __asm volatile("dsb\nisb" ::: "memory");
}

static void sleep(uint32_t milliseconds) {
    current->wake = millis() + milliseconds;
    yield();
}

static int try_lock(void) {
    uint32_t old, failed;
    __asm volatile("ldrex %0, [%2]\n"
                   "strex %1, %3, [%2]\n"
                   : "=&r"(old), "=&r"(failed)
                   : "r"(&locked), "r"(1)
                   : "memory");
    return !old && !failed;
}

__attribute__((used)) void choose(void) {
    for (unsigned i = 1; i <= TASKS; i++) {
        unsigned candidate = (next_task + i) % TASKS;
        if ((int32_t)(millis() - tasks[candidate].wake) >= 0) {
            next_task = candidate;
            current = &tasks[candidate];
            return;
        }
    }
}

__attribute__((naked)) void PendSV_Handler(void) {
    __asm volatile("mrs r0, psp\n"
                   "isb\n"
                   "ldr r3, =current\n"
                   "ldr r2, [r3]\n"
                   "stmdb r0!, {r4-r11}\n"
                   "str r0, [r2]\n"
                   "stmdb sp!, {r3, r14}\n"
                   "mov r0, #0x10\n"
                   "msr basepri, r0\n"
                   "bl choose\n"
                   "mov r0, #0\n"
                   "msr basepri, r0\n"
                   "ldmia sp!, {r3, r14}\n"
                   "ldr r1, [r3]\n"
                   "ldr r0, [r1]\n"
                   "ldmia r0!, {r4-r11}\n"
                   "msr psp, r0\n"
                   "isb\n"
                   "bx r14\n");
}

__attribute__((naked)) void SVC_Handler(void) {
    __asm volatile("ldr r3, =current\n"
                   "ldr r1, [r3]\n"
                   "ldr r0, [r1]\n"
                   "ldmia r0!, {r4-r11}\n"
                   "msr psp, r0\n"
                   "isb\n"
                   "mov r0, #0\n"
                   "msr basepri, r0\n"
                   "orr r14, #0xd\n"
                   "bx r14\n");
}

void TIM2_IRQHandler(void) {
    TIM2->SR = ~1u;
    SCB_ICSR = BIT(28);
}

static void section(void) {
    while (!try_lock()) yield();
    if (in_section++) clashes++;
    for (volatile unsigned i = 0; i < 50; i++) {
    }
    in_section--;
    locked = 0;
}

static void producer(void) {
    for (;;) {
        while (head - tail == 4) yield();
        queue[head % 4] = produced * 3;
        __asm volatile("dmb" ::: "memory");
        head = head + 1;
        produced++;
        section();
    }
}

static void consumer(void) {
    for (;;) {
        while (head == tail) yield();
        if (queue[tail % 4] != consumed * 3) wrong++;
        tail = tail + 1;
        consumed++;
        section();
    }
}

static void supervisor(void) {
    uint32_t start = millis();
    while (rounds < 10) {
        sleep(5);
        rounds++;
    }
    uint32_t spent = millis() - start;
    report("sleeping", spent >= 49 && spent <= 56);
    report("queue between tasks", consumed > 200 && wrong == 0 && produced - consumed <= 5);
    report("mutual exclusion", clashes == 0);
    uint32_t control;
    __asm volatile("mrs %0, control" : "=r"(control));
    report("process stack", control & 2);
    print("END\n");
    for (;;) sleep(1000);
}

static void create(unsigned index, void (*entry)(void)) {
    uint32_t *top = &stacks[index][STACK];
    *--top = 0x01000000;
    *--top = (uint32_t)entry & ~1u;
    *--top = 0;
    for (unsigned i = 0; i < 5 + 8; i++) *--top = 0x1000 + i;
    tasks[index].top = top;
}

int main(void) {
    create(0, supervisor);
    create(1, producer);
    create(2, consumer);
    current = &tasks[0];
    SCB_SHPR3 = 0xF0F00000u;
    RCC->APB1ENR |= BIT(0);
    TIM2->PSC = 71;
    TIM2->ARR = 499;
    TIM2->EGR = 1;
    TIM2->SR = 0;
    TIM2->DIER = 1;
    NVIC_IPR(28) = 0xF0;
    irq_enable(28);
    TIM2->CR1 = 1;
    __asm volatile("cpsie i\nsvc 0\nnop" ::: "memory");
    return 0;
}
