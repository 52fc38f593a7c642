import { readU16 } from "../../base/bytes.ts";

/** The eight bytes of a control transfer's setup stage (USB 2.0, 9.3). */
export interface Setup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  /** Longest data stage, bytes. */
  readonly length: number;
}

/** How a transfer ended, in the words of USB. */
export type TransferStatus = "success" | "stall" | "babble" | "cancelled" | "invalid" | "error";

/** A control transfer's end: the data stage of a read, or nothing. `undefined` stalls the pipe. */
export type ControlReply = Uint8Array | undefined;

/** The data stage of a request that has none. */
export const NO_DATA = new Uint8Array(0);

/** Standard requests (USB 2.0, table 9-4). */
export const REQUEST = {
  getStatus: 0,
  clearFeature: 1,
  setFeature: 3,
  setAddress: 5,
  getDescriptor: 6,
  getConfiguration: 8,
  setConfiguration: 9,
  getInterface: 10,
  setInterface: 11,
} as const;

/** The setup stage in the eight bytes at the start of `bytes`. */
export function readSetup(bytes: Uint8Array): Setup {
  return {
    requestType: bytes[0],
    request: bytes[1],
    value: readU16(bytes, 2),
    index: readU16(bytes, 4),
    length: readU16(bytes, 6),
  };
}
