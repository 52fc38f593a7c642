import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import type { ChipContext } from "./chip-context.ts";
import { BlockPins } from "./communication-pins.ts";
import { TimCounter } from "./tim-counter.ts";
import { type TimView, ticksToEvent } from "./tim-horizon.ts";
import { TimInputs } from "./tim-inputs.ts";
import { TimOutputs } from "./tim-outputs.ts";
import { BDTR, CR1, CR2, DIER, SMCR, SMS, SR, TimRegisters } from "./tim-registers.ts";
import { driveInterrupts, type TimOptions, TimRequests } from "./tim-requests.ts";
import type { TriggerDemand } from "./tim-trigger-demand.ts";

export type { TimOptions } from "./tim-requests.ts";

/** Register bits that exist, general-purpose and advanced. */
const masks = {
  cr2: [0x00f8, 0x7ffd],
  dier: [0x5f5f, 0x7fff],
  sr: [0x1e5f, 0x1eff],
  egr: [0x5f, 0xff],
  ccer: [0x3333, 0x3fff],
} as const;

/** Registers that read as they were written. */
const plainRegisters: Readonly<
  Record<number, "cr2" | "smcr" | "dier" | "sr" | "ccmr1" | "ccmr2" | "ccer" | "psc" | "arr" | "rcr" | "bdtr" | "dcr">
> = {
  4: "cr2",
  8: "smcr",
  12: "dier",
  16: "sr",
  24: "ccmr1",
  28: "ccmr2",
  32: "ccer",
  40: "psc",
  44: "arr",
  48: "rcr",
  68: "bdtr",
  72: "dcr",
};

const channels = [0, 1, 2, 3] as const;

/**
 * TIM1 or one of TIM2–TIM4 (RM0008 14, 15). The counter is computed when somebody looks; an alarm is set only for the
 * next thing that can be seen outside: an interrupt, a DMA request, a pin, a trigger that somebody selected.
 */
export class Tim extends RegisterBlock {
  readonly #options: TimOptions;
  readonly #context: ChipContext;
  readonly #demand: TriggerDemand;
  readonly #registers = new TimRegisters();
  readonly #counter: TimCounter;
  readonly #outputs: TimOutputs;
  readonly #inputs: TimInputs;
  readonly #pins: BlockPins;
  readonly #requests: TimRequests;
  readonly #view: TimView;
  /** Compare values in force for channels with preload. */
  readonly #active = [0, 0, 0, 0];
  #clocked = true;
  #frozen = false;
  /** TRGI's level in gated mode, as far as the counter has heard of it. */
  #gate = false;
  #alarm: Alarm | undefined;
  /** The cycle up to which the counter has counted, and HCLK cycles of one timer clock. */
  #base = 0;
  #divider = 1;
  #advancing = false;
  /** Flags whose interrupts are enabled, as the NVIC lines show them. */
  #pending = 0;

