import type { VirtualProbeIdentity } from "../probe/identity.ts";
import type { DeviceDescription, EndpointDescription, InterfaceDescription } from "./descriptors.ts";

/** Endpoint addresses of an ST-LINK; those that a product lacks are not in its descriptors. */
export interface StlinkEndpoints {
  readonly debugOut: number;
  readonly debugIn: number;
  readonly trace: number;
  readonly diskOut: number;
  readonly diskIn: number;
  readonly serialNotify: number;
  readonly serialOut: number;
  readonly serialIn: number;
  readonly bridgeOut: number;
  readonly bridgeIn: number;
}

const VENDOR = [0xff, 0xff, 0xff] as const;
const MASS_STORAGE = [0x08, 0x06, 0x50] as const;
const CDC_CONTROL = [0x02, 0x02, 0x01] as const;
const CDC_DATA = [0x0a, 0x00, 0x00] as const;
/** A device whose interfaces are grouped by association descriptors. */
const GROUPED = [0xef, 0x02, 0x01] as const;

const V3SET = 0x374f;

/** Endpoints of the product that has only the debug interface, and of those with a drive and a serial port. */
const standAlone = { debugOut: 0x02, debugIn: 0x81, trace: 0x83 } as const;
const onBoard = { debugOut: 0x01, debugIn: 0x81, trace: 0x82 } as const;
const others = {
  ...{ diskOut: 0x03, diskIn: 0x83, serialNotify: 0x84, serialOut: 0x05, serialIn: 0x85 },
  ...{ bridgeOut: 0x06, bridgeIn: 0x86 },
} as const;

/** The numbers of the interfaces that class requests go to. */
export const INTERFACE = { debug: 0, disk: 1, serialControl: 2, serialData: 3 } as const;

/** Whether the product has a drive and a serial port. */
export function hasDrive({ generation }: VirtualProbeIdentity): boolean {
  return generation !== "V2";
}

export function hasBridge({ productId }: VirtualProbeIdentity): boolean {
  return productId === V3SET;
}

export function endpointsOf(identity: VirtualProbeIdentity): StlinkEndpoints {
  return { ...(hasDrive(identity) ? onBoard : standAlone), ...others };
}

/** The descriptors of an ST-LINK. */
export function describeProduct(identity: VirtualProbeIdentity): DeviceDescription {
  const { generation, vendorId, productId, product, serial } = identity;
  const speed = generation === "V3" ? "high" : "full";
  const maxPacket = speed === "high" ? 512 : 64;
  const at = endpointsOf(identity);
  const bulk = (...addresses: readonly number[]): EndpointDescription[] =>
    addresses.map((address) => ({ address, kind: "bulk", maxPacket }));
  const debug = (name: string): InterfaceDescription => ({
    classCode: VENDOR,
    name,
    endpoints: bulk(at.debugIn, at.debugOut, at.trace),
  });
  const common = { vendorId, productId, version: 0x0100, speed, manufacturer: "STMicroelectronics", product, serial };
  if (!hasDrive(identity)) {
    return { ...common, speed, classCode: [0, 0, 0], maxPower: 100, interfaces: [debug("ST Link")] };
  }
  const interfaces: InterfaceDescription[] = [
    debug("ST-Link Debug"),
    { classCode: MASS_STORAGE, name: "ST-Link mass storage", endpoints: bulk(at.diskIn, at.diskOut) },
    {
      classCode: CDC_CONTROL,
      name: "ST-Link VCP Ctrl",
      association: { count: 2, classCode: CDC_CONTROL },
      extra: cdcDescriptors(INTERFACE.serialControl, INTERFACE.serialData),
      endpoints: [
        // 2^(9-1) microframes are 32 ms; at full speed bInterval counts frames.
        { address: at.serialNotify, kind: "interrupt", maxPacket: 10, interval: speed === "high" ? 9 : 32 },
      ],
    },
    { classCode: CDC_DATA, name: "ST-Link VCP Data", endpoints: bulk(at.serialOut, at.serialIn) },
  ];
  if (hasBridge(identity)) {
    interfaces.push({ classCode: VENDOR, name: "ST-Link Bridge", endpoints: bulk(at.bridgeIn, at.bridgeOut) });
  }
  return { ...common, speed, classCode: GROUPED, maxPower: speed === "high" ? 500 : 300, interfaces };
}

/** Header, call management, abstract control and union (CDC PSTN 1.2, 5.3): line coding and break are supported. */
function cdcDescriptors(control: number, data: number): Uint8Array {
  return Uint8Array.of(
    ...[5, 0x24, 0x00, 0x10, 0x01],
    ...[5, 0x24, 0x01, 0x00, data],
    ...[4, 0x24, 0x02, 0x06],
    ...[5, 0x24, 0x06, control, data],
  );
}
