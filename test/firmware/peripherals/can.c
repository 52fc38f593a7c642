/* bxCAN looped back inside, silent: modes, filters, mailboxes, FIFO interrupts. */
#include "mcu.h"

static volatile unsigned received, identifiers[4];

void USB_LP_CAN_RX0_IRQHandler(void) {
    if (CAN->RF0R & 3) {
        identifiers[received++ & 3] = CAN->RX[0].TIR >> 21;
        CAN->RF0R |= BIT(5);
    }
}

static int send(uint32_t id, uint32_t low, uint32_t length) {
    unsigned mailbox = (CAN->TSR >> 24) & 3;
    if (!(CAN->TSR & (7u << 26))) return -1;
    CAN->TX[mailbox].TIR = id << 21;
    CAN->TX[mailbox].TDTR = length;
    CAN->TX[mailbox].TDLR = low;
    CAN->TX[mailbox].TDHR = 0x55667788;
    CAN->TX[mailbox].TIR |= 1;
    return (int)mailbox;
}

int main(void) {
    RCC->APB1ENR |= BIT(25);
    CAN->MCR &= ~BIT(1);
    int awake = wait_until(!(CAN->MSR & BIT(1)), 10);
    CAN->MCR |= BIT(0);
    int init = wait_until(CAN->MSR & BIT(0), 10);
    CAN->BTR = BIT(31) | BIT(30) | (1u << 20) | (14u << 16) | 3;
    CAN->FMR |= 1;
    CAN->FA1R &= ~1u;
    CAN->FS1R |= 1;
    CAN->FM1R &= ~1u;
    CAN->FFA1R &= ~1u;
    CAN->FR[0] = 0x120u << 21;
    CAN->FR[1] = 0x7F0u << 21;
    CAN->FA1R |= 1;
    CAN->FMR &= ~1u;
    CAN->MCR &= ~BIT(0);
    report("modes", awake && init && wait_until(!(CAN->MSR & BIT(0)), 10));

    int mailbox = send(0x123, 0x11223344, 8);
    int sent = wait_until(CAN->TSR & (BIT(0) << (8 * mailbox)), 10);
    report("transmission", sent && (CAN->TSR & (BIT(1) << (8 * mailbox))));
    report("reception", (CAN->RF0R & 3) == 1 && CAN->RX[0].TIR >> 21 == 0x123 && (CAN->RX[0].TDTR & 15) == 8 &&
                            CAN->RX[0].TDLR == 0x11223344 && CAN->RX[0].TDHR == 0x55667788);
    CAN->RF0R |= BIT(5);
    report("release", wait_until(!(CAN->RF0R & 3), 5));

    CAN->IER = BIT(1);
    irq_enable(20);
    /* The first is on its way before the others come. */
    send(0x12F, 1, 1);
    send(0x121, 2, 1);
    send(0x456, 3, 1);
    int full = send(0x120, 4, 1) < 0;
    report("three mailboxes", full);
    wait_until((CAN->TSR & (7u << 26)) == 7u << 26, 10);
    delay(1);
    report("filter and interrupts", received == 2 && identifiers[0] == 0x12F && identifiers[1] == 0x121);
    return 0;
}
