import type { Disposable } from "../../base/events.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";

const SR = 0x00;
const DR = 0x04;
const BRR = 0x08;
const CR1 = 0x0c;
const CR2 = 0x10;
const CR3 = 0x14;
const GTPR = 0x18;

const SR_ORE = 1 << 3;
const SR_RXNE = 1 << 5;
const SR_TC = 1 << 6;
const SR_TXE = 1 << 7;

const CR1_RE = 1 << 2;
const CR1_TE = 1 << 3;
const CR1_RXNEIE = 1 << 5;
const CR1_M = 1 << 12;
const CR1_UE = 1 << 13;
const CR1_OVER8 = 1 << 15;

/** What a USART needs of the chip around it. */
export interface UsartSurroundings {
  readonly scheduler: Scheduler;
  /** PCLK of its bus, in Hz. */
  pclk(): number;
  setInterrupt(source: string, high: boolean): void;
}

/**
 * Asynchronous transmission and reception of bytes (RM0386 31), each frame as long as BRR says. Without parity checks,
 * flow control, DMA and the synchronous modes. Bytes are heard whatever the pins are set to.
 */
export class Usart extends RegisterBlock {
  readonly #around: UsartSurroundings;
  readonly #listeners = new Set<(byte: number) => void>();
  #flags = SR_TXE | SR_TC;
  #received = 0;
  #registers = new Map<number, number>();
  /** In the shift register, and behind it in DR. */
  #shifting: number | undefined;
  #waiting: number | undefined;
  #sendAlarm: Alarm | undefined;
  readonly #arriving: number[] = [];
  #receiveAlarm: Alarm | undefined;

  constructor(name: string, around: UsartSurroundings) {
    super(name);
    this.#around = around;
  }

  reset(): void {
    this.#around.scheduler.cancel(this.#sendAlarm);
    this.#sendAlarm = undefined;
    this.#shifting = undefined;
    this.#waiting = undefined;
    this.#flags = SR_TXE | SR_TC;
    this.#received = 0;
    this.#registers.clear();
    this.#updateInterrupt();
  }

  /** Hears each byte when its stop bit has left. */
  onTransmit(listener: (byte: number) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** Bytes arrive at RX, one after the other. */
  receive(bytes: Iterable<number>): void {
    this.#arriving.push(...bytes);
    this.#receiveNext();
  }

  protected readRegister(offset: number): number {
    if (offset === SR) return this.#flags;
    if (offset !== DR) return this.#registers.get(offset) ?? 0;
    this.#flags &= ~(SR_RXNE | SR_ORE);
    this.#updateInterrupt();
    return this.#received;
  }

  steady(offset: number): number | undefined {
    return offset === SR ? this.#flags : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case SR:
        this.#flags &= value | ~(SR_RXNE | SR_TC);
        break;
      case DR:
        this.#send(value & 0x1ff);
        break;
      case BRR:
      case CR1:
      case CR2:
      case CR3:
      case GTPR:
        this.#registers.set(offset, value & 0xffff);
        this.#receiveNext();
        break;
    }
    this.#updateInterrupt();
  }

  get #cr1(): number {
    return this.#registers.get(CR1) ?? 0;
  }

  #on(direction: number): boolean {
    const wanted = CR1_UE | direction;
    return (this.#cr1 & wanted) === wanted;
  }

  /** Length of a frame in ns; 0 while there is no baud rate. */
  get #frameNanoseconds(): number {
    const brr = this.#registers.get(BRR) ?? 0;
    // OVER8: the fraction has three bits, and a bit lasts eight samples (RM0386 31.4.4).
    const divider = this.#cr1 & CR1_OVER8 ? (brr >>> 4) * 8 + (brr & 7) : brr;
    const pclk = this.#around.pclk();
    if (divider === 0 || pclk === 0) return 0;
    const stop = [1, 0.5, 2, 1.5][((this.#registers.get(CR2) ?? 0) >>> 12) & 3];
    const bits = 1 + (this.#cr1 & CR1_M ? 9 : 8) + stop;
    return (bits * divider * 1e9) / pclk;
  }

  #send(value: number): void {
    if (!this.#on(CR1_TE)) return;
    this.#flags &= ~SR_TC;
    if (this.#shifting === undefined) {
      this.#shift(value);
    } else {
      this.#waiting = value;
      this.#flags &= ~SR_TXE;
    }
  }

  #shift(value: number): void {
    this.#shifting = value;
    this.#waiting = undefined;
    this.#flags |= SR_TXE;
    const frame = this.#frameNanoseconds;
    // Without a baud rate the bits never leave.
    if (frame === 0) return;
    this.#sendAlarm = this.#around.scheduler.afterNanoseconds(frame, () => {
      this.#shifting = undefined;
      this.#sendAlarm = undefined;
      for (const listener of [...this.#listeners]) listener(value & (this.#cr1 & CR1_M ? 0x1ff : 0xff));
      if (this.#waiting !== undefined) this.#shift(this.#waiting);
      else this.#flags |= SR_TC;
      this.#updateInterrupt();
    });
  }

  #receiveNext(): void {
    if (this.#receiveAlarm !== undefined || this.#arriving.length === 0) return;
    const frame = this.#frameNanoseconds;
    if (frame === 0 || !this.#on(CR1_RE)) return;
    this.#receiveAlarm = this.#around.scheduler.afterNanoseconds(frame, () => {
      this.#receiveAlarm = undefined;
      const byte = this.#arriving.shift() ?? 0;
      if (this.#flags & SR_RXNE) {
        this.#flags |= SR_ORE;
      } else if (this.#on(CR1_RE)) {
        this.#received = byte;
        this.#flags |= SR_RXNE;
      }
      this.#updateInterrupt();
      this.#receiveNext();
    });
  }

  #updateInterrupt(): void {
    // TXEIE, TCIE and RXNEIE stand at the bit positions of their flags.
    const wanted = this.#flags & this.#cr1 & (SR_TXE | SR_TC | SR_RXNE);
    const overrun = this.#cr1 & CR1_RXNEIE && this.#flags & SR_ORE;
    this.#around.setInterrupt(this.name, wanted !== 0 || overrun !== 0);
  }
}
