import type { Alarm } from "../time/scheduler.ts";
import { CR1, CR2, type I2cHost, type I2cState, SR1, SR2 } from "./i2c-registers.ts";
import type { I2cWire } from "./i2c-wire.ts";

/**
 * Where a transfer stands. `awaitAddress`: SB is set; `awaitRest`: ADD10 is set; `addressed`: ADDR is set and SCL
 * stretched; `ended`: a byte was not acknowledged, only STOP or START can follow.
 */
type Phase = "idle" | "awaitAddress" | "awaitRest" | "addressed" | "transmit" | "receive" | "ended";

/** Bits of a byte on the bus, acknowledge included. */
const BYTE_PERIODS = 9;

/** The master half of an I2C (RM0008 26.3.3): one step per byte or condition on the bus. */
export class I2cMaster {
  readonly #state: I2cState;
  readonly #host: I2cHost;
  readonly #wire: () => I2cWire;
  #phase: Phase = "idle";
  /** A byte or a condition is on its way. */
  #alarm: Alarm | undefined;
  #reading = false;
  /** With POS the acknowledge of a byte is what ACK was when the byte before it ended. */
  #acknowledgeLatched = true;
  /** DMA with LAST has taken the last byte but one: the next is not acknowledged. */
  #refuseNext = false;

  constructor(state: I2cState, host: I2cHost, wire: () => I2cWire) {
    this.#state = state;
    this.#host = host;
    this.#wire = wire;
  }

  /** The bus is ours: from the START condition to the STOP condition. */
  get active(): boolean {
    return this.#phase !== "idle" || this.#alarm !== undefined;
  }

  reset(): void {
    this.#host.scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (this.#phase !== "idle") this.#wire().stop();
    this.#phase = "idle";
    this.#refuseNext = false;
  }

  /** START, STOP or data may have come: goes on if the bus rests. */
  proceed(): void {
    const state = this.#state;
    if (this.#alarm !== undefined || (state.cr1 & CR1.PE) === 0) return;
    const wantsStop = (state.cr1 & CR1.STOP) !== 0;
    const wantsStart = (state.cr1 & CR1.START) !== 0;
    switch (this.#phase) {
      case "idle":
        if (wantsStart && !(state.sr2 & SR2.BUSY)) this.#start();
        // Without a transfer there is nothing to stop.
        else if (!(state.sr2 & SR2.BUSY)) state.cr1 &= ~CR1.STOP;
        break;
      case "addressed":
        break;
      case "awaitAddress":
      case "awaitRest":
        if (wantsStop) this.#stop();
        break;
      case "transmit":
        if (wantsStop) this.#stop();
        else if (wantsStart) this.#start();
        else this.#transmitNext();
        break;
      case "receive":
      case "ended":
        if (wantsStop) this.#stop();
        else if (wantsStart) this.#start();
        break;
    }
  }

  /** DR was written. `seen` is SR1 as it was last read. */
  written(value: number, seen: number): void {
    const state = this.#state;
    if (this.#phase === "awaitAddress" && this.#alarm === undefined) {
      if ((seen & SR1.SB) === 0) return;
      state.sr1 &= ~SR1.SB;
      this.#sendAddress(value);
    } else if (this.#phase === "awaitRest" && this.#alarm === undefined) {
      if ((seen & SR1.ADD10) === 0) return;
      state.sr1 &= ~SR1.ADD10;
      state.countPec(value);
      this.#after(BYTE_PERIODS, () => this.#addressAnswered(this.#wire().tenBitRest(value), false));
    } else {
      state.pending = value;
      state.sr1 &= ~(SR1.TXE | SR1.BTF);
      this.proceed();
    }
  }

  /** DR was read; `moved` when a byte came up from behind it. */
  readDone(moved: boolean): void {
    if (moved && this.#phase === "receive" && this.#alarm === undefined) this.#receiveNext();
  }

  /** ADDR was cleared by reading SR1, then SR2: SCL goes on. */
  addressCleared(): void {
    if (this.#phase !== "addressed") return;
    if (this.#reading) {
      this.#phase = "receive";
      this.#acknowledgeLatched = true;
      this.#receiveNext();
      return;
    }
    this.#phase = "transmit";
    if (this.#state.pending === undefined) this.#state.sr1 |= SR1.TXE;
    this.proceed();
  }

  /** DMA took a byte and `remaining` are left to take. */
  served(remaining: number): void {
    if (this.#reading && remaining === 1 && this.#state.cr2 & CR2.LAST) this.#refuseNext = true;
  }

  #after(periods: number, act: () => void): void {
    this.#alarm = this.#host.scheduler.afterCycles(periods * this.#host.period(), () => {
      this.#alarm = undefined;
      act();
      this.#host.update();
    });
  }

  #start(): void {
    const state = this.#state;
    if (this.#phase !== "idle") {
      // A repeated START ends what was transmitted (RM0008 26.6.6, TXE and BTF).
      state.sr1 &= ~(SR1.TXE | (this.#reading ? 0 : SR1.BTF));
      state.sr2 &= ~SR2.TRA;
    }
    this.#after(1, () => {
      state.cr1 &= ~CR1.START;
      state.sr1 |= SR1.SB;
      state.sr2 |= SR2.MSL | SR2.BUSY;
      state.pending = undefined;
      state.pec = 0;
      this.#refuseNext = false;
      this.#phase = "awaitAddress";
      this.proceed();
    });
  }

  #stop(): void {
    const state = this.#state;
    this.#after(1, () => {
      this.#wire().stop();
      state.cr1 &= ~CR1.STOP;
      state.sr1 &= ~(SR1.SB | SR1.ADD10 | SR1.TXE | (this.#reading ? 0 : SR1.BTF));
      state.sr2 = 0;
      state.pending = undefined;
      this.#phase = "idle";
      this.proceed();
    });
  }

