import type { Cancelled } from "./cancelled.ts";

/** A piece of an image: bytes and where they belong. Pieces do not overlap and come in address order. */
export interface ImageSegment {
  readonly address: number;
  readonly data: Uint8Array;
}

export interface ProgramOptions {
  /** Skip pages that already hold what the image wants. */
  readonly incremental?: boolean;
  /** Read back (or checksum on the target) after programming and compare. */
  readonly verify?: boolean;
  /** Erase the whole flash first instead of the pages touched. */
  readonly massErase?: boolean;
  readonly onProgress?: (progress: FlashProgress) => void;
  /** The work ends in good order with `flash-cancelled` when this says so; it is asked every half second at least. */
  readonly cancelled?: Cancelled;
}

export interface FlashProgress {
  readonly phase: "compare" | "erase" | "program" | "verify";
  /** Bytes done and to do in this phase. */
  readonly done: number;
  readonly total: number;
}

/** What a run of the programmer did. */
export interface ProgramResult {
  readonly pagesErased: number;
  readonly pagesSkipped: number;
  readonly bytesProgrammed: number;
}

/** Where flash is, and the unit in which it is erased. */
export interface FlashRegion {
  readonly base: number;
  readonly size: number;
  /** Erase unit in bytes (uniform on F1). */
  readonly pageSize: number;
  readonly erasedValue: number;
}

/**
 * Writes internal flash. The core is halted by the caller; registers and the RAM that the algorithm uses are restored
 * before any method resolves or rejects. Errors: `flash-image-too-large`, `flash-image-outside`, `flash-protected`,
 * `flash-locked`, `flash-program-failed` (facts: address, found), `flash-verify-failed` (facts: address, expected, found),
 * `flash-timeout` and `flash-algorithm-failed` (facts: pc, xpsr, cfsr), `flash-ram-too-small`, `flash-no-clock`,
 * `flash-cancelled`.
 */
export interface FlashProgrammer {
  readonly region: FlashRegion;
  /** Erases the pages that [address, address+length) touches. */
  erase(
    address: number,
    length: number,
    onProgress?: (progress: FlashProgress) => void,
    cancelled?: Cancelled,
  ): Promise<void>;
  massErase(): Promise<void>;
  /**
   * Compare, erase, program, verify. Bytes of a touched page that the image does not mention keep their value. Nothing
   * is erased before the whole image was found to fit.
   */
  program(image: readonly ImageSegment[], options?: ProgramOptions): Promise<ProgramResult>;
  verify(image: readonly ImageSegment[]): Promise<void>;
}
