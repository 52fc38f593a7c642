/* Erases and programs its own flash, from flash: the core stalls while the array is busy. */
#include "chip.h"
#define PAGE 0x0800F000u
volatile uint32_t done;
void FLASH_IRQHandler(void) {
    done++;
    FLASH_SR = 0x20;
}
static int wait(void) {
    while (FLASH_SR & 1) {
    }
    int status = FLASH_SR & 0x34;
    FLASH_SR = 0x34;
    return status;
}
int main(void) {
    console(8000000);
    FLASH_KEYR = 0x45670123;
    FLASH_KEYR = 0xCDEF89AB;
    say_hex("locked", FLASH_CR & 0x80);
    FLASH_CR = 2;
    FLASH_AR = PAGE;
    FLASH_CR = 0x42;
    say_hex("erase", wait());
    FLASH_CR = 1;
    for (uint32_t i = 0; i < 512; i++) {
        HALF(PAGE + 2 * i) = (uint16_t)(i * 0x0101);
        int status = wait();
        if (status != 0x20) say_hex("program", status);
    }
    uint32_t bad = 0;
    for (uint32_t i = 0; i < 512; i++) bad += HALF(PAGE + 2 * i) != (uint16_t)(i * 0x0101);
    say_hex("bad", bad);
    HALF(PAGE + 2) = 0x1234;
    say_hex("again", wait());
    HALF(PAGE + 2) = 0;
    say_hex("zero", wait());
    FLASH_CR = 2 | (1u << 12);
    NVIC_ISER(0) = 1u << 4;
    FLASH_AR = PAGE;
    FLASH_CR = 0x42 | (1u << 12);
    while (done == 0) {
    }
    say_hex("interrupts", done);
    say_hex("erased", REG(PAGE));
    FLASH_CR = 0x80;
    say_hex("locked", FLASH_CR & 0x80);
    for (;;) {
    }
}
