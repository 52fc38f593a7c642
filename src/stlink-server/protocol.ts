import { writeU16, writeU32 } from "../base/bytes.ts";
import type { LinkInfo } from "../link/link.ts";

/** First byte of a request. */
export const REQUEST = {
  refresh: 0x00,
  deviceCount: 0x01,
  deviceInfo: 0x02,
  open: 0x03,
  close: 0x04,
  usbCommand: 0x05,
  version: 0x06,
  clientCount: 0x07,
} as const;

/** Length of each request in bytes, the data of a write command not counted. */
export const requestLength: ReadonlyMap<number, number> = new Map([
  [REQUEST.refresh, 2],
  [REQUEST.deviceCount, 1],
  [REQUEST.deviceInfo, 8],
  [REQUEST.open, 8],
  [REQUEST.close, 8],
  [REQUEST.usbCommand, 32],
  [REQUEST.version, 4],
  [REQUEST.clientCount, 8],
]);

/** Status word of a reply, as ST's server names them. */
export const STATUS = {
  ok: 0x0001,
  timeout: 0x1001,
  badParameter: 0x1002,
  openError: 0x1003,
  transferError: 0x1004,
  notAvailable: 0x1053,
  busy: 0x2004,
} as const;

/** Byte 24 of a USB command: which way its data phase goes. */
export const DIRECTION = { write: 0, read: 1, readTrace: 3 } as const;

/** A USB command's header: connect id at 4, block at 8, direction at 24, length at 28. */
export const HEADER_BYTES = 32;
export const BLOCK_BYTES = 16;

/** ST's server has buffers of 10240 bytes, header or status included. */
export const WRITE_LIMIT = 10_240 - HEADER_BYTES;
export const READ_LIMIT = 10_240 - 4;

/** TDeviceInfo2. */
const DEVICE_INFO_BYTES = 41;
const SERIAL_BYTES = 32;

/** A reply of status or counter words. */
export function words(...values: readonly number[]): Uint8Array {
  const reply = new Uint8Array(values.length * 4);
  for (const [index, value] of values.entries()) writeU32(reply, index * 4, value);
  return reply;
}

/**
 * The reply to a command that asked for `length` bytes. Failed or not it is whole, because the client waits for that many:
 * `data` is cut, or padded with zeros.
 */
export function dataReply(status: number, length: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const reply = new Uint8Array(4 + length);
  writeU32(reply, 0, status);
  reply.set(data.subarray(0, length), 4);
  return reply;
}

/** The reply to GET_DEV_INFO that asked for `size` bytes. Its last byte, "used", is 0: devices are shared. */
export function deviceInfo(size: number, id: number, info: LinkInfo | undefined): Uint8Array {
  const reply = new Uint8Array(4 + Math.min(size, DEVICE_INFO_BYTES));
  if (info === undefined || size < DEVICE_INFO_BYTES) {
    writeU32(reply, 0, STATUS.badParameter);
    return reply;
  }
  writeU32(reply, 0, STATUS.ok);
  writeU32(reply, 4, id);
  reply.set(Buffer.from(info.serial.slice(0, SERIAL_BYTES - 1), "latin1"), 8);
  writeU16(reply, 40, info.vendorId);
  writeU16(reply, 42, info.productId);
  return reply;
}
