import { writeU16, writeU32 } from "../../base/bytes.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** One command as it came over the link. */
export interface Request {
  /** 16 bytes. */
  readonly block: Uint8Array;
  /** The data phase to the probe, empty when there was none. */
  readonly data: Uint8Array;
  /** How much the host will read. */
  readonly readLength: number;
}

/** What a command does; the reply, empty when it has none. */
export type Handler = (probe: ProbeState, request: Request) => Uint8Array;

/** One line of the command table. */
export interface Command {
  /** Byte 0 of the block. */
  readonly group: number;
  /** Byte 1, for groups that have sub-commands. */
  readonly sub?: number;
  /** The name in ST's and the drivers' tables. */
  readonly name: string;
  /** First J version with the command on V2 and V2-1, and on V3; {@link NEVER} where the generation has not got it. */
  readonly since: readonly [v2: number, v3: number];
  /** Whether the command works in debug mode only. */
  readonly needsDebugMode?: boolean;
  readonly handle: Handler;
}

export const NEVER = Number.POSITIVE_INFINITY;
/** Every firmware has the command. */
export const ALWAYS: readonly [number, number] = [0, 0];

/** No reply at all. */
export const NO_REPLY = new Uint8Array(0);

/** The 2-byte status; byte 1 is 0, some drivers compare both. */
export function statusReply(status: Status): Uint8Array {
  const reply = new Uint8Array(2);
  writeU16(reply, 0, status);
  return reply;
}

/** Status at 0, a word at 4. */
export function valueReply(status: Status, value: number): Uint8Array {
  const reply = new Uint8Array(8);
  writeU16(reply, 0, status);
  if (status === STATUS.ok) writeU32(reply, 4, value);
  return reply;
}

/** A word with no status before it. */
export function wordReply(value: number): Uint8Array {
  const reply = new Uint8Array(4);
  writeU32(reply, 0, value);
  return reply;
}
