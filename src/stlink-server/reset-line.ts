import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening } from "./opening.ts";
import { DEBUG, debugBlock } from "./usb-commands.ts";

/** DRIVE_NRST's parameter. */
const LEVEL = { low: 0, high: 1, pulse: 2 } as const;

/** NRST is low while any client holds it low: nobody's connect under reset is undone by another that finds the line low. */
export class ResetLine {
  readonly #send: Send;
  readonly #heldBy = new Set<Opening>();

  constructor(send: Send) {
    this.#send = send;
  }

  get low(): boolean {
    return this.#heldBy.size > 0;
  }

  /** DRIVE_NRST. A reply means that the line stays as it is, because another client holds it low. */
  drive(opening: Opening, level: number): Uint8Array | undefined {
    if (level === LEVEL.low) {
      this.#heldBy.add(opening);
      return undefined;
    }
    this.#heldBy.delete(opening);
    return this.low ? debugStatus(DEBUG_STATUS.ok) : undefined;
  }

  /** The client leaves debug mode or is gone: what it held low goes high, unless another holds it. */
  async release(opening: Opening): Promise<void> {
    if (!this.#heldBy.delete(opening) || this.low) return;
    await this.#send(debugBlock(DEBUG.driveNrst, LEVEL.high), undefined, 2);
  }

  /** The probe has let go of the line, and those who hold it still need it low. */
  async restore(): Promise<void> {
    if (this.low) await this.#send(debugBlock(DEBUG.driveNrst, LEVEL.low), undefined, 2);
  }

  /** The probe has let go of the line, by EXIT or because it starts anew. */
  reset(): void {
    this.#heldBy.clear();
  }
}
