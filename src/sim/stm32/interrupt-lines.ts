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
