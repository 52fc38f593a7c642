/* The habits of a libmaple core: clocks and blocks switched and reset one by one through bit-band, every timer set
   up for PWM, the USB line pulled down, a USART by ring buffers and interrupts, delays in counted loops, tones from a
   compare interrupt, pulses measured by polling, an I2C engine that lives in its interrupts, and I2C by hand. */
#include "core.h"

#define bit_set(address, bit) (BITBAND(address, bit) = 1)
#define bit_clear(address, bit) (BITBAND(address, bit) = 0)

static void enable_and_reset(reg *enable, reg *reset, unsigned bit) {
    bit_set(enable, bit);
    bit_set(reset, bit);
    bit_clear(reset, bit);
}

static void delay_us(uint32_t us) {
    us *= 12;
    us--;
    __asm volatile("mov r0, %0\n"
                   "1: subs r0, #1\n"
                   "bhi 1b\n"
                   :
                   : "r"(us)
                   : "r0", "cc");
}

/* --- USART1 by interrupts --- */
#define RING 64
static volatile uint8_t tx[RING], rx[RING];
static volatile unsigned tx_head, tx_tail, rx_head, rx_tail;
static volatile int by_interrupt;

void USART1_IRQHandler(void) {
    if (USART1->SR & BIT(5)) {
        if (USART1->SR & 0xF) {
            (void)USART1->DR;
        } else {
            rx[rx_head % RING] = (uint8_t)USART1->DR;
            rx_head = rx_head + 1;
        }
    }
    if ((USART1->CR1 & BIT(7)) && (USART1->SR & BIT(7))) {
        if (tx_head != tx_tail) {
            USART1->DR = tx[tx_tail % RING];
            tx_tail = tx_tail + 1;
        } else {
            USART1->CR1 &= ~BIT(7);
        }
    }
}

static void serial_write(uint8_t byte) {
    if (tx_head == tx_tail && (USART1->SR & BIT(7))) {
        USART1->DR = byte;
        return;
    }
    while (tx_head - tx_tail >= RING) {
    }
    tx[tx_head % RING] = byte;
    tx_head = tx_head + 1;
    USART1->CR1 |= BIT(7);
}

static void serial_flush(void) {
    while (tx_head != tx_tail) {
    }
    while (!(USART1->SR & BIT(6))) {
    }
}

static void serial_begin(void) {
    RCC->APB2ENR |= BIT(14);
    irq_enable(37);
    uint32_t whole = 25 * (72000000 / 4) / 115200;
    uint32_t value = whole / 100 << 4;
    value |= ((whole - 100 * (value >> 4)) * 16 + 50) / 100 & 15;
    USART1->BRR = (uint16_t)value;
    USART1->CR1 |= BIT(3) | BIT(2) | BIT(5);
    USART1->CR1 |= BIT(13);
}

/* --- start --- */
static tim_t *const timers[] = {TIM1, TIM2, TIM3, TIM4};

static void timers_default(void) {
    for (unsigned i = 0; i < 4; i++) {
        if (i == 0) enable_and_reset(&RCC->APB2ENR, &RCC->APB2RSTR, 11);
        else enable_and_reset(&RCC->APB1ENR, &RCC->APB1RSTR, i - 1);
        tim_t *t = timers[i];
        bit_clear(&t->CR1, 0);
        t->CR1 = BIT(7);
        t->PSC = 1;
        t->SR = 0;
        t->DIER = 0;
        t->EGR = 1;
        if (i == 0) t->BDTR = BIT(15);
        t->ARR = 0xFFFF;
        for (unsigned c = 0; c < 4; c++) {
            (&t->CCR1)[c] = 0x8FFF;
            reg *mode = c < 2 ? &t->CCMR1 : &t->CCMR2;
            uint32_t shift = 8 * (c & 1);
            *mode = (*mode & ~(0xFFu << shift)) | (0x68u << shift);
        }
        t->EGR = 1;
        bit_set(&t->CR1, 0);
    }
}

