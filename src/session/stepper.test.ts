import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import type { Core, ReadWords, StopRegisters } from "../cortexm/core.ts";
import type { BreakpointTable } from "./breakpoint-table.ts";
import type { MemoryRegion } from "./debug-session.ts";
import { MemoryCache } from "./memory-cache.ts";
import { Stepper } from "./stepper.ts";

const FLASH = 0x08000000;
const RAM = 0x20000000;
const FLASH_CR = 0x40022010;
const LOCK = 0x80;
const regions: MemoryRegion[] = [
  { kind: "flash", start: FLASH, length: 0x10000, blockSize: 0x400 },
  { kind: "ram", start: RAM, length: 0x5000 },
] as MemoryRegion[];

/** A core that stands at the start of flash; `cr` is FLASH_CR at each step, `content` fills the flash. */
function setup(looks: { protectedFlash?: boolean } = {}) {
  const state = { cr: LOCK, content: 0x11, reads: 0 };
  const cache = new MemoryCache(regions, async (_, length) => {
    state.reads++;
    return new Uint8Array(length).fill(state.content);
  });
  const words = (also: readonly number[] = []): ReadWords =>
    new Map(also.map((address) => [address, address === FLASH_CR ? state.cr : Math.imul(state.content, 0x01010101)]));
  const seen: number[] = [];
  const core = {
    readRegister: async () => FLASH,
    step: async ({ also }: { also?: readonly number[] }) => words(also),
    lookAtStop: async (also: readonly number[]) => words(also),
    lookAroundStop: async (also: (registers: StopRegisters) => readonly number[]) => {
      const asked = also({ pc: FLASH + 0x104, lr: FLASH + 0x200, sp: RAM + 0x100 });
      seen.push(...asked);
      if (looks.protectedFlash) throw new ProbityError("memory-fault", "Nothing answers.");
      return words(asked);
    },
    haltReason: async () => ({ kind: "step" }),
    port: {},
  } as unknown as Core;
  const breakpoints = { originalAt: () => undefined } as unknown as BreakpointTable;
  const stepper = new Stepper({ core, cache, breakpoints, flashLocks: [{ address: FLASH_CR, mask: LOCK }] });
  /** A byte of flash through the cache. */
  const flash = async (): Promise<number> => (await cache.read(FLASH, 4))[0];
  return { stepper, state, flash, seen, cache };
}

describe("what is known of flash over steps", () => {
  it("stays while the flash is seen locked before and after", async () => {
    const { stepper, state, flash } = setup();
    await flash();
    await stepper.step();
    await flash();
    await stepper.step();
    const before = state.reads;
    await stepper.step();
    expect(await flash()).toBe(0x11);
    expect(state.reads).toBe(before);
  });

  it("is read anew when the program has unlocked the flash: it may have written itself", async () => {
    const { stepper, state, flash } = setup();
    await flash();
    await stepper.step();
    await flash();
    state.cr = 0;
    state.content = 0x22;
    await stepper.step();
    expect(await flash()).toBe(0x22);
    // Locked again: what was read while it was open is not kept either.
    state.cr = LOCK;
    state.content = 0x33;
    await stepper.step();
    expect(await flash()).toBe(0x33);
  });
});

describe("a stop after a run", () => {
  it("brings the code at PC and the words at SP", async () => {
    const { stepper, seen, state, cache } = setup();
    await stepper.stoppedAnywhere();
    expect(seen).toContain(FLASH + 0x104);
    expect(seen).toContain(RAM + 0x100);
    await cache.read(FLASH + 0x104, 2);
    await cache.read(RAM + 0x100, 16);
    expect(state.reads).toBe(0);
  });

  it("has a reason where that memory cannot be read", async () => {
    const { stepper } = setup({ protectedFlash: true });
    expect(await stepper.stoppedAnywhere()).toEqual({ kind: "step" });
  });
});
