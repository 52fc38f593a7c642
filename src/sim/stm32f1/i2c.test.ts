import { describe, expect, it } from "vitest";
import { Eeprom24 } from "../parts/eeprom-24cxx.ts";
import { FakeChip } from "./fake-context.ts";
import { I2c, type I2cTransferResult } from "./i2c.ts";
import { CR1, CR2, SR1, SR2 } from "./i2c-registers.ts";
import { spiCrc } from "./spi-crc.ts";

const BASE = 0x40005400;
/** 100 kHz at PCLK1 = 36 MHz: CCR 180; one SCL period is 720 HCLK cycles. */
const PERIOD = 720;
const BYTE = 9 * PERIOD;

function setUp() {
  const chip = new FakeChip();
  const i2c = new I2c({ name: "I2C1", irqs: { event: 31, error: 32 }, clock: "pclk1" }, chip);
  chip.bus.map(BASE, i2c);
  const eeprom = new Eeprom24("24C02", chip.scheduler);
  eeprom.content.set(Array.from({ length: 256 }, (_, i) => i ^ 0x5a));
  i2c.attach(eeprom);
  const reg = (offset: number) => ({
    get: () => i2c.read(offset, 4),
    set: (value: number) => i2c.write(offset, 4, value),
    on: (bits: number) => i2c.write(offset, 4, i2c.read(offset, 4) | bits),
    off: (bits: number) => i2c.write(offset, 4, i2c.read(offset, 4) & ~bits),
  });
  const r = {
    cr1: reg(0),
    cr2: reg(4),
    oar1: reg(8),
    oar2: reg(12),
    dr: reg(16),
    sr1: reg(20),
    sr2: reg(24),
    ccr: reg(28),
    trise: reg(32),
  };
  r.cr2.set(36);
  r.ccr.set(180);
  r.trise.set(37);
  r.cr1.set(CR1.PE);
  const waitFor = (flag: number) => {
    if (!chip.runUntil(() => (r.sr1.get() & flag) !== 0)) throw new Error(`SR1 flag ${flag.toString(16)} did not come`);
  };
  const clearAddr = () => {
    r.sr1.get();
    r.sr2.get();
  };
  const start = (addressByte: number) => {
    r.cr1.on(CR1.START);
    waitFor(SR1.SB);
    r.dr.set(addressByte);
  };
  const stop = () => {
    r.cr1.on(CR1.STOP);
    if (!chip.runUntil(() => (r.sr2.get() & SR2.BUSY) === 0)) throw new Error("BUSY did not fall");
  };
  /** Points the EEPROM at `address` and addresses it for reading; ADDR stands then. */
  const openForReading = (address: number) => {
    r.cr1.on(CR1.ACK);
    start(0xa0);
    waitFor(SR1.ADDR);
    clearAddr();
    waitFor(SR1.TXE);
    r.dr.set(address);
    waitFor(SR1.BTF);
    start(0xa1);
    waitFor(SR1.ADDR);
  };
  return { chip, i2c, eeprom, ...r, waitFor, clearAddr, start, stop, openForReading };
}

const expected = (from: number, count: number) => Array.from({ length: count }, (_, i) => (from + i) ^ 0x5a);

