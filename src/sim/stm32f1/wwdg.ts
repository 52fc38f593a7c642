import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";
import type { Clocks } from "./chip-context.ts";

const CR = 0x00;
const CFR = 0x04;
const SR = 0x08;

const WDGA = 1 << 7;
const EWI = 1 << 9;
/** The counter value of the early wake-up; one below, T6 falls and the chip is reset. */
const earlyWakeUp = 0x40;

/** What the watchdog needs of the chip. */
export interface WwdgSurroundings {
  readonly scheduler: Scheduler;
  readonly clocks: Clocks;
  setInterrupt(source: string, high: boolean): void;
  expired(): void;
}

/** Window watchdog (RM0008 20): a 7-bit down-counter on PCLK1 / 4096 / 2^WDGTB. */
export class Wwdg extends RegisterBlock {
  readonly #around: WwdgSurroundings;
  #counter = 0x7f;
  #active = false;
  #window = 0x7f;
  #prescaler = 0;
  #earlyInterrupt = false;
  #flag = false;
  #clocked = false;
  #frozen = false;
  /** HCLK cycle at which the counter took its value, and cycles of one step. */
  #since = 0;
  #step = 4096;
  #alarm: Alarm | undefined;

  constructor(around: WwdgSurroundings) {
    super("WWDG");
    this.#around = around;
    around.clocks.onChange(() => {
      this.#catchUp();
      this.#rearm();
    });
  }

  reset(): void {
    this.#around.scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#counter = 0x7f;
    this.#active = false;
    this.#window = 0x7f;
    this.#prescaler = 0;
    this.#earlyInterrupt = false;
    this.#flag = false;
    this.#since = this.#around.scheduler.cycles;
    this.#updateInterrupt();
    this.#rearm();
  }

  setClockEnabled(enabled: boolean): void {
    this.#catchUp();
    this.#clocked = enabled;
    this.#rearm();
  }

  setFrozen(frozen: boolean): void {
    this.#catchUp();
    this.#frozen = frozen;
    this.#rearm();
  }

  protected readRegister(offset: number): number {
    this.#catchUp();
    switch (offset) {
      case CR:
        return this.#counter | (this.#active ? WDGA : 0);
      case CFR:
        return this.#window | (this.#prescaler << 7) | (this.#earlyInterrupt ? EWI : 0);
      case SR:
        return this.#flag ? 1 : 0;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#catchUp();
    if (offset === CR) {
      const reloadTooEarly = this.#active && this.#counter > this.#window;
      if (value & WDGA) this.#active = true;
      this.#counter = value & 0x7f;
      this.#since = this.#around.scheduler.cycles;
      if (this.#active && (reloadTooEarly || this.#counter < earlyWakeUp)) this.#around.expired();
    } else if (offset === CFR) {
      this.#window = value & 0x7f;
      this.#prescaler = (value >>> 7) & 3;
      // Once on, the early interrupt stays until a reset.
      if (value & EWI) this.#earlyInterrupt = true;
    } else if (offset === SR && !(value & 1)) {
      this.#flag = false;
    }
    this.#updateInterrupt();
    this.#rearm();
  }

  get #counting(): boolean {
    return this.#clocked && !this.#frozen;
  }

  /** Brings the counter up to now. */
  #catchUp(): void {
    const { cycles } = this.#around.scheduler;
    if (this.#counting) {
      const steps = Math.floor((cycles - this.#since) / this.#step);
      this.#since += steps * this.#step;
      for (let left = Math.min(steps, 128); left > 0; left--) this.#countDown();
    } else {
      this.#since = cycles;
    }
  }

  #countDown(): void {
    this.#counter = (this.#counter - 1) & 0x7f;
    if (this.#counter === earlyWakeUp && this.#active) this.#flag = true;
    if (this.#active && this.#counter < earlyWakeUp) this.#around.expired();
  }

  /** Sets the alarm for the next step that matters: to 0x40, then to 0x3F. Unarmed, the counter is read lazily. */
  #rearm(): void {
    const { scheduler, clocks } = this.#around;
    scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#step = ((4096 << this.#prescaler) * clocks.hclk) / clocks.pclk1;
    if (!this.#counting || !this.#active) return;
    const steps = this.#counter > earlyWakeUp ? this.#counter - earlyWakeUp : 1;
    this.#alarm = scheduler.afterCycles(this.#since + steps * this.#step - scheduler.cycles, () => {
      this.#alarm = undefined;
      this.#catchUp();
      this.#updateInterrupt();
      this.#rearm();
    });
  }

  #updateInterrupt(): void {
    this.#around.setInterrupt("WWDG", this.#flag && this.#earlyInterrupt);
  }
}
