import type { Disposable } from "../../base/events.ts";
import type { Triggers } from "./peripheral.ts";

/** The wires between peripherals: trigger outputs, by name. */
export class TriggerLines implements Triggers {
  readonly #levels = new Map<string, boolean>();
  readonly #pulses = new Map<string, Set<() => void>>();
  readonly #changes = new Map<string, Set<(high: boolean) => void>>();

  pulse(line: string): void {
    for (const listener of [...(this.#pulses.get(line) ?? [])]) listener();
  }

  setLevel(line: string, high: boolean): void {
    if (this.level(line) === high) return;
    this.#levels.set(line, high);
    for (const listener of [...(this.#changes.get(line) ?? [])]) listener(high);
  }

  level(line: string): boolean {
    return this.#levels.get(line) ?? false;
  }

  onPulse(line: string, listener: () => void): Disposable {
    return subscribe(this.#pulses, line, listener);
  }

  onLevel(line: string, listener: (high: boolean) => void): Disposable {
    return subscribe(this.#changes, line, listener);
  }
}

function subscribe<T>(map: Map<string, Set<T>>, line: string, listener: T): Disposable {
  const set = map.get(line) ?? new Set<T>();
  map.set(line, set);
  set.add(listener);
  return { dispose: () => void set.delete(listener) };
}

/** NVIC inputs, each the OR of named sources. */
export class InterruptLines {
  readonly #sources = new Map<number, Set<string>>();
  readonly #drive: (irq: number, high: boolean) => void;

  constructor(drive: (irq: number, high: boolean) => void) {
    this.#drive = drive;
  }

  set(irq: number, source: string, high: boolean): void {
    let sources = this.#sources.get(irq);
    if (sources === undefined) {
      sources = new Set();
      this.#sources.set(irq, sources);
    }
    const before = sources.size > 0;
    if (high) sources.add(source);
    else sources.delete(source);
    if (sources.size > 0 !== before) this.#drive(irq, !before);
  }

  /** Drives every known line again: the CPU forgot its pending bits in a reset, the levels are still there. */
  redrive(): void {
    for (const [irq, sources] of this.#sources) this.#drive(irq, sources.size > 0);
  }
}
