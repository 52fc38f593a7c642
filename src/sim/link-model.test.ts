import { describe, expect, it } from "vitest";
import { transferCost, transferNanoseconds } from "./link-model.ts";

const idle = { bytesOut: 0, bytesIn: 0, wireTransactions: 0, wireHertz: 1_800_000 } as const;

describe("link model", () => {
  it("puts a short command between 0.3 and 1 ms on a V2, below a quarter on a V3", () => {
    const read = { bytesIn: 12 } as const;
    const v2 = transferNanoseconds({ ...idle, ...read, generation: "V2" });
    expect(v2).toBeGreaterThan(300_000);
    expect(v2).toBeLessThan(1_000_000);
    expect(transferNanoseconds({ ...idle, ...read, generation: "V2-1" })).toBe(v2);
    expect(transferNanoseconds({ ...idle, ...read, generation: "V3" })).toBeLessThan(v2 / 3);
  });

  it("reads RAM through a V2 at 1.8 MHz as fast as has been published", () => {
    const words = 6144 / 4;
    const data = transferNanoseconds({ ...idle, generation: "V2", bytesIn: 6144, wireTransactions: words + 20 });
    const status = transferNanoseconds({ ...idle, generation: "V2", bytesIn: 12 });
    const kilobytesPerSecond = 6144e6 / (data + status);
    expect(kilobytesPerSecond).toBeGreaterThan(113);
    expect(kilobytesPerSecond).toBeLessThan(142);
  });

  it("tells the stages apart", () => {
    const cost = transferCost({ generation: "V2", bytesOut: 64, bytesIn: 0, wireTransactions: 18, wireHertz: 1e6 });
    expect(cost.onWires).toBe(18 * 46_000);
    expect(cost.toHost).toBe(0);
    expect(cost.toProbe).toBeGreaterThan(400_000);
  });
});