static void adc_default(void) {
    RCC->CFGR = (RCC->CFGR & ~(3u << 14)) | (2u << 14);
    for (unsigned i = 0; i < 2; i++) {
        adc_t *adc = i ? ADC2 : ADC1;
        enable_and_reset(&RCC->APB2ENR, &RCC->APB2RSTR, 9 + i);
        adc->CR2 = (adc->CR2 & ~(7u << 17)) | (7u << 17) | BIT(20);
        bit_set(&adc->CR2, 0);
        delay_us(10);
        bit_set(&adc->CR2, 3);
        while (BITBAND(&adc->CR2, 3)) {
        }
        bit_set(&adc->CR2, 2);
        while (BITBAND(&adc->CR2, 2)) {
        }
        adc->SMPR1 = 05555555;
        adc->SMPR2 = 05555555555;
    }
}

static unsigned adc_read(adc_t *adc, unsigned channel) {
    adc->SQR1 &= ~(15u << 20);
    adc->SQR3 = channel;
    adc->CR2 |= BIT(22);
    while (!(adc->SR & 2)) {
    }
    return adc->DR & 0xFFFF;
}

/* --- I2C1 engine in interrupts --- */
typedef struct {
    uint8_t address, read;
    uint16_t length, done;
    uint8_t *data;
} message_t;
static message_t *message;
static volatile unsigned messages_left;
static volatile enum { IDLE, BUSY, DONE, FAILED } bus;
static volatile uint32_t bus_errors;

void I2C1_EV_IRQHandler(void) {
    uint32_t cr1 = I2C1->CR1;
    uint32_t sr1 = I2C1->SR1;
    if (!message) return;
    unsigned left = message->length;
    int over = 0;
    if (message->read) {
        if (sr1 & BIT(0)) {
            I2C1->DR = message->address << 1 | 1;
        } else if (sr1 & BIT(1)) {
            if (left <= 1) {
                I2C1->CR1 = cr1 &= ~BIT(10);
                (void)I2C1->SR2;
                I2C1->CR1 = cr1 |= BIT(9);
            } else if (left == 2) {
                I2C1->CR1 = cr1 &= ~BIT(10);
                I2C1->CR1 = cr1 |= BIT(11);
                (void)I2C1->SR2;
            } else {
                I2C1->CR1 = cr1 |= BIT(10);
                (void)I2C1->SR2;
            }
            if (left) I2C1->CR2 |= BIT(10);
            else over = 1;
        } else if ((sr1 & BIT(6)) && !(sr1 & BIT(2))) {
            if (left > 3 || left == 1) {
                message->data[message->done++] = (uint8_t)I2C1->DR;
                message->length--;
            } else {
                I2C1->CR2 &= ~BIT(10);
            }
            over = left <= 1;
        } else if (sr1 & BIT(2)) {
            if (left == 3) I2C1->CR1 = cr1 &= ~BIT(10);
            else if (left == 2) I2C1->CR1 = cr1 |= BIT(9);
            message->data[message->done++] = (uint8_t)I2C1->DR;
            message->length--;
            if (left == 2) {
                message->data[message->done++] = (uint8_t)I2C1->DR;
                message->length--;
                over = 1;
            }
        }
    } else if (sr1 & BIT(0)) {
        if (left) I2C1->CR2 |= BIT(10);
        I2C1->DR = message->address << 1;
    } else {
        if (sr1 & BIT(1)) (void)I2C1->SR2;
        int empty = (sr1 & BIT(7)) != 0, finished = (sr1 & BIT(2)) || !left;
        if (empty || finished) {
            if (left) {
                I2C1->DR = message->data[message->done++];
                message->length = (uint16_t)--left;
                if (empty && !left) I2C1->CR2 &= ~BIT(10);
            } else if (finished) {
                if (messages_left == 1) I2C1->CR1 = cr1 |= BIT(9);
                over = 1;
            }
        }
    }
    if (!over) return;
    messages_left = messages_left - 1;
    if (messages_left) {
        I2C1->CR2 &= ~BIT(10);
        message++;
        I2C1->CR1 = message->read ? 0x501 : 0x101;
    } else {
        message = 0;
        bus = DONE;
    }
}

