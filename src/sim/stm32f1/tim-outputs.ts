import type { BlockPins } from "./communication-pins.ts";
import type { TimCounter } from "./tim-counter.ts";
import { BDTR, type TimRegisters } from "./tim-registers.ts";

const CCE = 1;
const CCP = 2;
const CCNE = 4;
const CCNP = 8;

/** Channel modes and enables as they are in force: those of the registers, or what the last COM event took over. */
export interface OutputControls {
  readonly ccer: number;
  readonly ccmr1: number;
  readonly ccmr2: number;
}

/**
 * The output half of the four capture/compare channels (RM0008 14.3.9): OCxREF by OCxM, then polarity, main output
 * enable and complementary outputs. Dead time is not inserted.
 */
export class TimOutputs {
  /** OCxREF. */
  readonly reference = [false, false, false, false];
  /** In force; replaced by the timer, at once or at a COM event when CCPC is set. */
  controls: OutputControls = { ccer: 0, ccmr1: 0, ccmr2: 0 };
  readonly #registers: TimRegisters;
  readonly #pins: BlockPins;
  readonly #advanced: boolean;
  readonly #claimed = new Set<string>();

  constructor(registers: TimRegisters, pins: BlockPins, advanced: boolean) {
    this.#registers = registers;
    this.#pins = pins;
    this.#advanced = advanced;
  }

  /** The channel's output reaches its pins, so that every change of OCxREF can be seen. */
  isEnabled(channel: number): boolean {
    if (this.#selection(channel) !== 0) return false;
    const enables = this.#enables(channel);
    return (enables & (CCE | CCNE)) !== 0 && this.#mainOutput;
  }

  /** CNT reached the compare value: modes 1–3 act on OCxREF. */
  matched(channel: number): void {
    const mode = this.#mode(channel);
    if (mode === 1) this.reference[channel] = true;
    else if (mode === 2) this.reference[channel] = false;
    else if (mode === 3) this.reference[channel] = !this.reference[channel];
  }

  /** Matches passed unseen; only an odd number of toggles leaves a trace. */
  skipped(times: number): void {
    if (times % 2 === 0) return;
    for (let channel = 0; channel < 4; channel++) {
      if (this.#mode(channel) === 3) this.reference[channel] = !this.reference[channel];
    }
  }

  /** Forced and PWM modes follow from where the counter stands; then the pins follow OCxREF. */
  refresh(counter: TimCounter): void {
    for (let channel = 0; channel < 4; channel++) {
      if (this.#selection(channel) !== 0) continue;
      const mode = this.#mode(channel);
      if (mode === 4 || mode === 5) this.reference[channel] = mode === 5;
      if (mode < 6) continue;
      const value = counter.compare[channel];
      const first = counter.down ? counter.cnt <= value : counter.cnt < value;
      this.reference[channel] = (mode === 6) === first;
    }
    for (let channel = 0; channel < 4; channel++) this.#drive(channel);
  }

  reset(): void {
    this.reference.fill(false);
    this.controls = { ccer: 0, ccmr1: 0, ccmr2: 0 };
    this.#claimed.clear();
    this.#pins.release();
  }

  get #mainOutput(): boolean {
    return !this.#advanced || (this.#registers.bdtr & BDTR.MOE) !== 0;
  }

  #half(channel: number): number {
    const { ccmr1, ccmr2 } = this.controls;
    return ((channel < 2 ? ccmr1 : ccmr2) >> ((channel & 1) * 8)) & 0xff;
  }

  #selection(channel: number): number {
    return this.#half(channel) & 3;
  }

  #mode(channel: number): number {
    return this.#selection(channel) === 0 ? (this.#half(channel) >> 4) & 7 : 0;
  }

  #enables(channel: number): number {
    return (this.controls.ccer >> (channel * 4)) & 15;
  }

  /** RM0008 table 82; without CCxE or MOE a pin is at its inactive or idle level if OSSR or OSSI ask for it, else low. */
  #drive(channel: number): void {
    if (this.#selection(channel) !== 0) return;
    const enables = this.#enables(channel);
    const reference = this.reference[channel];
    const { bdtr, cr2 } = this.#registers;
    const inverted = (enables & CCP) !== 0;
    const complementInverted = (enables & CCNP) !== 0;
    const both = (enables & (CCE | CCNE)) === (CCE | CCNE);

    let main: boolean;
    let complement: boolean;
    if (!this.#mainOutput) {
      const enabled = bdtr & BDTR.OSSI || enables & (CCE | CCNE);
      main = enabled ? ((cr2 >> (8 + channel * 2)) & 1) !== 0 : false;
      complement = enabled ? ((cr2 >> (9 + channel * 2)) & 1) !== 0 : false;
    } else {
      const off = (bdtr & BDTR.OSSR) !== 0;
      main = enables & CCE ? reference !== inverted : off && inverted;
      complement = enables & CCNE ? (both ? !reference : reference) !== complementInverted : off && complementInverted;
    }
    this.#driveSignal(`CH${channel + 1}`, main, (enables & CCE) !== 0);
    if (this.#advanced && channel < 3) this.#driveSignal(`CH${channel + 1}N`, complement, (enables & CCNE) !== 0);
  }

  /** A signal that is off leaves its pin to other blocks; one that was on until now goes to its off level once. */
  #driveSignal(signal: string, level: boolean, on: boolean): void {
    if (!on && !this.#claimed.has(signal)) return;
    if (on) this.#claimed.add(signal);
    else this.#claimed.delete(signal);
    this.#pins.drive(signal, level);
  }
}
