import { describe, expect, it } from "vitest";
import { FakeChip } from "./fake-context.ts";
import { Spi, type SpiDevice } from "./spi.ts";
import { spiCrc } from "./spi-crc.ts";

const BASE = 0x40013000;
/** MSTR, SSM, SSI, SPE; BR 0: a byte takes 16 cycles at PCLK2 = HCLK. */
const MASTER = 0x344;
const RXNE = 1;
const TXE = 2;
const CRCERR = 0x10;
const MODF = 0x20;
const OVR = 0x40;
const BSY = 0x80;

function setUp(cr1 = MASTER, cr2 = 0) {
  const chip = new FakeChip();
  const spi = new Spi({ name: "SPI1", irq: 35, clock: "pclk2" }, chip);
  chip.bus.map(BASE, spi);
  const reg = (offset: number) => ({
    get: () => spi.read(offset, 4),
    set: (value: number) => spi.write(offset, 4, value),
  });
  const registers = {
    cr1: reg(0),
    cr2: reg(4),
    sr: reg(8),
    dr: reg(12),
    crcpr: reg(16),
    rxcrcr: reg(20),
    txcrcr: reg(24),
  };
  registers.cr2.set(cr2);
  registers.cr1.set(cr1);
  return { chip, spi, ...registers };
}

/** Answers each frame with the one before it. */
function delayLine(): SpiDevice & { seen: number[] } {
  const seen: number[] = [];
  return {
    seen,
    exchange(value) {
      seen.push(value);
      return seen.at(-2) ?? 0;
    },
  };
}

describe("master", () => {
  it("shifts a byte in 8 SCK periods with TXE, BSY and RXNE as they should be", () => {
    const { chip, spi, sr, dr } = setUp(MASTER | (2 << 3));
    const part = delayLine();
    spi.attach(part);
    expect(sr.get()).toBe(TXE);
    dr.set(0xa5);
    expect(sr.get()).toBe(TXE | BSY);
    dr.set(0x5a);
    expect(sr.get()).toBe(BSY);
    chip.run(63);
    expect(sr.get()).toBe(BSY);
    chip.run(1);
    expect(sr.get()).toBe(TXE | BSY | RXNE);
    expect(dr.get()).toBe(0);
    chip.run(64);
    expect(sr.get()).toBe(TXE | RXNE);
    expect(dr.get()).toBe(0xa5);
    expect(part.seen).toEqual([0xa5, 0x5a]);
  });

  it("reads ones without a part, and itself over a loop", () => {
    const { chip, spi, dr } = setUp(MASTER | 0x800);
    dr.set(0x1234);
    chip.run(32);
    expect(dr.get()).toBe(0xffff);
    spi.setLoopback(true);
    dr.set(0x1234);
    chip.run(32);
    expect(dr.get()).toBe(0x1234);
    chip.pins.notAlternate.add("A5");
    dr.set(0x1234);
    chip.run(32);
    expect(dr.get()).toBe(0xffff);
  });

  it("selects parts by their chip select", () => {
    const { chip, spi, dr } = setUp();
    const selections: boolean[] = [];
    chip.pins.driveExternal("A", 4, true);
    spi.attach({ exchange: () => 0x42, select: (on) => void selections.push(on) }, { port: "A", pin: 4 });
    dr.set(0);
    chip.run(16);
    expect(dr.get()).toBe(0xff);
    chip.pins.driveExternal("A", 4, false);
    dr.set(0);
    chip.run(16);
    expect(dr.get()).toBe(0x42);
    expect(selections).toEqual([false, true]);
  });

  it("overruns when nobody reads, and clears OVR by DR then SR", () => {
    const { chip, spi, sr, dr, cr2 } = setUp();
    cr2.set(0x20);
    spi.setLoopback(true);
    for (const value of [1, 2]) {
      dr.set(value);
      chip.run(16);
    }
    expect(sr.get() & OVR).toBe(OVR);
    expect(chip.interrupt(35)).toBe(true);
    expect(sr.get() & OVR).toBe(OVR);
    expect(dr.get()).toBe(1);
    expect(sr.get() & OVR).toBe(OVR);
    expect(sr.get() & OVR).toBe(0);
    expect(chip.interrupt(35)).toBe(false);
  });

  it("gives way with MODF when NSS is low, cleared by SR then CR1", () => {
    const { sr, cr1 } = setUp(MASTER & ~0x100);
    expect(cr1.get() & 0x44).toBe(0);
    cr1.set(MASTER);
    expect(sr.get() & MODF).toBe(MODF);
    cr1.set(MASTER);
    expect(sr.get() & MODF).toBe(0);
    expect(cr1.get()).toBe(MASTER);
  });

  it("clocks by itself when it only receives, on two lines and on one", () => {
    for (const mode of [0x400, 0x8000]) {
      const { chip, spi, sr, dr, cr1 } = setUp(0);
      let next = 0;
      spi.attach({ exchange: () => ++next });
      cr1.set(MASTER | mode);
      chip.run(16);
      expect(dr.get()).toBe(1);
      chip.run(16);
      expect(dr.get()).toBe(2);
      cr1.set((MASTER | mode) & ~0x40);
      chip.run(100);
      expect(dr.get()).toBe(3);
      expect(sr.get() & (RXNE | BSY)).toBe(0);
    }
  });

  it("gets nothing back while it sends on one line", () => {
    const { chip, sr, dr } = setUp(MASTER | 0xc000);
    dr.set(7);
    chip.run(16);
    expect(sr.get()).toBe(TXE);
  });

  it("interrupts by TXEIE and RXNEIE", () => {
    const { chip, cr2, dr } = setUp();
    cr2.set(0x80);
    expect(chip.interrupt(35)).toBe(true);
    dr.set(1);
    dr.set(2);
    expect(chip.interrupt(35)).toBe(false);
    cr2.set(0x40);
    chip.run(16);
    expect(chip.interrupt(35)).toBe(true);
    dr.get();
    expect(chip.interrupt(35)).toBe(false);
  });

  it("moves both ways by DMA", () => {
    const { chip, spi, cr2, sr } = setUp();
    spi.setLoopback(true);
    chip.bus.memory.set(Buffer.from("both ways"));
    const channel = (n: number, memory: number, ccr: number) => {
      const at = 0x40020008 + 20 * (n - 1);
      chip.bus.write(at + 8, 4, BASE + 12, "cpu");
      chip.bus.write(at + 12, 4, memory, "cpu");
      chip.bus.write(at + 4, 4, 9, "cpu");
      chip.bus.write(at, 4, ccr, "cpu");
    };
    channel(2, 0x20000100, 0x83);
    channel(3, 0x20000000, 0x93);
    cr2.set(3);
    chip.run(9 * 16 + 40);
    expect(Buffer.from(chip.bus.memory.subarray(0x100, 0x109)).toString()).toBe("both ways");
    expect(sr.get()).toBe(TXE);
    expect(chip.interrupt(12)).toBe(true);
  });
});

