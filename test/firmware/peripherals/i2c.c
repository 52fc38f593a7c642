/* I2C1 with a 24C02 at 0x50: the sequences of RM0008 26.3.3 with time-outs, as vendors' libraries go through them. */
#include "mcu.h"

#define CR1_PE BIT(0)
#define CR1_START BIT(8)
#define CR1_STOP BIT(9)
#define CR1_ACK BIT(10)
#define CR1_POS BIT(11)
#define SR1_SB BIT(0)
#define SR1_ADDR BIT(1)
#define SR1_BTF BIT(2)
#define SR1_RXNE BIT(6)
#define SR1_TXE BIT(7)
#define SR1_AF BIT(10)
#define SR2_BUSY BIT(1)

static uint8_t buffer[256];

static void set_up(uint32_t ccr, uint32_t trise) {
    I2C1->CR1 = BIT(15);
    I2C1->CR1 = 0;
    I2C1->CR2 = 36;
    I2C1->CCR = ccr;
    I2C1->TRISE = trise;
    I2C1->CR1 = CR1_PE;
}

static void clear_addr(void) {
    (void)I2C1->SR1;
    (void)I2C1->SR2;
}

static void stop(void) { I2C1->CR1 |= CR1_STOP; }

static int address(uint8_t byte) {
    I2C1->CR1 |= CR1_START;
    if (!wait_until(I2C1->SR1 & SR1_SB, 5)) return 0;
    I2C1->DR = byte;
    if (!wait_until(I2C1->SR1 & (SR1_ADDR | SR1_AF), 5)) return 0;
    if (I2C1->SR1 & SR1_AF) {
        I2C1->SR1 = ~SR1_AF;
        stop();
        return 0;
    }
    return 1;
}

static int put(uint8_t byte) {
    if (!wait_until(I2C1->SR1 & (SR1_TXE | SR1_AF), 5) || (I2C1->SR1 & SR1_AF)) return 0;
    I2C1->DR = byte;
    return 1;
}

static int idle(void) { return wait_until(!(I2C1->SR2 & SR2_BUSY), 25); }

/* Polls with the address until the part acknowledges, as "is it ready" functions do. */
static int ready(uint8_t part, unsigned trials) {
    while (trials--) {
        if (!idle()) return 0;
        I2C1->CR1 |= CR1_START;
        if (!wait_until(I2C1->SR1 & SR1_SB, 5)) return 0;
        I2C1->DR = (uint32_t)part << 1;
        wait_until(I2C1->SR1 & (SR1_ADDR | SR1_AF), 5);
        int acknowledged = !!(I2C1->SR1 & SR1_ADDR);
        stop();
        if (acknowledged) clear_addr();
        else I2C1->SR1 = ~SR1_AF;
        if (!idle()) return 0;
        if (acknowledged) return 1;
    }
    return 0;
}

static int mem_write(uint8_t at, const uint8_t *data, unsigned length) {
    if (!idle() || !address(0xA0)) return 0;
    clear_addr();
    if (!put(at)) return 0;
    for (unsigned i = 0; i < length; i++)
        if (!put(data[i])) return 0;
    if (!wait_until(I2C1->SR1 & SR1_BTF, 5)) return 0;
    stop();
    return 1;
}

static int mem_address(uint8_t at) {
    if (!idle()) return 0;
    I2C1->CR1 |= CR1_ACK;
    if (!address(0xA0)) return 0;
    clear_addr();
    return put(at) && wait_until(I2C1->SR1 & SR1_TXE, 5);
}