void I2C1_ER_IRQHandler(void) {
    bus_errors = I2C1->SR1;
    (void)I2C1->SR2;
    I2C1->SR1 = 0;
    I2C1->SR2 = 0;
    bus = FAILED;
}

static void i2c_pins(uint32_t mode) {
    pin_mode(GPIOB, 6, mode);
    pin_mode(GPIOB, 7, mode);
}

static int until(reg *word, uint32_t mask, int set) {
    uint32_t start = millis();
    while (((*word & mask) != 0) != set)
        if (millis() - start > 5) return 0;
    return 1;
}

/* The bus is freed by hand, as after an error. */
static int i2c_free_bus(void) {
    GPIOB->BSRR = BIT(6) | BIT(7);
    i2c_pins(0x7);
    I2C1->CR1 |= BIT(15);
    int fine = until(&GPIOB->IDR, BIT(6), 1) && until(&GPIOB->IDR, BIT(7), 1);
    GPIOB->BRR = BIT(7);
    delay_us(10);
    fine = fine && until(&GPIOB->IDR, BIT(7), 0);
    GPIOB->BRR = BIT(6);
    delay_us(10);
    GPIOB->BSRR = BIT(6);
    delay_us(10);
    GPIOB->BSRR = BIT(7);
    I2C1->CR1 = 0;
    return fine;
}

static int i2c_begin(int free_bus) {
    enable_and_reset(&RCC->APB1ENR, &RCC->APB1RSTR, 21);
    I2C1->CR1 &= ~1u;
    int fine = !free_bus || i2c_free_bus();
    i2c_pins(PIN_AF_OD);
    I2C1->CR2 = (I2C1->CR2 & ~63u) | 36;
    I2C1->CCR = 180;
    I2C1->TRISE = 37;
    irq_enable(31);
    irq_enable(32);
    I2C1->CR1 |= 1;
    return fine;
}

static int i2c_transfer(message_t *messages, unsigned count) {
    uint32_t patience = 72000;
    do {
        if (!patience--) return -2;
    } while (I2C1->SR2 & BIT(1));
    message = messages;
    messages_left = count;
    bus = BUSY;
    I2C1->CR1 = 1;
    I2C1->SR1 = 0;
    I2C1->CR2 |= BIT(9) | BIT(8);
    I2C1->CR1 = messages->read ? 0x501 : 0x101;
    uint32_t start = millis();
    while (bus == BUSY)
        if (millis() - start > 50) break;
    I2C1->CR2 &= ~(BIT(8) | BIT(9) | BIT(10));
    return bus == DONE ? 0 : bus == BUSY ? -2 : -1;
}

static void i2c(void) {
    report("I2C begins", i2c_begin(0));
    uint8_t data[40] = {16};
    message_t nobody = {.address = 0x23, .length = 0, .data = data};
    unsigned found = 0, where = 0;
    for (unsigned address = 0x48; address < 0x58; address++) {
        nobody = (message_t){.address = (uint8_t)address, .data = data};
        int result = i2c_transfer(&nobody, 1);
        if (result == 0) {
            found++;
            where = address;
        } else {
            message = 0;
            if (result != -1 || !(bus_errors & BIT(10)) || !i2c_begin(1)) {
                print_number("FAIL address", address);
                return;
            }
        }
    }
    report("I2C scan", found == 1 && where == 0x50);

    for (unsigned i = 0; i < 8; i++) data[1 + i] = (uint8_t)(0xA0 + i);
    message_t write = {.address = 0x50, .length = 9, .data = data};
    report("I2C page write", i2c_transfer(&write, 1) == 0);
    delay(6);
    int fine = 1;
    for (unsigned length = 1; length <= 8; length++) {
        uint8_t start = 16;
        memset(data, 0, sizeof data);
        message_t both[] = {{.address = 0x50, .length = 1, .data = &start},
                            {.address = 0x50, .read = 1, .length = (uint16_t)length, .data = data}};
        if (i2c_transfer(both, 1)) fine = 0;
        both[0] = (message_t){.address = 0x50, .length = 1, .data = &start};
        if (i2c_transfer(&both[1], 1)) fine = 0;
        for (unsigned i = 0; i < length; i++) fine &= data[i] == 0xA0 + i;
        fine &= data[length] == 0;
    }
    report("I2C reads of every length", fine);
}

