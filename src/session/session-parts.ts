import type { Clock } from "../base/clock.ts";
import type { ProbityError } from "../base/errors.ts";
import type { Core } from "../cortexm/core.ts";
import type { FlashProgrammer } from "../flash/programmer.ts";
import type { Probe } from "../probe/probe.ts";
import type { MemoryRegion } from "./debug-session.ts";
import type { LoadedMemory } from "./loaded-memory.ts";
import type { FlashLock } from "./stepper.ts";

/** What a session is made of: an opened probe whose target is connected and identified. */
export interface SessionParts {
  readonly probe: Probe;
  readonly clock: Clock;
  readonly core: Core;
  readonly flash: FlashProgrammer | undefined;
  /** Memories behind loaders that the user named. */
  readonly loaded?: readonly LoadedMemory[];
  /** Whether nothing ran since the chip was reset; the session keeps it up to date. */
  readonly sinceReset?: SinceReset;
  /** DBGMCU keeps the clocks of the debug port on in low-power modes. */
  readonly keepsDebugClocks?: boolean;
  /** A register of DBGMCU that was not 0 when the session began, and that only a loss of power clears. */
  readonly powerMark?: { readonly address: number };
  readonly chipName: string;
  readonly memoryMap: readonly MemoryRegion[];
  readonly options: SessionOptions;
  /** Of every flash controller of the chip, where they are known. */
  readonly flashLocks?: readonly FlashLock[];
  /** CRC-32 computed by the target, where that is possible (the core is halted). */
  readonly targetCrc32?: (address: number, length: number) => Promise<number>;
  /** Tells that the probe was pulled out, and brings it back. */
  readonly lifeline?: SessionLifeline;
  /** Ends the link; called last. */
  readonly disconnect: () => Promise<void>;
}

/** The cable between us and the probe. */
export interface SessionLifeline {
  readonly canReturn: boolean;
  onGone(listener: (error: ProbityError) => void): void;
  /** Opens the probe again and enters the debug port. Rejects with `link-unplugged` while it is not there. */
  reattach(): Promise<void>;
}

/** What the core did since the last reset. */
export interface SinceReset {
  /** Nothing: it may be reset again, or its peripherals set up, without harm. */
  pristine: boolean;
}

export interface SessionOptions {
  readonly verify: boolean;
  readonly incremental: boolean;
  /** Longest wait for a halt request to be honoured, in milliseconds. */
  readonly haltTimeout: number;
  /** Whether the core is running when the session begins. */
  readonly running: boolean;
}
