import { describe, expect, it } from "vitest";
import { FakeChip } from "./fake-context.ts";
import { Usb, UsbPacketMemory } from "./usb.ts";

function setUp() {
  const chip = new FakeChip();
  const usb = new Usb({ name: "USB", irqs: { high: 19, low: 20 } }, chip);
  const get = (offset: number) => usb.read(offset, 4);
  const set = (offset: number, value: number) => usb.write(offset, 4, value);
  return { chip, usb, get, set };
}

describe("endpoint registers", () => {
  it("toggle STAT and DTOG, keep plain fields, clear CTR by 0 only", () => {
    const { get, set } = setUp();
    set(4, 0x3221);
    expect(get(4)).toBe(0x3221);
    set(4, 0x1201);
    expect(get(4)).toBe(0x2221);
    set(4, 0x8080 | 0x0201);
    expect(get(4)).toBe(0x2221);
    set(4, 0x0800);
    expect(get(4) & 0x0800).toBe(0);
  });

  it("are emptied by FRES, as is the address", () => {
    const { get, set } = setUp();
    set(0x40, 0);
    set(0, 0x3220);
    set(0x4c, 0x85);
    set(0x40, 1);
    expect([get(0), get(0x4c)]).toEqual([0, 0]);
  });
});

it("suspends three milliseconds after it was switched on, without a host", () => {
  const { chip, get, set } = setUp();
  expect(get(0x40)).toBe(3);
  set(0x40, 1);
  chip.run(72_000 * 5);
  set(0x40, 0);
  set(0x44, 0);
  set(0x40, 0x0800);
  chip.run(72_000 * 3 - 1);
  expect(get(0x44)).toBe(0x0100);
  expect(chip.interrupt(20)).toBe(false);
  chip.run(2);
  expect(get(0x44)).toBe(0x0900);
  expect(chip.interrupt(20)).toBe(true);
  set(0x44, ~0x0800);
  expect(chip.interrupt(20)).toBe(false);
  set(0x40, 0x0808);
  chip.run(72_000 * 10);
  expect(get(0x44)).toBe(0x0100);
  expect(get(0x48) & 0x8000).toBe(0x8000);
  expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
});

it("has packet memory as half-words in words", () => {
  const memory = new UsbPacketMemory("USB_CAN_RAM");
  memory.write(0, 2, 0x1234);
  memory.write(4, 4, 0xdeadbeef);
  memory.write(0x3fc, 2, 0x5678);
  expect([memory.read(0, 4), memory.read(4, 4), memory.read(2, 2), memory.read(0x3fc, 2)]).toEqual([
    0x1234, 0xbeef, 0, 0x5678,
  ]);
  expect([memory.read(0, 1), memory.read(1, 1)]).toEqual([0x34, 0x12]);
});
