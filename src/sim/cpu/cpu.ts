import type { Scheduler } from "../time/scheduler.ts";
import type { CoreComponents } from "./component-ids.ts";
import type { Thresholds } from "./translator/thresholds.ts";

/** What a bus read returns when nothing answers there: a bus fault. Real values are never negative. */
export const BUS_FAULT = -1;

/** Access sizes in bytes. */
export type AccessSize = 1 | 2 | 4;

/** Who is on the bus; flash read protection and write rules differ by master. */
export type BusMaster = "cpu" | "debug" | "dma";

/**
 * A stretch of address space that is plain memory: the CPU fetches and loads from `bytes` directly. Stores go directly
 * too when `writable`, else through {@link CpuBus.write} (flash).
 */
export interface MemoryWindow {
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly writable: boolean;
  /** Flash: fetching and reading wait while {@link CpuBus.flashBusyUntil} lies ahead. */
  readonly flash: boolean;
  /** On the data bus alone (CCM RAM of an F4): code fetched from it is a bus fault. */
  readonly dataOnly?: boolean;
}

/** Peripheral registers on 1 KiB: the CPU's way to them past {@link CpuBus.read}, to the same effect. */
export interface RegisterPage {
  /** Reads the register at an address, aligned to `size`. */
  read(address: number, size: AccessSize): number;
  /** Gives true when certainly no other register reads otherwise than before: nothing but what was written changed. */
  write(address: number, size: AccessSize, value: number): unknown;
  /**
   * What a read of the word at an address would give, when it had no effect and gave the same until the next access to
   * any register or the next alarm; undefined when that is not sure.
   */
  steady?(address: number): number | undefined;
}

/**
 * The bus matrix as the CPU sees it: everything but the private peripheral bus 0xE0000000–0xE00FFFFF, which the CPU
 * decodes itself (it hands 0xE0042000–0xE00423FF, DBGMCU, and everything else of the PPB that it does not know,
 * to the bus too). Bit-band aliases are resolved by the CPU, which does the read-modify-write on the target word.
 */
export interface CpuBus {
  /** Memory windows at present, aliases at 0 included. The array is replaced (not changed) when the boot alias moves. */
  readonly windows: readonly MemoryWindow[];
  /**
   * HCLK cycle until which the flash array is busy erasing or programming (0 = idle). An access that begins this sets an
   * alarm for its end.
   */
  readonly flashBusyUntil: number;
  /** What answers on each KiB from 0x40000000 on, where the bus gives that away; undefined: ask the bus. */
  readonly registers?: readonly (RegisterPage | undefined)[];
  /** Reads `size` bytes, little-endian, aligned; {@link BUS_FAULT} when nothing answers. Never throws. */
  read(address: number, size: AccessSize, master: BusMaster): number;
  /** Writes `size` bytes, aligned; false for a bus fault. Never throws. */
  write(address: number, size: AccessSize, value: number, master: BusMaster): boolean;
}

/** What the CPU asks of the chip around it. */
export interface CpuHost {
  readonly scheduler: Scheduler;
  readonly bus: CpuBus;
  /** AIRCR.SYSRESETREQ was written: reset everything that a system reset resets (the CPU's own `reset` included). */
  requestSystemReset(): void;
  /** Debug state entered (true) or left (false): peripherals freeze by DBGMCU. */
  haltChanged(halted: boolean): void;
  /** The core went to sleep or woke; `deep` is SCR.SLEEPDEEP. */
  sleepChanged?(sleeping: boolean, deep: boolean): void;
  /** One byte left the ITM/TPIU on SWO. */
  traceByte?(byte: number): void;
}

/** Why `Cpu.run` came back. */
export type RunResult = "deadline" | "halted" | "sleeping" | "lockup" | "reset";

/** Architectural state, for tests, differential checks and the debugger's register transfers. */
export interface CpuRegisters {
  /** R0–R12, then the banked SP in use (13), LR (14) and the address of the next instruction (15). */
  readonly r: Uint32Array;
  /** APSR flags, IPSR and EPSR (T, ICI/IT) as one word. */
  xpsr: number;
  msp: number;
  psp: number;
  primask: number;
  basepri: number;
  faultmask: number;
  control: number;
}