describe("master transmitter", () => {
  it("goes through SB, ADDR, TXE and BTF at the times that CCR gives", () => {
    const { chip, sr1, sr2, dr, cr1, clearAddr } = setUp();
    cr1.on(CR1.START);
    chip.run(PERIOD);
    expect(sr1.get()).toBe(SR1.SB);
    expect(cr1.get() & CR1.START).toBe(0);
    expect(sr2.get()).toBe(SR2.MSL | SR2.BUSY);
    dr.set(0xa0);
    expect(sr1.get()).toBe(0);
    chip.run(BYTE);
    expect(sr1.get()).toBe(SR1.ADDR);
    chip.run(100 * BYTE);
    expect(sr1.get()).toBe(SR1.ADDR);
    clearAddr();
    expect(sr1.get()).toBe(SR1.TXE);
    expect(sr2.get()).toBe(SR2.MSL | SR2.BUSY | SR2.TRA);
    dr.set(0x10);
    expect(sr1.get()).toBe(SR1.TXE);
    dr.set(0x77);
    expect(sr1.get()).toBe(0);
    chip.run(BYTE);
    expect(sr1.get()).toBe(SR1.TXE);
    chip.run(BYTE);
    expect(sr1.get()).toBe(SR1.TXE | SR1.BTF);
    cr1.on(CR1.STOP);
    chip.run(PERIOD);
    expect([sr1.get(), sr2.get(), cr1.get()]).toEqual([0, 0, CR1.PE]);
  });

  it("needs SR1 read before DR to clear SB", () => {
    const { chip, dr, cr1, sr1 } = setUp();
    cr1.on(CR1.START);
    chip.run(PERIOD);
    dr.set(0xa0);
    chip.run(2 * BYTE);
    expect(sr1.get()).toBe(SR1.SB);
    dr.set(0xa0);
    chip.run(BYTE);
    expect(sr1.get()).toBe(SR1.ADDR);
  });

  it("writes the EEPROM, which does not acknowledge while it is busy", () => {
    const { chip, eeprom, start, stop, waitFor, clearAddr, dr, sr1, cr2 } = setUp();
    cr2.on(CR2.ITERREN);
    start(0xa0);
    waitFor(SR1.ADDR);
    clearAddr();
    for (const byte of [0x20, 1, 2, 3]) {
      waitFor(SR1.TXE);
      dr.set(byte);
    }
    waitFor(SR1.BTF);
    stop();
    expect([...eeprom.content.subarray(0x20, 0x23)]).toEqual([1, 2, 3]);
    start(0xa0);
    waitFor(SR1.AF);
    expect(chip.interrupt(32)).toBe(true);
    expect(sr1.get() & SR1.ADDR).toBe(0);
    sr1.set(~SR1.AF);
    expect(chip.interrupt(32)).toBe(false);
    stop();
    chip.run(72_000 * 5);
    start(0xa0);
    waitFor(SR1.ADDR);
    clearAddr();
    stop();
  });

  it("gets AF from an address where nothing is, and when its pins are not alternate outputs", () => {
    const { chip, start, stop, waitFor, sr1 } = setUp();
    start(0x40);
    waitFor(SR1.AF);
    sr1.set(0);
    stop();
    chip.pins.notAlternate.add("B6");
    start(0xa0);
    waitFor(SR1.AF);
  });

  it("lets both lines go while it is off, so that a program may look whether the bus is free", () => {
    const { chip, i2c, cr1 } = setUp();
    const lines = () => [chip.pins.level("B", 6), chip.pins.level("B", 7)];
    i2c.setClockEnabled(false);
    i2c.reset();
    expect(lines()).toEqual([false, false]);
    i2c.setClockEnabled(true);
    expect(lines()).toEqual([true, true]);
    cr1.set(CR1.SWRST);
    cr1.set(0);
    i2c.reset();
    expect(lines()).toEqual([true, true]);
  });

  it("stops after the byte in the shift register when STOP comes with TXE", () => {
    const { chip, i2c, start, waitFor, clearAddr, dr, cr1, sr2 } = setUp();
    const bytes: number[] = [];
    let stops = 0;
    i2c.attach({
      matches: (address) => address === 0x30,
      start: () => true,
      write: (byte) => bytes.push(byte) > 0,
      read: () => 0,
      stop: () => void stops++,
    });
    start(0x60);
    waitFor(SR1.ADDR);
    clearAddr();
    dr.set(0x42);
    cr1.on(CR1.STOP);
    chip.run(BYTE + PERIOD);
    expect([bytes, stops, sr2.get() & SR2.BUSY]).toEqual([[0x42], 1, 0]);
  });
});

