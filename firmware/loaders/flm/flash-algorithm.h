/*
 * A CMSIS-Pack flash algorithm: position-independent functions that a debugger calls in RAM, and the description of the flash.
 * The layout of the description and the calls are fixed by CMSIS-Pack ("Flash Programming").
 */
#ifndef FLASH_ALGORITHM_H
#define FLASH_ALGORITHM_H

#include <stdint.h>

#define BIT(n) (1u << (n))

/** What the functions return. */
enum { OK, ERROR };

/** DevType. */
enum { DEVICE_UNKNOWN, DEVICE_ON_CHIP };

#define VERSION_1_1 0x0101u
#define FLASH_SECTORS 512
#define END_OF_SECTORS {0xFFFFFFFFu, 0xFFFFFFFFu}

struct flash_device {
    uint16_t version;
    char name[128];
    uint16_t type;
    uint32_t start;
    uint32_t size;
    uint32_t page_size;
    uint32_t reserved;
    uint8_t erased_value;
    /** Milliseconds. */
    uint32_t program_timeout;
    uint32_t erase_timeout;
    /** From which offset on sectors have which size. */
    struct {
        uint32_t size;
        uint32_t offset;
    } sectors[FLASH_SECTORS];
};

_Static_assert(sizeof(struct flash_device) == 160 + 8 * FLASH_SECTORS, "the debugger reads it so");

#define CALLED_BY_HOST __attribute__((used, noinline, section(".text.host")))
#define FLASH_DEVICE __attribute__((used, section(".flash_device")))

extern const struct flash_device FlashDevice;

/* What Init and UnInit are called for. */
enum function { FUNCTION_ERASE = 1, FUNCTION_PROGRAM, FUNCTION_VERIFY };

/** `clock` is the frequency of the processor in Hz as far as the debugger knows it. */
int Init(uint32_t address, uint32_t clock, uint32_t function);
int UnInit(uint32_t function);
int EraseChip(void);
int EraseSector(uint32_t address);
int ProgramPage(uint32_t address, uint32_t size, const uint8_t *buffer);
/** OK when every byte has the value. */
int BlankCheck(uint32_t address, uint32_t size, uint8_t value);
/** The address after the last one, or the first that differs. */
uint32_t Verify(uint32_t address, uint32_t size, const uint8_t *buffer);

/*
 * R9 is the static base: the debugger puts the address there where it has put PrgData. GCC knows no such model for code without
 * a loader (its own needs a table of relocated addresses), so that every use of a variable names it: OWN(variable).
 */
register uint8_t *static_base_register __asm__("r9");
/* Hidden: else GCC would look it up in a table of addresses. */
extern uint8_t static_base[] __attribute__((visibility("hidden")));
#define OWN(variable) \
    (*(__typeof__(variable) *)(static_base_register + ((uintptr_t)&(variable) - (uintptr_t)static_base)))

#endif
