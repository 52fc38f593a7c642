/** Message types of the usbredir protocol, version 0.7. */
export const TYPE = {
  hello: 0,
  deviceConnect: 1,
  deviceDisconnect: 2,
  reset: 3,
  interfaceInfo: 4,
  epInfo: 5,
  setConfiguration: 6,
  getConfiguration: 7,
  configurationStatus: 8,
  setAltSetting: 9,
  getAltSetting: 10,
  altSettingStatus: 11,
  startIsoStream: 12,
  stopIsoStream: 13,
  isoStreamStatus: 14,
  startInterruptReceiving: 15,
  stopInterruptReceiving: 16,
  interruptReceivingStatus: 17,
  allocBulkStreams: 18,
  freeBulkStreams: 19,
  bulkStreamsStatus: 20,
  cancelDataPacket: 21,
  filterReject: 22,
  filterFilter: 23,
  deviceDisconnectAck: 24,
  startBulkReceiving: 25,
  stopBulkReceiving: 26,
  bulkReceivingStatus: 27,
  controlPacket: 100,
  bulkPacket: 101,
  isoPacket: 102,
  interruptPacket: 103,
  bufferedBulkPacket: 104,
} as const;

/** Status of a packet. */
export const STATUS = { success: 0, cancelled: 1, invalid: 2, error: 3, stall: 4, timeout: 5, babble: 6 } as const;

/** Numbers of the capability bits. */
export const CAPABILITY = {
  bulkStreams: 0,
  connectDeviceVersion: 1,
  filter: 2,
  deviceDisconnectAck: 3,
  epInfoMaxPacketSize: 4,
  ids64: 5,
  bulkLength32: 6,
  bulkReceiving: 7,
} as const;

/** What this end offers; the sizes of several messages depend on what both offer. */
export const OFFERED =
  (1 << CAPABILITY.connectDeviceVersion) |
  (1 << CAPABILITY.filter) |
  (1 << CAPABILITY.deviceDisconnectAck) |
  (1 << CAPABILITY.epInfoMaxPacketSize) |
  (1 << CAPABILITY.ids64) |
  (1 << CAPABILITY.bulkLength32);

export function offers(capabilities: number, capability: number): boolean {
  return (capabilities & (1 << capability)) !== 0;
}

/** Endpoint types in ep_info, and speeds in device_connect. */
export const ENDPOINT_TYPE = { control: 0, bulk: 2, interrupt: 3, none: 255 } as const;
export const SPEED = { full: 1, high: 2 } as const;

/** Longest data of one bulk packet that is taken, bytes: Linux' usbfs and drivers send far less in one. */
export const LARGEST_BULK = 1 << 20;
const LARGEST_CONTROL = 0xffff;
const LARGEST_HELLO = 64 + 4 * 16;

/** Fewest and most bytes that a message to a device may have after its header; undefined: nobody sends it this way. */
export function lengthLimits(type: number, capabilities: number): readonly [least: number, most: number] | undefined {
  const bulkHeader = offers(capabilities, CAPABILITY.bulkLength32) ? 10 : 8;
  switch (type) {
    case TYPE.hello:
      return [64, LARGEST_HELLO];
    case TYPE.reset:
    case TYPE.getConfiguration:
    case TYPE.cancelDataPacket:
    case TYPE.filterReject:
    case TYPE.deviceDisconnectAck:
      return [0, 0];
    case TYPE.setConfiguration:
    case TYPE.getAltSetting:
    case TYPE.stopIsoStream:
    case TYPE.startInterruptReceiving:
    case TYPE.stopInterruptReceiving:
      return [1, 1];
    case TYPE.setAltSetting:
      return [2, 2];
    case TYPE.startIsoStream:
      return [3, 3];
    case TYPE.allocBulkStreams:
      return [8, 8];
    case TYPE.freeBulkStreams:
      return [4, 4];
    case TYPE.filterFilter:
      return [1, 4096];
    case TYPE.startBulkReceiving:
      return [10, 10];
    case TYPE.stopBulkReceiving:
      return [5, 5];
    case TYPE.controlPacket:
      return [10, 10 + LARGEST_CONTROL];
    case TYPE.bulkPacket:
      return [bulkHeader, bulkHeader + LARGEST_BULK];
    case TYPE.isoPacket:
    case TYPE.interruptPacket:
      return [4, 4 + LARGEST_CONTROL];
    default:
      return undefined;
  }
}

/** One message as it came. */
export interface Message {
  readonly type: number;
  readonly id: bigint;
  /** What follows the header. */
  readonly body: Buffer;
}

/** A message with its header, of 12 bytes or, with 64-bit ids, 16. */
export function encode(type: number, id: bigint, body: Uint8Array, ids64: boolean): Buffer {
  const header = Buffer.alloc(ids64 ? 16 : 12);
  header.writeUInt32LE(type, 0);
  header.writeUInt32LE(body.length, 4);
  if (ids64) header.writeBigUInt64LE(id & 0xffff_ffff_ffff_ffffn, 8);
  else header.writeUInt32LE(Number(id & 0xffff_ffffn), 8);
  return Buffer.concat([header, body]);
}
