import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import {
  AdcRegisters,
  CR1,
  CR2,
  dualModes,
  injectedTriggers,
  internalVolts,
  regularTriggers,
  SOFTWARE_TRIGGER,
  SR,
} from "./adc-registers.ts";
import type { ChipContext } from "./chip-context.ts";
import { interruptLine, requestLine, type SignalLine } from "./communication-lines.ts";
import type { TriggerDemand } from "./tim-trigger-demand.ts";

export interface AdcOptions {
  readonly name: string;
  readonly irq: number;
  /** ADC1: DMA, dual mode, temperature sensor and reference. */
  readonly master: boolean;
}

type Group = "regular" | "injected";

/** A group in progress: what is still to be converted. */
interface Run {
  readonly group: Group;
  readonly channels: readonly number[];
  /** Next rank, and the one to stop before. */
  rank: number;
  readonly end: number;
}

/** ADC clock cycles of a calibration and of its reset (RM0008 11.4 gives no figure for the latter). */
const CALIBRATION_CYCLES = 83;
const RESET_CALIBRATION_CYCLES = 6;
/** ADC clock cycles from one ADC's start to the other's in the interleaved modes. */
const interleave = { fast: 7, slow: 14 } as const;

/** ADC1 or ADC2 (RM0008 11): regular and injected groups, triggers, analog watchdog, calibration, dual modes. */
export class Adc extends RegisterBlock {
  /** The slave of the dual modes, given to ADC1. */
  slave: Adc | undefined;
  readonly #options: AdcOptions;
  readonly #context: ChipContext;
  readonly #demand: TriggerDemand;
  readonly #registers = new AdcRegisters();
  readonly #interrupt: SignalLine;
  readonly #request: SignalLine;
  readonly #injectedData = [0, 0, 0, 0];
  #sr = 0;
  #data = 0;
  /** A regular result waits for the DMA controller. */
  #dmaPending = false;
  #regular: Run | undefined;
  #injected: Run | undefined;
  /** Where discontinuous mode goes on. */
  #position: Record<Group, number> = { regular: 0, injected: 0 };
  #alarm: Alarm | undefined;
  #startAlarm: Alarm | undefined;
  #calibration: Alarm | undefined;
  #clocked = true;
  /** Alternate trigger mode: the next injected trigger is the slave's. */
  #slaveNext = false;

  constructor(options: AdcOptions, context: ChipContext, demand: TriggerDemand) {
    super(options.name);
    this.#options = options;
    this.#context = context;
    this.#demand = demand;
    this.#interrupt = interruptLine(context, options.irq, options.name);
    this.#request = requestLine(context, options.name);
    regularTriggers.forEach((line, select) => {
      context.triggers.onPulse(line, () => {
        const { cr2 } = this.#registers;
        if (cr2 & CR2.EXTTRIG && ((cr2 >> 17) & 7) === select) this.#triggerRegular();
      });
    });
    injectedTriggers.forEach((line, select) => {
      context.triggers.onPulse(line, () => {
        const { cr2 } = this.#registers;
        if (cr2 & CR2.JEXTTRIG && ((cr2 >> 12) & 7) === select) this.#triggerInjected();
      });
    });
  }

  reset(): void {
    this.#stop();
    this.#context.scheduler.cancel(this.#calibration);
    this.#calibration = undefined;
    this.#registers.reset();
    this.#injectedData.fill(0);
    this.#sr = this.#data = 0;
    this.#slaveNext = false;
    this.#listen();
    this.#update();
  }

