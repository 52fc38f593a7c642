import { expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import { Mt25q } from "../parts/mt25q.ts";
import { Stm32f4Chip } from "./chip.ts";
import { stm32f469ni } from "./chip-config.ts";

/** A small generator with a fixed seed (xorshift). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

it("answers any access of any size to any block, at any time, without an exception, twice alike", {
  timeout: 60_000,
}, () => {
  const run = (): string => {
    const chip = new Stm32f4Chip(stm32f469ni, { hseHz: 25e6, lseHz: 32_768 });
    const flash = new Mt25q(chip.scheduler);
    chip.quadspiDevice = () => flash;
    const next = numbers(0x1234567);
    const all = stm32f469ni.peripherals;
    let hash = 0;
    for (let i = 0; i < 30_000; i++) {
      // Gates open now and then; QUADSPI is looked at more than others.
      if (i % 50 === 0) {
        for (const offset of [0x30, 0x34, 0x38, 0x40, 0x44]) chip.busWrite(0x40023800 + offset, 4, 0xffffffff);
      }
      const quadspi = all.find(({ name }) => name === "QUADSPI")!;
      const block = next() % 3 === 0 ? quadspi : all[next() % all.length];
      const size = ([1, 2, 4] as const)[next() % 3];
      const span = block === quadspi ? 0x34 : Math.min(block.size, 0x80);
      const address = block.base + ((next() % span) & ~(size - 1));
      const value = [0, 1, 0xffffffff, 1 << (next() % 32), next()][next() % 5] >>> 0;
      const masked = size === 4 ? value : value % 2 ** (8 * size);
      if (next() % 2 === 0) {
        expect(chip.busWrite(address, size, masked)).toBe(true);
      } else {
        const read = chip.busRead(address, size);
        expect(read).not.toBe(BUS_FAULT);
        expect(Number.isInteger(read) && read >= 0 && read < 2 ** (8 * size)).toBe(true);
        hash = (Math.imul(hash, 31) + read) | 0;
      }
      if (next() % 8 === 0) hash = (hash + chip.busRead(0x90000000 + ((next() % 0x4000000) & ~3), 4)) | 0;
      if (next() % 16 === 0) chip.advance(next() % 20_000);
    }
    return `${hash} ${chip.nanoseconds}`;
  };
  const first = run();
  expect(run()).toBe(first);
});
