/* What cores and libraries do below their drivers: delays from the cycle counter and from COUNTFLAG, identification
   words at every width, bit-band of SRAM and of registers, narrow accesses to registers, a vector table in RAM,
   software interrupts, sleep until an event, faults that are looked into and passed, checksums, locked pins, the
   window watchdog's early warning. */
#include "core.h"

#define UID 0x1FFFF7E8u

static uint32_t cycles(void) { return DWT_CYCCNT; }

static void cycle_counter(void) {
    DEMCR &= ~BIT(24);
    DEMCR |= BIT(24);
    DWT_CTRL &= ~1u;
    DWT_CTRL |= 1;
    DWT_CYCCNT = 0;
    __asm volatile("nop\nnop\nnop");
    report("cycle counter runs", DWT_CYCCNT != 0);
    uint32_t start = micros(), from = cycles();
    while (cycles() - from < 72 * 1000) {
    }
    uint32_t spent = micros() - start;
    report("delay of 1000 us in cycles", spent >= 998 && spent <= 1005);
    DWT_CTRL &= ~1u;
    from = cycles();
    __asm volatile("nop\nnop");
    report("cycle counter stops", cycles() == from);
    DWT_CTRL |= 1;
}

/* SysTick without interrupts, as blocking delays use it; then the tick again. */
static void countflag(void) {
    uint32_t from = cycles();
    SYSTICK->CSR = 0;
    SYSTICK->RVR = 9 * 500;
    SYSTICK->CVR = 0;
    SYSTICK->CSR = 1;
    while (!(SYSTICK->CSR & BIT(16))) {
    }
    SYSTICK->CSR = 0;
    SYSTICK->CVR = 0;
    uint32_t spent = cycles() - from;
    report("500 us at HCLK / 8", spent >= 36000 && spent <= 36200);
    SYSTICK->RVR = 72000 - 1;
    SYSTICK->CVR = 0;
    SYSTICK->CSR = 5;
    from = cycles();
    for (unsigned i = 0; i < 3; i++)
        while (!(SYSTICK->CSR & BIT(16))) {
        }
    spent = cycles() - from;
    report("3 ms by COUNTFLAG", spent >= 215900 && spent <= 216200);
    uint32_t old = SYSTICK->CVR, sum = 0, loops = 0;
    while (sum < 36000) {
        uint32_t now = SYSTICK->CVR;
        sum += now <= old ? old - now : SYSTICK->RVR + 1 - now + old;
        old = now;
        loops++;
    }
    report("differences of VAL", loops > 500);
    report("calibration", (SYSTICK->CALIB & 0xFFFFFF) == 9000);
    tick_start(72000000);
}

static void identity(void) {
    report("flash size", HALF(0x1FFFF7E0) == 64);
    int same = 1;
    for (unsigned i = 0; i < 12; i++) {
        uint8_t byte = BYTE(UID + i);
        same &= byte == (uint8_t)(HALF(UID + (i & ~1u)) >> 8 * (i & 1));
        same &= byte == (uint8_t)(WORD(UID + (i & ~3u)) >> 8 * (i & 3));
    }
    report("unique id at every width", same && WORD(UID + 8) != 0xFFFFFFFF);
    report("no debugger, no device id", WORD(0xE0042000) == 0);
    report("core", WORD(0xE000ED00) == 0x411FC231 && WORD(0xE000ED90) == 0 && WORD(0xE000E004) == 1);
    report("ROM has a vector table", (WORD(0x1FFFF000) >> 20) == 0x200 && (WORD(0x1FFFF004) >> 12) == 0x1FFFF);
}

static volatile uint32_t word;
static void bits(void) {
    word = 0;
    reg *alias = (reg *)(0x22000000u + ((uint32_t)&word - 0x20000000u) * 32);
    for (unsigned i = 0; i < 32; i += 3) alias[i] = 1;
    report("bits of SRAM", word == 0x49249249 && alias[3] == 1 && alias[4] == 0);
    *(volatile uint8_t *)&alias[1] = 0xFF;
    *(volatile uint8_t *)&alias[0] = 0xFE;
    report("bit 0 of the data counts", word == 0x4924924A);
    BITBAND(&RCC->APB2ENR, 4) = 1;
    (void)BITBAND(&RCC->APB2ENR, 4);
    pin_mode(GPIOC, 13, PIN_OUTPUT);
    BITBAND(&GPIOC->ODR, 13) = 1;
    int up = BITBAND(&GPIOC->IDR, 13) == 1;
    BITBAND(&GPIOC->ODR, 13) = 0;
    report("bits of a port", up && BITBAND(&GPIOC->IDR, 13) == 0 && GPIOC->ODR == 0);
    /* TIMx_SR through its alias: the other flags are written as they were read. */
    RCC->APB1ENR |= 1;
    TIM2->ARR = 100;
    TIM2->EGR = 0x1F;
    uint32_t flags = TIM2->SR;
    BITBAND(&TIM2->SR, 0) = 0;
    report("one flag of several", (flags & 0x1F) == 0x1F && TIM2->SR == (flags & ~1u));
}

