/* USART2 and USART3, wired to each other outside (PA2 to PB11, PB10 to PA3): polling with time-outs, interrupts with
   ring buffers, DMA with a circular buffer and the idle line. USART2 alone in half-duplex mode at the end. */
#include "mcu.h"

#define SR_ORE BIT(3)
#define SR_IDLE BIT(4)
#define SR_RXNE BIT(5)
#define SR_TC BIT(6)
#define SR_TXE BIT(7)
#define CR1_ON (BIT(13) | BIT(3) | BIT(2))

static const uint8_t text[] = "The quick brown fox jumps over the lazy dog 0123456789";
#define LENGTH (sizeof text - 1)
static uint8_t got[128];

/* Ring buffers as Arduino cores have them. */
#define RING 64
typedef struct {
    volatile uint8_t data[RING];
    volatile unsigned head, tail;
} ring_t;
static ring_t transmit, receive;
static volatile unsigned idles, overruns, completes, halves;

static int ring_get(ring_t *ring) {
    if (ring->head == ring->tail) return -1;
    uint8_t byte = ring->data[ring->tail];
    ring->tail = (ring->tail + 1) % RING;
    return byte;
}

static int ring_put(ring_t *ring, uint8_t byte) {
    unsigned next = (ring->head + 1) % RING;
    if (next == ring->tail) return 0;
    ring->data[ring->head] = byte;
    ring->head = next;
    return 1;
}

static void set_up(usart_t *usart, uint32_t cr1, uint32_t cr3, uint32_t baud) {
    usart->CR1 = 0;
    usart->CR2 = 0;
    usart->CR3 = cr3;
    usart->BRR = (36000000 + baud / 2) / baud;
    usart->CR1 = cr1;
}

static int send_polling(usart_t *usart, const uint8_t *data, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        if (!wait_until(usart->SR & SR_TXE, 10)) return 0;
        usart->DR = data[i];
    }
    return wait_until(usart->SR & SR_TC, 10);
}

void USART2_IRQHandler(void) {
    uint32_t status = USART2->SR;
    if (status & USART2->CR1 & SR_TXE) {
        int byte = ring_get(&transmit);
        if (byte < 0) USART2->CR1 = (USART2->CR1 & ~SR_TXE) | SR_TC;
        else USART2->DR = (uint32_t)byte;
    } else if (status & USART2->CR1 & SR_TC) {
        USART2->CR1 &= ~SR_TC;
        completes++;
    }
}

void USART3_IRQHandler(void) {
    uint32_t status = USART3->SR;
    if (status & (SR_RXNE | SR_ORE)) {
        if (status & SR_ORE) overruns++;
        ring_put(&receive, (uint8_t)USART3->DR);
    } else if (status & SR_IDLE) {
        (void)USART3->DR;
        idles++;
    }
}

void DMA1_CH3_IRQHandler(void) {
    uint32_t flags = DMA1->ISR;
    if (flags & BIT(10)) halves++;
    if (flags & BIT(9)) completes++;
    DMA1->IFCR = flags & (0xFu << 8);
}

static void polling(void) {
    set_up(USART2, CR1_ON, 0, 115200);
    set_up(USART3, CR1_ON, 0, 115200);
    unsigned count = 0;
    for (unsigned i = 0; i < 8; i++) {
        if (!wait_until(USART2->SR & SR_TXE, 10)) break;
        USART2->DR = text[i];
        if (!wait_until(USART3->SR & SR_RXNE, 10)) break;
        got[count++] = (uint8_t)USART3->DR;
    }
    report("polling", count == 8 && !memcmp(got, text, 8));
    report("time-out", !wait_until(USART3->SR & SR_RXNE, 5));

    /* Nine bits of which one is even parity. */
    set_up(USART2, CR1_ON | BIT(12) | BIT(10), 0, 9600);
    set_up(USART3, CR1_ON | BIT(12) | BIT(10), 0, 9600);
    delay(3);
    USART2->DR = 0xA7;
    int came = wait_until(USART3->SR & SR_RXNE, 10);
    report("parity", came && !(USART3->SR & 1) && USART3->DR == 0x1A7);
}

