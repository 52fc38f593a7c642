import { describe, expect, it } from "vitest";
import type { Peripheral } from "../stm32/peripheral.ts";
import { FakeChip } from "./fake-context.ts";

const RAM = 0x20000000;
const EN = 1;
const TCIE = 2;
const HTIE = 4;
const TEIE = 8;
const DIR = 0x10;
const CIRC = 0x20;
const PINC = 0x40;
const MINC = 0x80;
const MEM2MEM = 0x4000;
const size = (peripheral: number, memory: number) => (peripheral << 8) | (memory << 10);
const priority = (level: number) => level << 12;

function channelAt(chip: FakeChip, channel: number) {
  const base = 8 + 20 * (channel - 1);
  return {
    setUp(par: number, mar: number, count: number, ccr: number) {
      chip.dma.write(base + 8, 4, par);
      chip.dma.write(base + 12, 4, mar);
      chip.dma.write(base + 4, 4, count);
      chip.dma.write(base, 4, ccr);
    },
    control: (ccr: number) => chip.dma.write(base, 4, ccr),
    get ccr() {
      return chip.dma.read(base, 4);
    },
    get remaining() {
      return chip.dma.read(base + 4, 4);
    },
    get flags() {
      return (chip.dma.read(0, 4) >>> ((channel - 1) * 4)) & 15;
    },
    clear: (bits: number) => chip.dma.write(4, 4, bits << ((channel - 1) * 4)),
  };
}

/** A block whose only register notes what is written and counts up when read. */
function port(): Peripheral & { written: number[]; reads: number } {
  const block = {
    name: "PORT",
    written: [] as number[],
    reads: 0,
    read: () => 0x11223344 + block.reads++,
    write: (_offset: number, _size: number, value: number) => void block.written.push(value),
    reset: () => undefined,
  };
  return block;
}

describe("memory to memory", () => {
  it("copies words, sets half and complete, interrupts, and takes time", () => {
    const chip = new FakeChip();
    for (let i = 0; i < 400; i++) chip.bus.memory[i] = i * 7;
    const dma = channelAt(chip, 1);
    dma.setUp(RAM, RAM + 0x1000, 100, EN | TCIE | PINC | MINC | MEM2MEM | size(2, 2));
    expect(dma.remaining).toBe(100);
    chip.run(250);
    expect(dma.remaining).toBe(50);
    expect(dma.flags).toBe(1 | 4);
    expect(chip.interrupt(11)).toBe(false);
    chip.run(250);
    expect(dma.remaining).toBe(0);
    expect(chip.bus.memory.subarray(0x1000, 0x1000 + 400)).toEqual(chip.bus.memory.subarray(0, 400));
    expect(dma.flags).toBe(1 | 2 | 4);
    expect(chip.interrupt(11)).toBe(true);
    dma.clear(2);
    expect(dma.flags).toBe(1 | 4);
    expect(chip.interrupt(11)).toBe(false);
    dma.clear(1);
    expect(dma.flags).toBe(0);
  });

  it.each([
    [0, 1, "01 00 02 00 03 00 04 00"],
    [1, 0, "01 03 05 07"],
    [2, 0, "01 05 09 0d"],
    [2, 1, "01 02 05 06 09 0a 0d 0e"],
    [0, 2, "01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00"],
  ])("converts PSIZE %i to MSIZE %i as table 77 says", (from, to, expected) => {
    const chip = new FakeChip();
    for (let i = 0; i < 16; i++) chip.bus.memory[i] = i + 1;
    channelAt(chip, 2).setUp(RAM, RAM + 0x100, 4, EN | PINC | MINC | MEM2MEM | size(from, to));
    chip.run(100);
    const length = expected.split(" ").length;
    expect(Buffer.from(chip.bus.memory.subarray(0x100, 0x100 + length)).toString("hex")).toBe(
      expected.replaceAll(" ", ""),
    );
    expect(chip.bus.memory[0x100 + length]).toBe(0);
  });

  it("moves from memory to the peripheral address with DIR", () => {
    const chip = new FakeChip();
    chip.bus.memory.set([1, 2, 3, 4], 0x10);
    channelAt(chip, 3).setUp(RAM + 0x80, RAM + 0x10, 4, EN | DIR | PINC | MINC | MEM2MEM);
    chip.run(100);
    expect([...chip.bus.memory.subarray(0x80, 0x84)]).toEqual([1, 2, 3, 4]);
  });
});

