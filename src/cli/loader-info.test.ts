import { describe, expect, it } from "vitest";
import { ownLoader } from "../diagnose/loader/loader-fixtures.ts";
import { loaderInfoJson, loaderInfoLines, sectorWords } from "./loader-info.ts";

describe("what a loader is", () => {
  const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");
  const quadspi = ownLoader("mt25ql512a_stm32469i-eval.stldr");

  it("is told in lines", () => {
    const text = loaderInfoLines(nand).join("\n");
    expect(text).toMatch(/^nand512w3a_stm3210e-eval\.stldr: external memory loader/);
    expect(text).toMatch(/^Memory: {5}NAND flash "NAND512W3A_STM3210E-EVAL"$/m);
    expect(text).toMatch(/^Address: {4}0x70000000 to 0x73FFFFFF, 64 MiB \(67108864 bytes\)$/m);
    expect(text).toMatch(/^Sectors: {4}4096 x 16 KiB$/m);
    expect(text).toMatch(/^Note: {7}bad blocks are skipped: .* last block of these addresses does not exist$/m);
    expect(text).toMatch(/^Page: {7}512 bytes; erased bytes read 0xFF$/m);
    expect(text).toMatch(/^Functions: {2}Init, Write, Read, SectorErase/m);
    expect(text).toMatch(/^RAM: {8}0x20000004 to 0x2000\w+, .* and a stack of at least 1 KiB$/m);
    expect(text).toMatch(/^Code: {7}ARMv7-M, uses no FPU$/m);
    expect(text).toMatch(/^Controller: FSMC: its code uses the registers at 0xA0000000/m);
    expect(text).toMatch(/^Built for: {2}STM32F1: its code uses RCC at 0x40021000/m);
    expect(text).toMatch(/^Board: {6}STM3210E-EVAL, which carries an STM32F103ZE\/ZG \(device ID 0x414 or 0x430\)$/m);
    expect(text).toMatch(/^Runs on: {4}the STM32F103ZE\/ZG of the STM3210E-EVAL/m);
    expect(text).toMatch(/^Depends: {4}STM32F10x high-density \(0x414\)/m);
    expect(text).toMatch(/^Not on: {5}STM32F10x medium-density \(0x410\)[^:]*: no FSMC$/m);
    for (const line of loaderInfoLines(nand)) expect(line.length).toBeLessThanOrEqual(118);
  });

  it("names the chips that can run it, and those that can't by their reason", () => {
    const text = loaderInfoLines(quadspi).join("\n");
    expect(text).toMatch(/^Sectors: {4}1024 x 64 KiB$/m);
    expect(text).toMatch(/^Runs on: .*STM32F469\/F479 \(0x434\)/m);
    expect(text).toMatch(/STM32F405\/F407\/F415\/F417 \(0x413\)[^:]*: no QUADSPI/);
    expect(text).toMatch(/all STM32F1, [\s\S]*: it is built for STM32F4/);
    expect(text).toMatch(/missing: Read/);
  });

  it("is told in numbers", () => {
    const json = JSON.parse(JSON.stringify(loaderInfoJson(quadspi)));
    expect(json).toMatchObject({
      file: "mt25ql512a_stm32469i-eval.stldr",
      format: "stldr",
      memory: {
        kind: "SPI flash",
        start: 0x90000000,
        size: 0x4000000,
        pageSize: 256,
        erasedValue: 0xff,
        sectors: [{ start: 0x90000000, size: 0x10000, count: 1024 }],
      },
      ram: { start: 0x20000004, stack: 1024, relocatable: false },
      code: { architecture: "ARMv7E-M", floatingPoint: false },
      controllers: ["QUADSPI"],
      families: ["STM32F4"],
      board: { name: "STM32469I-EVAL", kind: "board", chips: ["0x434"] },
    });
    const all = [...json.chips.can, ...json.chips.depends, ...json.chips.cannot];
    expect(new Set(all.map(({ deviceId }: { deviceId: string }) => deviceId)).size).toBe(91);
    expect(json.chips.can).toContainEqual({ deviceId: "0x434", name: "STM32F469/F479", family: "STM32F4" });
    expect(json.chips.cannot).toContainEqual(
      expect.objectContaining({ deviceId: "0x413", code: "controller", reason: "no QUADSPI" }),
    );
  });

  it("has words for uneven sectors and for none", () => {
    const sectors = [
      { start: 0, size: 0x4000, count: 4 },
      { start: 0x10000, size: 0x10000, count: 1 },
    ];
    expect(sectorWords({ ...nand.device, sectors })).toBe("4 x 16 KiB + 1 x 64 KiB");
    expect(sectorWords({ ...nand.device, kind: "SRAM", sectors: [] })).toBe("none: nothing has to be erased");
    expect(sectorWords({ ...nand.device, kind: "NOR flash", sectors: [] })).toMatch(
      /^none in the file's table, .* though NOR flash needs that$/,
    );
  });

  it("says when the sectors are not all of the device, or more", () => {
    const sectors = [{ start: 0, size: 0x10000, count: 4 }];
    const device = { ...nand.device, size: 0x50000, sectors };
    expect(sectorWords({ ...device, sectorTableBytes: 0x40000 })).toBe(
      "4 x 64 KiB; the file's table adds up to 256 KiB, less than the device: what is beyond it cannot be erased",
    );
    expect(sectorWords({ ...device, size: 0x40000, sectorTableBytes: 0x80000 })).toBe(
      "4 x 64 KiB; the file's table adds up to 512 KiB, more than the device: what is beyond the device is left out",
    );
  });

  it("tells chips that lack the controller from those whose package decides", () => {
    const [depends, unlikely] = ["Depends", "Unlikely"].map((label) => {
      const lines = loaderInfoLines(ownLoader("bad/returns-0.stldr"));
      const from = lines.findIndex((line) => line.startsWith(`${label}:`));
      const to = lines.findIndex((line, i) => i > from && /^\S/.test(line));
      return lines.slice(from, to).join("\n");
    });
    expect(depends).toMatch(/STM32F10x high-density \(0x414\)/);
    expect(depends).not.toMatch(/0x410/);
    expect(unlikely).toMatch(/STM32F10x medium-density \(0x410\)[\s\S]*: no FSMC or FMC/);
  });

  it("tells a file that says nothing of its chip", () => {
    const text = loaderInfoLines(ownLoader("bad/returns-0.stldr")).join("\n");
    expect(text).toMatch(/^Built for: {2}nothing in the file tells which family$/m);
    expect(text).toMatch(/^Board: {6}its name speaks of none$/m);
  });
});