/**
 * One Cortex-M3, or a Cortex-M4 without FPU, with its private peripherals: NVIC, SCB, SysTick, DWT, FPB, ITM, and the debug registers.
 * An interpreter stands behind it, and for hot code a translator. Not re-entrant.
 */
export interface Cpu {
  /** Snapshot of the architectural state. */
  registers(): CpuRegisters;
  setRegisters(state: Partial<Omit<CpuRegisters, "r">> & { r?: ArrayLike<number> }): void;
  /** In debug state (DHCSR.S_HALT). */
  readonly halted: boolean;
  /** In WFI, WFE or sleep-on-exit. */
  readonly sleeping: boolean;
  readonly lockedUp: boolean;
  /** Instructions retired since power-on. */
  readonly retired: number;

  /**
   * Executes until `scheduler.cycles >= scheduler.deadline`, or debug state, or sleep, or lockup. Adds the cycles spent
   * to `scheduler.cycles`. Returns at once when halted or asleep. The scheduler's alarms are the caller's business.
   */
  run(): RunResult;

  /** Power-on: everything, debug registers included, at reset values; then the reset exception. */
  powerOn(): void;
  /**
   * System or core reset (ARMv7-M B1.5.5): core, NVIC, SCB, SysTick; debug logic (DHCSR.C_DEBUGEN, DEMCR, FPB, DWT)
   * survives. Sets S_RESET_ST; halts at the reset vector when DEMCR.VC_CORERESET and C_DEBUGEN are set.
   */
  reset(): void;
  /** Held in reset (NRST low): executes nothing, the debug registers still answer. */
  setHeldInReset(held: boolean): void;

  /** The level of an external interrupt line; a high line becomes pending, and again on exception return while high. */
  setInterruptLine(irq: number, high: boolean): void;
  /** Latches NMI pending. */
  raiseNmi(): void;
  /** An event for WFE (an EXTI event line, another core's SEV). */
  signalEvent(): void;

  /**
   * A debugger's access through the AHB-AP: any address, the PPB included, side effects as on silicon (S_RESET_ST and
   * S_RETIRE_ST clear on read). {@link BUS_FAULT} or false when nothing answers there.
   */
  debugRead(address: number, size: AccessSize): number;
  debugWrite(address: number, size: AccessSize, value: number): boolean;
  /** Some memory that may hold code was changed behind the CPU's back (flash programming, DMA): forget what was decoded. */
  invalidateCode(address: number, length: number): void;
}

/** The interpreter alone; with translation of hot code; or both, compared (see `check`). */
export type EngineName = "interpreter" | "translator" | "check";

/** What differs between cores: everything that is read from ID registers, and sizes. */
export interface CpuConfig {
  /** CPUID (ARMv7-M B3.2.3); Cortex-M3 r1p1 is 0x411FC231. */
  readonly cpuid: number;
  /** External interrupts implemented. */
  readonly interrupts: number;
  /** Implemented bits of a priority byte, from the top. */
  readonly priorityBits: number;
  /** SYST_CALIB. */
  readonly sysTickCalibration: number;
  /** SysTick reference clock = HCLK / this (CLKSOURCE = 0). */
  readonly sysTickDivider: number;
  readonly flashPatch: { readonly code: number; readonly literal: number };
  readonly watchpoints: number;
  /** Id registers of the debug components; those of a Cortex-M3 r1p1 unless given. */
  readonly components?: CoreComponents;
  /** ID_PFR0 to ID_ISAR4, from 0xE000ED40; those of a Cortex-M3 r1p1 unless given. */
  readonly featureRegisters?: readonly number[];
  /** The DSP extension of ARMv7E-M: without it its instructions are undefined. */
  readonly dsp?: boolean;
  /** What executes; else what default-engine.ts says. The translator works where the chip's memories allow it. */
  readonly engine?: EngineName;
  /** When the translator takes code over. */
  readonly thresholds?: Thresholds;
}
