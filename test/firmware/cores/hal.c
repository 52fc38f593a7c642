/* The way a project of the vendor's configurator starts: reset values checked by the old SystemInit, oscillators one
   after the other with their time-outs in ticks, the switch to the PLL with the wait states read back, backup domain
   and RTC with the crystal that takes seconds, watchdog registers, and resets told apart by their flags. */
#include "core.h"

KEPT static uint32_t boots, boot_key;

void SystemInit(void) {
    RCC->CR |= 1;
    RCC->CFGR &= 0xF8FF0000;
    RCC->CR &= 0xFEF6FFFF;
    RCC->CR &= 0xFFFBFFFF;
    RCC->CFGR &= 0xFF80FFFF;
    RCC->CIR = 0x009F0000;
    SCB_VTOR = 0x08000000;
}

#define within(condition, limit)                                \
    ({                                                          \
        uint32_t from = millis();                               \
        int fine = 1;                                           \
        while (!(condition))                                    \
            if (millis() - from > (limit)) {                    \
                fine = 0;                                       \
                break;                                          \
            }                                                   \
        fine;                                                   \
    })

static void first_start(void) {
    report("power-on flags", (RCC->CSR & 0xFC000000) == 0x0C000000);
    report("reset values", (RCC->CR & 0xFF) == 0x83 && RCC->CFGR == 0 && RCC->AHBENR == 0x14 && RCC->APB1ENR == 0);
    /* Tick at 8 MHz, prefetch, priority group 4. */
    FLASH->ACR |= BIT(4);
    report("prefetch", FLASH->ACR == 0x30);
    SCB_AIRCR = (SCB_AIRCR & ~0xFFFF0700u) | 0x05FA0300;
    report("priority group", SCB_AIRCR == 0xFA050300);

    /* HSE, HSI, LSI, LSE, PLL. */
    RCC->CR |= BIT(16);
    uint32_t start = micros();
    int came = within(RCC->CR & BIT(17), 100);
    uint32_t spent = micros() - start;
    report("HSE within 100 ms", came);
    report("HSE takes about 2 ms", spent > 1500 && spent < 3000);
    RCC->CR = (RCC->CR & ~0xF8u) | (16u << 3);
    BITBAND(&RCC->CSR, 0) = 1;
    report("LSI within 2 ms", within(RCC->CSR & BIT(1), 2));
    RCC->APB1ENR |= BIT(28);
    (void)RCC->APB1ENR;
    RCC->BDCR |= 1;
    report("backup domain locked", !(RCC->BDCR & 1));
    PWR->CR |= BIT(8);
    report("backup domain unlocked within 100 ms", within(PWR->CR & BIT(8), 100));
    RCC->BDCR |= 1;
    start = millis();
    came = within(RCC->BDCR & BIT(1), 5000);
    spent = millis() - start;
    report("LSE within 5 s", came);
    report("LSE takes seconds", spent > 1000 && spent < 4000);
    BITBAND(&RCC->CR, 24) = 0;
    report("PLL off within 2 ms", within(!(RCC->CR & BIT(25)), 2));
    RCC->CFGR = (RCC->CFGR & ~(BIT(16) | BIT(17) | (15u << 18))) | BIT(16) | (7u << 18);
    BITBAND(&RCC->CR, 24) = 1;
    report("PLL within 2 ms", within(RCC->CR & BIT(25), 2));

    FLASH->ACR = (FLASH->ACR & ~7u) | 2;
    report("wait states read back", (FLASH->ACR & 7) == 2);
    RCC->CFGR = (RCC->CFGR & ~(7u << 8)) | (7u << 8);
    RCC->CFGR = (RCC->CFGR & ~(7u << 11)) | (7u << 11);
    RCC->CFGR &= ~(15u << 4);
    RCC->CFGR = (RCC->CFGR & ~3u) | 2;
    report("PLL is the clock within 5 s", within((RCC->CFGR & 0xC) == 8, 5000));
    RCC->CFGR = (RCC->CFGR & ~(7u << 8)) | (4u << 8);
    RCC->CFGR &= ~(7u << 11);
    tick_start(72000000);
    console_start(72000000);
}

static void clock_outputs(void) {
    /* A PLL in use stays on, so does its source. */
    RCC->CR &= ~(BIT(24) | BIT(16));
    report("clock in use stays on", (RCC->CR & (BIT(25) | BIT(24) | BIT(17) | BIT(16))) == 0x03030000);
    /* RTC clock chosen with a backup domain reset in between, contents of BDCR carried over. */
    uint32_t kept = RCC->BDCR & ~(3u << 8);
    BITBAND(&RCC->BDCR, 16) = 1;
    BITBAND(&RCC->BDCR, 16) = 0;
    RCC->BDCR = kept;
    report("LSE again within 5 s", within(RCC->BDCR & BIT(1), 5000));
    RCC->BDCR = (RCC->BDCR & ~(3u << 8)) | (1u << 8);
    BITBAND(&RCC->BDCR, 15) = 1;
    report("RTC clock chosen", (RCC->BDCR & 0x8303) == 0x8103);
}