/* --- I2C by hand on PB8 and PB9, which nothing pulls: nobody answers --- */
static void line(unsigned pin, int high) {
    GPIOB->BSRR = high ? BIT(pin) : BIT(pin + 16);
    delay_us(5);
}

static void soft_i2c(void) {
    RCC->APB2ENR |= BIT(3);
    GPIOB->BSRR = BIT(8) | BIT(9);
    pin_mode(GPIOB, 8, 0x7);
    pin_mode(GPIOB, 9, 0x7);
    int released = until(&GPIOB->IDR, BIT(8), 1) && until(&GPIOB->IDR, BIT(9), 1);
    report("released lines are high", released);
    unsigned answers = 0;
    for (unsigned address = 8; address < 16; address++) {
        line(9, 0);
        line(8, 0);
        for (int bit = 7; bit >= 0; bit--) {
            line(9, address << 1 >> bit & 1);
            line(8, 1);
            line(8, 0);
        }
        line(9, 1);
        line(8, 1);
        if (!(GPIOB->IDR & BIT(9))) answers++;
        line(8, 0);
        line(9, 0);
        line(8, 1);
        line(9, 1);
    }
    report("nobody answers", answers == 0);
}

/* --- tone and pulse --- */
static volatile unsigned tone_calls, tone_next, tone_level;
void TIM3_IRQHandler(void) {
    uint32_t pending = TIM3->DIER & TIM3->SR;
    if (pending & BIT(4)) {
        tone_next += 18000;
        TIM3->CCR4 = (uint16_t)tone_next;
        tone_level = !tone_level;
        GPIOB->BSRR = tone_level ? BIT(1) : BIT(17);
        tone_calls = tone_calls + 1;
    }
    TIM3->SR &= ~pending;
}

static void tone(void) {
    pin_mode(GPIOB, 1, PIN_OUTPUT);
    bit_clear(&TIM3->CR1, 0);
    tone_next = 18000;
    TIM3->CCMR2 = (TIM3->CCMR2 & ~0xFF00u) | (1u << 12);
    bit_set(&TIM3->CCER, 12);
    TIM3->CCR4 = 18000;
    bit_set(&TIM3->DIER, 4);
    irq_enable(29);
    TIM3->EGR = 1;
    bit_set(&TIM3->CR1, 0);
    /* pulseIn of the pin itself: 36 MHz / 18000 is a half wave of 500 us. */
    uint32_t level = GPIOB->IDR & BIT(1), start = micros(), edge;
    while ((GPIOB->IDR & BIT(1)) == level && micros() - start < 5000) {
    }
    edge = micros();
    while ((GPIOB->IDR & BIT(1)) != level && micros() - edge < 5000) {
    }
    uint32_t width = micros() - edge;
    report("tone", width > 490 && width < 510);
    delay(20);
    bit_clear(&TIM3->DIER, 4);
    report("tone goes on", tone_calls >= 40 && tone_calls <= 46);
}

static volatile unsigned edges;
void EXTI9_5_IRQHandler(void) {
    if (EXTI->PR & BIT(5)) {
        EXTI->PR = BIT(5);
        edges = edges + 1;
    }
}

static void attach_interrupt(void) {
    pin_mode(GPIOA, 5, PIN_OUTPUT);
    AFIO->EXTICR[1] = (AFIO->EXTICR[1] & ~(15u << 4)) | (0u << 4);
    bit_set(&EXTI->RTSR, 5);
    bit_set(&EXTI->FTSR, 5);
    bit_set(&EXTI->IMR, 5);
    irq_enable(23);
    for (unsigned i = 0; i < 10; i++) {
        GPIOA->ODR ^= BIT(5);
        delay_us(3);
    }
    report("edges of an own pin", edges == 10);
    bit_clear(&EXTI->IMR, 5);
    GPIOA->ODR ^= BIT(5);
    delay_us(3);
    report("detached", edges == 10);
    EXTI->PR = BIT(5);
}

