import { describe, expect, it } from "vitest";
import { Scheduler } from "../time/scheduler.ts";
import { Eeprom24 } from "./eeprom-24cxx.ts";
import { SpiFlash } from "./spi-flash.ts";

const passTime = (scheduler: Scheduler, milliseconds: number) => {
  scheduler.cycles += milliseconds * 72_000;
};

describe("24Cxx", () => {
  it("wraps a page write, is busy for 5 ms, and reads on from its pointer", () => {
    const scheduler = new Scheduler(72_000_000);
    const part = new Eeprom24("24C02", scheduler);
    expect([part.matches(0x50), part.matches(0x51)]).toEqual([true, false]);
    part.start(false, 0x50);
    for (const byte of [0x0e, 1, 2, 3]) part.write(byte);
    part.stop();
    expect([...part.content.subarray(8, 16)]).toEqual([3, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2]);
    expect(part.start(true, 0x50)).toBe(false);
    passTime(scheduler, 5.1);
    expect(part.start(false, 0x50)).toBe(true);
    part.write(0x0e);
    part.start(true, 0x50);
    expect([part.read(), part.read(), part.read()]).toEqual([1, 2, 0xff]);
  });

  it("takes two address bytes when large, block bits when in between", () => {
    const scheduler = new Scheduler(72_000_000);
    const large = new Eeprom24("24C256", scheduler, 0x53);
    large.start(false, 0x53);
    for (const byte of [0x12, 0x34, 0xab]) large.write(byte);
    large.stop();
    expect(large.content[0x1234]).toBe(0xab);
    const middle = new Eeprom24("24C08", scheduler);
    expect([0x50, 0x51, 0x53, 0x54].map((address) => middle.matches(address))).toEqual([true, true, true, false]);
    middle.start(false, 0x52);
    middle.write(0x10);
    middle.write(0x77);
    middle.stop();
    expect(middle.content[0x210]).toBe(0x77);
  });

  it("does not acknowledge data while write protected, and drops what a repeated START cuts off", () => {
    const part = new Eeprom24("24C64", new Scheduler(72_000_000));
    part.start(false, 0x50);
    for (const byte of [0, 0, 1]) part.write(byte);
    part.start(true, 0x50);
    part.stop();
    expect(part.content[0]).toBe(0xff);
    part.writeProtected = true;
    part.start(false, 0x50);
    expect([0, 0, 1].map((byte) => part.write(byte))).toEqual([true, true, false]);
  });
});

describe("SPI flash", () => {
  it("identifies itself, programs, reads and erases", () => {
    const scheduler = new Scheduler(72_000_000);
    const part = new SpiFlash(scheduler);
    const send = (...bytes: number[]) => {
      part.select(true);
      const answer = bytes.map((byte) => part.exchange(byte, 8));
      part.select(false);
      return answer;
    };
    expect(send(0x9f, 0, 0, 0).slice(1)).toEqual([0xef, 0x40, 21]);
    send(0x02, 0, 0x10, 0, 1, 2);
    expect(send(0x03, 0, 0x10, 0, 0)[4]).toBe(0xff);
    send(0x06);
    send(0x02, 0, 0x10, 0xff, 0x0f, 0xf0);
    expect(send(0x05, 0)[1]).toBe(1);
    passTime(scheduler, 1);
    expect(send(0x05, 0)[1]).toBe(0);
    expect(send(0x0b, 0, 0x10, 0xff, 0, 0)[5]).toBe(0x0f);
    expect(part.content[0x1000]).toBe(0xf0);
    send(0x06);
    send(0x20, 0, 0x10, 0);
    passTime(scheduler, 50);
    expect(part.content[0x1000]).toBe(0xff);
  });
});
