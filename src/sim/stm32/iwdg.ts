import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { RegisterBlock } from "./register-block.ts";

const KR = 0x00;
const PR = 0x04;
const RLR = 0x08;
const SR = 0x0c;

const KEY_ACCESS = 0x5555;
const KEY_RELOAD = 0xaaaa;
const KEY_START = 0xcccc;

const SR_PVU = 1 << 0;
const SR_RVU = 1 << 1;

/** LSI cycles that a new prescaler or reload value takes to cross into the LSI domain (RM0008 19.4.4: up to 5). */
const updateCycles = 5;

/** What the watchdog needs of the chip. */
export interface IwdgSurroundings {
  readonly scheduler: Scheduler;
  /** It runs: LSI may not stop. */
  forceLsi(on: boolean): void;
  expired(): void;
}

/** Independent watchdog (RM0008 19): counts LSI whatever the rest of the chip does, stop and standby included. */
export class Iwdg extends RegisterBlock {
  readonly #around: IwdgSurroundings;
  readonly #hz: number;
  #open = false;
  #pr = 0;
  #rlr = 0xfff;
  #newPr: number | undefined;
  #newRlr: number | undefined;
  #updates: Alarm[] = [];
  #running = false;
  #frozen = false;
  /** Counter at `#since`, in LSI cycles still to go. */
  #left = 0;
  #since = 0;
  #alarm: Alarm | undefined;

  /** `hz`: frequency of LSI. */
  constructor(around: IwdgSurroundings, hz: number) {
    super("IWDG");
    this.#around = around;
    this.#hz = hz;
  }

  get running(): boolean {
    return this.#running;
  }

  reset(): void {
    for (const update of this.#updates) this.#around.scheduler.cancel(update);
    this.#updates = [];
    this.#around.scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#open = false;
    this.#pr = 0;
    this.#rlr = 0xfff;
    this.#newPr = undefined;
    this.#newRlr = undefined;
    if (this.#running) this.#around.forceLsi(false);
    this.#running = false;
    this.#frozen = false;
  }

  /** KR = 0xCCCC, or the WDG_SW option byte: from now on only a reset stops it. */
  start(): void {
    this.#open = false;
    if (this.#running) return;
    this.#running = true;
    this.#around.forceLsi(true);
    // It starts from the counter's reset value, not from RLR (RM0008 19.3).
    this.#reload(0xfff);
  }

  setFrozen(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    this.#catchUp();
    this.#frozen = frozen;
    this.#arm();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case PR:
        return this.#newPr ?? this.#pr;
      case RLR:
        return this.#newRlr ?? this.#rlr;
      case SR:
        return (this.#newPr === undefined ? 0 : SR_PVU) | (this.#newRlr === undefined ? 0 : SR_RVU);
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === KR) {
      const key = value & 0xffff;
      this.#open = key === KEY_ACCESS;
      if (key === KEY_START) this.start();
      if (key === KEY_RELOAD && this.#running) this.#reload(this.#rlr);
    } else if (offset === PR && this.#open && this.#newPr === undefined) {
      this.#newPr = value & 7;
      this.#afterUpdate(() => {
        this.#catchUp();
        const ticks = Math.ceil(this.#left / this.#divider);
        this.#pr = this.#newPr ?? this.#pr;
        this.#newPr = undefined;
        this.#left = ticks * this.#divider;
        this.#arm();
      });
    } else if (offset === RLR && this.#open && this.#newRlr === undefined) {
      this.#newRlr = value & 0xfff;
      this.#afterUpdate(() => {
        this.#rlr = this.#newRlr ?? this.#rlr;
        this.#newRlr = undefined;
      });
    }
  }

  get #divider(): number {
    return 4 << Math.min(this.#pr, 6);
  }

  #afterUpdate(done: () => void): void {
    this.#updates.push(this.#around.scheduler.afterNanoseconds((updateCycles * 1e9) / this.#hz, done));
  }

  #reload(value: number): void {
    this.#left = (value + 1) * this.#divider;
    this.#since = this.#around.scheduler.nanoseconds;
    this.#arm();
  }

  /** Takes the LSI cycles that passed off the counter. */
  #catchUp(): void {
    const now = this.#around.scheduler.nanoseconds;
    if (this.#running && !this.#frozen) this.#left -= ((now - this.#since) * this.#hz) / 1e9;
    this.#since = now;
  }

  #arm(): void {
    const { scheduler } = this.#around;
    scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (!this.#running || this.#frozen) return;
    this.#alarm = scheduler.afterNanoseconds((Math.max(0, this.#left) * 1e9) / this.#hz, () => this.#around.expired());
  }
}