describe("CRC", () => {
  it("is the CRC of the field's tables", () => {
    const check = (polynomial: number, bits: 8 | 16) =>
      bits === 8
        ? Buffer.from("123456789").reduce((crc, byte) => spiCrc(crc, byte, polynomial, 8, false), 0)
        : [0x3132, 0x3334, 0x3536, 0x3738].reduce((crc, word) => spiCrc(crc, word, polynomial, 16, false), 0);
    // CRC-8/SMBUS check value; CRC-16/XMODEM of "12345678".
    expect(check(7, 8)).toBe(0xf4);
    expect(check(0x1021, 16)).toBe(0x9015);
  });

  it("goes out after the last frame with CRCNEXT, and a wrong one is an error", () => {
    for (const [wrong, flag] of [
      [0, 0],
      [1, CRCERR],
    ]) {
      const { chip, spi, cr1, sr, dr, txcrcr } = setUp(MASTER | 0x2000);
      const frames: number[] = [];
      spi.attach({
        exchange: (value) => {
          frames.push(value);
          return frames.length === 3 ? value ^ wrong : value;
        },
      });
      for (const value of [0x31, 0x32]) {
        dr.set(value);
        if (value === 0x32) cr1.set(MASTER | 0x3000);
        chip.run(16);
        expect(dr.get()).toBe(value);
      }
      const crc = txcrcr.get();
      chip.run(16);
      expect(frames).toEqual([0x31, 0x32, crc]);
      expect(sr.get() & (RXNE | CRCERR)).toBe(RXNE | flag);
      sr.set(~CRCERR);
      expect(sr.get() & CRCERR).toBe(0);
      expect(cr1.get() & 0x1000).toBe(0);
    }
  });
});

describe("slave", () => {
  it("answers an outside master while NSS is low", () => {
    const { chip, spi, cr1, sr, dr } = setUp(0x40);
    dr.set(0x77);
    chip.pins.driveExternal("A", 4, true);
    expect(spi.exchangeAsSlave(1)).toBeUndefined();
    chip.pins.driveExternal("A", 4, false);
    expect(sr.get() & TXE).toBe(0);
    expect(spi.exchangeAsSlave(0x12)).toBe(0x77);
    expect(sr.get()).toBe(TXE | RXNE);
    expect(dr.get()).toBe(0x12);
    cr1.set(0x340);
    expect(spi.exchangeAsSlave(1)).toBeUndefined();
    cr1.set(0x240);
    spi.exchangeAsSlave(2);
    spi.exchangeAsSlave(3);
    expect(sr.get() & OVR).toBe(OVR);
  });
});

it("stands still without clock and is at reset values after reset", () => {
  const { chip, spi, cr1, sr, dr, crcpr } = setUp();
  dr.set(1);
  spi.setClockEnabled(false);
  chip.run(100);
  expect(sr.get() & RXNE).toBe(0);
  spi.setClockEnabled(true);
  chip.run(16);
  expect(sr.get() & RXNE).toBe(RXNE);
  spi.reset();
  expect([cr1.get(), sr.get(), crcpr.get()]).toEqual([0, 2, 7]);
});
