import type { MemoryPort, WordOperation } from "../coresight/memory-port.ts";

/** DHCSR as read, in words (ARMv7-M C1.6.2). `resetSeen` and `retired` clear on reading. */
export interface CoreStatus {
  readonly dhcsr: number;
  readonly halted: boolean;
  readonly sleeping: boolean;
  readonly lockedUp: boolean;
  readonly resetSeen: boolean;
}

/** Every register that GDB shows of an ARMv7-M core without FPU. */
export interface CoreRegisters {
  /** R0–R12, SP (the one in use), LR, PC. */
  readonly r: Uint32Array;
  readonly xpsr: number;
  readonly msp: number;
  readonly psp: number;
  readonly primask: number;
  readonly basepri: number;
  readonly faultmask: number;
  readonly control: number;
}

export type CoreRegisterName =
  | `r${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12}`
  | "sp"
  | "lr"
  | "pc"
  | "xpsr"
  | "msp"
  | "psp"
  | "primask"
  | "basepri"
  | "faultmask"
  | "control";

/**
 * How to reset (`hardware` drives NRST; `core` is VECTRESET; `system` is SYSRESETREQ), and whether the core shall be
 * halted at its reset vector afterwards.
 */
export type ResetKind = "system" | "core" | "hardware";

/** A register and what it shall hold. */
export type RegisterValue = readonly [name: CoreRegisterName, value: number];

/** How to let the core run. */
export interface ResumeOptions {
  readonly maskInterrupts?: boolean;
  /** Until the next stop the core halts, too, where it enters a fault's handler. */
  readonly catchFaults?: boolean;
}

/** Words of memory by their address. */
export type ReadWords = ReadonlyMap<number, number>;

/** Why the core is halted, from DFSR, the comparators and the instruction at PC. */
export type HaltReason =
  | { readonly kind: "request" }
  | { readonly kind: "step" }
  | { readonly kind: "breakpoint"; readonly address: number; readonly hardware: boolean }
  | { readonly kind: "watchpoint"; readonly access: WatchAccess; readonly address: number }
  | { readonly kind: "vector-catch"; readonly cause: string }
  | { readonly kind: "external" };

export type WatchAccess = "read" | "write" | "access";

/**
 * One Cortex-M through its debug registers. Register access needs a halted core; memory goes through {@link port} at
 * any time. Registers are cached until the core runs, steps or is reset.
 */
/** What tells where a stopped core's program is. */
export interface StopRegisters {
  readonly sp: number;
  readonly lr: number;
  readonly pc: number;
}

export interface Core {
  readonly port: MemoryPort;
  /** CPUID decoded, as `Cortex-M3 r1p1`. */
  readonly name: string;
  readonly cpuid: number;
  readonly breakpointComparators: number;
  readonly watchpointComparators: number;

  /**
   * How often the debug logic was found without its state, which only a loss of the target's power takes away (C_DEBUGEN,
   * ARMv7-M C1.6.2).
   */
  readonly powerLosses?: number;

  /**
   * Reads DHCSR. When the debug logic lost its state (the target's power was off), debug control, vector catches and
   * comparators are set up again first, and `resetSeen` is true.
   */
  status(): Promise<CoreStatus>;
  /** Requests debug state and waits for it; rejects with `core-halt-timeout` when it does not come. */
  halt(timeoutMilliseconds?: number): Promise<void>;
  /**
   * Lets the core run; a breakpoint at the present PC is stepped over first. Nothing happens if it runs already. With
   * `maskInterrupts` PendSV, SysTick and external interrupts stay pending until the next stop (C_MASKINTS, ARMv7-M
   * C1.6.2), whatever the code does; faults and NMI do not. Resolves to whether it was seen halted again already, as after
   * a short way to a breakpoint.
   */
  resume(options?: ResumeOptions): Promise<boolean>;
  /**
   * One instruction, interrupts masked by C_MASKINTS (ARMv7-M C1.6.2) unless told otherwise. Resolves to the words of
   * `also` that were read when it was over, in the transfer that made it: as many as fit, none of them when it took longer.
   */
  step(options?: { readonly maskInterrupts?: boolean; readonly also?: readonly number[] }): Promise<ReadWords>;
  /** Why a core that has just stopped did so, into the cache, with the words of `also` as far as they fit. */
  lookAtStop(also: readonly number[]): Promise<ReadWords>;
  /** The same, but all registers come first, so that `also` may name words by what they hold. */
  lookAroundStop(also: (registers: StopRegisters) => readonly number[]): Promise<ReadWords>;
  /** Polls until halted or the time is over; resolves to whether it halted. */
  waitHalted(timeoutMilliseconds: number): Promise<boolean>;
  haltReason(): Promise<HaltReason>;

  registers(): Promise<CoreRegisters>;
  readRegister(name: CoreRegisterName): Promise<number>;
  writeRegister(name: CoreRegisterName, value: number): Promise<void>;
  /**
   * Several registers, in order, and then `then`: in one batch where the probe has a queue. PRIMASK, BASEPRI, FAULTMASK and
   * CONTROL are written together, where the first of them stands.
   */
  writeRegisters(values: readonly RegisterValue[], then?: readonly WordOperation[]): Promise<void>;
  /**
   * Whether the core is halted, after `first`, whose reads give `values`. Where the probe has a queue, the same transfers
   * fetch DFSR and these registers, for later reads.
   */
  lookIfHalted(
    registers: readonly CoreRegisterName[],
    first?: readonly WordOperation[],
  ): Promise<{ readonly halted: boolean; readonly values: readonly number[] }>;

  reset(kind: ResetKind, options: { readonly halt: boolean }): Promise<void>;

  /**
   * Sets a breakpoint comparator on a half-word below 0x20000000; rejects with `breakpoints-used-up` (facts: the
   * number there is) when none is free. FPB version 1 and 2.
   */
  setBreakpoint(address: number): Promise<void>;
  clearBreakpoint(address: number): Promise<void>;
  /** Rejects with `watchpoints-used-up`, or `watchpoint-unsupported` for a length or alignment the DWT has no mask for. */
  setWatchpoint(address: number, length: number, access: WatchAccess): Promise<void>;
  clearWatchpoint(address: number, length: number, access: WatchAccess): Promise<void>;
  clearAllComparators(): Promise<void>;
  /** While true, whoever set it writes DEMCR itself, and puts it back; neither run nor step touches it. */
  catchesLent: boolean;
  /** Which exceptions halt the core (DEMCR VC_* bits); TRCENA stays set. */
  setVectorCatch(bits: number): Promise<void>;

  /** What is cached of registers and status may be stale: something else made the core run or reset. */
  invalidate(): void;
}
