/* SPI1 with a serial flash behind chip select PA4; SPI2 with MOSI wired to MISO: polling, interrupts, DMA, CRC. */
#include "mcu.h"

#define CR1_MASTER (BIT(9) | BIT(8) | BIT(2))
#define CR1_SPE BIT(6)
#define SR_RXNE BIT(0)
#define SR_TXE BIT(1)
#define SR_OVR BIT(6)
#define SR_BSY BIT(7)

static uint8_t out[64], in[64];

/* Full duplex as vendors' libraries do it: a byte at a time, with time-outs, and BSY at the end. */
static int transfer(spi_t *spi, const uint8_t *send, uint8_t *got, unsigned length) {
    spi->CR1 |= CR1_SPE;
    unsigned sent = 0, received = 0;
    uint32_t start = millis();
    int may_send = 1;
    while (received < length) {
        if (may_send && sent < length && (spi->SR & SR_TXE)) {
            *(volatile uint8_t *)&spi->DR = send ? send[sent] : 0xFF;
            sent++;
            may_send = 0;
        }
        if (spi->SR & SR_RXNE) {
            uint8_t byte = *(volatile uint8_t *)&spi->DR;
            if (got) got[received] = byte;
            received++;
            may_send = 1;
        }
        if (millis() - start > 20) return 0;
    }
    return wait_until(!(spi->SR & SR_BSY), 5);
}

static void select(int on) { GPIOA->BSRR = on ? BIT(4 + 16) : BIT(4); }

static int command(const uint8_t *send, unsigned sending, uint8_t *got, unsigned getting) {
    select(1);
    int good = transfer(SPI1, send, 0, sending) && (getting == 0 || transfer(SPI1, 0, got, getting));
    select(0);
    return good;
}

static int flash_wait(uint32_t milliseconds) {
    static const uint8_t read_status[] = {5};
    uint8_t status = 1;
    uint32_t start = millis();
    while ((status & 1) && millis() - start < milliseconds) command(read_status, 1, &status, 1);
    return !(status & 1);
}

static void flash_part(void) {
    static const uint8_t id[] = {0x9F}, enable[] = {6}, erase[] = {0x20, 0, 0x20, 0}, read[] = {3, 0, 0x20, 0x10};
    uint8_t program[4 + 16] = {2, 0, 0x20, 0x10};
    uint8_t got[16];
    pin_mode(GPIOA, 4, PIN_OUTPUT);
    select(0);
    pin_mode(GPIOA, 5, PIN_AF);
    pin_mode(GPIOA, 6, PIN_FLOATING);
    pin_mode(GPIOA, 7, PIN_AF);
    SPI1->CR1 = CR1_MASTER | (2 << 3);
    report("flash id", command(id, 1, got, 3) && got[0] == 0xEF && got[1] == 0x40 && got[2] == 0x15);
    command(enable, 1, 0, 0);
    command(erase, 4, 0, 0);
    report("flash erase", flash_wait(100));
    for (unsigned i = 0; i < 16; i++) program[4 + i] = (uint8_t)(i * 11);
    command(enable, 1, 0, 0);
    command(program, sizeof program, 0, 0);
    report("flash program", flash_wait(10) && command(read, 4, got, 16) && !memcmp(got, program + 4, 16));
}

static volatile unsigned irq_sent, irq_received, irq_length;

void SPI2_IRQHandler(void) {
    if (SPI2->SR & SR_RXNE) {
        in[irq_received++] = (uint8_t)SPI2->DR;
        if (irq_received == irq_length) SPI2->CR2 &= ~BIT(6);
    }
    if ((SPI2->CR2 & BIT(7)) && (SPI2->SR & SR_TXE)) {
        SPI2->DR = out[irq_sent++];
        if (irq_sent == irq_length) SPI2->CR2 &= ~BIT(7);
    }
}

static void loop(void) {
    pin_mode(GPIOB, 13, PIN_AF);
    pin_mode(GPIOB, 15, PIN_AF);
    for (unsigned i = 0; i < sizeof out; i++) out[i] = (uint8_t)(i * 5 + 1);

    SPI2->CR1 = CR1_MASTER;
    report("polling", transfer(SPI2, out, in, 64) && !memcmp(in, out, 64));

    /* Sixteen bits. */
    SPI2->CR1 = 0;
    SPI2->CR1 = CR1_MASTER | BIT(11) | CR1_SPE;
    SPI2->DR = 0xBEEF;
    report("16 bits", wait_until(SPI2->SR & SR_RXNE, 5) && SPI2->DR == 0xBEEF);

    /* Sending alone overruns; DR, then SR, clears it. */
    for (unsigned i = 0; i < 3; i++) {
        wait_until(SPI2->SR & SR_TXE, 5);
        SPI2->DR = i;
    }
    wait_until(!(SPI2->SR & SR_BSY), 5);
    int overran = !!(SPI2->SR & SR_OVR);
    (void)SPI2->DR;
    (void)SPI2->SR;
    report("overrun", overran && !(SPI2->SR & (SR_OVR | SR_RXNE)));

    SPI2->CR1 = 0;
    SPI2->CR1 = CR1_MASTER | (3 << 3) | CR1_SPE;
    memset(in, 0, sizeof in);
    irq_sent = irq_received = 0;
    irq_length = 40;
    irq_enable(36);
    SPI2->CR2 = BIT(7) | BIT(6);
    report("interrupts", wait_until(irq_received == 40, 20) && !memcmp(in, out, 40) && in[40] == 0);
    irq_disable(36);

    memset(in, 0, sizeof in);
    DMA1->CH[3].CPAR = DMA1->CH[4].CPAR = (uint32_t)&SPI2->DR;
    DMA1->CH[3].CMAR = (uint32_t)in;
    DMA1->CH[4].CMAR = (uint32_t)out;
    DMA1->CH[3].CNDTR = DMA1->CH[4].CNDTR = 50;
    DMA1->CH[3].CCR = BIT(7) | BIT(0);
    SPI2->CR2 = BIT(0);
    DMA1->CH[4].CCR = BIT(7) | BIT(4) | BIT(0);
    SPI2->CR2 = BIT(0) | BIT(1);
    int done = wait_until(DMA1->ISR & BIT(13), 20) && wait_until(!(SPI2->SR & SR_BSY), 5);
    report("DMA", done && (DMA1->ISR & BIT(17)) && !memcmp(in, out, 50) && in[50] == 0);
    SPI2->CR2 = 0;
    DMA1->CH[3].CCR = DMA1->CH[4].CCR = 0;

    /* Two bytes and their CRC. */
    SPI2->CR1 = 0;
    SPI2->CRCPR = 7;
    SPI2->CR1 = CR1_MASTER | (6 << 3) | BIT(13);
    SPI2->CR1 |= CR1_SPE;
    SPI2->DR = 0x31;
    wait_until(SPI2->SR & SR_RXNE, 5);
    (void)SPI2->DR;
    SPI2->DR = 0x32;
    SPI2->CR1 |= BIT(12);
    wait_until(SPI2->SR & SR_RXNE, 5);
    (void)SPI2->DR;
    int crc = wait_until(SPI2->SR & SR_RXNE, 5);
    report("CRC", crc && SPI2->DR == SPI2->TXCRCR && SPI2->RXCRCR == SPI2->TXCRCR && !(SPI2->SR & BIT(4)));
}

int main(void) {
    RCC->APB2ENR |= BIT(12);
    RCC->APB1ENR |= BIT(14);
    flash_part();
    loop();
    return 0;
}
