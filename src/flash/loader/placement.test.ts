import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { CHECKSUM_BYTES, CONTROL_BYTES, GUARD_BYTES, isPlaced, type Placement, placeLoader } from "./placement.ts";

/** As far as a placement looks at a loader. */
function loader(format: "stldr" | "flm", start: number, length: number, pageSize = 1024): LoaderFile {
  return { format, span: { start, length }, device: { pageSize } } as LoaderFile;
}

const vectors = 16 + 60;

/** Every stretch that a placement speaks of, as [start, end). */
function stretches({ loader, guard, stack, vectors: table, code, control, checksum, cells }: Placement) {
  return [
    [loader.base, loader.base + loader.size],
    [guard, guard + GUARD_BYTES],
    [stack.base, stack.top],
    [table, table + 4 * vectors],
    [code, control],
    [control, control + CONTROL_BYTES],
    ...(checksum === undefined ? [] : [[checksum, checksum + CHECKSUM_BYTES]]),
    [cells.base, cells.base + cells.stride * cells.count],
  ];
}

describe("placeLoader", () => {
  it("puts everything into RAM, and nothing over anything else", () => {
    const sizes = fc.record({
      ramKib: fc.integer({ min: 6, max: 256 }),
      // Where the second half of the RAM begins to count as another one.
      split: fc.boolean(),
      offset: fc.integer({ min: 0, max: 40_000 }),
      length: fc.integer({ min: 1, max: 60_000 }),
      format: fc.constantFrom("stldr" as const, "flm" as const),
      pageSize: fc.constantFrom(0, 256, 1024, 4096, 8192),
      buffers: fc.constantFrom(undefined, 4096, 65_536),
    });
    fc.assert(
      fc.property(sizes, ({ ramKib, split, offset, length, format, pageSize, buffers }) => {
        const size = ramKib * 1024;
        const half = (size / 2) & ~1023;
        const ram = split
          ? [
              { base: 0x20000000 + half, size: size - half },
              { base: 0x20000000, size: half },
            ]
          : [{ base: 0x20000000, size }];
        const file = loader(format, format === "stldr" ? 0x20000000 + offset : 0, length, pageSize);
        const placed = placeLoader(file, ram, vectors, buffers);
        if (!isPlaced(placed)) {
          // Where there is plenty of room, there is no reason not to.
          const free = size - length - (format === "stldr" ? offset : 16);
          expect(free).toBeLessThan(16_000);
          return;
        }
        const all = stretches(placed);
        for (const [start, end] of all) {
          expect(start).toBeGreaterThanOrEqual(0x20000000);
          expect(end).toBeLessThanOrEqual(0x20000000 + size);
        }
        const sorted = [...all].sort((a, b) => a[0] - b[0]);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i][0]).toBeGreaterThanOrEqual(sorted[i - 1][1]);
        expect(placed.vectors % 512).toBe(0);
        expect(placed.stack.top % 8).toBe(0);
        expect(placed.stack.top - placed.stack.base).toBeGreaterThanOrEqual(1024);
        expect(placed.code % 4).toBe(0);
        expect(placed.cells.base % 8).toBe(0);
        expect(placed.cells.stride % 8).toBe(0);
        expect(placed.support.base).toBe(placed.guard);
        if (format === "stldr") expect([placed.loadBase, placed.loader.base]).toEqual([0, file.span.start]);
        else expect(placed.cells.stride - 32).toBeGreaterThanOrEqual(pageSize);
      }),
      { numRuns: 500 },
    );
  });

  it("says why when there is no room", () => {
    const ram = [{ base: 0x20000000, size: 20 * 1024 }];
    expect(placeLoader(loader("stldr", 0x24000004, 100), ram, vectors)).toMatchObject({ reason: "outside-ram" });
    expect(placeLoader(loader("stldr", 0x20000004, 20 * 1024), ram, vectors)).toMatchObject({ reason: "outside-ram" });
    const tight = placeLoader(loader("stldr", 0x20000004, 19 * 1024), ram, vectors);
    expect(tight).toMatchObject({ reason: "too-large" });
    expect((tight as { needed: number }).needed).toBeGreaterThan(20 * 1024);
    expect(placeLoader(loader("stldr", 0x20000004, 100), [], vectors)).toMatchObject({ reason: "outside-ram" });
  });

  it("puts code nowhere where the architecture forbids to run it", () => {
    const own = { base: 0x20000000, size: 16 * 1024 };
    // Backup SRAM, which lies among the peripherals (ARMv7-M B3.1: execute never).
    const backup = { base: 0x40024000, size: 16 * 1024 };
    const full = loader("stldr", own.base, own.size);
    expect(placeLoader(full, [own, backup], vectors)).toMatchObject({ reason: "too-large" });
    const relocatable = placeLoader(loader("flm", 0, 2000), [own, { ...backup, size: 64 * 1024 }], vectors);
    expect(isPlaced(relocatable) && relocatable.loader.base).toBe(own.base);
    // A loader for it alone is not placed at all.
    expect(placeLoader(loader("stldr", backup.base, 100), [own, backup], vectors)).toMatchObject({
      reason: "outside-ram",
    });
  });

  it("takes RAM regions that touch, in whatever order they come, as one", () => {
    const regions = [
      { base: 0x2001c000, size: 0x4000 },
      { base: 0x20000000, size: 0x1c000 },
    ];
    const across = loader("stldr", 0x2001b000, 0x2000);
    const placed = placeLoader(across, regions, vectors);
    expect(isPlaced(placed) && placed.guard).toBe(0x2001d000);
    const apart = regions.map((one, i) => (i === 0 ? { base: one.base + 8, size: one.size - 8 } : one));
    expect(placeLoader(across, apart, vectors)).toMatchObject({ reason: "outside-ram" });
  });

  it("goes before a loader that ends where the RAM does", () => {
    const placed = placeLoader(loader("stldr", 0x20003000, 0x2000), [{ base: 0x20000000, size: 0x5000 }], vectors);
    expect(isPlaced(placed) && placed.guard).toBe(0x20000000);
    expect(isPlaced(placed) && placed.cells.base + placed.cells.stride * placed.cells.count).toBeLessThanOrEqual(
      0x20003000,
    );
  });

  it("uses another RAM when the loader fills its own", () => {
    const ram = [
      { base: 0x20000000, size: 16 * 1024 },
      { base: 0x24000000, size: 64 * 1024 },
    ];
    const placed = placeLoader(loader("stldr", 0x20000000, 16 * 1024), ram, vectors);
    expect(isPlaced(placed) && placed.guard).toBe(0x24000000);
  });
});