  setClockEnabled(enabled: boolean): void {
    if (enabled === this.#clocked) return;
    this.#clocked = enabled;
    if (!enabled) this.#stop();
  }

  /** Volts on this ADC's input channel. */
  volts(channel: number): number {
    if (channel < 16) return this.#context.analogVolts(channel);
    if (!this.#options.master || (this.#registers.cr2 & CR2.TSVREFE) === 0) return 0;
    if (channel === 16) return internalVolts.temperature;
    return channel === 17 ? internalVolts.reference : 0;
  }

  protected readRegister(offset: number): number {
    const r = this.#registers;
    if (offset >= 0x14 && offset < 0x24) return r.jofr[(offset - 0x14) / 4];
    if (offset >= 0x3c && offset < 0x4c) return this.#injectedData[(offset - 0x3c) / 4];
    switch (offset) {
      case 0x00:
        return this.#sr;
      case 0x04:
        return r.cr1;
      case 0x08:
        return r.cr2;
      case 0x0c:
        return r.smpr1;
      case 0x10:
        return r.smpr2;
      case 0x24:
        return r.htr;
      case 0x28:
        return r.ltr;
      case 0x2c:
        return r.sqr1;
      case 0x30:
        return r.sqr2;
      case 0x34:
        return r.sqr3;
      case 0x38:
        return r.jsqr;
      case 0x4c:
        return this.#readData();
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    return offset === 0x00 ? this.#sr : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    const r = this.#registers;
    if (offset >= 0x14 && offset < 0x24) r.jofr[(offset - 0x14) / 4] = value & 0xfff;
    switch (offset) {
      case 0x00:
        this.#sr &= value;
        break;
      case 0x04:
        r.cr1 = value & (this.#options.master ? 0xcfffff : 0xc0ffff);
        break;
      case 0x08:
        this.#writeControl(value & (this.#options.master ? 0xfef90f : 0x7ef80f));
        break;
      case 0x0c:
        r.smpr1 = value & 0xffffff;
        break;
      case 0x10:
        r.smpr2 = value & 0x3fffffff;
        break;
      case 0x24:
        r.htr = value & 0xfff;
        break;
      case 0x28:
        r.ltr = value & 0xfff;
        break;
      case 0x2c:
        r.sqr1 = value & 0xffffff;
        break;
      case 0x30:
        r.sqr2 = value & 0x3fffffff;
        break;
      case 0x34:
        r.sqr3 = value & 0x3fffffff;
        break;
      case 0x38:
        r.jsqr = value & 0x3fffff;
        break;
    }
    this.#update();
  }

  #readData(): number {
    const upper = this.#dual === undefined ? 0 : (this.slave?.regularData ?? 0);
    this.#sr &= ~SR.EOC;
    this.#dmaPending = false;
    this.#update();
    return (this.#data | (upper << 16)) >>> 0;
  }

  /** The last regular result, as a dual mode's master shows it. */
  get regularData(): number {
    return this.#data;
  }

  get #dual() {
    return this.#options.master ? dualModes[(this.#registers.cr1 >> 16) & 15] : undefined;
  }

  #writeControl(value: number): void {
    const r = this.#registers;
    const before = r.cr2;
    const wasOn = (before & CR2.ADON) !== 0;
    const commands = CR2.SWSTART | CR2.JSWSTART | CR2.CAL | CR2.RSTCAL;
    // A calibration that runs keeps its bit until it is done.
    const running = this.#calibration === undefined ? 0 : before & (CR2.CAL | CR2.RSTCAL);
    r.cr2 = (value & ~commands) | running;
    if ((value & CR2.ADON) === 0) {
      this.#stop();
      this.#listen();
      return;
    }
    this.#listen();
    if (!wasOn) return;
    if (value & CR2.RSTCAL) this.#calibrate(CR2.RSTCAL, RESET_CALIBRATION_CYCLES);
    else if (value & CR2.CAL) this.#calibrate(CR2.CAL, CALIBRATION_CYCLES);
    const software = (select: number) => ((r.cr2 >> select) & 7) === SOFTWARE_TRIGGER;
    if (value & CR2.SWSTART && value & CR2.EXTTRIG && software(17)) this.#triggerRegular();
    if (value & CR2.JSWSTART && value & CR2.JEXTTRIG && software(12)) this.#triggerInjected();
    // ADON written as 1 again, and nothing else changed, starts a conversion (RM0008 11.3.5).
    if (value === before) this.#triggerRegular();
  }

  #calibrate(bit: number, adcCycles: number): void {
    const { scheduler } = this.#context;
    this.#registers.cr2 |= bit;
    scheduler.cancel(this.#calibration);
    this.#calibration = scheduler.afterCycles(adcCycles * this.#adcCycle, () => {
      this.#calibration = undefined;
      this.#registers.cr2 &= ~(CR2.CAL | CR2.RSTCAL);
    });
  }

