/* Registers of the STM32F103 (RM0008) as the peripheral programs use them, and what every one of them needs: the
   72 MHz clock, a millisecond tick, a console on USART1 that reports PASS or FAIL. */
#ifndef MCU_H
#define MCU_H
#include <stdint.h>

void *memcpy(void *to, const void *from, unsigned length);
void *memset(void *to, int value, unsigned length);
int memcmp(const void *a, const void *b, unsigned length);

typedef volatile uint32_t reg;
#define BIT(n) (1u << (n))

typedef struct { reg CR, CFGR, CIR, APB2RSTR, APB1RSTR, AHBENR, APB2ENR, APB1ENR, BDCR, CSR; } rcc_t;
typedef struct { reg CRL, CRH, IDR, ODR, BSRR, BRR, LCKR; } gpio_t;
typedef struct { reg EVCR, MAPR, EXTICR[4], reserved, MAPR2; } afio_t;
typedef struct { reg SR, DR, BRR, CR1, CR2, CR3, GTPR; } usart_t;
typedef struct { reg CR1, CR2, SR, DR, CRCPR, RXCRCR, TXCRCR; } spi_t;
typedef struct { reg CR1, CR2, OAR1, OAR2, DR, SR1, SR2, CCR, TRISE; } i2c_t;
typedef struct {
    reg CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR, RCR, CCR1, CCR2, CCR3, CCR4, BDTR, DCR, DMAR;
} tim_t;
typedef struct { reg SR, CR1, CR2, SMPR1, SMPR2, JOFR[4], HTR, LTR, SQR1, SQR2, SQR3, JSQR, JDR[4], DR; } adc_t;
typedef struct { reg CCR, CNDTR, CPAR, CMAR, reserved; } dma_channel_t;
typedef struct { reg ISR, IFCR; dma_channel_t CH[7]; } dma_t;
typedef struct { reg TIR, TDTR, TDLR, TDHR; } can_mailbox_t;
typedef struct {
    reg MCR, MSR, TSR, RF0R, RF1R, IER, ESR, BTR, reserved0[88];
    can_mailbox_t TX[3], RX[2];
    reg reserved1[12], FMR, FM1R, reserved2, FS1R, reserved3, FFA1R, reserved4, FA1R, reserved5[8], FR[28];
} can_t;
typedef struct { reg CSR, RVR, CVR, CALIB; } systick_t;

#define RCC ((rcc_t *)0x40021000u)
#define AFIO ((afio_t *)0x40010000u)
#define GPIOA ((gpio_t *)0x40010800u)
#define GPIOB ((gpio_t *)0x40010C00u)
#define USART1 ((usart_t *)0x40013800u)
#define USART2 ((usart_t *)0x40004400u)
#define USART3 ((usart_t *)0x40004800u)
#define SPI1 ((spi_t *)0x40013000u)
#define SPI2 ((spi_t *)0x40003800u)
#define I2C1 ((i2c_t *)0x40005400u)
#define I2C2 ((i2c_t *)0x40005800u)
#define TIM1 ((tim_t *)0x40012C00u)
#define TIM2 ((tim_t *)0x40000000u)
#define TIM3 ((tim_t *)0x40000400u)
#define TIM4 ((tim_t *)0x40000800u)
#define ADC1 ((adc_t *)0x40012400u)
#define ADC2 ((adc_t *)0x40012800u)
#define DMA1 ((dma_t *)0x40020000u)
#define CAN ((can_t *)0x40006400u)
#define SYSTICK ((systick_t *)0xE000E010u)
#define FLASH_ACR (*(reg *)0x40022000u)
#define NVIC_ISER(n) (*(reg *)(0xE000E100u + 4u * (n)))
#define NVIC_ICER(n) (*(reg *)(0xE000E180u + 4u * (n)))
#define NVIC_IPR(irq) (*(volatile uint8_t *)(0xE000E400u + (irq)))
#define SCB_ICSR (*(reg *)0xE000ED04u)
#define SCB_SHPR3 (*(reg *)0xE000ED20u)

/* Bit-band alias of one bit of a peripheral register. */
#define BITBAND(address, bit) (*(reg *)(0x42000000u + ((uint32_t)(address)-0x40000000u) * 32u + (bit) * 4u))

/* Nibbles of CRL and CRH. */
enum { PIN_ANALOG = 0x0, PIN_OUTPUT = 0x3, PIN_FLOATING = 0x4, PIN_PULLED = 0x8, PIN_AF = 0xB, PIN_AF_OD = 0xF };

static inline void pin_mode(gpio_t *port, unsigned pin, uint32_t mode) {
    reg *config = pin < 8 ? &port->CRL : &port->CRH;
    unsigned shift = (pin & 7) * 4;
    *config = (*config & ~(0xFu << shift)) | (mode << shift);
}

static inline void irq_enable(unsigned irq) { NVIC_ISER(irq / 32) = BIT(irq % 32); }
static inline void irq_disable(unsigned irq) { NVIC_ICER(irq / 32) = BIT(irq % 32); }
static inline void disable_irqs(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void enable_irqs(void) { __asm volatile("cpsie i" ::: "memory"); }
static inline void wfi(void) { __asm volatile("wfi" ::: "memory"); }

/* HSE x 9, APB1 at 36 MHz, SysTick each millisecond at the lowest priority, console at 115200 baud. */
void mcu_init(void);
uint32_t millis(void);
void delay(uint32_t milliseconds);
void print(const char *text);
void print_number(const char *name, uint32_t value);
/* Prints PASS or FAIL and the name. */
void report(const char *name, int passed);
/* Repeats `condition` until it holds or `milliseconds` have passed; the value is whether it held. */
#define wait_until(condition, milliseconds)                                \
    ({                                                                     \
        uint32_t start_ = millis();                                        \
        int held_;                                                         \
        while (!(held_ = !!(condition)) && millis() - start_ < (milliseconds)) { \
        }                                                                  \
        held_;                                                             \
    })
#endif
