/** A memory on an address and data bus: SRAM, NOR flash. Addresses count units of its data width. */
export interface ParallelMemory {
  /** 8 or 16. */
  readonly dataBits: 8 | 16;
  /** It has byte enables (UB, LB), which NBL1 and NBL0 drive. */
  readonly byteLanes: boolean;
  /** Number of address lines that it has. */
  readonly addressBits: number;
  read(address: number): number;
  /** `lanes`: bit 0 for D0–D7, bit 1 for D8–D15; a part without byte enables takes the whole bus whatever they say. */
  write(address: number, value: number, lanes: number): void;
  /** The content of a part that is nothing but memory, so that a bus may go to it directly. */
  readonly bytes?: Uint8Array;
}

/** A NAND flash with 8 data lines: what a cycle means is decided by CLE and ALE. */
export interface NandMemory {
  /** CLE high, a write. */
  command(value: number): void;
  /** ALE high, a write. */
  address(value: number): void;
  write(value: number): void;
  read(): number;
  /** Virtual time in ns at which R/B is high again; 0 while it is high. */
  readonly readyAt: number;
}
