/* A QUADSPI driver in the manner of ST's HAL: time-outs in ticks, loops that wait for flags. */
#ifndef HAL_QUADSPI_H
#define HAL_QUADSPI_H

#include "stm32f469.h"

/** A command: what of CCR it needs apart from the mode, and what goes with it. */
struct qspi_command {
    /** Instruction and its lines. */
    uint32_t ccr;
    uint32_t address;
    /** Bytes of data; 0 for none. */
    uint32_t length;
};

/** A loader has no tick interrupt: a tick here is one look at the counter. */
uint32_t HAL_GetTick(void);

/** Pins, clock and controller for a memory with `address_bits` of addresses. */
int QSPI_Init(uint32_t address_bits);
/** A command without data, or with `length` bytes that are sent from `data`. */
int QSPI_Transmit(const struct qspi_command *command, const uint8_t *data);
int QSPI_Receive(const struct qspi_command *command, uint8_t *data);
/** Lets the controller read a status byte again and again until the masked bits match. */
int QSPI_AutoPolling(const struct qspi_command *command, uint32_t mask, uint32_t match, uint32_t ticks);
/** Maps the memory to 0x90000000; each read becomes `ccr`. */
int QSPI_MemoryMapped(uint32_t ccr);
/** Ends what is going on, mapped mode too. */
int QSPI_Abort(void);

#endif
