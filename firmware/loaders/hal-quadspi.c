#include "hal-quadspi.h"
#include "byte-sums.h"

#define DEFAULT_TICKS 50000u
/** Half of the FIFO: bytes that go into it when it has room for as many. */
#define FIFO_THRESHOLD 16u

static uint32_t tick;

uint32_t HAL_GetTick(void) {
    return tick++;
}

static int QSPI_WaitFlagStateUntilTimeout(uint32_t flag, uint32_t state, uint32_t start, uint32_t ticks) {
    while ((QUADSPI->SR & flag) != state) {
        if (HAL_GetTick() - start > ticks || (QUADSPI->SR & QUADSPI_SR_TEF)) {
            return FAILED;
        }
    }
    return DONE;
}

static int wait_flag(uint32_t flag) {
    return QSPI_WaitFlagStateUntilTimeout(flag, flag, HAL_GetTick(), DEFAULT_TICKS);
}

static int wait_idle(void) {
    return QSPI_WaitFlagStateUntilTimeout(QUADSPI_SR_BUSY, 0, HAL_GetTick(), DEFAULT_TICKS);
}

static void pin_alternate(gpio_registers *port, uint32_t pin, uint32_t function, uint32_t pull) {
    uint32_t two = pin * 2;
    uint32_t four = pin % 8 * 4;
    port->AFR[pin / 8] = (port->AFR[pin / 8] & ~(15u << four)) | function << four;
    port->OSPEEDR |= GPIO_OSPEEDR_VERY_HIGH << two;
    port->PUPDR = (port->PUPDR & ~(3u << two)) | pull << two;
    port->MODER = (port->MODER & ~(3u << two)) | GPIO_MODER_ALTERNATE << two;
}

static void QSPI_MspInit(void) {
    RCC_AHB3ENR |= RCC_AHB3_QSPI;
    RCC_AHB3RSTR |= RCC_AHB3_QSPI;
    RCC_AHB3RSTR &= ~RCC_AHB3_QSPI;
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOBEN | RCC_AHB1ENR_GPIOFEN;
    /* NCS. */
    pin_alternate(GPIOB, 6, 10, GPIO_PUPDR_UP);
    /* IO3, IO2, IO0, IO1, CLK. */
    pin_alternate(GPIOF, 6, 9, GPIO_PUPDR_NONE);
    pin_alternate(GPIOF, 7, 9, GPIO_PUPDR_NONE);
    pin_alternate(GPIOF, 8, 10, GPIO_PUPDR_NONE);
    pin_alternate(GPIOF, 9, 10, GPIO_PUPDR_NONE);
    pin_alternate(GPIOF, 10, 9, GPIO_PUPDR_NONE);
}

int QSPI_Init(uint32_t address_bits) {
    QSPI_MspInit();
    if (wait_idle() != DONE) {
        return FAILED;
    }
    /* 84 MHz of 168 MHz, or 90 of 180; the pins do 90 MHz, the part more. Chip select stays high for 71 ns, of 50 ns. */
    QUADSPI->CR = QUADSPI_CR_PRESCALER(2u) | QUADSPI_CR_SSHIFT | QUADSPI_CR_FTHRES(FIFO_THRESHOLD);
    QUADSPI->DCR = QUADSPI_DCR_FSIZE(address_bits) | QUADSPI_DCR_CSHT(6u);
    QUADSPI->CR |= QUADSPI_CR_EN;
    return DONE;
}

/** Writes the command's registers; the last write starts it (RM0386 14.3.5). */
static int start(const struct qspi_command *command, uint32_t mode) {
    if (wait_idle() != DONE) {
        return FAILED;
    }
    QUADSPI->FCR = QUADSPI_FCR_ALL;
    if (command->length != 0) {
        QUADSPI->DLR = command->length - 1;
    }
    QUADSPI->CCR = command->ccr | mode;
    if (command->ccr & QUADSPI_CCR_ADDRESS_1_LINE) {
        QUADSPI->AR = command->address;
    }
    return DONE;
}

static int end(void) {
    if (wait_flag(QUADSPI_SR_TCF) != DONE) {
        return FAILED;
    }
    QUADSPI->FCR = QUADSPI_FCR_ALL;
    return wait_idle();
}

int QSPI_Transmit(const struct qspi_command *command, const uint8_t *data) {
    if (start(command, QUADSPI_CCR_INDIRECT_WRITE) != DONE) {
        return FAILED;
    }
    uint32_t done = 0;
    for (; command->length - done >= FIFO_THRESHOLD; done += FIFO_THRESHOLD) {
        if (wait_flag(QUADSPI_SR_FTF) != DONE) {
            return FAILED;
        }
        for (uint32_t i = 0; i < FIFO_THRESHOLD; i += 4) {
            QUADSPI->DR = word_in(&data[done + i]);
        }
    }
    for (; done < command->length; done++) {
        if (wait_flag(QUADSPI_SR_FTF) != DONE) {
            return FAILED;
        }
        *(volatile uint8_t *)&QUADSPI->DR = data[done];
    }
    return end();
}

int QSPI_Receive(const struct qspi_command *command, uint8_t *data) {
    if (start(command, QUADSPI_CCR_INDIRECT_READ) != DONE) {
        return FAILED;
    }
    for (uint32_t i = 0; i < command->length; i++) {
        if (wait_flag(QUADSPI_SR_FTF) != DONE) {
            return FAILED;
        }
        data[i] = *(volatile uint8_t *)&QUADSPI->DR;
    }
    return end();
}

int QSPI_AutoPolling(const struct qspi_command *command, uint32_t mask, uint32_t match, uint32_t ticks) {
    if (wait_idle() != DONE) {
        return FAILED;
    }
    QUADSPI->PSMKR = mask;
    QUADSPI->PSMAR = match;
    QUADSPI->PIR = 16;
    QUADSPI->CR |= QUADSPI_CR_APMS;
    if (start(command, QUADSPI_CCR_AUTO_POLLING) != DONE) {
        return FAILED;
    }
    if (QSPI_WaitFlagStateUntilTimeout(QUADSPI_SR_SMF, QUADSPI_SR_SMF, HAL_GetTick(), ticks) != DONE) {
        QSPI_Abort();
        return FAILED;
    }
    QUADSPI->FCR = QUADSPI_FCR_ALL;
    return wait_idle();
}

int QSPI_MemoryMapped(uint32_t ccr) {
    if (wait_idle() != DONE) {
        return FAILED;
    }
    QUADSPI->FCR = QUADSPI_FCR_ALL;
    QUADSPI->CCR = ccr | QUADSPI_CCR_MEMORY_MAPPED;
    return DONE;
}

int QSPI_Abort(void) {
    if ((QUADSPI->SR & QUADSPI_SR_BUSY) == 0) {
        return DONE;
    }
    QUADSPI->CR |= QUADSPI_CR_ABORT;
    return wait_idle();
}
