import { readU16, readU32, writeU32 } from "../../base/bytes.ts";
import { serialText } from "../usb/products.ts";

/**
 * Requests and replies of ST's stlink-server. There is no framing: the first byte tells a request's length, and the request
 * that of its reply. All numbers are little-endian.
 */

/** Status word of a reply. */
export const STATUS = {
  ok: 0x0001,
  memoryProblem: 0x1000,
  timeout: 0x1001,
  badParameter: 0x1002,
  openFailed: 0x1003,
  transferFailed: 0x1004,
  truncated: 0x1052,
  notAvailable: 0x1053,
  notSupported: 0x1054,
  permission: 0x1055,
  failed: 0x2000,
  tcpError: 0x2001,
  busy: 0x2004,
} as const;

const names = new Map<number, string>(Object.entries(STATUS).map(([name, value]) => [value, name]));

/** `busy (0x2004)`. */
export function statusText(status: number): string {
  const number = `0x${status.toString(16).padStart(4, "0")}`;
  const name = names.get(status)?.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return name === undefined ? number : `${name} (${number})`;
}

/** Which way the data phase of a command goes (byte 24 of its request). */
export const DIRECTION = { write: 0, read: 1, readTrace: 3 } as const;
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION];

/** The server's buffers have 10240 bytes, with the header of a request or the status of a reply. */
export const MOST_WRITTEN = 10_240 - 32;
export const MOST_READ = 10_240 - 4;
/** Servers below API 2 take data phases of up to so many bytes. */
export const MOST_BELOW_API_2 = 1024;

/** A server that counts more is none. */
export const MOST_DEVICES = 64;
/** TDeviceInfo2. */
const DEVICE_INFO_BYTES = 41;

/** A request, and how long its reply is when all went well. */
export interface Request {
  readonly bytes: Uint8Array;
  readonly replyLength: number;
  /** The reply begins with a status word. */
  readonly hasStatus: boolean;
}

/** A probe as the server tells of it. */
export interface ListedProbe {
  readonly id: number;
  readonly serial: string;
  readonly vendorId: number;
  readonly productId: number;
}

/** The version of the client's API stands in the request. */
export const getVersion: Request = {
  bytes: Uint8Array.of(0x06, 0x03, 0x00, 0x00),
  replyLength: 16,
  hasStatus: false,
};
/** Keeps the list as far as it still holds. */
export const refreshDevices: Request = { bytes: Uint8Array.of(0x00, 0x00), replyLength: 4, hasStatus: true };
export const getDeviceCount: Request = { bytes: Uint8Array.of(0x01), replyLength: 4, hasStatus: false };

export function getDeviceInfo(index: number): Request {
  const bytes = Uint8Array.of(0x02, index, 0, 0, DEVICE_INFO_BYTES, 0, 0, 0);
  return { bytes, replyLength: 4 + DEVICE_INFO_BYTES, hasStatus: true };
}

export function openDevice(id: number): Request {
  return { bytes: withWord(0x03, id), replyLength: 8, hasStatus: true };
}

export function closeDevice(connectId: number): Request {
  return { bytes: withWord(0x04, connectId), replyLength: 4, hasStatus: true };
}

/** How many clients have the device open; servers are known by hearsay to answer it. */
export function getClientCount(id: number): Request {
  return { bytes: withWord(0x07, id), replyLength: 4, hasStatus: false };
}

/** One command block of 16 bytes (zeros for trace); with `data` to send, or `length` bytes to read. */
export function usbCommand(
  connectId: number,
  direction: Direction,
  block: Uint8Array,
  data: Uint8Array | undefined,
  length: number,
): Request {
  const bytes = new Uint8Array(32 + (data?.length ?? 0));
  bytes[0] = 0x05;
  writeU32(bytes, 4, connectId);
  bytes.set(block, 8);
  bytes[24] = direction;
  writeU32(bytes, 28, data?.length ?? length);
  if (data !== undefined) bytes.set(data, 32);
  return { bytes, replyLength: 4 + (data === undefined ? length : 0), hasStatus: true };
}

/** The data after the status word of {@link getDeviceInfo}'s reply. */
export function readDeviceInfo(info: Uint8Array): ListedProbe {
  const text = Buffer.from(info.subarray(4, 36)).toString("latin1").replace(/\0.*$/s, "");
  return {
    id: readU32(info, 0),
    // Old firmware has 12 raw bytes for a serial number; who passes them on unchanged is understood.
    serial: /^[\x20-\x7e]*$/.test(text) ? text.toUpperCase() : serialText(text),
    vendorId: readU16(info, 36),
    productId: readU16(info, 38),
  };
}

function withWord(first: number, word: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes[0] = first;
  writeU32(bytes, 4, word);
  return bytes;
}
