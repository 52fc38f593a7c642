import type { Clock } from "../base/clock.ts";

/** Who is at the other end of a link, as its USB descriptors say. */
export interface LinkInfo {
  /** How it was opened, as a user would write it after `--probe`: `sim:bluepill`, `usb:066C…`. */
  readonly name: string;
  readonly vendorId: number;
  readonly productId: number;
  /** The serial number as 24 upper-case hexadecimal digits. */
  readonly serial: string;
}

/**
 * A byte pipe to one probe: 16-byte commands and their data phase, exactly as the probe's bulk endpoints carry them.
 * It knows nothing of what the bytes mean. Calls may overlap: they are carried out one after the other, in order.
 */
export interface Link {
  readonly info: LinkInfo;
  /** The time that passes on this link; a virtual probe supplies virtual time. */
  readonly clock: Clock;
  /**
   * Sends one command block (16 bytes, zero padded), then either sends `write` or reads `readLength` bytes; with
   * neither, the command has no data phase. Resolves to what was read (exactly `readLength` bytes, or fewer when the
   * probe sent fewer), an empty array if nothing. Rejects with a `ProbityError` (`link-…`) when the link itself fails.
   */
  transfer(command: Uint8Array, write?: Uint8Array, readLength?: number): Promise<Uint8Array>;
  /** Reads up to `length` bytes from the trace (SWO) endpoint. */
  readTrace(length: number): Promise<Uint8Array>;
  close(): Promise<void>;
  /**
   * After `link-unplugged`, or when the server in front of the probe is gone (`isGone`): opens the same probe (by its serial
   * number) anew, in the state of a probe that was just plugged in. Rejects with one of these errors while it is not there,
   * and as opening does. Absent where a probe can't come back.
   */
  reopen?(): Promise<void>;
  /** What the way to the probe can't carry, where it is less than USB can. */
  readonly limits?: LinkLimits;
  /**
   * How many other programs have the probe open just now; `undefined` when that can't be told. Absent where a probe is
   * used by one program alone. Does not reject.
   */
  others?(): Promise<number | undefined>;
}

/** What a link can't do that the probe at its end could. */
export interface LinkLimits {
  /** Longest data phase in bytes; as long as the probe takes unless given. */
  readonly dataBytes?: number;
  /** Two commands that belong together can be parted by another program's. */
  readonly keepsPairs: boolean;
}
