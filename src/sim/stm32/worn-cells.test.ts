import { describe, expect, it } from "vitest";
import { WornCells } from "./worn-cells.ts";

describe("worn flash cells", () => {
  it("leave one bit in 32 bytes at 0, the same after each erase, within their stretch alone", () => {
    const worn = new WornCells(0x40, 0xc0);
    const erase = (offset: number, length: number): Uint8Array => {
      const flash = new Uint8Array(0x100).fill(0xff);
      worn.erased(flash, offset, length);
      return flash;
    };
    const whole = erase(0, 0x100);
    const zeros = [...whole].map((byte) => 8 - byte.toString(2).replaceAll("0", "").length);
    for (let block = 0; block < 0x100; block += 32) {
      const count = zeros.slice(block, block + 32).reduce((sum, bits) => sum + bits, 0);
      expect(count, `${block}`).toBe(block >= 0x40 && block < 0xc0 ? 1 : 0);
    }
    expect(erase(0, 0x100)).toEqual(whole);
    expect(erase(0x60, 0x20)).toEqual(Uint8Array.from(whole, (byte, at) => (at >= 0x60 && at < 0x80 ? byte : 0xff)));
  });
});
