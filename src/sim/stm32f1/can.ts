import type { Disposable } from "../../base/events.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import { CanFilters, type CanFrame, frameOf, wideWord } from "./can-filters.ts";
import type { ChipContext } from "./chip-context.ts";
import { BlockPins } from "./communication-pins.ts";

export type { CanFrame } from "./can-filters.ts";

export interface CanOptions {
  readonly name: string;
  readonly irqs: { readonly transmit: number; readonly fifo0: number; readonly fifo1: number; readonly status: number };
  readonly filterBanks: number;
}

const MCR = { INRQ: 1, SLEEP: 2, TXFP: 4, RFLM: 8, NART: 0x10, AWUM: 0x20, ABOM: 0x40, RESET: 0x8000 } as const;
const MSR = {
  INAK: 1,
  SLAK: 2,
  ERRI: 4,
  WKUI: 8,
  SLAKI: 0x10,
  TXM: 0x100,
  RXM: 0x200,
  SAMP: 0x400,
  RX: 0x800,
} as const;
/** Bits of a mailbox's byte of TSR. */
const TSR = { RQCP: 1, TXOK: 2, ALST: 4, TERR: 8, ABRQ: 0x80 } as const;
const RFR = { FULL: 8, FOVR: 0x10, RFOM: 0x20 } as const;
const IER = {
  TMEIE: 1,
  EWGIE: 0x100,
  EPVIE: 0x200,
  BOFIE: 0x400,
  LECIE: 0x800,
  ERRIE: 0x8000,
  WKUIE: 0x10000,
  SLKIE: 0x20000,
} as const;
const ESR = { EWGF: 1, EPVF: 2, BOFF: 4, LEC: 0x70 } as const;
const BTR = { LBKM: 1 << 30, SILM: 2 ** 31 } as const;
const TXRQ = 1;
/** LEC: no acknowledge. */
const ACK_ERROR = 3;

interface Mailbox {
  identifier: number;
  length: number;
  low: number;
  high: number;
  /** Its byte of TSR. */
  status: number;
  /** Order of the request, for TXFP. */
  order: number;
}

interface Received {
  readonly frame: CanFrame;
  readonly filter: number;
}

interface Fifo {
  readonly entries: Received[];
  full: boolean;
  overrun: boolean;
}

/**
 * A bxCAN (RM0008 24): modes, three transmit mailboxes, two FIFOs, filters. Loop-back really loops; on the bus a frame
 * goes to whoever {@link onTransmit} is, and is acknowledged if somebody listens.
 */
export class Can extends RegisterBlock {
  readonly #options: CanOptions;
  readonly #context: ChipContext;
  readonly #pins: BlockPins;
  readonly #filters: CanFilters;
  readonly #listeners = new Set<(frame: CanFrame) => void>();
  #mcr = 0x10002;
  #msr: number = MSR.SLAK;
  #ier = 0;
  #esr = 0;
  #btr = 0x01230000;
  #fmr = 0x2a1c0e01;
  readonly #mailboxes: Mailbox[] = Array.from({ length: 3 }, emptyMailbox);
  readonly #fifos: readonly Fifo[] = [emptyFifo(), emptyFifo()];
  #order = 0;
  #sending: Mailbox | undefined;
  #alarm: Alarm | undefined;
  #modeAlarm: Alarm | undefined;
  #clocked = true;
  #frozen = false;