static void interrupts(void) {
    set_up(USART2, CR1_ON, 0, 921600);
    set_up(USART3, CR1_ON | SR_RXNE | SR_IDLE, 0, 921600);
    idles = overruns = completes = 0;
    irq_enable(38);
    irq_enable(39);
    unsigned sent = 0, count = 0;
    uint32_t start = millis();
    while (count < LENGTH && millis() - start < 50) {
        while (sent < LENGTH && ring_put(&transmit, text[sent])) sent++;
        disable_irqs();
        USART2->CR1 |= SR_TXE;
        enable_irqs();
        int byte = ring_get(&receive);
        if (byte >= 0) got[count++] = (uint8_t)byte;
    }
    delay(1);
    report("interrupts", count == LENGTH && !memcmp(got, text, LENGTH) && !overruns);
    report("idle interrupt", idles >= 1);
    report("transmission complete interrupt", completes >= 1);

    /* Nobody reads for a while. */
    irq_disable(39);
    send_polling(USART2, text, 3);
    delay(1);
    irq_enable(39);
    delay(1);
    report("overrun", overruns == 1 && ring_get(&receive) == text[0] && ring_get(&receive) < 0);
    irq_disable(38);
    irq_disable(39);
}

static void dma(void) {
    set_up(USART2, CR1_ON, BIT(7), 460800);
    set_up(USART3, CR1_ON | SR_IDLE, BIT(6), 460800);
    idles = completes = halves = 0;
    memset(got, 0, sizeof got);
    DMA1->CH[2].CCR = 0;
    DMA1->CH[2].CPAR = (uint32_t)&USART3->DR;
    DMA1->CH[2].CMAR = (uint32_t)got;
    DMA1->CH[2].CNDTR = 32;
    DMA1->CH[2].CCR = BIT(7) | BIT(5) | BIT(2) | BIT(1) | BIT(0);
    irq_enable(13);
    irq_enable(39);
    DMA1->CH[6].CCR = 0;
    DMA1->IFCR = 0xFu << 24;
    DMA1->CH[6].CPAR = (uint32_t)&USART2->DR;
    DMA1->CH[6].CMAR = (uint32_t)text;
    DMA1->CH[6].CNDTR = LENGTH;
    USART2->SR = ~SR_TC;
    DMA1->CH[6].CCR = BIT(7) | BIT(4) | BIT(0);
    int done = wait_until(DMA1->ISR & BIT(25), 20) && wait_until(USART2->SR & SR_TC, 5);
    delay(1);
    report("DMA transmission", done && DMA1->CH[6].CNDTR == 0);
    report("circular DMA reception", halves == 2 && completes == 1 && DMA1->CH[2].CNDTR == 32 - (LENGTH - 32));
    report("DMA content", !memcmp(got, text + 32, LENGTH - 32) && !memcmp(got + LENGTH - 32, text + LENGTH - 32, 64 - LENGTH));
    report("idle line ends DMA reception", idles == 1);
    irq_disable(13);
    irq_disable(39);
    DMA1->CH[2].CCR = DMA1->CH[6].CCR = 0;
}

static void half_duplex(void) {
    set_up(USART2, CR1_ON, BIT(3), 115200);
    delay(1);
    USART2->DR = 0x3C;
    int came = wait_until(USART2->SR & SR_RXNE, 5);
    report("half-duplex", came && USART2->DR == 0x3C);
}

int main(void) {
    RCC->APB1ENR |= BIT(17) | BIT(18);
    pin_mode(GPIOA, 2, PIN_AF);
    pin_mode(GPIOB, 10, PIN_AF);
    polling();
    interrupts();
    dma();
    half_duplex();
    return 0;
}