  constructor(options: TimOptions, context: ChipContext, demand: TriggerDemand) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#demand = demand;
    this.#pins = new BlockPins(options.name, context.pins);
    this.#requests = new TimRequests(options.name, this.#registers, context.dma);
    this.#outputs = new TimOutputs(this.#registers, this.#pins, options.advanced);
    const timer = this;
    this.#counter = new TimCounter({
      matched: (channel) => timer.#matched(channel),
      update: () => timer.#update(),
      skipped: (times) => timer.#outputs.skipped(times),
      get preloadPending() {
        return timer.#preloadPending;
      },
    });
    this.#view = {
      registers: this.#registers,
      counter: this.#counter,
      outputs: this.#outputs,
      get preloadPending() {
        return timer.#preloadPending;
      },
      wanted: (trigger) => demand.has(`${options.name}_${trigger}`),
    };
    const itr = options.itr.map((name) => (name === undefined ? undefined : `${name}_TRGO`));
    this.#inputs = new TimInputs(this.#registers, this.#pins, context.triggers, itr, {
      get clocked() {
        return timer.#clocked;
      },
      sync: () => timer.#sync(),
      capture: (channel) => timer.#capture(channel),
      triggered: () => timer.#triggered(),
      gateChanged: () => timer.#gateChanged(),
      count: (down) => timer.#count(down),
      settled: () => timer.#settle(),
    });
    if (options.advanced) this.#pins.watch("BKIN", () => this.#breakInput());
    this.#divider = this.#clockDivider();
    context.clocks.onChange(() => {
      this.#sync();
      this.#divider = this.#clockDivider();
      this.#arm();
    });
    demand.onChange((line) => {
      if (!line.startsWith(`${this.name}_`)) return;
      this.#sync();
      this.#arm();
    });
  }

  reset(): void {
    this.#registers.reset();
    this.#outputs.reset();
    this.#inputs.reset();
    this.#active.fill(0);
    this.#requests.restart();
    const counter = this.#counter;
    counter.cnt = counter.prescaler = counter.phase = counter.repetition = counter.rcr = 0;
    counter.arr = 0xffff;
    counter.down = counter.centre = counter.running = false;
    counter.compare.fill(0);
    this.#base = this.#context.scheduler.now;
    this.#settle();
  }

  setClockEnabled(enabled: boolean): void {
    if (enabled === this.#clocked) return;
    this.#sync();
    this.#clocked = enabled;
    if (enabled) this.#inputs.sample();
    this.#settle();
  }

  setFrozen(frozen: boolean): void {
    this.#sync();
    this.#frozen = frozen;
    this.#settle();
  }

  protected readRegister(offset: number): number {
    this.#sync();
    const registers = this.#registers;
    if (offset >= 0x34 && offset <= 0x40) return this.#readCompare((offset - 0x34) / 4);
    const plain = plainRegisters[offset];
    if (plain !== undefined) return registers[plain];
    if (offset === 0x24) return this.#counter.cnt;
    if (offset === 0x4c) return this.readRegister(this.#requests.nextRegister());
    if (offset !== 0) return 0;
    const dir = this.#counter.down ? CR1.DIR : 0;
    return (registers.cr1 & ~(CR1.DIR | CR1.CEN)) | dir | (this.#counter.running ? CR1.CEN : 0);
  }

  protected writeRegister(offset: number, value: number): void {
    this.#sync();
    const registers = this.#registers;
    const variant = this.#options.advanced ? 1 : 0;
    switch (offset) {
      case 0x00:
        this.#writeControl(value & 0x3ff);
        break;
      case 0x04:
        registers.cr2 = value & masks.cr2[variant];
        break;
      case 0x08:
        registers.smcr = value & 0xfff7;
        break;
      case 0x0c:
        registers.dier = value & masks.dier[variant];
        break;
      case 0x10:
        registers.sr &= value | ~masks.sr[variant];
        break;
      case 0x14:
        this.#generate(value & masks.egr[variant]);
        break;
      case 0x18:
        registers.ccmr1 = value & 0xffff;
        break;
      case 0x1c:
        registers.ccmr2 = value & 0xffff;
        break;
      case 0x20:
        registers.ccer = value & masks.ccer[variant];
        break;
      case 0x24:
        this.#counter.cnt = value & 0xffff;
        break;
      case 0x28:
        registers.psc = value & 0xffff;
        break;
      case 0x2c:
        registers.arr = value & 0xffff;
        if ((registers.cr1 & CR1.ARPE) === 0) this.#counter.arr = registers.arr;
        break;
      case 0x30:
        if (this.#options.advanced) registers.rcr = this.#counter.rcr = value & 0xff;
        break;
      case 0x34:
      case 0x38:
      case 0x3c:
      case 0x40:
        this.#writeCompare((offset - 0x34) / 4, value & 0xffff);
        break;
      case 0x44:
        if (this.#options.advanced) registers.bdtr = value & 0xffff;
        this.#breakInput();
        break;
      case 0x48:
        registers.dcr = value & 0x1f1f;
        this.#requests.restart();
        break;
      case 0x4c: {
        const register = this.#requests.nextRegister();
        if (register !== 0x4c) this.writeRegister(register, value);
        break;
      }
    }
    if (offset !== 0x10 && offset !== 0x24) this.#configure();
    this.#settle();
  }

  #writeControl(value: number): void {
    const registers = this.#registers;
    const counter = this.#counter;
    if (value & CR1.CEN && !counter.running) this.#base = this.#context.scheduler.now;
    registers.cr1 = value;
    counter.running = (value & CR1.CEN) !== 0;
    counter.centre = (value & CR1.CMS) !== 0;
    // DIR belongs to the hardware in centre-aligned and encoder modes.
    const encoder = registers.sms >= 1 && registers.sms <= 3;
    if (!counter.centre && !encoder) counter.down = (value & CR1.DIR) !== 0;
  }

  #readCompare(channel: number): number {
    // Reading what was captured clears the flag.
    if (this.#registers.selection(channel) !== 0) {
      this.#registers.sr &= ~(SR.CC1IF << channel);
      this.#settle();
    }
    return this.#registers.ccr[channel];
  }

  #writeCompare(channel: number, value: number): void {
    if (this.#registers.selection(channel) !== 0) return;
    this.#registers.ccr[channel] = value;
    if (!this.#registers.preloads(channel)) this.#active[channel] = value;
  }

  /** Brings what is in force in line with the registers. */
  #configure(): void {
    const registers = this.#registers;
    for (const channel of channels) {
      if (!registers.preloads(channel)) this.#active[channel] = registers.ccr[channel];
      this.#counter.compare[channel] = registers.selection(channel) === 0 ? this.#active[channel] : -1;
    }
    if ((registers.cr2 & CR2.CCPC) === 0) this.#takeOverControls();
    const lines = this.#options.itr
      .map((name, index) => (name !== undefined && this.#inputs.listensTo(index) ? `${name}_TRGO` : ""))
      .filter((line) => line !== "");
    this.#demand.set(this.name, lines);
    this.#gate = this.#inputs.gate;
  }

  #takeOverControls(): void {
    const { ccer, ccmr1, ccmr2 } = this.#registers;
    this.#outputs.controls = { ccer, ccmr1, ccmr2 };
  }

  /** EGR: events by software. */
  #generate(bits: number): void {
    const registers = this.#registers;
    if (bits & 1) this.#startOver();
    for (const channel of channels) {
      if ((bits & (2 << channel)) === 0) continue;
      if (registers.selection(channel) === 0) this.#compareEvent(channel);
      else this.#capture(channel);
    }
    if (bits & SR.COMIF) this.#commutate();
    if (bits & SR.TIF) {
      registers.sr |= SR.TIF;
      if (registers.dier & DIER.TDE) this.#requests.raise("TRIG");
    }
    if (bits & SR.BIF) this.#break();
  }

  /** UG or a slave reset: the counter starts over with what was preloaded; flags only while URS is 0. */
  #startOver(): void {
    const { cr1, mms } = this.#registers;
    if ((cr1 & CR1.UDIS) === 0) this.#loadPreloads();
    this.#base = this.#context.scheduler.now;
    this.#counter.reinitialise();
    if (mms === 0) this.#trigger("TRGO");
    if ((cr1 & CR1.UDIS) === 0) this.#updateEvent((cr1 & CR1.URS) === 0);
  }

  /** The counter overflowed or underflowed. */
  #update(): void {
    if (this.#registers.cr1 & CR1.UDIS) return;
    this.#loadPreloads();
    this.#updateEvent(true);
    if (this.#registers.cr1 & CR1.OPM) this.#counter.running = false;
  }

  #updateEvent(flags: boolean): void {
    const registers = this.#registers;
    if (flags) {
      registers.sr |= SR.UIF;
      if (registers.dier & DIER.UDE) this.#requests.raise("UP");
    }
    if (registers.cr2 & CR2.CCDS) {
      for (const channel of channels)
        if (registers.dier & (DIER.CC1DE << channel)) this.#requests.raise(`CH${channel + 1}`);
    }
    if (registers.mms === 2) this.#trigger("TRGO");
    if (registers.bdtr & BDTR.AOE && !this.#breakActive) registers.bdtr |= BDTR.MOE;
  }

  #loadPreloads(): void {
    const registers = this.#registers;
    this.#counter.prescaler = registers.psc;
    this.#counter.arr = registers.arr;
    for (const channel of channels) {
      this.#active[channel] = registers.ccr[channel];
      this.#counter.compare[channel] = registers.selection(channel) === 0 ? this.#active[channel] : -1;
    }
  }

  get #preloadPending(): boolean {
    const registers = this.#registers;
    if (this.#counter.prescaler !== registers.psc || this.#counter.arr !== registers.arr) return true;
    return channels.some((i) => registers.selection(i) === 0 && this.#active[i] !== registers.ccr[i]);
  }

  /** CNT is at the channel's compare value. In centre-aligned modes 1 and 2 only one direction flags (CR1.CMS). */
  #matched(channel: number): void {
    this.#outputs.matched(channel);
    const cms = (this.#registers.cr1 & CR1.CMS) >> 5;
    if ((cms === 1 && !this.#counter.down) || (cms === 2 && this.#counter.down)) return;
    this.#compareEvent(channel);
  }

  #compareEvent(channel: number): void {
    const registers = this.#registers;
    registers.sr |= SR.CC1IF << channel;
    if (registers.dier & (DIER.CC1DE << channel) && (registers.cr2 & CR2.CCDS) === 0)
      this.#requests.raise(`CH${channel + 1}`);
    this.#trigger(`CC${channel + 1}`);
    if (registers.mms === 3 && channel === 0) this.#trigger("TRGO");
  }

  #capture(channel: number): void {
    const registers = this.#registers;
    registers.ccr[channel] = this.#counter.cnt;
    if (registers.sr & (SR.CC1IF << channel)) registers.sr |= SR.CC1OF << channel;
    registers.sr |= SR.CC1IF << channel;
    if (registers.dier & (DIER.CC1DE << channel)) this.#requests.raise(`CH${channel + 1}`);
    if (registers.mms === 3 && channel === 0) this.#trigger("TRGO");
  }

  /** The active edge of TRGI (RM0008 14.3.18). */
  #triggered(): void {
    const registers = this.#registers;
    for (const channel of channels) if (registers.selection(channel) === 3) this.#inputs.captureEvent(channel);
    if (registers.cr2 & CR2.CCUS && registers.cr2 & CR2.CCPC) this.#commutate();
    const { sms } = registers;
    if (sms < SMS.reset || sms === SMS.gated) return;
    registers.sr |= SR.TIF;
    if (registers.dier & DIER.TDE) this.#requests.raise("TRIG");
    if (sms === SMS.reset) this.#startOver();
    else if (sms === SMS.externalClock) this.#count(undefined);
    else if (!this.#counter.running) {
      registers.cr1 |= CR1.CEN;
      this.#counter.running = true;
      this.#base = this.#context.scheduler.now;
    }
  }

  #gateChanged(): void {
    const registers = this.#registers;
    if (registers.sms !== SMS.gated) return;
    registers.sr |= SR.TIF;
    if (registers.dier & DIER.TDE) this.#requests.raise("TRIG");
    this.#gate = this.#inputs.gate;
  }

  #count(down: boolean | undefined): void {
    if (this.#frozen) return;
    if (down !== undefined) this.#counter.down = down;
    this.#counter.advance(1);
  }

  /** COM: the preloaded CCxE, CCxNE and OCxM come into force together. */
  #commutate(): void {
    this.#registers.sr |= SR.COMIF;
    if (this.#registers.dier & DIER.COMDE) this.#requests.raise("COM");
    this.#takeOverControls();
  }

  get #breakActive(): boolean {
    const { bdtr } = this.#registers;
    if ((bdtr & BDTR.BKE) === 0) return false;
    return this.#pins.level("BKIN", (bdtr & BDTR.BKP) === 0) === ((bdtr & BDTR.BKP) !== 0);
  }

  #breakInput(): void {
    if (!this.#clocked || !this.#breakActive) return;
    this.#sync();
    this.#break();
    this.#settle();
  }

  #break(): void {
    this.#registers.sr |= SR.BIF;
    this.#registers.bdtr &= ~BDTR.MOE;
  }

  #trigger(line: string): void {
    this.#context.triggers.pulse(`${this.name}_${line}`);
  }

  #clockDivider(): number {
    const { clocks } = this.#context;
    const clock = clocks[this.#options.clock];
    return clock === 0 ? 1 : Math.max(1, Math.round(clocks.hclk / clock));
  }

  /** The internal clock reaches the prescaler. */
  get #ticking(): boolean {
    if (!this.#counter.running || !this.#clocked || this.#frozen) return false;
    const { sms, smcr } = this.#registers;
    if (smcr & SMCR.ECE || sms === SMS.externalClock || (sms >= 1 && sms <= 3)) return false;
    return sms !== SMS.gated || this.#gate;
  }

  /** Counts up to the present cycle. */
  #sync(): void {
    if (this.#advancing) return;
    const { now } = this.#context.scheduler;
    if (!this.#ticking) {
      this.#base = now;
      return;
    }
    const clocks = Math.floor((now - this.#base) / this.#divider);
    if (clocks <= 0) return;
    this.#base += clocks * this.#divider;
    this.#advancing = true;
    this.#counter.advance(clocks);
    this.#advancing = false;
  }

  /** After any change: outputs, trigger level, interrupt lines and the next alarm. */
  #settle(): void {
    if (this.#advancing) return;
    const registers = this.#registers;
    this.#outputs.refresh(this.#counter);
    const { mms } = registers;
    if (mms === 1 || mms >= 4) {
      const line = `${this.name}_TRGO`;
      const high = mms === 1 ? this.#counter.running : this.#outputs.reference[mms - 4];
      const rose = high && !this.#context.triggers.level(line);
      this.#context.triggers.setLevel(line, high);
      if (rose) this.#trigger("TRGO");
    }
    const pending = registers.sr & registers.dier & 0xff;
    if (pending !== this.#pending) driveInterrupts(this.#context, this.#options, (this.#pending = pending));
    this.#arm();
  }

  #arm(): void {
    if (this.#advancing) return;
    const { scheduler } = this.#context;
    scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (!this.#ticking || this.#counter.arr === 0) return;
    const ticks = ticksToEvent(this.#view);
    if (ticks === Number.POSITIVE_INFINITY) return;
    const due = this.#base + this.#counter.clocksFor(ticks) * this.#divider;
    this.#alarm = scheduler.afterCycles(due - scheduler.now, () => {
      this.#sync();
      this.#settle();
    });
  }
}
