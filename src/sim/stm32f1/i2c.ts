import { RegisterBlock } from "../stm32/register-block.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { ChipContext } from "./chip-context.ts";
import { interruptLine, requestLine, type SignalLine } from "./communication-lines.ts";
import { BlockPins } from "./communication-pins.ts";
import { I2cMaster } from "./i2c-master.ts";
import { CR1, CR2, ERRORS, type I2cHost, I2cState, SR1, SR2 } from "./i2c-registers.ts";
import { I2cSlave, type I2cTransfer } from "./i2c-slave.ts";
import { type I2cDevice, I2cWire } from "./i2c-wire.ts";

export type { I2cTransfer, I2cTransferResult } from "./i2c-slave.ts";
export type { I2cDevice } from "./i2c-wire.ts";

export interface I2cOptions {
  readonly name: string;
  readonly irqs: { readonly event: number; readonly error: number };
  readonly clock: "pclk1" | "pclk2";
}

/**
 * An I2C (RM0008 26) as master of the parts attached to it, or as slave of a master outside ({@link asSlave}).
 * Pull-ups are taken to be on the board.
 */
export class I2c extends RegisterBlock {
  readonly #options: I2cOptions;
  readonly #context: ChipContext;
  readonly #pins: BlockPins;
  readonly #state = new I2cState();
  readonly #wire = new I2cWire();
  /** What the master talks to while its pins are not alternate outputs. */
  readonly #nothing = new I2cWire();
  readonly #lines: Readonly<Record<"event" | "error" | "transmit" | "receive", SignalLine>>;
  readonly #master: I2cMaster;
  readonly #slave: I2cSlave;
  #ccr = 0;
  #trise = 2;
  #clocked = true;
  /** SR1 as it was last read: the first half of the clearing sequences. */
  #seen = 0;

