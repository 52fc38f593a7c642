/*
 * The memories of the STM3210E-EVAL: SRAM in every width and as a place for code, NOR by the AMD commands (status by
 * DQ6), NAND by status register, by the R/B pin, and by waiting.
 */
#include "chip.h"

#define FSMC 0xA0000000u
#define BCR(n) REG(FSMC + 8u * ((n)-1u))
#define BTR(n) REG(FSMC + 8u * ((n)-1u) + 4u)
#define PCR2 REG(FSMC + 0x60)
#define SR2 REG(FSMC + 0x64)
#define PMEM2 REG(FSMC + 0x68)
#define PATT2 REG(FSMC + 0x6C)
#define ECCR2 REG(FSMC + 0x74)
#define NOR 0x64000000u
#define SRAM 0x68000000u
#define NAND 0x70000000u
#define NAND_DATA (*(volatile uint8_t *)NAND)
#define NAND_COMMAND (*(volatile uint8_t *)(NAND + 0x10000u))
#define NAND_ADDRESS (*(volatile uint8_t *)(NAND + 0x20000u))
#define PD6 (REG(0x40011408u) & (1u << 6))

static void alternate(uint32_t port, uint32_t pins) {
    for (int pin = 0; pin < 16; pin++) {
        if (pins & (1u << pin)) {
            uint32_t control = port + (pin < 8 ? 0 : 4);
            REG(control) = (REG(control) & ~(15u << (pin % 8 * 4))) | (0xBu << (pin % 8 * 4));
        }
    }
}

static void bus_init(void) {
    RCC_APB2ENR |= 0x1E0;
    REG(RCC + 0x14) |= 1u << 8;
    alternate(0x40011400u, 0xFFB3);
    alternate(0x40011800u, 0xFFFB);
    alternate(0x40011C00u, 0xF03F);
    alternate(0x40012000u, 0x063F);
    BTR(2) = (5u << 8) | 2u;
    BCR(2) = 0x1059;
    BTR(3) = (3u << 8);
    BCR(3) = 0x1011;
    PMEM2 = PATT2 = 0x01020301;
    PCR2 = 0x0002000E & ~2u;
}

static void sram(void) {
    REG(SRAM) = 0x12345678;
    HALF(SRAM + 6) = 0xABCD;
    *(volatile uint8_t *)(SRAM + 5) = 0x5A;
    say_hex("sram", REG(SRAM));
    say_hex("sram", REG(SRAM + 4) & 0xFFFFFF00u);
    /* movs r0, #42; bx lr */
    REG(SRAM + 0x100) = 0x4770202Au;
    __asm volatile("dsb\n isb" ::: "memory");
    say_hex("code", ((uint32_t(*)(void))(SRAM + 0x101))());
}

static void nor_command(uint32_t command) {
    HALF(NOR + 0xAAA) = 0xAA;
    HALF(NOR + 0x554) = 0x55;
    HALF(NOR + 0xAAA) = command;
}

/** Polls until DQ6 stands still. */
static uint32_t nor_wait(uint32_t address) {
    uint32_t polls = 0;
    while ((HALF(address) ^ HALF(address)) & 0x40) polls++;
    return polls;
}

static void nor(void) {
    nor_command(0x90);
    say_hex("nor", (uint32_t)HALF(NOR) << 16 | HALF(NOR + 2));
    say_hex("nor", (uint32_t)HALF(NOR + 0x1C) << 16 | HALF(NOR + 0x1E));
    HALF(NOR) = 0xF0;
    nor_command(0x80);
    HALF(NOR + 0xAAA) = 0xAA;
    HALF(NOR + 0x554) = 0x55;
    HALF(NOR + 0x20000) = 0x30;
    nor_wait(NOR + 0x20000);
    say_hex("erased", REG(NOR + 0x20000));
    for (uint32_t i = 0; i < 4; i++) {
        nor_command(0xA0);
        HALF(NOR + 0x20000 + 2 * i) = 0x1111 * (i + 1);
        nor_wait(NOR + 0x20000);
    }
    say_hex("nor", REG(NOR + 0x20000));
    say_hex("nor", REG(NOR + 0x20004));
}

static void nand_row(uint32_t row) {
    NAND_ADDRESS = row;
    NAND_ADDRESS = row >> 8;
    NAND_ADDRESS = row >> 16;
}

static uint32_t nand_status(void) {
    uint32_t status;
    NAND_COMMAND = 0x70;
    do {
        status = NAND_DATA;
    } while (!(status & 0x40));
    return status;
}

static void nand_program(uint32_t row, uint32_t seed) {
    NAND_COMMAND = 0x00;
    NAND_COMMAND = 0x80;
    NAND_ADDRESS = 0;
    nand_row(row);
    for (uint32_t i = 0; i < 512; i++) NAND_DATA = (uint8_t)(seed + i * i + (i >> 3));
    NAND_COMMAND = 0x10;
}

static uint32_t nand_errors(uint32_t row, uint32_t seed) {
    uint32_t errors = 0;
    NAND_COMMAND = 0x00;
    NAND_ADDRESS = 0;
    nand_row(row);
    while (!PD6) {
    }
    PCR2 |= 1u << 6;
    for (uint32_t i = 0; i < 512; i++) errors += NAND_DATA != (uint8_t)(seed + i * i + (i >> 3));
    say_hex("ecc", ECCR2);
    PCR2 &= ~(1u << 6);
    return errors;
}

static uint32_t nand_erase(uint32_t row) {
    NAND_COMMAND = 0x60;
    nand_row(row);
    NAND_COMMAND = 0xD0;
    return nand_status();
}

static void nand(void) {
    NAND_COMMAND = 0xFF;
    while (!PD6) {
    }
    NAND_COMMAND = 0x90;
    NAND_ADDRESS = 0;
    uint32_t id = NAND_DATA << 8;
    say_hex("nand", id | NAND_DATA);
    say_hex("erase", nand_erase(5 * 32));
    nand_program(5 * 32 + 3, 9);
    say_hex("program", nand_status());
    say_hex("errors", nand_errors(5 * 32 + 3, 9));
    say_hex("bad block", nand_erase(37 * 32));
    /* No polling at all: the wait input holds the read until the page is there. */
    PCR2 |= 2;
    nand_program(5 * 32 + 4, 77);
    say_hex("errors", nand_errors(5 * 32 + 4, 77));
}

int main(void) {
    clock_72mhz();
    console(72000000);
    bus_init();
    sram();
    nor();
    nand();
    say("end\n");
    return 0;
}
