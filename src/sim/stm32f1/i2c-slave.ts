import type { Alarm } from "../time/scheduler.ts";
import { CR1, type I2cHost, type I2cState, SR1, SR2 } from "./i2c-registers.ts";

/** What a master outside the chip does: writes, then (after a repeated START if both) reads. */
export interface I2cTransfer {
  /** 7-bit address; 0 is the general call. */
  readonly address: number;
  readonly write?: readonly number[];
  /** Bytes to read. */
  readonly read?: number;
  /** Called after STOP. */
  done?(result: I2cTransferResult): void;
}

export interface I2cTransferResult {
  /** The address was acknowledged. */
  readonly addressed: boolean;
  /** Bytes of `write` that were acknowledged. */
  readonly written: number;
  readonly read: readonly number[];
}

const BYTE_PERIODS = 9;

/** The slave half of an I2C (RM0008 26.3.2), driven by transfers of a master outside. */
export class I2cSlave {
  readonly #state: I2cState;
  readonly #host: I2cHost;
  readonly #queue: I2cTransfer[] = [];
  #alarm: Alarm | undefined;
  /** Goes on once the clock is released: ADDR cleared, DR read or written. */
  #stretched: (() => void) | undefined;
  #transfer: I2cTransfer | undefined;
  #written = 0;
  #read: number[] = [];

  constructor(state: I2cState, host: I2cHost) {
    this.#state = state;
    this.#host = host;
  }

  /** A transfer is going on. */
  get active(): boolean {
    return this.#transfer !== undefined;
  }

  begin(transfer: I2cTransfer): void {
    this.#queue.push(transfer);
    this.next();
  }

  /** Starts the next transfer if the bus is free. */
  next(): void {
    if (this.#transfer !== undefined || this.#alarm !== undefined || this.#state.sr2 & SR2.BUSY) return;
    const transfer = this.#queue.shift();
    if (transfer === undefined) return;
    this.#transfer = transfer;
    this.#written = 0;
    this.#read = [];
    if (this.#state.cr1 & CR1.PE) this.#state.sr2 |= SR2.BUSY;
    const reads = (transfer.write?.length ?? 0) === 0 && (transfer.read ?? 0) > 0;
    this.#address(reads);
  }

  reset(): void {
    this.#host.scheduler.cancel(this.#alarm);
    this.#alarm = this.#stretched = this.#transfer = undefined;
  }

  /** ADDR was cleared, or DR read or written: the bus goes on if that is what it waited for. */
  released(): void {
    const go = this.#stretched;
    if (go === undefined) return;
    this.#stretched = undefined;
    go();
  }

  #after(periods: number, act: () => void): void {
    this.#alarm = this.#host.scheduler.afterCycles(periods * this.#host.period(), () => {
      this.#alarm = undefined;
      act();
      this.#host.update();
    });
  }

  #address(read: boolean): void {
    this.#after(1 + BYTE_PERIODS, () => {
      const state = this.#state;
      const match = this.#match();
      if (match === undefined) {
        this.#finish(false, false);
        return;
      }
      state.sr1 = (state.sr1 | SR1.ADDR) & ~(SR1.TXE | SR1.BTF);
      state.sr2 = SR2.BUSY | match | (read ? SR2.TRA : 0);
      const go = () => {
        if (read && state.pending === undefined) state.sr1 |= SR1.TXE;
        if (read) this.#send();
        else this.#take();
      };
      if (state.cr1 & CR1.NOSTRETCH) go();
      else this.#stretched = go;
    });
  }

  /** SR2 flags of the own address that matches; undefined when none does or it is not acknowledged. */
  #match(): number | undefined {
    const { cr1, oar1, oar2 } = this.#state;
    const address = this.#transfer?.address ?? 0;
    if ((cr1 & (CR1.PE | CR1.ACK)) !== (CR1.PE | CR1.ACK)) return undefined;
    if (address === 0) return cr1 & CR1.ENGC ? SR2.GENCALL : undefined;
    if (!(oar1 & 0x8000) && ((oar1 >> 1) & 0x7f) === address) return 0;
    if (oar2 & 1 && ((oar2 >> 1) & 0x7f) === address) return SR2.DUALF;
    return undefined;
  }

  #take(): void {
    const data = this.#transfer?.write ?? [];
    if (this.#written >= data.length) {
      if ((this.#transfer?.read ?? 0) > 0) this.#address(true);
      else this.#after(1, () => this.#finish(true, true));
      return;
    }
    this.#after(BYTE_PERIODS, () => {
      const state = this.#state;
      const acknowledged = (state.cr1 & CR1.ACK) !== 0;
      if (state.sr1 & SR1.RXNE && state.cr1 & CR1.NOSTRETCH) state.sr1 |= SR1.OVR;
      else if (!state.take(data[this.#written])) {
        this.#stretched = () => this.#goOnTaking(acknowledged);
        return;
      }
      this.#goOnTaking(acknowledged);
    });
  }

  #goOnTaking(acknowledged: boolean): void {
    if (!acknowledged) {
      this.#after(1, () => this.#finish(true, false));
      return;
    }
    this.#written++;
    this.#take();
  }

  #send(): void {
    const state = this.#state;
    if (state.pending === undefined && !(state.cr1 & CR1.NOSTRETCH)) {
      this.#stretched = () => this.#send();
      return;
    }
    if (state.pending === undefined) state.sr1 |= SR1.OVR;
    const byte = state.pending ?? 0xff;
    state.pending = undefined;
    state.sr1 = (state.sr1 | SR1.TXE) & ~SR1.BTF;
    this.#after(BYTE_PERIODS, () => {
      this.#read.push(byte);
      state.countPec(byte);
      if (this.#read.length >= (this.#transfer?.read ?? 0)) {
        // The master does not acknowledge the last byte: AF, and no STOPF after it.
        state.sr1 |= SR1.AF;
        this.#after(1, () => this.#finish(true, false));
        return;
      }
      if (state.pending === undefined) state.sr1 |= SR1.BTF;
      this.#send();
    });
  }

  #finish(addressed: boolean, flagsStop: boolean): void {
    const state = this.#state;
    const transfer = this.#transfer;
    this.#transfer = undefined;
    if (flagsStop && state.cr1 & CR1.ACK) state.sr1 |= SR1.STOPF;
    state.sr1 &= ~(SR1.TXE | (state.sr2 & SR2.TRA ? SR1.BTF : 0));
    state.sr2 = 0;
    state.pending = undefined;
    transfer?.done?.({ addressed, written: this.#written, read: this.#read });
    this.next();
  }
}
