import { writeU16, writeU32 } from "../../src/base/bytes.ts";
import { buildElf, type TestSection, type TestSymbol } from "./elf-builder.ts";

/** What a StorageInfo or a FlashDevice of the samples says, unless a test says otherwise. */
export interface DeviceSample {
  readonly name?: string;
  readonly type?: number;
  readonly start?: number;
  readonly size?: number;
  readonly pageSize?: number;
  readonly erasedValue?: number;
  /** StorageInfo: (count, size); FlashDevice: (size, offset). */
  readonly sectors?: readonly (readonly [number, number])[];
}

/** The 200 bytes of a StorageInfo. */
export function storageInfo(device: DeviceSample = {}): Uint8Array {
  const info = new Uint8Array(200);
  info.set(Buffer.from(device.name ?? "MT25QL512A_SAMPLE", "latin1"));
  writeU16(info, 100, device.type ?? 7);
  writeU32(info, 104, device.start ?? 0x90000000);
  writeU32(info, 108, device.size ?? 0x4000000);
  writeU32(info, 112, device.pageSize ?? 256);
  info[116] = device.erasedValue ?? 0xff;
  for (const [index, [count, size]] of (device.sectors ?? [[1024, 0x10000]]).entries()) {
    writeU32(info, 120 + 8 * index, count);
    writeU32(info, 124 + 8 * index, size);
  }
  return info;
}

/** A FlashDevice with its end mark. */
export function flashDevice(device: DeviceSample = {}): Uint8Array {
  const sectors = [...(device.sectors ?? [[0x400, 0]]), [0xffffffff, 0xffffffff] as const];
  const bytes = new Uint8Array(160 + 8 * sectors.length);
  writeU16(bytes, 0, 0x101);
  bytes.set(Buffer.from(device.name ?? "STM32F10x sample", "latin1"), 2);
  writeU16(bytes, 130, device.type ?? 1);
  writeU32(bytes, 132, device.start ?? 0x08000000);
  writeU32(bytes, 136, device.size ?? 0x10000);
  writeU32(bytes, 140, device.pageSize ?? 0x400);
  bytes[148] = device.erasedValue ?? 0xff;
  writeU32(bytes, 152, 100);
  writeU32(bytes, 156, 500);
  for (const [index, [size, offset]] of sectors.entries()) {
    writeU32(bytes, 160 + 8 * index, size);
    writeU32(bytes, 164 + 8 * index, offset);
  }
  return bytes;
}

/** Bytes that tell where they come from. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 0xff);
}

const functions = (base: number, names: readonly string[], section: string, hidden = false): TestSymbol[] =>
  names.map((name, index) => ({ name, value: base + 0x10 * index + 1, size: 0x10, section, hidden }));

const stldrNames = ["Init", "Write", "SectorErase", "MassErase", "CheckSum", "Verify"];

/** As IAR links MT25QL512A_STM32469I-EVAL: StorageInfo at 0, 0x237C bytes at 0x20000004, bss in no segment. */
export function iarSample(info = storageInfo()): Uint8Array {
  return buildElf({
    entry: 0x2000000d,
    sections: [
      { name: "P1-P2 ro", address: 0, data: info },
      { name: "P3", address: 0x20000004, data: pattern(0x237c), flags: 7 },
      { name: "P4 zi", address: 0x20002380, size: 0x120, flags: 3 },
    ],
    programs: [
      { address: 0, sections: ["P1-P2 ro"] },
      { address: 0x20000004, sections: ["P3"] },
    ],
    symbols: [
      { name: "StorageInfo", value: 0, size: 0xc8, type: "object", section: "P1-P2 ro" },
      ...functions(0x2000000c, stldrNames, "P3"),
      { name: "QSPIHandle", value: 0x20002380, size: 0x44, type: "object", section: "P4 zi" },
      { name: "outside", value: 0x200024a0, size: 8, type: "object" },
    ],
  });
}

/**
 * As Keil links N25Q128A_STM32F7508-DISCO: 0x1950 bytes at 0x20000004 of 0x199C in memory, DevInfo at 0x20001954, which
 * is where the bss begins; no entry address; hidden symbols. DevInfo is a segment of its own, or a section in none.
 */
export function keilSample(devInfo: "segment" | "section" = "segment", info = storageInfo()): Uint8Array {
  return buildElf({
    entry: 0,
    sections: [
      { name: "PrgCode", address: 0x20000004, data: pattern(0x1900), flags: 6 },
      { name: "PrgData", address: 0x20001904, data: pattern(0x50, 9), flags: 3 },
      { name: "PrgData", address: 0x20001954, size: 0x4c, flags: 3 },
      { name: "DevInfo", address: 0x20001954, data: info },
    ],
    programs: [
      { address: 0x20000004, sections: ["PrgCode", "PrgData"], memorySize: 0x199c },
      ...(devInfo === "segment" ? [{ address: 0x20001954, sections: ["DevInfo"] }] : []),
    ],
    symbols: [
      ...functions(0x20000004, stldrNames, "PrgCode", true),
      { name: "StorageInfo", value: 0x20001954, size: 0xc8, type: "object", section: "DevInfo", hidden: true },
    ],
  });
}

/** As armlink makes an .FLM: PrgCode at 0, PrgData right behind with and without bytes, DevDscr last. */
export function flmSample(
  choice: {
    device?: Uint8Array;
    data?: boolean;
    bss?: boolean;
    descriptionAt?: number;
    firstSegment?: boolean;
    more?: readonly TestSection[];
    moreSymbols?: readonly TestSymbol[];
  } = {},
): Uint8Array {
  const { device = flashDevice(), data = true, bss = true, descriptionAt = 0x130, firstSegment = false } = choice;
  // What a description's segment has beyond its bytes must not pass for variables.
  const description = { address: descriptionAt, sections: ["DevDscr"], memorySize: device.length + 8 };
  const code = {
    address: 0,
    sections: data ? ["PrgCode", "PrgData"] : ["PrgCode"],
    memorySize: 0x100 + (data ? 0x10 : 0) + (bss ? 0x20 : 0),
  };
  return buildElf({
    sections: [
      { name: "PrgCode", address: 0, data: pattern(0x100), flags: 6 },
      ...(data ? [{ name: "PrgData", address: 0x100, data: pattern(0x10, 5), flags: 3 }] : []),
      ...(bss ? [{ name: "PrgData", address: data ? 0x110 : 0x100, size: 0x20, flags: 3 }] : []),
      { name: "DevDscr", address: descriptionAt, data: device },
      ...(choice.more ?? []),
    ],
    programs: firstSegment ? [description, code] : [code, description],
    symbols: [
      ...functions(0, ["Init", "UnInit", "EraseChip", "EraseSector", "ProgramPage"], "PrgCode"),
      { name: "FlashDevice", value: descriptionAt, size: device.length, type: "object", section: "DevDscr" },
      ...(choice.moreSymbols ?? []),
    ],
  });
}