  #sendAddress(byte: number): void {
    const read = (byte & 1) !== 0;
    this.#state.countPec(byte);
    this.#after(BYTE_PERIODS, () => {
      if ((byte & 0xf8) !== 0xf0) {
        this.#addressAnswered(this.#wire().address(byte >> 1, read), read);
        return;
      }
      const acknowledged = this.#wire().tenBitHeader((byte >> 1) & 3, read);
      if (read || !acknowledged) {
        this.#addressAnswered(acknowledged, read);
      } else {
        this.#state.sr1 |= SR1.ADD10;
        this.#phase = "awaitRest";
        this.proceed();
      }
    });
  }

  #addressAnswered(acknowledged: boolean, read: boolean): void {
    const state = this.#state;
    this.#reading = read;
    if (!acknowledged) {
      state.sr1 |= SR1.AF;
      this.#phase = "ended";
      this.proceed();
      return;
    }
    state.sr1 |= SR1.ADDR;
    if (!read) state.sr2 |= SR2.TRA;
    this.#phase = "addressed";
  }

  /** Sends DR, the PEC that was asked for, or stretches the clock with BTF. */
  #transmitNext(): void {
    const state = this.#state;
    let byte = state.pending;
    if (byte === undefined && state.cr1 & CR1.PEC && state.cr1 & CR1.ENPEC) {
      byte = state.pec;
      state.cr1 &= ~CR1.PEC;
    }
    if (byte === undefined) return;
    state.pending = undefined;
    state.sr1 = (state.sr1 | SR1.TXE) & ~SR1.BTF;
    const sent = byte;
    this.#after(BYTE_PERIODS, () => {
      state.countPec(sent);
      if (!this.#wire().write(sent)) {
        state.sr1 |= SR1.AF;
        this.#phase = "ended";
      }
      this.proceed();
      if (this.#phase === "transmit" && this.#alarm === undefined) state.sr1 |= SR1.BTF;
    });
  }

  #receiveNext(): void {
    const state = this.#state;
    this.#after(BYTE_PERIODS, () => {
      const byte = this.#wire().read();
      const acknowledge = !this.#refuseNext && (state.cr1 & CR1.POS ? this.#acknowledgeLatched : this.#ack);
      this.#acknowledgeLatched = this.#ack;
      this.#refuseNext = false;
      this.#checkPec(byte);
      const hasRoom = state.take(byte);
      // The DMA controller may be told at once, and take the byte, before the next one begins.
      if (!acknowledge) this.#phase = "ended";
      this.proceed();
      if (this.#phase === "receive" && this.#alarm === undefined && hasRoom) this.#receiveNext();
    });
  }

  get #ack(): boolean {
    return (this.#state.cr1 & CR1.ACK) !== 0;
  }

  #checkPec(byte: number): void {
    const state = this.#state;
    if ((state.cr1 & (CR1.PEC | CR1.ENPEC)) !== (CR1.PEC | CR1.ENPEC)) return;
    state.cr1 &= ~CR1.PEC;
    if (byte !== state.pec) state.sr1 |= SR1.PECERR;
  }
}