  constructor(options: I2cOptions, context: ChipContext) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#pins = new BlockPins(options.name, context.pins);
    this.#lines = {
      event: interruptLine(context, options.irqs.event, `${options.name}_EV`),
      error: interruptLine(context, options.irqs.error, `${options.name}_ER`),
      transmit: requestLine(context, `${options.name}_TX`),
      receive: requestLine(context, `${options.name}_RX`),
    };
    const host: I2cHost = {
      get scheduler(): Scheduler {
        return context.scheduler;
      },
      period: () => this.#period(),
      update: () => {
        this.#update();
        if (!this.#master.active) this.#slave.next();
      },
    };
    this.#master = new I2cMaster(this.#state, host, () => (this.#reachesPins() ? this.#wire : this.#nothing));
    this.#slave = new I2cSlave(this.#state, host);
    context.dma.onServed(`${this.name}_RX`, (_last, remaining) => this.#master.served(remaining));
    context.dma.onServed(`${this.name}_TX`, (last) => {
      // With ENPEC the code follows the last item by itself (RM0008 26.3.7).
      if (last && this.#state.cr1 & CR1.ENPEC) this.#state.cr1 |= CR1.PEC;
    });
  }

  /** Puts a part on the bus. */
  attach(device: I2cDevice): void {
    this.#wire.attach(device);
  }

  /** A master outside addresses this chip, as soon as the bus is free; at the rate that CCR gives (100 kHz without). */
  asSlave(transfer: I2cTransfer): void {
    this.#slave.begin(transfer);
  }

  /** Another master or a glitch disturbed the bus: sets the error flag, and ends the transfer as the manual says. */
  disturb(error: "bus-error" | "arbitration-lost"): void {
    this.#master.reset();
    this.#state.sr1 |= error === "bus-error" ? SR1.BERR : SR1.ARLO;
    this.#state.sr2 &= ~(SR2.MSL | SR2.TRA | SR2.BUSY);
    this.#update();
  }

  reset(): void {
    this.#clear();
    this.#pins.release();
    this.#letGo();
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    this.#clocked = enabled;
    this.#letGo();
    if (enabled) this.#master.proceed();
  }

  /** Off or at rest, the block pulls neither line down. */
  #letGo(): void {
    if (!this.#clocked) return;
    this.#pins.drive("SCL", true);
    this.#pins.drive("SDA", true);
  }

  protected readRegister(offset: number): number {
    const state = this.#state;
    switch (offset) {
      case 0x00:
        return state.cr1;
      case 0x04:
        return state.cr2;
      case 0x08:
        return state.oar1;
      case 0x0c:
        return state.oar2;
      case 0x10:
        return this.#readData();
      case 0x14:
        this.#seen = state.sr1;
        return state.sr1;
      case 0x18:
        return this.#readStatus2();
      case 0x1c:
        return this.#ccr;
      case 0x20:
        return this.#trise;
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    const { sr1 } = this.#state;
    // Seen as it is, it is not changed by being seen again.
    return offset === 0x14 && this.#seen === sr1 ? sr1 : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    const state = this.#state;
    const off = (state.cr1 & CR1.PE) === 0;
    switch (offset) {
      case 0x00:
        this.#writeControl(value & 0xbffb);
        break;
      case 0x04:
        state.cr2 = value & 0x1f3f;
        break;
      case 0x08:
        state.oar1 = value & 0xc3ff;
        break;
      case 0x0c:
        state.oar2 = value & 0xff;
        break;
      case 0x10:
        this.#writeData(value & 0xff);
        break;
      case 0x14:
        state.sr1 &= value | ~ERRORS;
        break;
      case 0x1c:
        if (off) this.#ccr = value & 0xcfff;
        break;
      case 0x20:
        if (off) this.#trise = value & 0x3f;
        break;
    }
    this.#update();
  }

  #readData(): number {
    const value = this.#state.received;
    this.#seen &= ~SR1.BTF;
    const moved = this.#state.read();
    this.#master.readDone(moved);
    if (moved && this.#slave.active) this.#slave.released();
    this.#update();
    return value;
  }

  #writeData(value: number): void {
    const state = this.#state;
    if (this.#slave.active || !(state.cr1 & CR1.PE)) {
      state.pending = value;
      state.sr1 &= ~(SR1.TXE | SR1.BTF);
      if (state.sr2 & SR2.TRA && !(state.sr1 & SR1.ADDR)) this.#slave.released();
    } else {
      this.#master.written(value, this.#seen);
    }
    this.#seen &= ~(SR1.SB | SR1.ADD10 | SR1.BTF);
  }

  /** Reading SR2 after SR1 showed ADDR clears it, and lets SCL go. */
  #readStatus2(): number {
    const state = this.#state;
    const value = state.sr2 | (state.pec << 8);
    if (this.#seen & state.sr1 & SR1.ADDR) {
      state.sr1 &= ~SR1.ADDR;
      this.#seen &= ~SR1.ADDR;
      if (this.#slave.active) this.#slave.released();
      else this.#master.addressCleared();
      this.#update();
    }
    return value;
  }

  #writeControl(value: number): void {
    const state = this.#state;
    if (value & CR1.SWRST) {
      this.#clear();
      state.cr1 = CR1.SWRST;
      return;
    }
    if (this.#seen & SR1.STOPF) state.sr1 &= ~SR1.STOPF;
    this.#seen &= ~SR1.STOPF;
    state.cr1 = value;
    if ((value & CR1.PE) === 0) {
      this.#master.reset();
      this.#slave.reset();
      state.clearCommunication();
      return;
    }
    this.#letGo();
    if (this.#clocked && !this.#slave.active) this.#master.proceed();
  }

  #clear(): void {
    const state = this.#state;
    this.#master.reset();
    this.#slave.reset();
    state.clearCommunication();
    state.cr1 = state.cr2 = state.oar1 = state.oar2 = state.received = 0;
    this.#ccr = 0;
    this.#trise = 2;
    this.#seen = 0;
  }

  #reachesPins(): boolean {
    return this.#pins.isOutput("SCL") && this.#pins.isOutput("SDA");
  }

  /** SCL period from CCR, FS and DUTY (RM0008 26.6.8). */
  #period(): number {
    const { clocks } = this.#context;
    const pclk = clocks[this.#options.clock];
    const counts = (this.#ccr & 0x8000 ? (this.#ccr & 0x4000 ? 25 : 3) : 2) * (this.#ccr & 0xfff);
    if (pclk === 0 || counts === 0) return clocks.hclk / 100_000;
    return (counts * clocks.hclk) / pclk;
  }

  #update(): void {
    const { sr1, sr2, cr1, cr2 } = this.#state;
    const events = SR1.SB | SR1.ADDR | SR1.ADD10 | SR1.STOPF | SR1.BTF;
    const buffers = cr2 & CR2.ITBUFEN ? SR1.TXE | SR1.RXNE : 0;
    this.#lines.event.set((cr2 & CR2.ITEVTEN) !== 0 && (sr1 & (events | buffers)) !== 0);
    this.#lines.error.set((cr2 & CR2.ITERREN) !== 0 && (sr1 & ERRORS) !== 0);
    const dma = (cr2 & CR2.DMAEN) !== 0 && (cr1 & CR1.PE) !== 0;
    const transmits = (sr2 & SR2.TRA) !== 0 && (sr1 & SR1.TXE) !== 0;
    this.#lines.transmit.set(dma && transmits);
    this.#lines.receive.set(dma && (sr1 & SR1.RXNE) !== 0);
  }
}
