import type { Cpu, CpuConfig, CpuHost } from "../cpu/cpu.ts";
import type { MemorySegment } from "./memories.ts";

/** How one specimen of a chip differs from another, and what the board wires to it. */
export interface Stm32f1Options {
  /** Content of flash (or option bytes, or SRAM) before power comes. */
  readonly flash?: readonly MemorySegment[];
  /** The 12 bytes of the unique id. */
  readonly uid?: readonly number[];
  /** Levels at the BOOT0 and BOOT1 (PB2) pins; low unless given. */
  readonly boot0?: boolean;
  readonly boot1?: boolean;
  /** The 16 option bytes; a new part's unless given. */
  readonly optionBytes?: readonly number[];
  /** VDD in volts, 3.3 unless given. */
  readonly voltage?: number;
  /** Crystals on the board, in Hz; 0 for none. 8 MHz and 32768 Hz unless given. */
  readonly hseHz?: number;
  readonly lseHz?: number;
  /** A C8 die that answers on 128 KiB although its size register says 64. */
  readonly hiddenFlash?: boolean;
  /** The JTAG pins are wired to the debug connector too. */
  readonly jtagWired?: boolean;
  /** Another engine than the interpreter. */
  readonly createCpu?: (host: CpuHost, config: CpuConfig) => Cpu;
}
