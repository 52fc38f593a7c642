import type { ChipContext, DmaRequests } from "./chip-context.ts";
import { SR, type TimRegisters } from "./tim-registers.ts";

export interface TimOptions {
  readonly name: string;
  /** TIM1: repetition counter, break, complementary outputs, main output enable, COM events. */
  readonly advanced: boolean;
  readonly clock: "tim1" | "timApb1";
  /** NVIC lines; a general-purpose timer has one for all. */
  readonly irqs: {
    readonly update: number;
    readonly capture: number;
    readonly trigger: number;
    readonly break?: number;
  };
  /** Names of the timers behind ITR0–ITR3 (RM0008 tables 80 and 86); undefined where the chip has none. */
  readonly itr: readonly (string | undefined)[];
}

/** DMA requests of a timer and the bursts that DCR makes of them (RM0008 14.3.19, 14.4.19). */
export class TimRequests {
  readonly #name: string;
  readonly #registers: TimRegisters;
  readonly #dma: DmaRequests;
  /** Items left of the burst that each line asked for. */
  readonly #left = new Map<string, number>();
  /** The next register that DMAR stands for, counted from DBA. */
  #index = 0;

  constructor(name: string, registers: TimRegisters, dma: DmaRequests) {
    this.#name = name;
    this.#registers = registers;
    this.#dma = dma;
    for (const line of ["UP", "TRIG", "COM", "CH1", "CH2", "CH3", "CH4"]) {
      dma.onServed(`${name}_${line}`, () => this.#served(`${name}_${line}`));
    }
  }

  /** An event asks for DBL + 1 items. */
  raise(line: string): void {
    const name = `${this.#name}_${line}`;
    this.#left.set(name, this.#burstLength);
    this.#index = 0;
    this.#dma.pulse(name);
  }

  /** Offset of the register that DMAR stands for now; each access moves on to the next. */
  nextRegister(): number {
    const register = ((this.#registers.dcr & 31) + this.#index) * 4;
    this.#index = this.#index >= this.#burstLength ? 0 : this.#index + 1;
    return register;
  }

  /** DCR was written, or the timer reset. */
  restart(): void {
    this.#index = 0;
    this.#left.clear();
  }

  get #burstLength(): number {
    return (this.#registers.dcr >> 8) & 31;
  }

  #served(name: string): void {
    const left = this.#left.get(name) ?? 0;
    if (left === 0) return;
    this.#left.set(name, left - 1);
    this.#dma.pulse(name);
  }
}

/** Sets a timer's NVIC lines; `flags` are the bits of SR whose enables are set. */
export function driveInterrupts(context: ChipContext, { name, irqs, advanced }: TimOptions, flags: number): void {
  const set = (irq: number, source: string, bits: number) => context.setInterrupt(irq, source, (flags & bits) !== 0);
  if (!advanced) {
    set(irqs.update, name, 0xff);
    return;
  }
  set(irqs.update, `${name}_UP`, SR.UIF);
  set(irqs.capture, `${name}_CC`, 0x1e);
  set(irqs.trigger, `${name}_TRG_COM`, SR.TIF | SR.COMIF);
  if (irqs.break !== undefined) set(irqs.break, `${name}_BRK`, SR.BIF);
}
