import { describe, expect, it } from "vitest";
import { isProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { FlashRegion } from "../programmer.ts";
import { checkReadable, checkWritable, chipState, estimatedHclk, lockController } from "./chip-state.ts";

const state = (optionByte: number, writeProtection: number) => chipState([0, 0, 0, optionByte, writeProtection]);

/** Address of the first page that is refused when all pages of the region are asked for. */
function firstRefused(writeProtection: number, region: FlashRegion): number | undefined {
  const pages = Array.from({ length: region.size / region.pageSize }, (_, i) => region.base + i * region.pageSize);
  try {
    checkWritable(state(0, writeProtection >>> 0), region, pages);
    return undefined;
  } catch (error) {
    if (!isProbityError(error, "flash-protected")) throw error;
    return Number(error.facts.address);
  }
}

describe("write protection", () => {
  const medium = { base: 0x08000000, size: 128 * 1024, pageSize: 1024, erasedValue: 0xff };
  const high = { base: 0x08000000, size: 512 * 1024, pageSize: 2048, erasedValue: 0xff };

  it("is one bit for four pages of 1 KiB, or for two of 2 KiB, and bit 31 for the rest", () => {
    expect(firstRefused(0xffffffff, medium)).toBeUndefined();
    expect(firstRefused(~(1 << 3), medium)).toBe(0x08000000 + 12 * 1024);
    expect(firstRefused(~(1 << 31), medium)).toBe(0x08000000 + 124 * 1024);
    expect(firstRefused(~(1 << 3), high)).toBe(0x08000000 + 6 * 2048);
    expect(firstRefused(~(1 << 31), high)).toBe(0x08000000 + 62 * 2048);
  });
});

describe("read protection", () => {
  it("is bit 1 of OBR", () => {
    checkReadable(state(0x03fffffc, 0));
    expect(() => checkReadable(state(0x03fffffe, 0))).toThrow(/read-protected/);
  });
});

describe("estimatedHclk", () => {
  it.each([
    [0x00000000, 8e6, "after reset"],
    [0x001d040a, 72e6, "crystal x 9"],
    [0x0038040a, 64e6, "HSI / 2 x 16"],
    [0x00000005, 8e6, "crystal"],
    [0x000000f0, 8e6 / 512, "HSI / 512"],
    [0x003f000a, 64e6, "crystal / 2 x 16"],
  ])("CFGR %i is %i Hz (%s)", (cfgr, hertz) => {
    expect(estimatedHclk(cfgr)).toBe(hertz);
  });
});

describe("the lock after an algorithm was cut off", () => {
  const SR = 0x4002200c;
  const CR = 0x40022010;

  /** A controller that is busy for some milliseconds; each look takes one. */
  function controller(busy: number) {
    let now = 0;
    const writes: string[] = [];
    const port = {
      readWord: async (address: number) => {
        expect(address).toBe(SR);
        return now < busy ? 1 : 0;
      },
      writeWord: async (address: number, value: number) => {
        expect(address).toBe(CR);
        writes.push(`${value.toString(16)} at ${now}`);
      },
    } as unknown as MemoryPort;
    const clock = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    return { port, clock, writes };
  }

  it("comes when the controller is at rest, and not later than a page erase can take", async () => {
    for (const [busy, at] of [
      [0, 0],
      [20, 20],
      [1e9, 101],
    ]) {
      const { port, clock, writes } = controller(busy);
      await lockController(port, 0x40022000, clock);
      expect(writes).toEqual([`80 at ${at}`]);
    }
  });
});