static void narrow(void) {
    *(volatile uint16_t *)&TIM2->PSC = 0x1234;
    *(volatile uint8_t *)&TIM2->ARR = 0x56;
    report("narrow writes", (TIM2->PSC & 0xFFFF) == 0x1234 && (TIM2->ARR & 0xFF) == 0x56);
    report("narrow reads", *(volatile uint8_t *)((uint32_t)&TIM2->PSC + 1) == 0x12 &&
                               *(volatile uint16_t *)&TIM2->PSC == 0x1234);
    BYTE(0x40021019) = BYTE(0x40021019) | 0x08;
    report("a byte of RCC", (RCC->APB2ENR & BIT(11)) && (RCC->APB2ENR & BIT(14)));
    report("a clock that is off hides the block", TIM3->ARR == 0 && (TIM3->ARR = 5, TIM3->ARR == 0));
    volatile uint32_t *odd = (volatile uint32_t *)((uint32_t)&word + 1);
    (void)odd;
    uint8_t buffer[12] = {1, 2, 3, 4, 5, 6, 7, 8};
    report("unaligned word", WORD((uint32_t)buffer + 1) == 0x05040302 && HALF((uint32_t)buffer + 3) == 0x0504);
}

/* --- vectors in RAM --- */
extern void *const vectors[];
static void *moved[64] __attribute__((aligned(256)));
static volatile unsigned software, order[4], at;
static void on_exti1(void) {
    EXTI->PR = BIT(1);
    software = software + 1;
    order[at++ & 3] = 1;
}
static void on_tim3(void) { order[at++ & 3] = 2; }
static void on_pendsv(void) { order[at++ & 3] = 3; }

static void vector_table(void) {
    for (unsigned i = 0; i < 59; i++) moved[i] = vectors[i];
    moved[16 + 7] = (void *)on_exti1;
    moved[16 + 29] = (void *)on_tim3;
    moved[14] = (void *)on_pendsv;
    __asm volatile("cpsid i" ::: "memory");
    SCB_VTOR = (uint32_t)moved;
    __asm volatile("dsb\ncpsie i" ::: "memory");
    report("vector table in RAM", SCB_VTOR == (uint32_t)moved);
    EXTI->IMR |= BIT(1);
    irq_enable(7);
    irq_enable(29);
    EXTI->SWIER |= BIT(1);
    __asm volatile("dsb\nisb");
    report("software interrupt line", software == 1 && !(EXTI->PR & BIT(1)) && !(EXTI->SWIER & BIT(1)));
    at = 0;
    NVIC_IPR(29) = 0x80;
    NVIC_IPR(7) = 0x40;
    SHPR(14) = 0xF0;
    __asm volatile("cpsid i" ::: "memory");
    SCB_ICSR = BIT(28);
    WORD(0xE000EF00) = 29;
    EXTI->SWIER = BIT(1);
    report("pending while masked", (WORD(0xE000E200) & (BIT(29) | BIT(7))) == (BIT(29) | BIT(7)) &&
                                       ((SCB_ICSR >> 12) & 0x1FF) == 16 + 7 && (SCB_ICSR & BIT(22)));
    __asm volatile("cpsie i\nisb" ::: "memory");
    report("taken by priority", order[0] == 1 && order[1] == 2 && order[2] == 3 && at == 3);
    irq_disable(29);
    WORD(0xE000E200) = BIT(29);
    __asm volatile("isb");
    report("disabled stays pending", at == 3 && (WORD(0xE000E280) & BIT(29)));
    WORD(0xE000E280) = BIT(29);
    report("pending taken back", !(WORD(0xE000E200) & BIT(29)));
}

static void events(void) {
    SCB_SCR |= BIT(4);
    __asm volatile("sev\nwfe");
    SYSTICK->CSR &= ~2u;
    TIM2->CR1 = 0;
    TIM2->PSC = 71;
    TIM2->ARR = 999;
    TIM2->EGR = 1;
    TIM2->SR = 0;
    TIM2->DIER = 1;
    WORD(0xE000E280) = BIT(28);
    TIM2->CR1 = 1;
    uint32_t from = cycles();
    __asm volatile("wfe");
    uint32_t spent = cycles() - from;
    report("woken by an interrupt that is not enabled", (TIM2->SR & 1) && spent > 0);
    TIM2->CR1 = 0;
    TIM2->DIER = 0;
    TIM2->SR = 0;
    WORD(0xE000E280) = BIT(28);
    SCB_SCR &= ~BIT(4);
    SYSTICK->CSR |= 2;
}