describe("requests", () => {
  it("serves a level until the peripheral lets go, one item at a time", () => {
    const chip = new FakeChip();
    const block = port();
    chip.bus.map(0x40013800, block);
    const dma = channelAt(chip, 4);
    dma.setUp(0x40013804, RAM, 8, EN | DIR | MINC);
    chip.bus.memory.set([1, 2, 3, 4, 5, 6, 7, 8]);
    const served: string[] = [];
    chip.dma.onServed("USART1_TX", (last, remaining) => {
      served.push(`${last} ${remaining}`);
      if (remaining === 5) chip.dma.setRequest("USART1_TX", false);
    });
    chip.dma.setRequest("USART1_TX", true);
    chip.run(1000);
    expect(block.written).toEqual([1, 2, 3]);
    expect(dma.remaining).toBe(5);
    chip.dma.setRequest("USART1_TX", true);
    chip.run(1000);
    expect(block.written).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(served.at(-1)).toBe("true 0");
    expect(dma.ccr & EN).toBe(1);
  });

  it("serves one item a pulse, and forgets pulses while the channel is off", () => {
    const chip = new FakeChip();
    const block = port();
    chip.bus.map(0x40000000, block);
    chip.dma.pulse("TIM2_UP");
    const dma = channelAt(chip, 2);
    dma.setUp(0x40000034, RAM, 4, EN | MINC | size(2, 2));
    chip.run(100);
    expect(block.reads).toBe(0);
    chip.dma.pulse("TIM2_UP");
    chip.run(100);
    expect(block.reads).toBe(1);
    expect(dma.remaining).toBe(3);
    expect(chip.bus.read(RAM, 4, "cpu")).toBe(0x11223344);
  });

  it("starts a circular channel again with its count and addresses", () => {
    const chip = new FakeChip();
    const block = port();
    chip.bus.map(0x40012400, block);
    const dma = channelAt(chip, 1);
    dma.setUp(0x4001244c, RAM, 4, EN | TCIE | HTIE | CIRC | MINC | size(1, 1));
    const flags: number[] = [];
    for (let i = 0; i < 6; i++) {
      chip.dma.pulse("ADC1");
      chip.run(50);
      flags.push(dma.flags);
      dma.clear(1);
    }
    expect(flags).toEqual([0, 5, 0, 3, 0, 5]);
    expect(dma.remaining).toBe(2);
    expect(chip.bus.read(RAM, 2, "cpu")).toBe(0x3348);
    expect(chip.bus.read(RAM + 8, 2, "cpu")).toBe(0);
  });

  it("gives the bus to the higher PL, then to the lower channel", () => {
    const chip = new FakeChip();
    const order: string[] = [];
    const block = { ...port(), write: (offset: number) => void order.push(`ch${offset / 4}`) };
    chip.bus.map(0x40000400, block);
    channelAt(chip, 2).setUp(0x40000408, RAM, 2, EN | DIR);
    channelAt(chip, 3).setUp(0x4000040c, RAM, 2, EN | DIR);
    channelAt(chip, 6).setUp(0x40000418, RAM, 2, EN | DIR | priority(2));
    for (const line of ["SPI1_RX", "SPI1_TX", "USART2_RX"]) chip.dma.setRequest(line, true);
    chip.run(1000);
    expect(order).toEqual(["ch6", "ch6", "ch2", "ch2", "ch3", "ch3"]);
  });

  it("lets a peripheral's request in between the items of a memory copy", () => {
    const chip = new FakeChip();
    const block = port();
    chip.bus.map(0x40000400, block);
    channelAt(chip, 7).setUp(RAM, RAM + 0x400, 200, EN | PINC | MINC | MEM2MEM);
    channelAt(chip, 3).setUp(0x40000400, RAM, 1, EN | DIR | priority(3));
    chip.run(20);
    chip.dma.setRequest("TIM3_UP", true);
    chip.run(12);
    expect(block.written).toHaveLength(1);
    expect(channelAt(chip, 7).remaining).toBeGreaterThan(190);
  });
});

describe("errors and locks", () => {
  it("turns the channel off with TEIF when nothing answers", () => {
    const chip = new FakeChip();
    const dma = channelAt(chip, 5);
    dma.setUp(0x60000000, RAM, 4, EN | TEIE | MEM2MEM);
    chip.run(100);
    expect(dma.flags).toBe(1 | 8);
    expect(dma.ccr & EN).toBe(0);
    expect(chip.interrupt(15)).toBe(true);
    dma.clear(8);
    expect(chip.interrupt(15)).toBe(false);
  });

  it("keeps addresses and count while the channel is on", () => {
    const chip = new FakeChip();
    const dma = channelAt(chip, 1);
    dma.setUp(RAM, RAM + 0x100, 4, EN);
    chip.dma.write(8 + 4, 4, 99);
    chip.dma.write(8 + 8, 4, 0x1234);
    expect(dma.remaining).toBe(4);
    expect(chip.dma.read(8 + 8, 4)).toBe(RAM);
    dma.control(0);
    chip.dma.write(8 + 4, 4, 99);
    expect(dma.remaining).toBe(99);
  });

  it("stands still without its clock and is empty after reset", () => {
    const chip = new FakeChip();
    const dma = channelAt(chip, 1);
    dma.setUp(RAM, RAM + 0x100, 10, EN | MEM2MEM);
    chip.dma.setClockEnabled(false);
    chip.run(1000);
    chip.dma.setClockEnabled(true);
    expect(dma.remaining).toBe(10);
    chip.run(1000);
    expect(dma.remaining).toBe(0);
    chip.dma.reset();
    expect([dma.ccr, dma.flags, dma.remaining]).toEqual([0, 0, 0]);
  });
});
