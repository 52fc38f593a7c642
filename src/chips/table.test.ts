import { describe, expect, it } from "vitest";
import devices from "./devices.json" with { type: "json" };
import { chipByDeviceId, chips, coreFamily, idcodeAddresses } from "./table.ts";

describe("the table of chips", () => {
  it("has every row once", () => {
    expect(chips).toHaveLength(91);
    expect(new Set(chips.map((chip) => chip.deviceId)).size).toBe(91);
  });

  it("parses every number, and every clock that a row asks for", () => {
    const holes: string[] = [];
    const look = (path: string, value: unknown): void => {
      if (typeof value === "number" && !Number.isInteger(value)) holes.push(path);
      if (value instanceof Map) for (const key of value.keys()) look(`${path}.key`, key);
      else if (value !== null && typeof value === "object")
        for (const [key, inner] of Object.entries(value)) look(`${path}.${key}`, inner);
    };
    for (const chip of chips) look(chip.name, chip);
    expect(holes).toEqual([]);
    devices.forEach((row, i) => {
      const needed = row.idcode_access.clock_enable_needed !== null;
      expect(chips[i].idcodeClock !== undefined, row.name).toBe(needed);
      expect(chips[i].flashLayout !== undefined, row.name).toBe(row.flash_layout !== null);
    });
  });

  it("gives erasable units to every flash whose layout is known", () => {
    for (const { name, flashLayout } of chips) {
      if (flashLayout?.kind === "uniform") expect(flashLayout.eraseSize, name).toBeGreaterThanOrEqual(128);
      if (flashLayout?.kind === "sectors") {
        let next = flashLayout.sectors[0].base;
        for (const run of flashLayout.sectors) {
          if (run.base !== flashLayout.bank2Base) expect(run.base, name).toBe(next);
          next = run.base + run.eraseSize * run.count;
        }
      }
    }
  });

  // RM0008 table of densities; PM0075 for pages.
  it.each([
    [0x412, 1024, 4, 10, 32],
    [0x410, 1024, 4, 20, 128],
    [0x414, 2048, 2, 64, 512],
    [0x430, 2048, 2, 96, 1024],
    [0x418, 2048, 2, 64, 256],
    [0x420, 1024, 4, 8, 128],
    [0x428, 2048, 2, 32, 512],
  ])("knows the F1 density %#x", (id, eraseSize, wrpUnitPages, ramKib, flashKib) => {
    const chip = chipByDeviceId(id);
    expect(chip?.family).toBe("STM32F1");
    expect(chip?.core).toBe("Cortex-M3");
    expect(chip?.flashLayout).toMatchObject({ kind: "uniform", eraseSize, wrpUnitPages });
    expect(chip?.ram[0]).toMatchObject({ base: 0x20000000, size: ramKib * 1024 });
    expect(chip?.maxFlashBytes).toBe(flashKib * 1024);
    expect(chip?.flashBase).toBe(0x08000000);
    expect(chip?.flashController).toBe("f1");
    expect(chip?.flashControllerBase).toBe(0x40022000);
    expect(chip?.programGranularity).toBe(2);
    expect(chip?.idcodeAddress).toBe(0xe0042000);
    expect(chip?.flashSizeRegister).toMatchObject({ address: 0x1ffff7e0, widthBits: 16, unit: "KiB" });
    expect(chip?.uidAddress).toBe(0x1ffff7e8);
  });

  it("names the revisions of the F103C8", () => {
    expect(Object.fromEntries(chipByDeviceId(0x410)?.revisions ?? [])).toEqual({
      [0x0000]: "A",
      [0x2000]: "B",
      [0x2001]: "Z",
      [0x2003]: "Y",
    });
  });

  it("says where each core's chips keep their id", () => {
    expect(idcodeAddresses("Cortex-M3")).toEqual([0xe0042000]);
    expect(idcodeAddresses("Cortex-M0")).toEqual([0x40015800]);
    expect(idcodeAddresses("Cortex-M4")[0]).toBe(0xe0042000);
    expect(idcodeAddresses("Cortex-M7")).toContain(0x5c001000);
    expect(idcodeAddresses("Cortex-M33")).toContain(0xe0044000);
    expect(idcodeAddresses("Cortex-X9").length).toBeGreaterThan(4);
    expect(coreFamily("Cortex-M4F")).toBe("Cortex-M4");
    expect(coreFamily("Cortex-M0+")).toBe("Cortex-M0+");
  });
});
