import type { Scheduler } from "../time/scheduler.ts";

/** I2C_CR1 (RM0008 26.6.1). */
export const CR1 = {
  PE: 1 << 0,
  SMBUS: 1 << 1,
  ENPEC: 1 << 5,
  ENGC: 1 << 6,
  NOSTRETCH: 1 << 7,
  START: 1 << 8,
  STOP: 1 << 9,
  ACK: 1 << 10,
  POS: 1 << 11,
  PEC: 1 << 12,
  ALERT: 1 << 13,
  SWRST: 1 << 15,
} as const;

/** I2C_CR2 (RM0008 26.6.2). */
export const CR2 = { ITERREN: 1 << 8, ITEVTEN: 1 << 9, ITBUFEN: 1 << 10, DMAEN: 1 << 11, LAST: 1 << 12 } as const;

/** I2C_SR1 (RM0008 26.6.6). */
export const SR1 = {
  SB: 1 << 0,
  ADDR: 1 << 1,
  BTF: 1 << 2,
  ADD10: 1 << 3,
  STOPF: 1 << 4,
  RXNE: 1 << 6,
  TXE: 1 << 7,
  BERR: 1 << 8,
  ARLO: 1 << 9,
  AF: 1 << 10,
  OVR: 1 << 11,
  PECERR: 1 << 12,
  TIMEOUT: 1 << 14,
  SMBALERT: 1 << 15,
} as const;

/** Error flags: cleared by writing 0, interrupting with ITERREN. */
export const ERRORS = SR1.BERR | SR1.ARLO | SR1.AF | SR1.OVR | SR1.PECERR | SR1.TIMEOUT | SR1.SMBALERT;

/** I2C_SR2 (RM0008 26.6.7); PEC stands in bits 15:8. */
export const SR2 = { MSL: 1 << 0, BUSY: 1 << 1, TRA: 1 << 2, GENCALL: 1 << 4, DUALF: 1 << 7 } as const;

/** What the master and the slave half of an I2C share: flags and the two-stage data register. */
export class I2cState {
  cr1 = 0;
  cr2 = 0;
  oar1 = 0;
  oar2 = 0;
  sr1 = 0;
  sr2 = 0;
  /** DR as it reads: the last byte received. */
  received = 0;
  /** A byte received behind an unread DR; the clock is stretched then. */
  behind: number | undefined;
  /** DR as written, waiting for the shift register. */
  pending: number | undefined;
  /** Packet error code of what went over the bus since START. */
  pec = 0;

  /** Everything that PE = 0 takes away. */
  clearCommunication(): void {
    this.sr1 = this.sr2 = this.pec = 0;
    this.behind = this.pending = undefined;
    this.cr1 &= ~(CR1.START | CR1.STOP | CR1.PEC);
  }

  /** A byte came in; false when DR was still full, so that it waits behind it with BTF. */
  take(byte: number): boolean {
    this.countPec(byte);
    if (this.sr1 & SR1.RXNE) {
      this.behind = byte;
      this.sr1 |= SR1.BTF;
      return false;
    }
    this.received = byte;
    this.sr1 |= SR1.RXNE;
    return true;
  }

  /** DR was read; true when a byte moved up from behind it, so that the bus may go on. */
  read(): boolean {
    this.sr1 &= ~(SR1.RXNE | SR1.BTF);
    if (this.behind === undefined) return false;
    this.received = this.behind;
    this.behind = undefined;
    this.sr1 |= SR1.RXNE;
    return true;
  }

  /** CRC-8 with polynomial x^8 + x^2 + x + 1 (SMBus 2.0, 5.4). */
  countPec(byte: number): void {
    if ((this.cr1 & CR1.ENPEC) === 0) return;
    let crc = this.pec ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : crc << 1;
    this.pec = crc;
  }
}

/** What both halves need around them. */
export interface I2cHost {
  readonly scheduler: Scheduler;
  /** HCLK cycles of one SCL period. */
  period(): number;
  /** Renews interrupt and DMA lines. */
  update(): void;
}