/* One, two, three and more bytes each have their own way to end (RM0008 26.3.3, master receiver). */
static int mem_read(uint8_t at, uint8_t *data, unsigned length) {
    if (!mem_address(at) || !address(0xA1)) return 0;
    if (length == 1) {
        I2C1->CR1 &= ~CR1_ACK;
        disable_irqs();
        clear_addr();
        stop();
        enable_irqs();
    } else if (length == 2) {
        I2C1->CR1 |= CR1_POS;
        disable_irqs();
        clear_addr();
        I2C1->CR1 &= ~CR1_ACK;
        enable_irqs();
    } else {
        clear_addr();
    }
    while (length > 3) {
        if (!wait_until(I2C1->SR1 & SR1_RXNE, 5)) return 0;
        *data++ = (uint8_t)I2C1->DR;
        length--;
        if (length > 3 && (I2C1->SR1 & SR1_BTF)) {
            *data++ = (uint8_t)I2C1->DR;
            length--;
        }
    }
    if (length == 3) {
        if (!wait_until(I2C1->SR1 & SR1_BTF, 5)) return 0;
        I2C1->CR1 &= ~CR1_ACK;
        disable_irqs();
        *data++ = (uint8_t)I2C1->DR;
        length--;
        enable_irqs();
    }
    if (length == 2) {
        if (!wait_until(I2C1->SR1 & SR1_BTF, 5)) return 0;
        disable_irqs();
        stop();
        *data++ = (uint8_t)I2C1->DR;
        enable_irqs();
        *data++ = (uint8_t)I2C1->DR;
    } else if (length == 1) {
        if (!wait_until(I2C1->SR1 & SR1_RXNE, 5)) return 0;
        *data++ = (uint8_t)I2C1->DR;
    }
    I2C1->CR1 &= ~CR1_POS;
    return idle();
}

/* Interrupt-driven: one state machine for writing a register and reading a block. */
static struct {
    volatile int state; /* 0 idle, 1 address for writing, 2 word address, 3 address for reading, 4 data, -1 error */
    uint8_t at, *data;
    volatile unsigned left;
} job;

void I2C1_EV_IRQHandler(void) {
    uint32_t status = I2C1->SR1;
    if (status & SR1_SB) {
        I2C1->DR = job.state == 1 ? 0xA0 : 0xA1;
    } else if (status & SR1_ADDR) {
        if (job.state == 1) {
            (void)I2C1->SR2;
            I2C1->DR = job.at;
            job.state = 2;
        } else {
            if (job.left == 1) I2C1->CR1 &= ~CR1_ACK;
            (void)I2C1->SR2;
            if (job.left == 1) stop();
            I2C1->CR2 |= BIT(10);
            job.state = 4;
        }
    } else if (job.state == 2 && (status & SR1_BTF)) {
        job.state = 3;
        I2C1->CR1 |= CR1_START;
        /* BTF stands until START is out. */
        while (I2C1->SR1 & SR1_BTF) {
        }
    } else if (job.state == 4 && (status & SR1_RXNE)) {
        if (job.left == 2) {
            I2C1->CR1 &= ~CR1_ACK;
            stop();
        }
        *job.data++ = (uint8_t)I2C1->DR;
        if (--job.left == 0) {
            I2C1->CR2 &= ~(BIT(10) | BIT(9) | BIT(8));
            job.state = 0;
        }
    }
}

void I2C1_ER_IRQHandler(void) {
    I2C1->SR1 = ~SR1_AF;
    stop();
    job.state = -1;
    I2C1->CR2 &= ~(BIT(10) | BIT(9) | BIT(8));
}

static int read_by_interrupt(uint8_t at, uint8_t *data, unsigned length) {
    if (!idle()) return 0;
    job.at = at;
    job.data = data;
    job.left = length;
    job.state = 1;
    irq_enable(31);
    irq_enable(32);
    I2C1->CR1 |= CR1_ACK;
    I2C1->CR2 |= BIT(9) | BIT(8);
    I2C1->CR1 |= CR1_START;
    int done = wait_until(job.state <= 0, 50) && job.state == 0;
    irq_disable(31);
    irq_disable(32);
    return done && idle();
}

static volatile int dma_done;

void DMA1_CH7_IRQHandler(void) {
    DMA1->IFCR = 0xFu << 24;
    stop();
    I2C1->CR2 &= ~(BIT(11) | BIT(12));
    dma_done = 1;
}