static void write_rtc(volatile uint32_t *high, volatile uint32_t *low, uint32_t value) {
    (void)within(RTC->CRL & BIT(5), 1000);
    RTC->CRL |= BIT(4);
    *high = value >> 16;
    *low = value & 0xFFFF;
    RTC->CRL &= ~BIT(4);
    (void)within(RTC->CRL & BIT(5), 1000);
}

static uint32_t read_rtc(void) {
    uint32_t high = RTC->CNTH;
    uint32_t low = RTC->CNTL;
    uint32_t again = RTC->CNTH;
    return high == again ? high << 16 | low : again << 16 | RTC->CNTL;
}

static void clock_calendar(void) {
    RCC->APB1ENR |= BIT(27);
    RTC->CRL &= ~BIT(3);
    report("RTC synchronised within 1 s", within(RTC->CRL & BIT(3), 1000));
    report("RTC takes writes within 1 s", within(RTC->CRL & BIT(5), 1000));
    RTC->CRL |= BIT(4);
    RTC->CRL &= ~BIT(0);
    RTC->CRL &= ~BIT(2);
    RTC->CRL &= ~BIT(1);
    BKP->RTCCR &= ~(BIT(8) | BIT(9) | BIT(7));
    RTC->PRLH = 0;
    RTC->PRLL = 0x07FF;
    RTC->CRL &= ~BIT(4);
    report("RTC prescaler written within 1 s", within(RTC->CRL & BIT(5), 1000));
    write_rtc(&RTC->CNTH, &RTC->CNTL, 0x0001FFFE);
    uint32_t start = millis();
    report("RTC counts", read_rtc() == 0x0001FFFE && within(read_rtc() == 0x00020000, 200));
    uint32_t spent = millis() - start;
    report("RTC pace", spent >= 115 && spent <= 130);
    /* Alarm through EXTI line 17, as the HAL has it. */
    write_rtc(&RTC->ALRH, &RTC->ALRL, 0x00020003);
    RTC->CRL &= ~BIT(1);
    RTC->CRH |= BIT(1);
    EXTI->IMR |= BIT(17);
    EXTI->RTSR |= BIT(17);
    irq_enable(41);
    for (unsigned i = 0; i < 10; i++) BKP->DR[i] = 0x1000 + i;
    report("backup registers", BKP->DR[9] == 0x1009);
}

static volatile unsigned alarms;
void RTCAlarm_IRQHandler(void) {
    if (RTC->CRL & BIT(1)) alarms = alarms + 1;
    RTC->CRL &= ~BIT(1);
    EXTI->PR = BIT(17);
}

static void watchdog(void) {
    IWDG->KR = 0xCCCC;
    IWDG->KR = 0x5555;
    IWDG->PR = 3;
    IWDG->RLR = 250;
    report("watchdog registers within 48 ms", within(IWDG->SR == 0, 48));
    IWDG->KR = 0xAAAA;
    for (unsigned i = 0; i < 4; i++) {
        delay(100);
        IWDG->KR = 0xAAAA;
    }
    report("watchdog kept quiet", 1);
    console_flush();
    for (;;) {
    }
}

int main(void) {
    if (boot_key != 0x600DB007) {
        boot_key = 0x600DB007;
        boots = 0;
        tick_start(8000000);
        console_start(8000000);
        first_start();
        clock_outputs();
        clock_calendar();
        report("RTC alarm", within(alarms == 1, 250));
        boots = 1;
        system_reset();
    }
    uint32_t flags = RCC->CSR & 0xFC000000;
    int internal = (RCC->CR & 0x030F00FF) == 0x83 && !(RCC->CFGR & 15);
    tick_start(clock_full_speed());
    console_start(72000000);
    report("internal clock after a reset", internal);
    boots++;
    if (boots == 2) {
        report("software reset", flags == 0x1C000000);
        RCC->CSR |= BIT(24);
        report("flags removed", !(RCC->CSR & 0xFC000000));
        /* LSI is off until the watchdog wants it; RTC and backup registers went on. */
        RCC->APB1ENR |= BIT(27) | BIT(28);
        PWR->CR |= BIT(8);
        report("backup registers after a reset", BKP->DR[0] == 0x1000 && BKP->DR[9] == 0x1009);
        report("LSE runs on", (RCC->BDCR & 0x8303) == 0x8103);
        RTC->CRL &= ~BIT(3);
        report("RTC went on", within(RTC->CRL & BIT(3), 1000) && read_rtc() >= 0x00020003 && read_rtc() < 0x00020008);
        watchdog();
    }
    report("watchdog reset", flags == 0x24000000);
    RCC->CSR |= BIT(24);
    return 0;
}
