import { describe, expect, it } from "vitest";
import { buildWithGcc, stldrScripts, stldrSource } from "../../test/formats/build-loader.ts";
import { buildElf } from "../../test/formats/elf-builder.ts";
import { failureOf } from "../../test/formats/failure.ts";
import { type DeviceSample, iarSample, keilSample, pattern, storageInfo } from "../../test/formats/loader-samples.ts";
import { concat } from "../base/bytes.ts";
import type { LoaderSegment } from "./loader-file.ts";
import { readStldr } from "./stldr.ts";

const shape = (segments: readonly LoaderSegment[]): [number, number][] =>
  segments.map(({ address, data }) => [address, data.length]);
const broken = (device: DeviceSample) => failureOf(() => readStldr(iarSample(storageInfo(device)), "x.stldr"));

describe("readStldr", () => {
  it("loads of an IAR loader what is in RAM, and takes its bss from sections and symbols", () => {
    const loader = readStldr(iarSample(), "x.stldr");
    expect(shape(loader.segments)).toEqual([[0x20000004, 0x237c]]);
    expect(loader.segments[0].data).toEqual(pattern(0x237c));
    expect(loader.zeroed).toEqual([{ start: 0x20002380, length: 0x128 }]);
    expect(loader.span).toEqual({ start: 0x20000004, length: 0x237c + 0x128 });
    expect(loader.functions.get("Init")).toBe(0x2000000c);
    expect([...loader.functions.keys()]).toEqual(["Init", "Write", "SectorErase", "MassErase", "CheckSum", "Verify"]);
  });

  it.each(["segment", "section"] as const)("zeroes Keil's bss, though DevInfo lies over it as a %s", (kind) => {
    const loader = readStldr(keilSample(kind), "x.stldr");
    expect(shape(loader.segments)).toEqual([[0x20000004, 0x1950]]);
    const { data } = loader.segments[0];
    expect(data.subarray(0, 0x1900)).toEqual(pattern(0x1900));
    expect(data.subarray(0x1900, 0x1950)).toEqual(pattern(0x50, 9));
    expect(loader.zeroed[0].start).toBe(0x20001954);
    expect(loader.zeroed[0].length).toBeGreaterThanOrEqual(0x4c);
    expect(loader.elf.entry).toBe(0);
    expect(loader.functions.get("Init")).toBe(0x20000004);
  });

  it("zeroes the bss through a description inside it", () => {
    const loader = readStldr(
      buildElf({
        sections: [
          { name: "PrgCode", address: 0x20000004, data: pattern(0x100), flags: 6 },
          { name: "PrgData", address: 0x20000104, size: 0x400, flags: 3 },
          { name: "DevInfo", address: 0x20000204, data: storageInfo() },
        ],
        programs: [
          { address: 0x20000004, sections: ["PrgCode"], memorySize: 0x500 },
          { address: 0x20000204, sections: ["DevInfo"] },
        ],
        symbols: [
          { name: "Init", value: 0x20000005, section: "PrgCode" },
          { name: "Write", value: 0x20000015, section: "PrgCode" },
          { name: "StorageInfo", value: 0x20000204, type: "object", section: "DevInfo" },
        ],
      }),
      "x.stldr",
    );
    expect(shape(loader.segments)).toEqual([[0x20000004, 0x100]]);
    expect(loader.zeroed).toEqual([{ start: 0x20000104, length: 0x400 }]);
    expect(loader.span).toEqual({ start: 0x20000004, length: 0x500 });
  });

  it("loads the padding between sections, and zeroes the memory size of a segment that no section names", () => {
    const bytes = buildElf({
      sections: [
        { name: "info", address: 0, data: storageInfo() },
        { name: "code", address: 0x20000004, data: pattern(0x20), flags: 6 },
        { name: "padding", address: 0, data: pattern(4, 77), flags: 0 },
        { name: "constants", address: 0x20000028, data: pattern(0x10, 3) },
      ],
      programs: [
        { address: 0, sections: ["info"] },
        { address: 0x20000004, sections: ["code", "constants"], memorySize: 0x44 },
      ],
      symbols: [
        { name: "Init", value: 0x20000005, section: "code" },
        { name: "Write", value: 0x20000015, section: "code" },
        { name: "StorageInfo", value: 0, type: "object", section: "info" },
      ],
    });
    const loader = readStldr(bytes, "x.stldr");
    expect(shape(loader.segments)).toEqual([[0x20000004, 0x34]]);
    expect(loader.segments[0].data.subarray(0x20, 0x24)).toEqual(pattern(4, 77));
    expect(loader.zeroed).toEqual([{ start: 0x20000038, length: 0x10 }]);
  });

  it.each(["iar", "keil", "gcc"] as const)("reads what GCC links the %s way", (way) => {
    const loader = buildWithGcc(stldrSource, stldrScripts[way], (_path, bytes) => readStldr(bytes, "x.stldr"));
    const at = (address: number, length: number): Buffer => {
      const segment = loader.segments.find((one) => address >= one.address && address < one.address + one.data.length);
      return Buffer.from(segment?.data.subarray(address - segment.address).subarray(0, length) ?? []);
    };
    const value = (name: string): number => loader.symbols.find((symbol) => symbol.name === name)?.value ?? 0;
    expect(at(value("timings"), 16).toString("hex")).toBe("0b00000016000000210000002c000000");
    expect(at(value("started"), 4).readUInt32LE()).toBe(0x12345678);
    expect(loader.segments.every(({ address }) => address >= 0x20000004 && address < 0x20001000)).toBe(true);
    const count = value("count");
    if (way === "keil") {
      // The description lies over the bss, which begins as zero all the same.
      expect(loader.zeroed.some(({ start, length }) => count >= start && count + 128 <= start + length)).toBe(true);
      expect(loader.segments.some((one) => one.address + one.data.length > count)).toBe(false);
    } else {
      expect(loader.zeroed).toEqual([{ start: count, length: 128 }]);
      expect(at(value("StorageInfo"), 12).toString("latin1")).toBe(way === "gcc" ? "SAMPLE_BOARD" : "");
    }
    expect(loader.device).toEqual({
      name: "SAMPLE_BOARD",
      kind: "NOR flash",
      type: 3,
      start: 0x64000000,
      size: 0x20000,
      pageSize: 512,
      erasedValue: 0xff,
      sectors: [
        { start: 0x64000000, size: 0x2000, count: 8 },
        { start: 0x64010000, size: 0x10000, count: 1 },
      ],
    });
  });

  it("keeps control characters of the name from the terminal", () => {
    const name = readStldr(iarSample(storageInfo({ name: "A\x1b[31mB\x9bC\x07\xe9\x7f \0rest" })), "x.stldr").device
      .name;
    expect(name).toBe("A[31mBC\xe9");
  });

  it("tells a sector table that is shorter or longer than the memory", () => {
    const short = readStldr(iarSample(storageInfo({ sectors: [[3, 0x10000]] })), "x.stldr").device;
    expect(short.sectorTableBytes).toBe(0x30000);
    expect(short.sectors).toEqual([{ start: 0x90000000, size: 0x10000, count: 3 }]);
    const sectors = [
      [8, 0x1000],
      [0xffffffff, 0x10000],
      [1, 0x1000],
    ] as const;
    const long = readStldr(iarSample(storageInfo({ size: 0x28000, sectors })), "x.stldr").device;
    expect(long.sectorTableBytes).toBe(0x9000 + 0xffffffff * 0x10000);
    expect(long.sectors).toEqual([
      { start: 0x90000000, size: 0x1000, count: 8 },
      { start: 0x90008000, size: 0x10000, count: 2 },
    ]);
    expect(readStldr(iarSample(), "x.stldr").device.sectorTableBytes).toBeUndefined();
    expect(readStldr(iarSample(storageInfo({ type: 4, sectors: [] })), "x.stldr").device).toMatchObject({
      kind: "SRAM",
      sectors: [],
    });
  });

  it("uses all ten entries of the sector table", () => {
    const sectors = Array.from({ length: 10 }, (_, index) => [1, 0x1000 << index] as const);
    const device = readStldr(iarSample(storageInfo({ size: 0x1000 * 1023, sectors })), "x.stldr").device;
    expect(device.sectors.length).toBe(10);
    expect(device.sectorTableBytes).toBeUndefined();
  });

  it.each([
    ["size 0", { size: 0 }, "DeviceSize", /DeviceSize is 0/],
    ["an end beyond 4 GiB", { start: 0xf0000000, size: 0x10000001 }, "DeviceSize", /beyond the 32-bit/],
    ["a page beyond the memory", { size: 0x100, pageSize: 0x101 }, "PageSize", /PageSize 257/],
    ["sectors of no size", { sectors: [[4, 0]] as const }, "the sector table of StorageInfo", /4 sectors of 0 bytes/],
    ["no sectors of a size", { sectors: [[0, 4096]] as const }, "the sector table of StorageInfo", /0 sectors of 4096/],
    [
      "a sector beyond the memory",
      { size: 4096, sectors: [[1, 8192]] as const },
      "the sector table of StorageInfo",
      /8192/,
    ],
  ])("refuses %s", (_what, device, field, message) => {
    const error = broken(device);
    expect(error.code).toBe("loader-malformed");
    expect(error.facts.field).toBe(field);
    expect(error.message).toMatch(message);
    expect(error.remedy.length).toBeGreaterThan(0);
  });

  it("refuses functions that are missing or lie where nothing is loaded", () => {
    const section = { name: "P3", address: 0x20000004, data: pattern(64), flags: 7 };
    const info = { name: "info", address: 0, data: storageInfo() };
    const programs = [
      { address: 0x20000004, sections: ["P3"] },
      { address: 0, sections: ["info"] },
    ];
    const storage = { name: "StorageInfo", value: 0, type: "object", section: "info" } as const;
    const build = (symbols: { name: string; value: number; binding?: "local" }[]) =>
      buildElf({
        sections: [section, info],
        programs,
        symbols: [storage, ...symbols.map((s) => ({ ...s, section: "P3" }))],
      });
    const write = { name: "Write", value: 0x20000011 };
    const none = failureOf(() => readStldr(build([write]), "x.stldr"));
    expect(none.code).toBe("loader-no-function");
    expect(none.facts).toEqual({ missing: "Init", found: "Write" });
    const outside = failureOf(() => readStldr(build([write, { name: "Init", value: 0x20000045 }]), "x.stldr"));
    expect(outside.code).toBe("loader-malformed");
    expect(outside.facts).toEqual({ field: "Init", address: 0x20000044 });
    const helper = { name: "Read", value: 0x20000021, binding: "local" } as const;
    const loader = readStldr(build([write, { name: "Init", value: 0x20000005 }, helper]), "x.stldr");
    expect([...loader.functions.keys()]).toEqual(["Init", "Write"]);
  });

  it("refuses a loader without code, one larger than any RAM, and two sections at one place", () => {
    const info = { name: "info", address: 0, data: storageInfo() };
    const symbols = [
      { name: "StorageInfo", value: 0, type: "object", section: "info" } as const,
      { name: "Init", value: 0x20000005, section: "P3" },
      { name: "Write", value: 0x20000005, section: "P3" },
    ];
    const program = { address: 0, sections: ["info"] };
    const without = buildElf({
      sections: [info, { name: "P3", address: 0x20000004, size: 16, flags: 7 }],
      programs: [program],
      symbols,
    });
    expect(failureOf(() => readStldr(without, "x.stldr")).code).toBe("loader-no-code");
    const code = { name: "P3", address: 0x20000004, data: pattern(16), flags: 7 };
    const large = buildElf({
      sections: [info, code, { name: "bss", address: 0x20000100, size: 0x1000001, flags: 3 }],
      programs: [program],
      symbols,
    });
    expect(failureOf(() => readStldr(large, "x.stldr")).code).toBe("loader-too-large");
    const padded = concat(iarSample(), new Uint8Array(16 * 1024 * 1024));
    expect(failureOf(() => readStldr(padded, "x.stldr")).code).toBe("loader-too-large");
    const twice = buildElf({
      sections: [info, code, { name: "P4", address: 0x20000010, data: pattern(16), flags: 7 }],
      programs: [program],
      symbols,
    });
    const error = failureOf(() => readStldr(twice, "x.stldr"));
    expect(error.code).toBe("loader-malformed");
    expect(error.message).toMatch(/section P3 and section P4 both claim address 0x20000010/);
  });
});
