import type { EventStream } from "../base/events.ts";
import type { CoreRegisterName, CoreRegisters, HaltReason, ResetKind, WatchAccess } from "../cortexm/core.ts";
import type { ImageSegment, ProgramResult } from "../flash/programmer.ts";

/** One stretch of the address space, as GDB's memory map wants it. */
export interface MemoryRegion {
  /** `io` is everything else: registers, aliases, holes. GDB needs it listed, or it refuses to look there. */
  readonly kind: "ram" | "rom" | "flash" | "io";
  readonly start: number;
  readonly length: number;
  /** Erase unit; flash only. */
  readonly blockSize?: number;
}

export type RunState = "halted" | "running" | "lost";

/** What was done to one memory. */
export interface ProgrammedMemory extends ProgramResult {
  /** In words, such as `internal flash`. */
  readonly memory: string;
}

/** What the session tells whoever listens: the log, the console, GDB clients. Names are `noun.verb`. */
export interface SessionEvents {
  /** The core entered debug state, for whatever reason; `by` tells a stop that nobody asked for from one that was. */
  "target.halted": { readonly reason: HaltReason; readonly pc: number };
  "target.resumed": Record<string, never>;
  "target.reset": { readonly kind: ResetKind | "unexpected"; readonly halted: boolean };
  /**
   * The target stopped answering, or answers again. The probe may be what was lost (`link-unplugged`); `text` tells then
   * that it is back and how the target was found.
   */
  "target.lost": { readonly message: string; readonly error: unknown };
  "target.found": { readonly text?: string };
  "flash.progress": { readonly phase: string; readonly done: number; readonly total: number };
  /** An image is about to be compared and programmed. */
  "flash.planned": { readonly image: readonly ImageSegment[] };
  /** One memory's part of an image is programmed. */
  "flash.programmed": ProgrammedMemory;
  /** A step of a `load` failed. */
  "flash.failed": { readonly error: unknown };
  /** A line that a user should see, such as "all 6 breakpoint comparators are in use". */
  "user.message": { readonly text: string };
  /** A step that the log records: ST's function name and message. */
  "log.line": { readonly source: string; readonly text: string; readonly level: 1 | 2 | 4 | 8 | 16 };
}

export interface ResetOptions {
  readonly halt: boolean;
  /** The reset ends a load: memories outside of the chip that were loaded are set up again, so that the program finds them. */
  readonly afterLoad?: boolean;
}

export type BreakpointKind = "software" | "hardware";

/**
 * An open probe with a connected, identified target. Operations are short and queue behind one lock; any number of
 * clients may call. Run control that takes long (`resume`) resolves as soon as the core runs; the stop comes as the
 * event `target.halted`. Errors are `ProbityError`s.
 */
export interface DebugSession {
  readonly events: EventStream<SessionEvents>;
  /** Name of the chip and its memories. */
  readonly chipName: string;
  readonly memoryMap: readonly MemoryRegion[];
  readonly runState: RunState;
  /** Somebody waits for the target to stop, as is taken for granted: else a running one is looked at seldom. */
  attended: boolean;
  readonly breakpointComparators: number;
  readonly watchpointComparators: number;

  halt(): Promise<void>;
  resume(): Promise<void>;
  /** One instruction; resolves when the core is halted again. No event is emitted. */
  step(): Promise<HaltReason>;
  /**
   * Steps while PC stays in [start, end), as `vCont;r` asks; `cancelled` is looked at between instructions. Ends early
   * at a breakpoint. Resolves to why it stopped.
   */
  stepRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason>;
  reset(kind: ResetKind, options: ResetOptions): Promise<void>;
  haltReason(): Promise<HaltReason>;

  registers(): Promise<CoreRegisters>;
  readRegister(name: CoreRegisterName): Promise<number>;
  writeRegister(name: CoreRegisterName, value: number): Promise<void>;

  /** Works while the core runs, too. Breakpoint instructions of ours are hidden from the reader. */
  readMemory(address: number, length: number): Promise<Uint8Array>;
  writeMemory(address: number, data: Uint8Array): Promise<void>;
  /**
   * CRC-32 of GDB's `qCRC` over memory (src/base/crc32.ts), computed by the target where that is cheaper. `cancelled` is
   * asked now and then where it is not; when it says so, rejects with `cancelled`.
   */
  crc32(address: number, length: number, cancelled?: () => boolean): Promise<number>;

  /**
   * Software breakpoints (Z0) are an instruction in RAM and a comparator elsewhere. Counted: two clients may set the
   * same. Rejects with `breakpoints-used-up`.
   */
  addBreakpoint(kind: BreakpointKind, address: number, length: number): Promise<void>;
  removeBreakpoint(kind: BreakpointKind, address: number, length: number): Promise<void>;
  addWatchpoint(access: WatchAccess, address: number, length: number): Promise<void>;
  removeWatchpoint(access: WatchAccess, address: number, length: number): Promise<void>;

  /** GDB's load: erase requests and writes are gathered, carried out by {@link flashDone}. Refuses what does not fit. */
  flashErase(address: number, length: number): Promise<void>;
  flashWrite(address: number, data: Uint8Array): Promise<void>;
  /** `cancelled` is asked between two pieces of work; when it says so, rejects with `flash-cancelled`. */
  flashDone(cancelled?: () => boolean): Promise<void>;
  /** Forget what was gathered (the client went away in the middle). */
  flashAbort(): void;
  massErase(): Promise<void>;

  /** For the IDE's "is this ST" exchange: DP and AP registers by number. */
  readDp(register: number): Promise<number>;
  writeDp(register: number, value: number): Promise<void>;
  readAp(ap: number, register: number): Promise<number>;

  /**
   * The debugger went: remove its breakpoints; let the core run, or leave it as it is. After a load that was cancelled it
   * is left halted.
   */
  detach(options: { readonly resume: boolean }): Promise<void>;
  close(): Promise<void>;
}
