/**
 * Who listens to which internal trigger line. A timer's compare and update events cost an alarm each as triggers; with
 * this a timer raises them only while some ADC or slaved timer has selected the line.
 */
export class TriggerDemand {
  readonly #wanted = new Map<string, readonly string[]>();
  readonly #listeners = new Set<(line: string) => void>();

  /** `consumer` (`ADC1 regular`) listens to these lines from now on, and to no others. */
  set(consumer: string, lines: readonly string[]): void {
    const before = this.#wanted.get(consumer) ?? [];
    if (before.length === lines.length && before.every((line, i) => line === lines[i])) return;
    this.#wanted.set(consumer, lines);
    for (const line of new Set([...before, ...lines])) for (const listener of this.#listeners) listener(line);
  }

  has(line: string): boolean {
    for (const lines of this.#wanted.values()) if (lines.includes(line)) return true;
    return false;
  }

  /** Called with each line whose demand may have changed. */
  onChange(listener: (line: string) => void): void {
    this.#listeners.add(listener);
  }
}