int main(void) {
    FLASH->ACR |= BIT(4);
    FLASH->ACR = (FLASH->ACR & ~7u) | 2;
    RCC->CR |= 1;
    RCC->CFGR = 0;
    RCC->CR &= ~BIT(19);
    RCC->CR &= ~BIT(24);
    RCC->CR &= ~BIT(16);
    RCC->CIR = 0;
    RCC->CR |= BIT(16);
    while (!(RCC->CR & BIT(17))) {
    }
    RCC->CFGR = (RCC->CFGR & ~(15u << 4)) | 0;
    RCC->CFGR = (RCC->CFGR & ~(7u << 8)) | (4u << 8);
    RCC->CFGR = (RCC->CFGR & ~(7u << 11)) | 0;
    RCC->CFGR = (RCC->CFGR & ~(BIT(16) | (15u << 18))) | BIT(16) | (7u << 18);
    RCC->CR |= BIT(24);
    while (!(RCC->CR & BIT(25))) {
    }
    RCC->CFGR = (RCC->CFGR & ~3u) | 2;
    while ((RCC->CFGR & 0xC) != 8) {
    }
    SCB_VTOR = 0x08000000 & 0x1FFFFF80;
    for (unsigned irq = 0; irq < 43; irq++) NVIC_IPR(irq) = 0xF0;
    SHPR(15) = 0xF0;
    SYSTICK->RVR = 71999;
    SYSTICK->CSR = 7;
    for (unsigned port = 2; port < 5; port++) enable_and_reset(&RCC->APB2ENR, &RCC->APB2RSTR, port);
    adc_default();
    timers_default();
    pin_mode(GPIOA, 12, PIN_OUTPUT);
    GPIOA->BRR = BIT(12);
    for (volatile unsigned i = 0; i < 512; i++) {
    }
    pin_mode(GPIOA, 12, PIN_FLOATING);
    enable_and_reset(&RCC->APB2ENR, &RCC->APB2RSTR, 0);

    pin_mode(GPIOA, 10, PIN_FLOATING);
    pin_mode(GPIOA, 9, PIN_AF);
    serial_begin();
    const char *hello = "PASS a line longer than the buffer: 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789\n";
    uint32_t start = micros();
    for (const char *c = hello; *c; c++) serial_write((uint8_t)*c);
    serial_flush();
    uint32_t spent = micros() - start;
    /* 85 frames of 86.8 us. */
    report("written at the line's pace", spent > 85 * 86 && spent < 86 * 87 + 100);

    start = micros();
    delay_us(500);
    spent = micros() - start;
    report("delay in a counted loop", spent >= 250 && spent <= 600);
    uint32_t before = micros(), backwards = 0;
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t now = micros();
        if ((int32_t)(now - before) < 0 || now - before > 50) backwards++;
        before = now;
    }
    report("micros never jumps", backwards == 0);
    unsigned half = adc_read(ADC1, 0);
    report("analogRead", half > 2030 && half < 2065 && adc_read(ADC2, 0) == half);
    report("timers count", TIM4->CNT != TIM4->CNT || TIM4->CNT != 0);
    pin_mode(GPIOB, 0, PIN_AF);
    bit_set(&TIM3->CCER, 8);
    TIM3->CCR3 = 0x4000;
    delay(2);
    /* Ten periods of 65536 / 36 MHz. */
    unsigned high = 0, total = 0;
    for (start = micros(); micros() - start < 18204; total++) high += GPIOB->IDR & 1;
    report("analogWrite", high > total / 5 && high < total * 3 / 10);
    tone();
    attach_interrupt();
    soft_i2c();
    i2c();
    return 0;
}
