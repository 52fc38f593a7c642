import { concat } from "../../base/bytes.ts";

/** bDescriptorType (USB 2.0 table 9-5; interface association from its engineering change notice). */
export const DESCRIPTOR = {
  device: 1,
  configuration: 2,
  string: 3,
  interface: 4,
  endpoint: 5,
  deviceQualifier: 6,
  otherSpeed: 7,
  interfaceAssociation: 11,
  classInterface: 0x24,
} as const;

/** Class, subclass and protocol. */
export type ClassCode = readonly [classCode: number, subclass: number, protocol: number];

export interface EndpointDescription {
  /** Bit 7 is set for IN. */
  readonly address: number;
  readonly kind: "bulk" | "interrupt";
  readonly maxPacket: number;
  /** bInterval; 0 unless given. */
  readonly interval?: number;
}

export interface InterfaceDescription {
  readonly classCode: ClassCode;
  readonly name: string;
  /** Class-specific descriptors that stand before the endpoints. */
  readonly extra?: Uint8Array;
  readonly endpoints: readonly EndpointDescription[];
  /** How many interfaces from this one on make one function, where it is more than one. */
  readonly association?: { readonly count: number; readonly classCode: ClassCode };
}

/** A device as its descriptors tell it. */
export interface DeviceDescription {
  readonly vendorId: number;
  readonly productId: number;
  readonly version: number;
  readonly classCode: ClassCode;
  readonly speed: "full" | "high";
  readonly manufacturer: string;
  readonly product: string;
  readonly serial: string;
  /** mA. */
  readonly maxPower: number;
  readonly interfaces: readonly InterfaceDescription[];
}

/** The string descriptors' numbers: 1 to 3 are the device's, those of the interfaces follow. */
const FIRST_INTERFACE_STRING = 4;
const ENGLISH_US = 0x0409;
const MAX_PACKET_0 = 64;

/** A descriptor by type (high byte of `value`) and number (low byte), as GET_DESCRIPTOR asks; undefined: there is none. */
export function findDescriptor(device: DeviceDescription, value: number): Uint8Array | undefined {
  const number = value & 0xff;
  switch (value >>> 8) {
    case DESCRIPTOR.device:
      return deviceDescriptor(device);
    case DESCRIPTOR.configuration:
      return number === 0 ? configurationDescriptor(device, DESCRIPTOR.configuration) : undefined;
    case DESCRIPTOR.string:
      return stringDescriptor(device, number);
    case DESCRIPTOR.deviceQualifier:
      return device.speed === "high" ? qualifier(device) : undefined;
    case DESCRIPTOR.otherSpeed:
      if (device.speed !== "high" || number !== 0) return undefined;
      return configurationDescriptor(atFullSpeed(device), DESCRIPTOR.otherSpeed);
    default:
      return undefined;
  }
}

function deviceDescriptor(device: DeviceDescription): Uint8Array {
  const { vendorId, productId, version } = device;
  return Uint8Array.of(
    ...[18, DESCRIPTOR.device, ...half(0x0200), ...device.classCode, MAX_PACKET_0],
    ...[...half(vendorId), ...half(productId), ...half(version), 1, 2, 3, 1],
  );
}

function qualifier(device: DeviceDescription): Uint8Array {
  return Uint8Array.of(10, DESCRIPTOR.deviceQualifier, ...half(0x0200), ...device.classCode, MAX_PACKET_0, 1, 0);
}

function configurationDescriptor(device: DeviceDescription, type: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, description] of device.interfaces.entries()) {
    const { association, classCode, endpoints, extra } = description;
    if (association !== undefined) {
      const { count, classCode: whole } = association;
      parts.push(Uint8Array.of(8, DESCRIPTOR.interfaceAssociation, number, count, ...whole, 0));
    }
    const name = FIRST_INTERFACE_STRING + number;
    parts.push(Uint8Array.of(9, DESCRIPTOR.interface, number, 0, endpoints.length, ...classCode, name));
    if (extra !== undefined) parts.push(extra);
    for (const { address, kind, maxPacket, interval = 0 } of endpoints) {
      const attributes = kind === "bulk" ? 2 : 3;
      parts.push(Uint8Array.of(7, DESCRIPTOR.endpoint, address, attributes, ...half(maxPacket), interval));
    }
  }
  const body = concat(...parts);
  const busPowered = 0x80;
  const head = [9, type, ...half(9 + body.length), device.interfaces.length, 1, 0, busPowered, device.maxPower / 2];
  return concat(Uint8Array.from(head), body);
}

/** A high-speed device's bulk packets have 64 bytes at full speed. */
function atFullSpeed(device: DeviceDescription): DeviceDescription {
  const interfaces = device.interfaces.map((one) => ({
    ...one,
    endpoints: one.endpoints.map((endpoint) => ({ ...endpoint, maxPacket: Math.min(64, endpoint.maxPacket) })),
  }));
  return { ...device, speed: "full", interfaces };
}

function stringDescriptor(device: DeviceDescription, number: number): Uint8Array | undefined {
  if (number === 0) return Uint8Array.of(4, DESCRIPTOR.string, ...half(ENGLISH_US));
  const texts = [device.manufacturer, device.product, device.serial, ...device.interfaces.map(({ name }) => name)];
  const text = texts[number - 1];
  if (text === undefined) return undefined;
  const units = Buffer.from(text, "utf16le");
  return concat(Uint8Array.of(2 + units.length, DESCRIPTOR.string), units);
}

function half(value: number): [number, number] {
  return [value & 0xff, (value >>> 8) & 0xff];
}
