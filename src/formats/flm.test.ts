import { describe, expect, it } from "vitest";
import { buildWithGcc, flmScript, flmSource } from "../../test/formats/build-loader.ts";
import { buildElf } from "../../test/formats/elf-builder.ts";
import { failureOf } from "../../test/formats/failure.ts";
import { type DeviceSample, flashDevice, flmSample, pattern } from "../../test/formats/loader-samples.ts";
import { readFlm } from "./flm.ts";

const device = (sample: DeviceSample) => readFlm(flmSample({ device: flashDevice(sample) }), "x.FLM").device;

describe("readFlm", () => {
  it("reads an algorithm of armlink's", () => {
    const flm = readFlm(flmSample(), "x.FLM");
    expect(flm.segments.map(({ address, data }) => [address, data.length])).toEqual([[0, 0x110]]);
    expect(flm.segments[0].data.subarray(0x100)).toEqual(pattern(0x10, 5));
    expect(flm.zeroed).toEqual([{ start: 0x110, length: 0x20 }]);
    expect(flm.span).toEqual({ start: 0, length: 0x130 });
    expect(flm.staticBase).toBe(0x100);
    expect([...flm.functions]).toEqual([
      ["Init", 0],
      ["UnInit", 0x10],
      ["EraseSector", 0x30],
      ["ProgramPage", 0x40],
      ["EraseChip", 0x20],
    ]);
    expect(flm).toMatchObject({ programTimeout: 100, eraseTimeout: 500 });
    expect(flm.device).toEqual({
      name: "STM32F10x sample",
      kind: "on-chip flash",
      type: 1,
      start: 0x08000000,
      size: 0x10000,
      pageSize: 0x400,
      erasedValue: 0xff,
      sectors: [{ start: 0x08000000, size: 0x400, count: 64 }],
    });
  });

  it.each([
    ["its data alone", { bss: false }, 0x110, [], 0x100],
    ["bss alone", { data: false }, 0x100, [{ start: 0x100, length: 0x20 }], 0x100],
    ["no data", { data: false, bss: false }, 0x100, [], 0x100],
    ["the description far away", { descriptionAt: 0x20000000 }, 0x110, [{ start: 0x110, length: 0x20 }], 0x100],
    ["the description over the bss", { descriptionAt: 0x110 }, 0x110, [{ start: 0x110, length: 0x20 }], 0x100],
    ["the description first", { firstSegment: true }, 0x110, [{ start: 0x110, length: 0x20 }], 0x100],
  ])("reads one with %s", (_what, choice, loaded, zeroed, staticBase) => {
    const flm = readFlm(flmSample(choice), "x.FLM");
    expect(flm.segments.map(({ address, data }) => [address, data.length])).toEqual([[0, loaded]]);
    expect(flm.zeroed).toEqual(zeroed);
    expect(flm.staticBase).toBe(staticBase);
    expect(flm.device.size).toBe(0x10000);
  });

  it("reads one that GCC linked, with sections of its own names", () => {
    const flm = buildWithGcc(flmSource, flmScript, (_path, bytes) => readFlm(bytes, "x.FLM"));
    const value = (name: string): number => flm.symbols.find((symbol) => symbol.name === name)?.value ?? -1;
    expect(flm.staticBase).toBe(value("state"));
    expect(flm.zeroed).toEqual([{ start: value("last"), length: 16 }]);
    expect(flm.span.length).toBe(value("last") + 16);
    expect(flm.functions.get("ProgramPage")).toBe(value("ProgramPage") - 1);
    expect(flm.device.sectors).toEqual([
      { start: 0x90000000, size: 0x1000, count: 8 },
      { start: 0x90008000, size: 0x2000, count: 4 },
    ]);
  });

  it("takes one that was linked for a place in RAM by its offsets", () => {
    const script = flmScript.replace(".text 0", ".text 0x20000104").replace("0x1000", "0x20001000");
    const flm = buildWithGcc(flmSource, script, (_path, bytes) => readFlm(bytes, "x.FLM"));
    expect(flm.span.start).toBe(4);
    expect(flm.segments[0].address).toBe(4);
    const init = flm.symbols.find(({ name }) => name === "Init")?.value ?? 0;
    expect(flm.functions.get("Init")).toBe(init - 1 - 0x20000100);
    expect(flm.staticBase).toBe((flm.symbols.find(({ name }) => name === "state")?.value ?? 0) - 0x20000100);
  });

  it("takes GCC's table of addresses for where R9 points, and leaves alone what can't move with the code", () => {
    const more = [{ name: "stack", address: 0x20001000, size: 0x200, flags: 3 }];
    const moreSymbols = [{ name: "_GLOBAL_OFFSET_TABLE_", value: 0x108, type: "object", section: "PrgData" } as const];
    const flm = readFlm(flmSample({ more, moreSymbols }), "x.FLM");
    expect(flm.staticBase).toBe(0x108);
    expect(flm.zeroed).toEqual([{ start: 0x110, length: 0x20 }]);
    expect(flm.span.length).toBe(0x130);
  });

  it("keeps constants that share a section with the description", () => {
    const script = flmScript.replace("*(.rodata*)", "*(.rodata*) KEEP(*(DevDscr))");
    const flm = buildWithGcc(flmSource, script.replace(/DevDscr 0x1000.*\}/, "}"), (_path, bytes) =>
      readFlm(bytes, "x.FLM"),
    );
    expect(Buffer.from(flm.segments[0].data).toString("latin1")).toContain("SAMPLE");
  });

  it("cuts off the last sector where the device ends", () => {
    const sectors = [
      [0x4000, 0],
      [0x10000, 0x8000],
      [0x6000, 0x20000],
    ] as const;
    expect(device({ size: 0x28000, sectors }).sectors).toEqual([
      { start: 0x08000000, size: 0x4000, count: 2 },
      { start: 0x08008000, size: 0x10000, count: 1 },
      { start: 0x08018000, size: 0x8000, count: 1 },
      { start: 0x08020000, size: 0x6000, count: 1 },
      { start: 0x08026000, size: 0x2000, count: 1 },
    ]);
    expect(device({ sectors: [] })).toMatchObject({ sectors: [], sectorTableBytes: 0 });
  });

  it.each([
    ["size 0", { size: 0 }, /szDev is 0/],
    ["an end beyond 4 GiB", { start: 0xffff0000, size: 0x10001 }, /beyond the 32-bit/],
    ["a page beyond the memory", { pageSize: 0x20000 }, /szPage/],
    ["a sector of no size", { sectors: [[0, 0]] as const }, /entry 0 says 0 bytes/],
    [
      "sectors that don't ascend",
      {
        sectors: [
          [1024, 0],
          [1024, 0],
        ] as const,
      },
      /entry 1 says 1024 bytes/,
    ],
    ["a sector behind the device", { sectors: [[1024, 0x10000]] as const }, /offset 0x00010000/],
  ])("refuses %s", (_what, sample, message) => {
    const error = failureOf(() => device(sample));
    expect(error.code).toBe("loader-malformed");
    expect(error.message).toMatch(message);
  });

  it("refuses sectors without an end, relocations, and functions that are missing", () => {
    const endless = flashDevice().subarray(0, 168);
    expect(failureOf(() => readFlm(flmSample({ device: endless }), "x.FLM")).message).toMatch(/no end mark/);
    const sections = [
      { name: "PrgCode", address: 0, data: pattern(64), flags: 6 },
      { name: "DevDscr", address: 64, data: flashDevice() },
      { name: ".rel.dyn", address: 0x400, data: pattern(8), type: 9 },
    ];
    const names = ["Init", "UnInit", "EraseSector", "ProgramPage"];
    const build = (have: readonly string[], with3: boolean) =>
      buildElf({
        type: 3,
        sections: with3 ? sections : sections.slice(0, 2),
        programs: [{ address: 0, sections: ["PrgCode"] }],
        symbols: [
          { name: "FlashDevice", value: 64, type: "object", section: "DevDscr" },
          ...have.map((name) => ({ name, value: 1, section: "PrgCode" })),
        ],
      });
    expect(failureOf(() => readFlm(build(names, true), "x.FLM")).facts.field).toBe("position independence");
    expect(readFlm(build(names, false), "x.FLM").staticBase).toBe(64);
    const missing = failureOf(() => readFlm(build(["Init", "ProgramPage"], false), "x.FLM"));
    expect(missing.code).toBe("loader-no-function");
    expect(missing.facts.missing).toBe("UnInit, EraseSector");
  });
});
