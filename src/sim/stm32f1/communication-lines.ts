import type { ChipContext } from "./chip-context.ts";

/** A wire that is told of changes alone: most register accesses leave interrupt and DMA lines as they are. */
export class SignalLine {
  readonly #drive: (high: boolean) => void;
  #level: boolean | undefined;

  constructor(drive: (high: boolean) => void) {
    this.#drive = drive;
  }

  set(high: boolean): void {
    if (high === this.#level) return;
    this.#level = high;
    this.#drive(high);
  }
}

/** A block's line to the NVIC; `source` tells it from other blocks on the same line. */
export function interruptLine(context: ChipContext, irq: number, source: string): SignalLine {
  return new SignalLine((high) => context.setInterrupt(irq, source, high));
}

/** A block's level request to the DMA controller. */
export function requestLine(context: ChipContext, name: string): SignalLine {
  return new SignalLine((high) => context.dma.setRequest(name, high));
}