  constructor(options: CanOptions, context: ChipContext) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#pins = new BlockPins(options.name, context.pins);
    this.#filters = new CanFilters(options.filterBanks);
  }

  /** Joins the bus: hears each frame as it ends, and acknowledges it. */
  onTransmit(listener: (frame: CanFrame) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** A frame of another node comes over the bus now. False when this node takes no part in it. */
  receive(frame: CanFrame): boolean {
    if (!this.#clocked || this.#frozen) return false;
    if (this.#msr & MSR.SLAK) {
      this.#wakeUp();
      return false;
    }
    if (this.#msr & MSR.INAK || this.#btr & BTR.LBKM) return false;
    this.#store(frame);
    this.#update();
    return true;
  }

  reset(): void {
    const { scheduler } = this.#context;
    scheduler.cancel(this.#alarm);
    scheduler.cancel(this.#modeAlarm);
    this.#alarm = this.#modeAlarm = this.#sending = undefined;
    this.#mcr = 0x10002;
    this.#msr = MSR.SLAK;
    this.#ier = this.#esr = this.#order = 0;
    this.#btr = 0x01230000;
    this.#fmr = 0x2a1c0e01;
    for (const mailbox of this.#mailboxes) Object.assign(mailbox, emptyMailbox());
    for (const fifo of this.#fifos) this.#emptyFifo(fifo);
    this.#filters.reset();
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    this.#clocked = enabled;
    if (enabled) this.#sendNext();
    else this.#abandon();
  }

  setFrozen(frozen: boolean): void {
    this.#frozen = frozen;
    if (!frozen) this.#sendNext();
  }

  protected readRegister(offset: number): number {
    if (offset >= 0x180 && offset < 0x1b0) return this.#readMailbox(offset);
    if (offset >= 0x1b0 && offset < 0x1d0) return this.#readFifo(offset);
    if (offset >= 0x240) return this.#filters.words[(offset - 0x240) / 4] ?? 0;
    switch (offset) {
      case 0x00:
        return this.#mcr;
      case 0x04:
        return this.#msr | MSR.RX | MSR.SAMP | (this.#sending === undefined ? 0 : MSR.TXM);
      case 0x08:
        return this.#transmitStatus;
      case 0x0c:
      case 0x10: {
        const fifo = this.#fifos[(offset - 0x0c) / 4];
        return fifo.entries.length | (fifo.full ? RFR.FULL : 0) | (fifo.overrun ? RFR.FOVR : 0);
      }
      case 0x14:
        return this.#ier;
      case 0x18:
        return this.#esr;
      case 0x1c:
        return this.#btr >>> 0;
      case 0x200:
        return this.#fmr;
      case 0x204:
        return this.#filters.mode;
      case 0x20c:
        return this.#filters.scale;
      case 0x214:
        return this.#filters.fifo;
      case 0x21c:
        return this.#filters.active;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset >= 0x180 && offset < 0x1b0) this.#writeMailbox(offset, value);
    else if (offset >= 0x200) this.#writeFilter(offset, value);
    switch (offset) {
      case 0x00:
        this.#writeControl(value);
        return;
      case 0x04:
        this.#msr &= ~(value & (MSR.ERRI | MSR.WKUI | MSR.SLAKI));
        break;
      case 0x08:
        this.#writeTransmitStatus(value);
        break;
      case 0x0c:
      case 0x10:
        this.#writeFifo(this.#fifos[(offset - 0x0c) / 4], value);
        break;
      case 0x14:
        this.#ier = value & 0x38f7f;
        break;
      case 0x18:
        this.#esr = (this.#esr & ~ESR.LEC) | (value & ESR.LEC);
        break;
      case 0x1c:
        if (this.#msr & MSR.INAK) this.#btr = value & 0xc37f03ff;
        break;
    }
    this.#update();
  }

  /** HCLK cycles of one bit time: BRP, TS1, TS2 (RM0008 24.7.7). */
  get #bitCycles(): number {
    const { clocks } = this.#context;
    const quanta = 3 + ((this.#btr >>> 16) & 15) + ((this.#btr >>> 20) & 7);
    return clocks.pclk1 === 0 ? 1 : (((this.#btr & 0x3ff) + 1) * quanta * clocks.hclk) / clocks.pclk1;
  }

  /** Mode changes are acknowledged once the bus rests; eleven recessive bits lead back to it (RM0008 24.4). */
  #writeControl(value: number): void {
    if (value & MCR.RESET) {
      this.reset();
      return;
    }
    this.#mcr = value & 0x100ff;
    const { scheduler } = this.#context;
    scheduler.cancel(this.#modeAlarm);
    const wanted = value & MCR.INRQ ? MSR.INAK : value & MCR.SLEEP ? MSR.SLAK : 0;
    this.#modeAlarm = scheduler.afterCycles(11 * this.#bitCycles, () => {
      this.#modeAlarm = undefined;
      const before = this.#msr;
      this.#msr = (this.#msr & ~(MSR.INAK | MSR.SLAK)) | wanted;
      if (wanted === MSR.SLAK && !(before & MSR.SLAK)) this.#msr |= MSR.SLAKI;
      // Leaving initialisation by ABOM's rule ends bus-off.
      if (before & MSR.INAK && wanted !== MSR.INAK) this.#esr = this.#esr & ESR.BOFF ? 0 : this.#esr;
      this.#sendNext();
      this.#update();
    });
    this.#update();
  }

  #wakeUp(): void {
    this.#msr |= MSR.WKUI;
    if (this.#mcr & MCR.AWUM) this.#writeControl(this.#mcr & ~MCR.SLEEP);
    this.#update();
  }

  get #running(): boolean {
    return this.#clocked && !this.#frozen && (this.#msr & (MSR.INAK | MSR.SLAK)) === 0;
  }

  #writeMailbox(offset: number, value: number): void {
    const mailbox = this.#mailboxes[(offset - 0x180) >> 4];
    // A mailbox that waits or is sent is locked.
    if (mailbox.identifier & TXRQ) return;
    switch (offset & 12) {
      case 0:
        mailbox.identifier = value;
        if (value & TXRQ) {
          mailbox.status = 0;
          mailbox.order = this.#order++;
          this.#sendNext();
        }
        break;
      case 4:
        mailbox.length = value & 0x10f;
        break;
      case 8:
        mailbox.low = value;
        break;
      default:
        mailbox.high = value;
    }
  }

  #readMailbox(offset: number): number {
    const { identifier, length, low, high } = this.#mailboxes[(offset - 0x180) >> 4];
    return [identifier, length, low, high][(offset >> 2) & 3] >>> 0;
  }

  get #transmitStatus(): number {
    let value = 0;
    let free: number | undefined;
    this.#mailboxes.forEach((mailbox, index) => {
      value |= mailbox.status << (index * 8);
      if (mailbox.identifier & TXRQ) return;
      value |= 1 << (26 + index);
      free ??= index;
    });
    // CODE: the next free mailbox, or the one that will be free first.
    const code = free ?? this.#mailboxes.indexOf(this.#nextMailbox() ?? this.#mailboxes[0]);
    return (value | (code << 24)) >>> 0;
  }

  #writeTransmitStatus(value: number): void {
    this.#mailboxes.forEach((mailbox, index) => {
      const bits = (value >>> (index * 8)) & 0xff;
      // Clearing RQCP clears the outcome with it.
      if (bits & TSR.RQCP) mailbox.status &= ~(TSR.RQCP | TSR.TXOK | TSR.ALST | TSR.TERR);
      mailbox.status &= ~(bits & (TSR.TXOK | TSR.ALST | TSR.TERR));
      if (bits & TSR.ABRQ && mailbox.identifier & TXRQ) {
        if (this.#sending === mailbox) mailbox.status |= TSR.ABRQ;
        else this.#complete(mailbox, 0);
      }
    });
  }

  /** By identifier, the lowest number of mailbox last; by request with TXFP. */
  #nextMailbox(): Mailbox | undefined {
    const waiting = this.#mailboxes.filter((mailbox) => mailbox.identifier & TXRQ && mailbox !== this.#sending);
    const byOrder = (this.#mcr & MCR.TXFP) !== 0;
    return waiting.sort((a, b) => (byOrder ? a.order - b.order : arbitration(a) - arbitration(b)))[0];
  }

  #sendNext(): void {
    if (this.#sending !== undefined || !this.#running || this.#esr & ESR.BOFF) return;
    const mailbox = this.#nextMailbox();
    if (mailbox === undefined) return;
    this.#sending = mailbox;
    const frame = frameOf(mailbox.identifier, mailbox.length, mailbox.low, mailbox.high);
    // Frame without stuff bits, with intermission: 47 or 67 bits and the data (ISO 11898-1).
    const bits = (frame.extended ? 67 : 47) + 8 * frame.data.length;
    this.#alarm = this.#context.scheduler.afterCycles(bits * this.#bitCycles, () => {
      this.#alarm = this.#sending = undefined;
      this.#sent(mailbox, frame);
      this.#sendNext();
      this.#update();
    });
  }

  #abandon(): void {
    this.#context.scheduler.cancel(this.#alarm);
    this.#alarm = this.#sending = undefined;
  }

  #sent(mailbox: Mailbox, frame: CanFrame): void {
    const loops = (this.#btr & BTR.LBKM) !== 0;
    const silent = (this.#btr & BTR.SILM) !== 0;
    const heard = !silent && this.#listeners.size > 0 && this.#pins.isOutput("TX");
    if (heard) for (const listener of [...this.#listeners]) listener(frame);
    if (loops) this.#store(frame);
    if (loops || heard) {
      this.#complete(mailbox, TSR.TXOK);
      const errors = (this.#esr >>> 16) & 0xff;
      this.#setErrors(Math.max(0, errors - 1), 0);
      return;
    }
    // Nobody acknowledged. An error-passive node's counter stops rising for that (ISO 11898-1, 8.1).
    const errors = (this.#esr >>> 16) & 0xff;
    this.#setErrors(errors >= 128 ? errors : errors + 8, ACK_ERROR);
    if (this.#mcr & MCR.NART || mailbox.status & TSR.ABRQ) this.#complete(mailbox, TSR.TERR);
  }

  #complete(mailbox: Mailbox, outcome: number): void {
    mailbox.identifier &= ~TXRQ;
    mailbox.status = TSR.RQCP | outcome;
  }

  #setErrors(transmitErrors: number, code: number): void {
    const before = this.#esr;
    const flags = (transmitErrors >= 96 ? ESR.EWGF : 0) | (transmitErrors >= 128 ? ESR.EPVF : 0);
    this.#esr = ((before & 0xff000000) | (transmitErrors << 16) | (code << 4) | flags) >>> 0;
    const rose = flags & ~before;
    const { EWGIE, EPVIE, LECIE } = IER;
    if (
      (rose & ESR.EWGF && this.#ier & EWGIE) ||
      (rose & ESR.EPVF && this.#ier & EPVIE) ||
      (code && this.#ier & LECIE)
    ) {
      this.#msr |= MSR.ERRI;
    }
  }

  #store(frame: CanFrame): void {
    if (this.#fmr & 1) return;
    const match = this.#filters.match(frame);
    if (match === undefined) return;
    const fifo = this.#fifos[match.fifo];
    const entry = { frame, filter: match.index };
    if (fifo.entries.length < 3) fifo.entries.push(entry);
    else {
      fifo.overrun = true;
      // Unlocked, the newest takes the place of the one before it (RM0008 24.7.3).
      if (!(this.#mcr & MCR.RFLM)) fifo.entries[2] = entry;
    }
    if (fifo.entries.length === 3) fifo.full = true;
  }

  #readFifo(offset: number): number {
    const entry = this.#fifos[(offset - 0x1b0) >> 4].entries[0];
    if (entry === undefined) return 0;
    const { frame, filter } = entry;
    const word = (from: number) =>
      frame.data.slice(from, from + 4).reduce((value, byte, i) => value | (byte << (i * 8)), 0) >>> 0;
    switch (offset & 12) {
      case 0:
        return wideWord(frame);
      case 4:
        return frame.data.length | (filter << 8);
      case 8:
        return word(0);
      default:
        return word(4);
    }
  }

  #writeFifo(fifo: Fifo, value: number): void {
    if (value & RFR.FULL) fifo.full = false;
    if (value & RFR.FOVR) fifo.overrun = false;
    if (value & RFR.RFOM) {
      fifo.entries.shift();
      fifo.full = false;
    }
  }

  #emptyFifo(fifo: Fifo): void {
    fifo.entries.length = 0;
    fifo.full = fifo.overrun = false;
  }

  #writeFilter(offset: number, value: number): void {
    const filters = this.#filters;
    const initialising = (this.#fmr & 1) !== 0;
    const banks = (1 << this.#options.filterBanks) - 1;
    if (offset === 0x200) this.#fmr = (this.#fmr & ~1) | (value & 1);
    else if (offset === 0x204 && initialising) filters.mode = value & banks;
    else if (offset === 0x20c && initialising) filters.scale = value & banks;
    else if (offset === 0x214 && initialising) filters.fifo = value & banks;
    else if (offset === 0x21c) filters.active = value & banks;
    else if (offset >= 0x240) {
      const index = (offset - 0x240) / 4;
      // A bank can be changed while it is off or all are being set up.
      const open = initialising || !((filters.active >> (index >> 1)) & 1);
      if (open && index < filters.words.length) filters.words[index] = value;
    }
  }

  #update(): void {
    const ier = this.#ier;
    const { irqs } = this.#options;
    const set = (irq: number, source: string, high: boolean) =>
      this.#context.setInterrupt(irq, `${this.name}_${source}`, high);
    set(irqs.transmit, "TX", (ier & IER.TMEIE) !== 0 && this.#mailboxes.some(({ status }) => status & TSR.RQCP));
    this.#fifos.forEach((fifo, index) => {
      const enables = ier >> (1 + 3 * index);
      const high =
        (enables & 1 && fifo.entries.length > 0) || (enables & 2 && fifo.full) || (enables & 4 && fifo.overrun);
      set(index === 0 ? irqs.fifo0 : irqs.fifo1, `RX${index}`, Boolean(high));
    });
    const msr = this.#msr;
    const status =
      (ier & IER.ERRIE && msr & MSR.ERRI) ||
      (ier & IER.WKUIE && msr & MSR.WKUI) ||
      (ier & IER.SLKIE && msr & MSR.SLAKI);
    set(irqs.status, "SCE", status !== 0);
  }
}

function emptyMailbox(): Mailbox {
  return { identifier: 0, length: 0, low: 0, high: 0, status: 0, order: 0 };
}

function emptyFifo(): Fifo {
  return { entries: [], full: false, overrun: false };
}

/** The lower, the sooner: the bits of the arbitration field in the order in which they are sent. */
function arbitration(mailbox: Mailbox): number {
  return mailbox.identifier >>> 1;
}
