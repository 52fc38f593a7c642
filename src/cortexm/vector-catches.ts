import type { WordOperation } from "../coresight/memory-port.ts";
import { demcr, scs } from "./debug-registers.ts";
import { write } from "./word-operations.ts";

/** The vector catches in DEMCR, with TRCENA, which is always set: as they are wanted, and as the register holds them. */
export class VectorCatches {
  /** While true, whoever set it writes DEMCR itself, and puts it back: neither run nor step touches it. */
  lent = false;
  /** DEMCR as wanted. */
  wanted: number;
  /** DEMCR as it is: for one run it may catch more than is {@link wanted}, and after a reset that was caught. */
  held: number;

  constructor(value: number) {
    this.wanted = value;
    this.held = value;
  }

  /** The write that brings the catches of faults for one run, or takes away what one run had; none where nothing changes. */
  operations(faults: boolean): WordOperation[] {
    const next = this.#forRun(faults);
    return this.lent || next === this.held ? [] : [write(scs.demcr, next)];
  }

  /** What {@link operations} gave was written. */
  written(faults: boolean): void {
    if (!this.lent) this.held = this.#forRun(faults);
  }

  #forRun(faults: boolean): number {
    return (faults ? this.wanted | demcr.anyFault : this.wanted) >>> 0;
  }
}
