import type { Cpu, CpuConfig, CpuHost, EngineName } from "../cpu/cpu.ts";
import type { MemorySegment } from "./memories.ts";
import type { WornCells } from "./worn-cells.ts";

/** Unique id that a virtual chip has unless told otherwise: lot "PROBITY", wafer 1, at X 2, Y 3. */
export const defaultUid: readonly number[] = [0x02, 0x00, 0x03, 0x00, 0x01, 0x59, 0x54, 0x49, 0x42, 0x4f, 0x52, 0x50];

/** A supply that gives way under the current of a flash erase. */
export interface WeakSupply {
  /** What VDD falls to. */
  readonly volts: number;
  /** Nanoseconds from the start of an erase to the dip; a shorter operation is over before it. */
  readonly after: number;
  /** How long the dip lasts, nanoseconds. */
  readonly lasts: number;
}

/** How one specimen of a chip differs from another, and what the board wires to it. */
export interface ChipOptions {
  /** Content of the memories that a program can be loaded into, before power comes. */
  readonly flash?: readonly MemorySegment[];
  /** The 12 bytes of the unique id. */
  readonly uid?: readonly number[];
  /** Levels at the BOOT0 and BOOT1 pins; low unless given. */
  readonly boot0?: boolean;
  readonly boot1?: boolean;
  /** VDD in volts, 3.3 unless given. */
  readonly voltage?: number;
  readonly weakSupply?: WeakSupply;
  /** What the flash size register says, in KiB, when it is not the truth. */
  readonly sizeRegisterKib?: number;
  /** Cells of main flash that an erase does not bring back to 1. */
  readonly wornCells?: WornCells;
  /** Crystals on the board, in Hz; 0 for none. What is not given is the family's to say. */
  readonly hseHz?: number;
  readonly lseHz?: number;
  /** The JTAG pins are wired to the debug connector too. */
  readonly jtagWired?: boolean;
  /** What executes code: the interpreter unless given. Virtual time and results are the same with any. */
  readonly engine?: EngineName;
  /** Another CPU than {@link CortexM3}. */
  readonly createCpu?: (host: CpuHost, config: CpuConfig) => Cpu;
}
