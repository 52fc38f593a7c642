/* A 24C02 on I2C1 (PB6, PB7): one byte read, four written as a page, polled until ready, and read back. */
#include "chip.h"
#define I2C 0x40005400u
#define CR1 REG(I2C + 0x00)
#define DR REG(I2C + 0x10)
#define SR1 REG(I2C + 0x14)
#define SR2 REG(I2C + 0x18)
enum { SB = 1, ADDR = 2, BTF = 4, RXNE = 0x40, TXE = 0x80, AF = 0x400, START = 0x100, STOP = 0x200, ACK = 0x400 };

/** START and device address; 1 when it was acknowledged. */
static int begin(uint8_t address) {
    CR1 |= START;
    while (!(SR1 & SB)) {
    }
    DR = address;
    while (!(SR1 & (ADDR | AF))) {
    }
    if (SR1 & AF) {
        SR1 = ~AF & 0xFFFF;
        CR1 |= STOP;
        return 0;
    }
    return 1;
}
static void send(uint8_t byte) {
    while (!(SR1 & TXE)) {
    }
    DR = byte;
}
static void point(uint8_t address) {
    while (!begin(0xA0)) {
    }
    (void)SR2;
    send(address);
    while (!(SR1 & BTF)) {
    }
}
static uint8_t read_byte(uint8_t address) {
    point(address);
    begin(0xA1);
    CR1 &= ~ACK;
    (void)SR2;
    CR1 |= STOP;
    while (!(SR1 & RXNE)) {
    }
    return (uint8_t)DR;
}
int main(void) {
    console(8000000);
    RCC_APB2ENR |= 1u << 3;
    RCC_APB1ENR |= 1u << 21;
    REG(0x40010C00u) = 0xFF444444;
    REG(I2C + 0x04) = 8;
    REG(I2C + 0x1C) = 40;
    REG(I2C + 0x20) = 9;
    CR1 = 1;
    say_hex("first", read_byte(1));
    point(0x10);
    send(0xDE);
    send(0xAD);
    send(0xBE);
    send(0xEF);
    while (!(SR1 & BTF)) {
    }
    CR1 |= STOP;
    uint32_t word = 0;
    for (uint8_t i = 0; i < 4; i++) word = (word << 8) | read_byte(0x10 + i);
    say_hex("read", word);
    for (;;) {
    }
}