static int read_by_dma(uint8_t at, uint8_t *data, unsigned length) {
    dma_done = 0;
    DMA1->CH[6].CCR = 0;
    DMA1->CH[6].CPAR = (uint32_t)&I2C1->DR;
    DMA1->CH[6].CMAR = (uint32_t)data;
    DMA1->CH[6].CNDTR = length;
    DMA1->CH[6].CCR = BIT(7) | BIT(1) | BIT(0);
    irq_enable(17);
    if (!mem_address(at) || !address(0xA1)) return 0;
    I2C1->CR2 |= BIT(12) | BIT(11);
    clear_addr();
    int done = wait_until(dma_done, 50) && idle();
    irq_disable(17);
    DMA1->CH[6].CCR = 0;
    return done;
}

static int write_by_dma(uint8_t at, const uint8_t *data, unsigned length) {
    static uint8_t message[17];
    message[0] = at;
    memcpy(message + 1, data, length);
    DMA1->IFCR = 0xFu << 20;
    DMA1->CH[5].CCR = 0;
    DMA1->CH[5].CPAR = (uint32_t)&I2C1->DR;
    DMA1->CH[5].CMAR = (uint32_t)message;
    DMA1->CH[5].CNDTR = length + 1;
    DMA1->CH[5].CCR = BIT(7) | BIT(4) | BIT(0);
    if (!idle() || !address(0xA0)) return 0;
    I2C1->CR2 |= BIT(11);
    clear_addr();
    int done = wait_until(DMA1->ISR & BIT(21), 50) && wait_until(I2C1->SR1 & SR1_BTF, 5);
    stop();
    I2C1->CR2 &= ~BIT(11);
    DMA1->CH[5].CCR = 0;
    return done && idle();
}

static int pattern(const uint8_t *data, unsigned from, unsigned length) {
    for (unsigned i = 0; i < length; i++)
        if (data[i] != (uint8_t)((from + i) * 7 + 3)) return 0;
    return 1;
}

int main(void) {
    RCC->APB1ENR |= BIT(21);
    pin_mode(GPIOB, 6, PIN_AF_OD);
    pin_mode(GPIOB, 7, PIN_AF_OD);
    set_up(180, 37);

    unsigned found = 0;
    for (uint8_t part = 8; part < 0x78; part++) found += ready(part, 1) ? part : 0;
    report("bus scan", found == 0x50);

    uint8_t page[8];
    int written = 1;
    uint32_t longest = 0;
    for (unsigned at = 0; at < 64; at += 8) {
        for (unsigned i = 0; i < 8; i++) page[i] = (uint8_t)((at + i) * 7 + 3);
        written &= mem_write((uint8_t)at, page, 8);
        uint32_t start = millis();
        written &= ready(0x50, 200);
        if (millis() - start > longest) longest = millis() - start;
    }
    report("page writes", written);
    report("write cycle takes 5 ms", longest >= 4 && longest <= 6);
    for (unsigned length = 1; length <= 6; length++) {
        memset(buffer, 0, 8);
        int good = mem_read((uint8_t)(10 + length), buffer, length);
        report("read", good && pattern(buffer, 10 + length, length) && buffer[length] == 0);
    }
    report("long read", mem_read(0, buffer, 64) && pattern(buffer, 0, 64));

    /* Fast mode. */
    set_up(BIT(15) | 30, 11);
    report("fast mode", mem_read(5, buffer, 20) && pattern(buffer, 5, 20));
    for (unsigned length = 1; length <= 4; length++) {
        memset(buffer, 0, 8);
        report("read by interrupt", read_by_interrupt(30, buffer, length) && pattern(buffer, 30, length));
    }
    memset(buffer, 0, 64);
    report("read by DMA", read_by_dma(2, buffer, 40) && pattern(buffer, 2, 40) && buffer[40] == 0);
    report("write by DMA", write_by_dma(64, buffer, 8) && ready(0x50, 200) && mem_read(64, buffer + 100, 8) &&
                               !memcmp(buffer, buffer + 100, 8));
    report("no answer", !address(0x40));
    return 0;
}
