import { RegisterBlock } from "../stm32/register-block.ts";
import type { ExtiLines } from "./chip-context.ts";

const IMR = 0x00;
const EMR = 0x04;
const RTSR = 0x08;
const FTSR = 0x0c;
const SWIER = 0x10;
const PR = 0x14;

/** Lines 0–18 (19 on the connectivity line is not ours). */
const lines = 0x7ffff;

/** What EXTI drives. */
export interface ExtiOutputs {
  /** The interrupt of a line, high while it is pending and not masked. */
  setInterrupt(line: number, high: boolean): void;
  /** An unmasked event: WFE wakes. */
  signalEvent(line: number): void;
  /** The selected edge came, masked or not: triggers of other blocks (ADC on lines 11 and 15). */
  triggered(line: number): void;
}

/** External interrupt and event controller (RM0008 10.2, 10.3). */
export class Exti extends RegisterBlock implements ExtiLines {
  readonly #outputs: ExtiOutputs;
  #imr = 0;
  #emr = 0;
  #rtsr = 0;
  #ftsr = 0;
  #swier = 0;
  #pr = 0;
  #levels = 0;

  constructor(outputs: ExtiOutputs) {
    super("EXTI");
    this.#outputs = outputs;
  }

  reset(): void {
    this.#imr = 0;
    this.#emr = 0;
    this.#rtsr = 0;
    this.#ftsr = 0;
    this.#swier = 0;
    this.#pr = 0;
    this.#updateInterrupts(lines);
  }

  setLine(line: number, high: boolean): void {
    const bit = 1 << line;
    const before = (this.#levels & bit) !== 0;
    if (before === high) return;
    this.#levels = high ? this.#levels | bit : this.#levels & ~bit;
    if ((high ? this.#rtsr : this.#ftsr) & bit) this.#trigger(line);
  }

  /** The port behind a line was switched: the new level, without an edge. */
  setLevelQuietly(line: number, high: boolean): void {
    const bit = 1 << line;
    this.#levels = high ? this.#levels | bit : this.#levels & ~bit;
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case IMR:
        return this.#imr;
      case EMR:
        return this.#emr;
      case RTSR:
        return this.#rtsr;
      case FTSR:
        return this.#ftsr;
      case SWIER:
        return this.#swier;
      case PR:
        return this.#pr;
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    return offset === PR ? this.#pr : undefined;
  }

  protected writeRegister(offset: number, written: number): void {
    const value = written & lines;
    switch (offset) {
      case IMR: {
        const changed = this.#imr ^ value;
        this.#imr = value;
        this.#updateInterrupts(changed);
        break;
      }
      case EMR:
        this.#emr = value;
        break;
      case RTSR:
        this.#rtsr = value;
        break;
      case FTSR:
        this.#ftsr = value;
        break;
      case SWIER: {
        const raised = value & ~this.#swier;
        this.#swier |= value;
        for (let line = 0; raised >>> line !== 0; line++) {
          if ((raised >>> line) & 1) this.#trigger(line);
        }
        break;
      }
      case PR:
        // Clearing a pending bit also clears its SWIER bit.
        this.#swier &= ~value;
        this.#pr &= ~value;
        this.#updateInterrupts(value);
        break;
    }
  }

  #trigger(line: number): void {
    const bit = 1 << line;
    if (this.#emr & bit) this.#outputs.signalEvent(line);
    this.#outputs.triggered(line);
    // The latch stands before the mask (RM0008 figure 20).
    this.#pr |= bit;
    this.#updateInterrupts(bit);
  }

  #updateInterrupts(changed: number): void {
    const active = this.#pr & this.#imr;
    for (let line = 0; changed >>> line !== 0; line++) {
      if ((changed >>> line) & 1) this.#outputs.setInterrupt(line, ((active >>> line) & 1) !== 0);
    }
  }
}
