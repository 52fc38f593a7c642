/* What the programs of this folder share: the start-up of a vendor's project (clock set-up before data, constructors
   before main), a console on USART1, and time-outs in milliseconds. Registers come from the peripheral programs. */
#ifndef CORE_H
#define CORE_H
#include "../peripherals/mcu.h"

typedef struct { reg ACR, KEYR, OPTKEYR, SR, CR, AR, reserved, OBR, WRPR; } flash_t;
typedef struct { reg CR, CSR; } pwr_t;
typedef struct { reg reserved, DR[10], RTCCR, CR, CSR; } bkp_t;
typedef struct { reg CRH, CRL, PRLH, PRLL, DIVH, DIVL, CNTH, CNTL, ALRH, ALRL; } rtc_t;
typedef struct { reg IMR, EMR, RTSR, FTSR, SWIER, PR; } exti_t;
typedef struct { reg KR, PR, RLR, SR; } iwdg_t;
typedef struct { reg CR, CFR, SR; } wwdg_t;
typedef struct { reg DR, IDR, CR; } crc_t;

#define FLASH ((flash_t *)0x40022000u)
#define PWR ((pwr_t *)0x40007000u)
#define BKP ((bkp_t *)0x40006C00u)
#define RTC ((rtc_t *)0x40002800u)
#define EXTI ((exti_t *)0x40010400u)
#define IWDG ((iwdg_t *)0x40003000u)
#define WWDG ((wwdg_t *)0x40002C00u)
#define CRC ((crc_t *)0x40023000u)
#define GPIOC ((gpio_t *)0x40011000u)
#define WORD(address) (*(reg *)(address))
#define HALF(address) (*(volatile uint16_t *)(address))
#define BYTE(address) (*(volatile uint8_t *)(address))
#define SCB_VTOR WORD(0xE000ED08u)
#define SCB_AIRCR WORD(0xE000ED0Cu)
#define SCB_SCR WORD(0xE000ED10u)
#define SHPR(exception) BYTE(0xE000ED14u + (exception))
#define DEMCR WORD(0xE000EDFCu)
#define DWT_CTRL WORD(0xE0001000u)
#define DWT_CYCCNT WORD(0xE0001004u)

#define IN_RAM __attribute__((section(".ramfunc"), noinline, long_call))
#define KEPT __attribute__((section(".noinit")))

/* Runs before .data and .bss are set up, as vendors' start-up files have it. */
void SystemInit(void);
/* 72 MHz from HSE, or 64 MHz from HSI when the crystal does not answer; returns HCLK. Takes the tick along. */
uint32_t clock_full_speed(void);
void tick_start(uint32_t hclk);
void console_start(uint32_t pclk2);
/* Prints `name` and a hexadecimal value. */
void print_hex(const char *name, uint32_t value);
/* Waits until everything printed has left the pin. */
void console_flush(void);
void system_reset(void) __attribute__((noreturn));
/* Milliseconds as a core counts them; a program's own SysTick handler calls it. */
void tick(void);
/* Microseconds from the tick and what SysTick has counted of the present millisecond. */
uint32_t micros(void);
#endif
