import { expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";

/** Looks for the first empty half-word of flash from 0x08004000 on, programs it, waits for BSY to fall, and so on. */
const journal = [
  // LDR r4, FLASH; again: LDR r0, 0x08004000
  ...[0x4c06, 0x4807],
  // scan: LDRH r1, [r0]; ADDS r0, #2; ADDS r3, r1, #1; LSLS r3, r3, #16; BNE scan
  ...[0x8801, 0x3002, 0x1c4b, 0x041b, 0xd1fa],
  // SUBS r0, #2; STRH r2, [r0]; ADDS r2, #1
  ...[0x3802, 0x8002, 0x3201],
  // wait: LDR r1, [r4, #12]; LSLS r1, r1, #31; BNE wait; B again
  ...[0x68e1, 0x07c9, 0xd1fc, 0xe7f2],
  ...[0x2000, 0x4002, 0x4000, 0x0800],
];

it("the interpreter beside translated code reads flash as it was before the run programmed it", () => {
  const data = Uint8Array.from(
    [0x5000, 0x2000, 0x0009, 0x0800, ...journal].flatMap((half) => [half & 0xff, half >> 8]),
  );
  const { chip } = createBluePill({ flash: [{ address: 0x0800_0000, data }], engine: "check" });
  // FLASH_KEYR twice, then PG in FLASH_CR.
  for (const [address, value] of [
    [0x40022004, 0x45670123],
    [0x40022004, 0xcdef89ab],
    [0x40022010, 1],
  ]) {
    chip.bus.write(address, 4, value, "cpu");
  }
  chip.advance(20e6);
  const { r } = chip.cpu.registers();
  expect(r[2]).toBeGreaterThan(100);
  expect(chip.bus.read(0x08004000 + 2 * 99, 2, "cpu")).toBe(99);
});
