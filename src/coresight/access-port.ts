import type { Probe } from "./memory-port.ts";

/** AP registers by address (ADIv5 7.5 and 8). */
export const apRegister = { csw: 0x00, tar: 0x04, drw: 0x0c, cfg: 0xf4, base: 0xf8, idr: 0xfc } as const;

export interface AccessPortInfo {
  readonly ap: number;
  readonly idr: number;
  /** `AHB-AP`, `APB-AP`, `AXI-AP`, `JTAG-AP`, or the type's number. */
  readonly kind: string;
  readonly revision: number;
  /** JEP106 code with its bank: 0x23B is ARM. */
  readonly designer: number;
  readonly isMemory: boolean;
  /** Where the port's ROM table is; `undefined` when it says that there is none. */
  readonly romTable: number | undefined;
}

const memoryKinds: Readonly<Record<number, string>> = {
  1: "AHB-AP",
  2: "APB-AP",
  4: "AXI-AP",
  5: "AHB-AP",
  8: "AHB-AP",
};

/** Reads what an access port is; `undefined` when there is none (IDR 0) or the probe can't read AP registers. */
export async function describeAccessPort(probe: Probe, ap: number): Promise<AccessPortInfo | undefined> {
  if (probe.readAp === undefined) return undefined;
  const idr = await probe.readAp(ap, apRegister.idr);
  if (idr === 0) return undefined;
  const isMemory = ((idr >>> 13) & 0xf) === 8;
  const type = idr & 0xf;
  const base = isMemory ? await probe.readAp(ap, apRegister.base) : 0;
  // BASE: all ones is "no table" in the legacy format, else bit 0 says whether an entry is present (ADIv5 8.5.2).
  const present = isMemory && base !== 0xffffffff && ((base & 3) === 3 || (base & 2) === 0);
  return {
    ap,
    idr,
    kind: isMemory ? (memoryKinds[type] ?? `memory port of type ${type}`) : `port of class ${(idr >>> 13) & 0xf}`,
    revision: idr >>> 28,
    designer: ((idr >>> 24) & 0xf) * 0x80 + ((idr >>> 17) & 0x7f),
    isMemory,
    romTable: present ? (base & 0xfffff000) >>> 0 : undefined,
  };
}
