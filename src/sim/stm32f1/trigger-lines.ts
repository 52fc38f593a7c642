import type { Disposable } from "../../base/events.ts";
import type { Triggers } from "./chip-context.ts";

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
