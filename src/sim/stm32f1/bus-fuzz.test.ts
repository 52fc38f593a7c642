import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stm32f103c8 } from "./chip-config.ts";
import { createTestChip, RCC } from "./test-chip.ts";

const blocks = stm32f103c8.peripherals.filter(({ name }) => createTestChip().chip.peripheral(name) !== undefined);

/** Any register of any block, at any width, with a value that has few bits or many. */
const access = fc.record({
  block: fc.nat({ max: blocks.length - 1 }),
  register: fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 0x14 }) }, { weight: 1, arbitrary: fc.nat({ max: 0xff }) }),
  size: fc.constantFrom(1, 2, 4, 4, 4),
  value: fc.oneof(
    fc.nat({ max: 31 }).map((bit) => (1 << bit) >>> 0),
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0, max: 0xffffffff }),
  ),
  write: fc.boolean(),
  microseconds: fc.constantFrom(0, 0, 1, 20, 500),
});

describe("any access to any peripheral", () => {
  it("neither throws nor stops time, and answers with a value of its width", () => {
    const outcome = fc.check(
      fc.property(fc.array(access, { minLength: 5, maxLength: 120 }), fc.boolean(), (accesses, open) => {
        const { chip, write } = createTestChip();
        if (open) {
          for (const register of [RCC.AHBENR, RCC.APB1ENR, RCC.APB2ENR]) write(register, 0xffffffff);
          write(0x40007000, 1 << 8);
        }
        for (const { block, register, size, value, write: isWrite, microseconds } of accesses) {
          const address = blocks[block].base + register * 4;
          if (isWrite) {
            expect(
              chip.bus.write(address, size as 4, size === 4 ? value : value & (size === 2 ? 0xffff : 0xff), "cpu"),
            ).toBe(true);
          } else {
            const read = chip.bus.read(address, size as 4, "cpu");
            expect(Number.isInteger(read) && read >= 0 && read < 2 ** (size * 8), `${blocks[block].name} ${read}`).toBe(
              true,
            );
          }
          const before = chip.nanoseconds;
          chip.advance(microseconds * 1000);
          expect(chip.nanoseconds).toBeGreaterThanOrEqual(before);
          expect(Number.isFinite(chip.scheduler.cycles)).toBe(true);
        }
        const before = chip.nanoseconds;
        chip.advance(2e6);
        expect(chip.nanoseconds).toBeGreaterThan(before);
      }),
      { numRuns: 400, seed: 0x57f103 },
    );
    expect(outcome.failed, fc.defaultReportMessage(outcome) ?? "").toBe(false);
  });
});
