import type { DeviceDescription } from "../usb/descriptors.ts";
import { CAPABILITY, ENDPOINT_TYPE, OFFERED, offers, SPEED, TYPE } from "./messages.ts";

const TABLE = 32;
const MAX_PACKET_0 = 64;
const VERSION = "Probity virtual ST-LINK";

/** hello: who speaks, and what this end can do. */
export function hello(): Buffer {
  const body = Buffer.alloc(68);
  body.write(VERSION, 0, 63, "latin1");
  body.writeUInt32LE(OFFERED, 64);
  return body;
}

/** interface_info, ep_info and device_connect, in the order in which a guest has to hear them. */
export function announcement(
  description: DeviceDescription,
  capabilities: number,
  configured: boolean,
): readonly { readonly type: number; readonly body: Buffer }[] {
  return [
    { type: TYPE.interfaceInfo, body: interfaceInfo(description) },
    { type: TYPE.epInfo, body: epInfo(description, capabilities, configured) },
    { type: TYPE.deviceConnect, body: deviceConnect(description, capabilities) },
  ];
}

export function interfaceInfo({ interfaces }: DeviceDescription): Buffer {
  const body = Buffer.alloc(4 + 4 * TABLE);
  body.writeUInt32LE(interfaces.length, 0);
  for (const [number, { classCode }] of interfaces.entries()) {
    body[4 + number] = number;
    for (const [column, code] of classCode.entries()) body[4 + (column + 1) * TABLE + number] = code;
  }
  return body;
}

/** Rows 0–15 are the OUT endpoints, 16–31 the IN endpoints; endpoint 0 stands in both. */
export function epInfo({ interfaces }: DeviceDescription, capabilities: number, configured: boolean): Buffer {
  const sizes = offers(capabilities, CAPABILITY.epInfoMaxPacketSize);
  const body = Buffer.alloc(sizes ? 5 * TABLE : 3 * TABLE);
  body.fill(ENDPOINT_TYPE.none, 0, TABLE);
  const enter = (row: number, type: number, interval: number, owner: number, maxPacket: number): void => {
    body[row] = type;
    body[TABLE + row] = interval;
    body[2 * TABLE + row] = owner;
    if (sizes) body.writeUInt16LE(maxPacket, 3 * TABLE + 2 * row);
  };
  for (const row of [0, 16]) enter(row, ENDPOINT_TYPE.control, 0, 0, MAX_PACKET_0);
  if (!configured) return body;
  for (const [number, { endpoints }] of interfaces.entries()) {
    for (const { address, kind, maxPacket, interval = 0 } of endpoints) {
      enter(((address & 0x80) >> 3) | (address & 0x0f), ENDPOINT_TYPE[kind], interval, number, maxPacket);
    }
  }
  return body;
}

function deviceConnect(description: DeviceDescription, capabilities: number): Buffer {
  const body = Buffer.alloc(offers(capabilities, CAPABILITY.connectDeviceVersion) ? 10 : 8);
  body[0] = SPEED[description.speed];
  body.set(description.classCode, 1);
  body.writeUInt16LE(description.vendorId, 4);
  body.writeUInt16LE(description.productId, 6);
  if (body.length === 10) body.writeUInt16LE(description.version, 8);
  return body;
}
