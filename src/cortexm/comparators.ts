import type { MemoryPort, WordOperation } from "../coresight/memory-port.ts";
import { BreakpointUnit } from "./breakpoint-unit.ts";
import type { Architecture } from "./core-name.ts";
import { WatchpointUnit } from "./watchpoint-unit.ts";

/** What was read of the units before they are used. */
export interface FoundUnits {
  readonly fpControl: number;
  readonly dwtControl: number;
}

/** The comparators of both units, which are written, left to others and forgotten together. */
export class Comparators {
  readonly breakpoints: BreakpointUnit;
  readonly watchpoints: WatchpointUnit;
  readonly #port: MemoryPort;

  constructor(port: MemoryPort, { fpControl, dwtControl }: FoundUnits, architecture: Architecture) {
    this.#port = port;
    this.breakpoints = new BreakpointUnit(fpControl);
    this.watchpoints = new WatchpointUnit(dwtControl, architecture);
  }

  /** What has to be written so that they hold what is wanted. */
  operations(): WordOperation[] {
    return [...this.breakpoints.operations(), ...this.watchpoints.operations()];
  }

  /** {@link operations} were carried out. */
  written(): void {
    this.breakpoints.written();
    this.watchpoints.written();
  }

  /** Writes what has to be written, at once. */
  async write(): Promise<void> {
    const operations = this.operations();
    if (operations.length > 0) await this.#port.words(operations);
    this.written();
  }

  /** None is wanted any more. */
  clear(): void {
    this.breakpoints.clear();
    this.watchpoints.clear();
  }

  /** The units may have been reset: whatever was ever in use is written again. */
  forget(): void {
    this.breakpoints.forget();
    this.watchpoints.forget();
  }

  /** Looks which comparators other programs have set, to leave them alone. */
  async leaveToOthers(): Promise<void> {
    const reads = this.breakpoints.reads();
    const values = await this.#port.words([...reads, ...this.watchpoints.reads()]);
    this.breakpoints.leaveToOthers(values.slice(0, reads.length));
    this.watchpoints.leaveToOthers(values.slice(reads.length));
  }
}