  /** HCLK cycles of an ADC clock cycle. */
  get #adcCycle(): number {
    const { clocks } = this.#context;
    return clocks.adc === 0 ? 1 : clocks.hclk / clocks.adc;
  }

  /** Says which trigger lines are wanted now. */
  #listen(): void {
    const { cr2 } = this.#registers;
    const on = (cr2 & CR2.ADON) !== 0;
    const lines = [
      on && cr2 & CR2.EXTTRIG ? regularTriggers[(cr2 >> 17) & 7] : undefined,
      on && cr2 & CR2.JEXTTRIG ? injectedTriggers[(cr2 >> 12) & 7] : undefined,
    ];
    this.#demand.set(
      this.name,
      lines.filter((line) => line !== undefined),
    );
  }

  #triggerRegular(): void {
    const mode = this.#dual?.regular;
    if (mode === undefined || this.slave === undefined) {
      this.startGroup("regular");
      return;
    }
    // The slave goes first, so that its result stands when the master's comes.
    this.slave.startGroup("regular");
    if (mode === "simultaneous") this.startGroup("regular");
    else if (this.#startAlarm === undefined) {
      this.#startAlarm = this.#context.scheduler.afterCycles(interleave[mode] * this.#adcCycle, () => {
        this.#startAlarm = undefined;
        this.startGroup("regular");
      });
    }
  }

  #triggerInjected(): void {
    const mode = this.#dual?.injected;
    if (mode === "alternate") {
      (this.#slaveNext ? (this.slave ?? this) : this).startGroup("injected");
      this.#slaveNext = !this.#slaveNext;
      return;
    }
    if (mode === "simultaneous") this.slave?.startGroup("injected");
    this.startGroup("injected");
  }

  /** Starts a group unless it runs already; called by a dual mode's master too. */
  startGroup(group: Group): void {
    const r = this.#registers;
    const running = group === "regular" ? this.#regular : this.#injected;
    if (!this.#clocked || (r.cr2 & CR2.ADON) === 0 || running !== undefined) return;
    const channels = group === "regular" ? r.regularSequence() : r.injectedSequence();
    const discontinuous = (r.cr1 & (group === "regular" ? CR1.DISCEN : CR1.JDISCEN)) !== 0;
    const first = discontinuous && this.#position[group] < channels.length ? this.#position[group] : 0;
    const count = !discontinuous ? channels.length : group === "regular" ? ((r.cr1 >> 13) & 7) + 1 : 1;
    const run = { group, channels, rank: first, end: Math.min(first + count, channels.length) };
    if (group === "regular") {
      this.#sr |= SR.STRT;
      this.#regular = run;
      if (this.#injected === undefined) this.#convert(run);
    } else {
      this.#sr |= SR.JSTRT;
      this.#injected = run;
      // What the regular group was converting is dropped, and converted anew afterwards (RM0008 11.3.9).
      this.#convert(run);
    }
    this.#update();
  }

  #convert(run: Run): void {
    const { scheduler } = this.#context;
    const channel = run.channels[run.rank];
    scheduler.cancel(this.#alarm);
    this.#alarm = scheduler.afterCycles(this.#registers.cycles(channel) * this.#adcCycle, () => {
      this.#alarm = undefined;
      this.#converted(run, channel);
      this.#update();
    });
  }

  #converted(run: Run, channel: number): void {
    const { vdda } = this.#context;
    const code = Math.max(0, Math.min(4095, Math.round((this.volts(channel) / vdda) * 4095)));
    this.#watch(run.group, channel, code);
    if (run.group === "regular") this.#storeRegular(run, code);
    else this.#storeInjected(run, code);
  }

  #storeRegular(run: Run, code: number): void {
    const { cr1, cr2 } = this.#registers;
    this.#data = cr2 & CR2.ALIGN ? code << 4 : code;
    this.#dmaPending = true;
    run.rank++;
    const groupDone = run.rank >= run.channels.length;
    // In discontinuous mode every conversion flags, else the last of the group (RM0008 11.3.10, 11.12.1).
    if (groupDone || cr1 & CR1.DISCEN) this.#sr |= SR.EOC;
    if (run.rank < run.end) {
      this.#convert(run);
      return;
    }
    this.#position.regular = groupDone ? 0 : run.rank;
    this.#regular = undefined;
    if (groupDone && cr1 & CR1.JAUTO) this.startGroup("injected");
    if (cr2 & CR2.CONT && groupDone) this.startGroup("regular");
  }

  #storeInjected(run: Run, code: number): void {
    const { cr1, cr2, jofr } = this.#registers;
    const value = code - jofr[run.rank];
    this.#injectedData[run.rank] = (cr2 & CR2.ALIGN ? value << 3 : value) & 0xffff;
    run.rank++;
    const groupDone = run.rank >= run.channels.length;
    // The end of an injected group sets EOC too.
    if (groupDone) this.#sr |= SR.JEOC | SR.EOC;
    if (run.rank < run.end) {
      this.#convert(run);
      return;
    }
    this.#position.injected = groupDone || !(cr1 & CR1.JDISCEN) ? 0 : run.rank;
    this.#injected = undefined;
    if (this.#regular !== undefined) this.#convert(this.#regular);
  }

  /** Analog watchdog, on the code before alignment and offset (RM0008 11.3.7). */
  #watch(group: Group, channel: number, code: number): void {
    const { cr1, htr, ltr } = this.#registers;
    if ((cr1 & (group === "regular" ? CR1.AWDEN : CR1.JAWDEN)) === 0) return;
    if (cr1 & CR1.AWDSGL && (cr1 & 31) !== channel) return;
    if (code > htr || code < ltr) this.#sr |= SR.AWD;
  }

  #stop(): void {
    const { scheduler } = this.#context;
    scheduler.cancel(this.#alarm);
    scheduler.cancel(this.#startAlarm);
    this.#alarm = this.#startAlarm = this.#regular = this.#injected = undefined;
    this.#position = { regular: 0, injected: 0 };
    this.#dmaPending = false;
  }

  #update(): void {
    const { cr1, cr2 } = this.#registers;
    const sr = this.#sr;
    const high =
      (cr1 & CR1.EOCIE && sr & SR.EOC) || (cr1 & CR1.AWDIE && sr & SR.AWD) || (cr1 & CR1.JEOCIE && sr & SR.JEOC);
    this.#interrupt.set(high !== 0);
    if (this.#options.master) this.#request.set((cr2 & CR2.DMA) !== 0 && this.#dmaPending);
  }
}
