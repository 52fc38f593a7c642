import type { Clock } from "../../base/clock.ts";
import type { Chip } from "../../chips/chip.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import type { RamPiece } from "./placement.ts";

/** What a loader runs on, and with. */
export interface SandboxOptions {
  readonly core: Core;
  readonly clock: Clock;
  readonly loader: LoaderFile;
  readonly ram: readonly RamPiece[];
  /** Milliseconds that one call of a function may take. */
  readonly limit: number;
  /** Bytes of RAM to borrow for data at most, where not the usual. */
  readonly buffers?: number;
  /** Bytes of stack at most, where not the usual. */
  readonly stack?: number;
  /** An access that keeps a running watchdog quiet. */
  readonly feed?: WordOperation;
  /** Where the chip says why it was reset last, and how its flags are called. */
  readonly resetFlags?: { readonly address: number; readonly names: (value: number) => readonly string[] };
  /** Whose DMA, and registers that can cut the debug port off, are looked at; unknown, none are. */
  readonly chip?: Chip;
  /**
   * Brings the target back when it no longer answers: under reset, halted at its reset vector. Without it a loader that
   * cuts the debug port off ends in that error.
   */
  readonly recover?: () => Promise<void>;
  /** All RAM is kept, and compared afterwards, not just what the loader is given. */
  readonly keepAllRam?: boolean;
  /** Told of RAM, [start, end), that the loader changed without having been given it; it is as before again. */
  readonly onStray?: (changed: readonly { readonly start: number; readonly end: number }[]) => void;
  /** DMA may have been on before: a program was running. */
  readonly midProgram?: boolean;
  /** Told when the chip was reset, by the loader or because of it: what other loaders set up is gone. */
  readonly onReset?: () => void;
  /** Told of each step that ST's server logs. */
  readonly onStep?: (step: SandboxStep) => void;
}

export type SandboxStep =
  | { readonly kind: "segment"; readonly address: number; readonly length: number }
  | { readonly kind: "stack"; readonly msp: number; readonly lr: number }
  | { readonly kind: "run"; readonly function: string; readonly pc: number }
  | { readonly kind: "restore" };

/** One call of a function of the loader, or of code of ours beside it. */
export interface FunctionCall {
  readonly name: string;
  /** Address without the Thumb bit. */
  readonly entry: number;
  readonly parameters: readonly number[];
  /** What success returns; left out, any result is one. */
  readonly expected?: number;
  /** Milliseconds it may take, where that is not the limit of all calls. */
  readonly limit?: number;
}

export interface CallResult {
  readonly r0: number;
  readonly r1: number;
}