/* --- a fault that is looked into: the frame tells where, and the handler steps over the instruction --- */
static volatile uint32_t fault_pc, fault_r0, fault_cfsr, fault_bfar;
__attribute__((used)) void look(uint32_t *frame) {
    fault_r0 = frame[0];
    fault_pc = frame[6];
    fault_cfsr = WORD(0xE000ED28);
    fault_bfar = WORD(0xE000ED38);
    WORD(0xE000ED28) = fault_cfsr;
    WORD(0xE000ED2C) = WORD(0xE000ED2C);
    frame[6] += HALF(frame[6]) >= 0xE800 ? 4 : 2;
}
__attribute__((naked)) void HardFault_Handler(void) {
    __asm volatile("tst lr, #4\nite eq\nmrseq r0, msp\nmrsne r0, psp\npush {r3, lr}\nbl look\npop {r3, pc}");
}

static void faults(void) {
    uint32_t where;
    __asm volatile("ldr r0, =0x50000000\nadr r1, 1f\nmov %0, r1\n.balign 4\n1: ldr r2, [r0]\nnop\n"
                   : "=r"(where)
                   :
                   : "r0", "r1", "r2", "memory");
    report("bus fault at its instruction", fault_pc == where && fault_r0 == 0x50000000 && fault_cfsr == 0x8200 &&
                                               fault_bfar == 0x50000000);
    __asm volatile(".inst.n 0xDE00" ::: "memory");
    report("undefined instruction", fault_cfsr == 0x10000);
    WORD(0xE000ED14) |= BIT(4);
    uint32_t quotient = 7;
    __asm volatile("mov r1, #0\nmov r3, #5\nb 1f\n.balign 4\n1: udiv %0, r3, r1\n" : "+r"(quotient)::"r1", "r3");
    report("division by zero", fault_cfsr == 0x02000000);
    WORD(0xE000ED14) &= ~BIT(4);
    report("no fault is left", !WORD(0xE000ED28) && !WORD(0xE000ED2C));
}

static void checksum(void) {
    RCC->AHBENR |= BIT(6);
    CRC->CR |= 1;
    report("checksum starts", CRC->DR == 0xFFFFFFFF && CRC->CR == 0);
    CRC->DR = 0x12345678;
    uint32_t one = CRC->DR;
    CRC->DR = 0xDEADBEEF;
    report("checksum", one == 0xDF8A8A2B && CRC->DR == 0xD92B271B);
    CRC->IDR = 0x5A;
    CRC->CR = 1;
    report("its byte register", CRC->IDR == 0x5A);
}

static void lock_pin(void) {
    GPIOC->LCKR = BIT(16) | BIT(13);
    GPIOC->LCKR = BIT(13);
    GPIOC->LCKR = BIT(16) | BIT(13);
    (void)GPIOC->LCKR;
    report("pin locked", GPIOC->LCKR & BIT(16));
    uint32_t before = GPIOC->CRH;
    GPIOC->CRH = 0;
    report("its mode stays", (GPIOC->CRH & 0x00F00000) == (before & 0x00F00000) && !(GPIOC->CRH & 0x0F0FFFFF));
    GPIOC->BSRR = BIT(13);
    report("its level does not", GPIOC->ODR == BIT(13));
}

static volatile unsigned warnings;
void WWDG_IRQHandler(void) {
    WWDG->SR = 0;
    WWDG->CR = 0x7F;
    warnings = warnings + 1;
}

static void window_watchdog(void) {
    RCC->APB1ENR |= BIT(11);
    WWDG->CFR = 0x7F | (3u << 7) | BIT(9);
    WWDG->CR = 0xFF;
    irq_enable(0);
    uint32_t start = millis();
    while (warnings < 2 && millis() - start < 200) {
    }
    uint32_t spent = millis() - start;
    /* 2 x 63 steps of 4096 * 8 / 36 MHz. */
    report("early warnings", warnings == 2 && spent >= 113 && spent <= 117);
    WWDG->CFR = 0x50 | (3u << 7) | BIT(9);
    console_flush();
    WWDG->CR = 0xFF;
    for (;;) {
    }
}

KEPT static uint32_t second_start;

int main(void) {
    tick_start(clock_full_speed());
    console_start(72000000);
    if (second_start == 0x10E7E1) {
        report("reset by a reload outside the window", (RCC->CSR & 0xFC000000) == 0x4C000000);
        return 0;
    }
    second_start = 0x10E7E1;
    cycle_counter();
    countflag();
    identity();
    bits();
    narrow();
    vector_table();
    events();
    faults();
    checksum();
    lock_pin();
    window_watchdog();
    return 0;
}
