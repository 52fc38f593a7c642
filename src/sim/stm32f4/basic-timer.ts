import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";

const CR1 = 0x00;
const DIER = 0x0c;
const SR = 0x10;
const EGR = 0x14;
const CNT = 0x24;
const PSC = 0x28;
const ARR = 0x2c;

const CR1_CEN = 1 << 0;
const CR1_UDIS = 1 << 1;
const CR1_URS = 1 << 2;
const CR1_OPM = 1 << 3;
const SR_UIF = 1 << 0;
const EGR_UG = 1 << 0;

/** What a timer needs of the chip around it. */
export interface TimerSurroundings {
  readonly scheduler: Scheduler;
  /** Its counter clock in Hz. */
  clock(): number;
  setInterrupt(source: string, high: boolean): void;
}

/**
 * The time base of a timer (RM0386 21): prescaler, up-counter, reload, update event and its interrupt. Channels, slave
 * modes and counting down are not there; their registers keep what is written.
 */
export class BasicTimer extends RegisterBlock {
  readonly #around: TimerSurroundings;
  readonly #largest: number;
  readonly #stored = new Map<number, number>();
  #cr1 = 0;
  #dier = 0;
  #flags = 0;
  #psc = 0;
  #prescaler = 0;
  #arr: number;
  /** Counter value at cycle `#since`. */
  #count = 0;
  #since = 0;
  #frozen = false;
  #alarm: Alarm | undefined;

  constructor(name: string, around: TimerSurroundings) {
    super(name, "merge");
    this.#around = around;
    // TIM2 and TIM5 have 32 bits.
    this.#largest = name === "TIM2" || name === "TIM5" ? 0xffffffff : 0xffff;
    this.#arr = this.#largest;
  }

  reset(): void {
    this.#around.scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#stored.clear();
    this.#cr1 = 0;
    this.#dier = 0;
    this.#flags = 0;
    this.#psc = 0;
    this.#prescaler = 0;
    this.#arr = this.#largest;
    this.#count = 0;
    this.#frozen = false;
    this.#updateInterrupt();
  }

  setFrozen(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    this.#catchUp();
    this.#frozen = frozen;
    this.#arm();
  }

  /** The counter's clock changed. */
  clockChanged(): void {
    this.#catchUp();
    this.#arm();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case CR1:
        return this.#cr1;
      case DIER:
        return this.#dier;
      case SR:
        return this.#flags;
      case CNT:
        this.#catchUp();
        return Math.floor(this.#count);
      case PSC:
        return this.#psc;
      case ARR:
        return this.#arr;
      default:
        return this.#stored.get(offset) ?? 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#catchUp();
    switch (offset) {
      case CR1:
        this.#cr1 = value & 0x3ff;
        break;
      case DIER:
        this.#dier = value & 0x7fff;
        break;
      case SR:
        this.#flags &= value;
        break;
      case EGR:
        if (value & EGR_UG) this.#update(!(this.#cr1 & CR1_URS));
        break;
      case CNT:
        this.#count = (value & this.#largest) >>> 0;
        break;
      case PSC:
        this.#psc = value & 0xffff;
        break;
      case ARR:
        this.#arr = (value & this.#largest) >>> 0;
        break;
      default:
        this.#stored.set(offset, value >>> 0);
        return;
    }
    this.#arm();
    this.#updateInterrupt();
  }

  get #counts(): boolean {
    return (this.#cr1 & CR1_CEN) !== 0 && !this.#frozen && this.#arr !== 0;
  }

  /** HCLK cycles of one step of the counter. */
  get #step(): number {
    return ((this.#prescaler + 1) * this.#around.scheduler.hclkHz) / this.#around.clock();
  }

  #catchUp(): void {
    const { now } = this.#around.scheduler;
    if (this.#counts) this.#count = Math.min(this.#arr + 1, this.#count + (now - this.#since) / this.#step);
    this.#since = now;
  }

  #arm(): void {
    const { scheduler } = this.#around;
    scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (!this.#counts) return;
    const steps = this.#count > this.#arr ? this.#largest + 1 - this.#count + this.#arr : this.#arr + 1 - this.#count;
    this.#alarm = scheduler.afterCycles(steps * this.#step, () => {
      this.#since = scheduler.now;
      this.#update(true);
      if (this.#cr1 & CR1_OPM) this.#cr1 &= ~CR1_CEN;
      this.#arm();
      this.#updateInterrupt();
    });
  }

  #update(flag: boolean): void {
    this.#count = 0;
    if (this.#cr1 & CR1_UDIS) return;
    this.#prescaler = this.#psc;
    if (flag) this.#flags |= SR_UIF;
  }

  #updateInterrupt(): void {
    this.#around.setInterrupt(this.name, (this.#flags & this.#dier & SR_UIF) !== 0);
  }
}