describe("master receiver", () => {
  it("reads one byte: ACK off before ADDR is cleared, STOP after", () => {
    const { openForReading, cr1, dr, sr1, sr2, waitFor, clearAddr, chip } = setUp();
    openForReading(0x33);
    cr1.off(CR1.ACK);
    clearAddr();
    cr1.on(CR1.STOP);
    waitFor(SR1.RXNE);
    expect(dr.get()).toBe(0x33 ^ 0x5a);
    chip.run(10 * BYTE);
    expect(sr1.get()).toBe(0);
    expect(sr2.get()).toBe(0);
  });

  it("reads two bytes with POS: BTF, STOP, two reads", () => {
    for (const ackFirst of [true, false]) {
      const { openForReading, cr1, dr, sr1, waitFor, clearAddr, chip } = setUp();
      openForReading(0x40);
      cr1.on(CR1.POS);
      if (ackFirst) cr1.off(CR1.ACK);
      clearAddr();
      if (!ackFirst) cr1.off(CR1.ACK);
      waitFor(SR1.BTF);
      chip.run(20 * BYTE);
      cr1.on(CR1.STOP);
      expect([dr.get(), dr.get()]).toEqual(expected(0x40, 2));
      chip.run(BYTE);
      expect(sr1.get()).toBe(0);
    }
  });

  it("reads N bytes by RXNE, and by BTF with the last three held back", () => {
    for (const count of [3, 4, 9]) {
      const byRxne = setUp();
      byRxne.openForReading(0x50);
      byRxne.clearAddr();
      const got: number[] = [];
      while (got.length < count) {
        byRxne.waitFor(SR1.RXNE);
        got.push(byRxne.dr.get());
        if (got.length === count - 1) {
          byRxne.cr1.off(CR1.ACK);
          byRxne.cr1.on(CR1.STOP);
        }
      }
      expect(got).toEqual(expected(0x50, count));
      byRxne.chip.run(10 * BYTE);
      expect([byRxne.sr1.get(), byRxne.sr2.get()]).toEqual([0, 0]);

      const byBtf = setUp();
      byBtf.openForReading(0x60);
      byBtf.clearAddr();
      const slow: number[] = [];
      while (slow.length < count - 3) {
        byBtf.waitFor(SR1.BTF);
        byBtf.chip.run(5 * BYTE);
        slow.push(byBtf.dr.get());
      }
      byBtf.waitFor(SR1.BTF);
      byBtf.cr1.off(CR1.ACK);
      slow.push(byBtf.dr.get());
      byBtf.waitFor(SR1.BTF);
      byBtf.cr1.on(CR1.STOP);
      slow.push(byBtf.dr.get());
      byBtf.waitFor(SR1.RXNE);
      slow.push(byBtf.dr.get());
      expect(slow).toEqual(expected(0x60, count));
      byBtf.chip.run(BYTE);
      expect([byBtf.sr1.get(), byBtf.sr2.get()]).toEqual([0, 0]);
    }
  });

  it("reads by DMA with LAST, the final byte not acknowledged", () => {
    const { openForReading, cr2, chip, clearAddr, stop, sr1 } = setUp();
    const channel7 = 0x40020008 + 20 * 6;
    chip.bus.write(channel7 + 8, 4, BASE + 16, "cpu");
    chip.bus.write(channel7 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(channel7 + 4, 4, 5, "cpu");
    chip.bus.write(channel7, 4, 0x83, "cpu");
    openForReading(0x80);
    cr2.on(CR2.DMAEN | CR2.LAST);
    clearAddr();
    expect(chip.runUntil(() => chip.interrupt(17))).toBe(true);
    chip.run(20 * BYTE);
    expect([...chip.bus.memory.subarray(0, 6)]).toEqual([...expected(0x80, 5), 0]);
    expect(sr1.get()).toBe(0);
    stop();
  });
});

it("transmits by DMA and ends with BTF", () => {
  const { chip, eeprom, start, stop, waitFor, clearAddr, cr2, sr1 } = setUp();
  chip.bus.memory.set([0x08, 9, 8, 7]);
  const channel6 = 0x40020008 + 20 * 5;
  chip.bus.write(channel6 + 8, 4, BASE + 16, "cpu");
  chip.bus.write(channel6 + 12, 4, 0x20000000, "cpu");
  chip.bus.write(channel6 + 4, 4, 4, "cpu");
  chip.bus.write(channel6, 4, 0x93, "cpu");
  cr2.on(CR2.DMAEN);
  start(0xa0);
  waitFor(SR1.ADDR);
  clearAddr();
  expect(chip.runUntil(() => chip.interrupt(16))).toBe(true);
  waitFor(SR1.BTF);
  expect(sr1.get()).toBe(SR1.TXE | SR1.BTF);
  stop();
  expect([...eeprom.content.subarray(8, 11)]).toEqual([9, 8, 7]);
});

it("interrupts on events, on buffers only with ITBUFEN", () => {
  const { chip, cr1, cr2, dr, sr1, clearAddr } = setUp();
  cr2.on(CR2.ITEVTEN);
  cr1.on(CR1.START);
  chip.run(PERIOD);
  expect(chip.interrupt(31)).toBe(true);
  sr1.get();
  dr.set(0xa0);
  expect(chip.interrupt(31)).toBe(false);
  chip.run(BYTE);
  expect(chip.interrupt(31)).toBe(true);
  clearAddr();
  expect(chip.interrupt(31)).toBe(false);
  cr2.on(CR2.ITBUFEN);
  expect(chip.interrupt(31)).toBe(true);
  dr.set(1);
  cr2.off(CR2.ITBUFEN);
  chip.run(BYTE);
  expect(chip.interrupt(31)).toBe(true);
  expect(sr1.get()).toBe(SR1.TXE | SR1.BTF);
});

it("addresses a part by ten bits, for writing and after a repeated START for reading", () => {
  const { chip, i2c, start, waitFor, clearAddr, dr, sr1, cr1, stop } = setUp();
  const got: number[] = [];
  i2c.attach({
    matches: () => false,
    tenBitAddress: 0x2a5,
    start: () => true,
    write: (byte) => got.push(byte) > 0,
    read: () => 0x99,
    stop: () => undefined,
  });
  start(0xf4);
  waitFor(SR1.ADD10);
  dr.set(0xa5);
  waitFor(SR1.ADDR);
  clearAddr();
  dr.set(0x11);
  waitFor(SR1.BTF);
  expect(got).toEqual([0x11]);
  start(0xf5);
  waitFor(SR1.ADDR);
  cr1.off(CR1.ACK);
  clearAddr();
  cr1.on(CR1.STOP);
  waitFor(SR1.RXNE);
  expect(dr.get()).toBe(0x99);
  chip.run(BYTE);
  start(0xf0);
  waitFor(SR1.AF);
  expect(sr1.get() & SR1.ADD10).toBe(0);
  stop();
});

it("appends a packet error code", () => {
  const { i2c, start, waitFor, clearAddr, dr, cr1, sr2, stop } = setUp();
  const got: number[] = [];
  i2c.attach({
    matches: (address) => address === 0x30,
    start: () => true,
    write: (byte) => got.push(byte) > 0,
    read: () => 0,
    stop: () => undefined,
  });
  cr1.on(CR1.ENPEC);
  start(0x60);
  waitFor(SR1.ADDR);
  clearAddr();
  dr.set(0x06);
  cr1.on(CR1.PEC);
  waitFor(SR1.BTF);
  const pec = [0x60, 0x06].reduce((crc, byte) => spiCrc(crc, byte, 7, 8, false), 0);
  expect(got).toEqual([0x06, pec]);
  expect(sr2.get() >> 8).toBe(0);
  expect(cr1.get() & CR1.PEC).toBe(0);
  stop();
});

it("loses everything by SWRST and by PE = 0", () => {
  for (const way of [CR1.SWRST, 0]) {
    const { start, waitFor, cr1, sr1, sr2 } = setUp();
    start(0xa0);
    waitFor(SR1.ADDR);
    cr1.set(way);
    cr1.set(0);
    expect([sr1.get(), sr2.get()]).toEqual([0, 0]);
  }
});

describe("slave", () => {
  const listening = () => {
    const setup = setUp();
    setup.oar1.set(0x4000 | (0x30 << 1));
    setup.cr1.on(CR1.ACK);
    return setup;
  };

  it("receives, stretching until ADDR is cleared and DR read, then STOPF", () => {
    const { chip, i2c, waitFor, clearAddr, dr, sr1, sr2, cr1 } = listening();
    let result: I2cTransferResult | undefined;
    i2c.asSlave({ address: 0x30, write: [1, 2, 3], done: (done) => (result = done) });
    waitFor(SR1.ADDR);
    expect(sr2.get() & (SR2.BUSY | SR2.TRA | SR2.MSL)).toBe(SR2.BUSY);
    clearAddr();
    waitFor(SR1.BTF);
    chip.run(50 * BYTE);
    const got = [dr.get(), dr.get()];
    waitFor(SR1.RXNE);
    got.push(dr.get());
    waitFor(SR1.STOPF);
    expect(got).toEqual([1, 2, 3]);
    expect(result).toEqual({ addressed: true, written: 3, read: [] });
    cr1.on(CR1.PE);
    expect(sr1.get()).toBe(0);
  });

  it("transmits after a repeated START, AF at the end", () => {
    const { i2c, waitFor, clearAddr, dr, sr1, sr2, chip } = listening();
    let result: I2cTransferResult | undefined;
    i2c.asSlave({ address: 0x30, write: [9], read: 2, done: (done) => (result = done) });
    waitFor(SR1.ADDR);
    clearAddr();
    waitFor(SR1.RXNE);
    expect(dr.get()).toBe(9);
    waitFor(SR1.ADDR);
    expect(sr2.get() & SR2.TRA).toBe(SR2.TRA);
    for (const byte of [0x11, 0x22]) {
      waitFor(SR1.TXE);
      dr.set(byte);
    }
    waitFor(SR1.AF);
    chip.run(BYTE);
    expect(result?.read).toEqual([0x11, 0x22]);
    expect(sr1.get() & (SR1.STOPF | SR1.TXE)).toBe(0);
  });

  it("answers to no other address, without ACK to none, with ENDUAL and ENGC to more", () => {
    const { chip, i2c, cr1, oar2, waitFor, sr2, clearAddr } = listening();
    const results: boolean[] = [];
    const call = (address: number) =>
      i2c.asSlave({ address, write: [], done: ({ addressed }) => void results.push(addressed) });
    call(0x31);
    chip.run(20 * BYTE);
    cr1.off(CR1.ACK);
    call(0x30);
    chip.run(20 * BYTE);
    expect(results).toEqual([false, false]);
    cr1.on(CR1.ACK | CR1.ENGC);
    oar2.set((0x44 << 1) | 1);
    for (const [address, flag] of [
      [0x44, SR2.DUALF],
      [0, SR2.GENCALL],
    ]) {
      call(address);
      waitFor(SR1.ADDR);
      expect(sr2.get() & (SR2.DUALF | SR2.GENCALL)).toBe(flag);
      clearAddr();
      chip.run(2 * BYTE);
    }
  });
});
