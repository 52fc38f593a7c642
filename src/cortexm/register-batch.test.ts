import { describe, expect, it } from "vitest";
import { dhcsr } from "./debug-registers.ts";
import { allReady, needsSpecial, registersRead } from "./register-batch.ts";

describe("registers in a batch", () => {
  it("leaves out a value whose S_REGRDY was not set: it is asked for again, alone", () => {
    const found = registersRead([15, 20], [dhcsr.registerReady, 0x08000100, 0, 0xdeadbeef]);
    expect([...found]).toEqual([[15, 0x08000100]]);
    expect(allReady([dhcsr.registerReady, 0])).toBe(false);
    expect(allReady([dhcsr.registerReady, dhcsr.registerReady])).toBe(true);
  });

  it("needs what selector 20 holds only for a part of it", () => {
    const all = (["control", "primask", "basepri", "faultmask"] as const).map((name) => [name, 0] as const);
    expect(needsSpecial(all)).toBe(false);
    expect(needsSpecial(all.slice(1))).toBe(true);
    expect(needsSpecial([["r0", 1]])).toBe(false);
  });
});
