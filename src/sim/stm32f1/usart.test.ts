import { describe, expect, it } from "vitest";
import { FakeChip } from "./fake-context.ts";
import { Usart } from "./usart.ts";
import { CR1, CR2, CR3, SR } from "./usart-registers.ts";

const BASE = 0x40013800;
const ON = CR1.UE | CR1.TE | CR1.RE;
/** 115200 baud at 72 MHz: a frame of ten bits is 6250 cycles. */
const BRR = 625;
const FRAME = 6250;

function setUp(cr1 = ON, { brr = BRR, cr2 = 0, cr3 = 0 } = {}) {
  const chip = new FakeChip();
  const usart = new Usart({ name: "USART1", irq: 37, clock: "pclk2" }, chip);
  chip.bus.map(BASE, usart);
  const sent: number[] = [];
  const times: number[] = [];
  usart.onTransmit((byte) => {
    sent.push(byte);
    times.push(chip.scheduler.cycles);
  });
  const reg = (offset: number) => ({
    get: () => usart.read(offset, 4),
    set: (value: number) => usart.write(offset, 4, value),
  });
  const registers = { sr: reg(0), dr: reg(4), brr: reg(8), cr1: reg(12), cr2: reg(16), cr3: reg(20), gtpr: reg(24) };
  registers.brr.set(brr);
  registers.cr2.set(cr2);
  registers.cr3.set(cr3);
  registers.cr1.set(cr1);
  chip.run(FRAME * 2);
  return { chip, usart, sent, times, ...registers };
}

describe("transmitter", () => {
  it("has TXE and TC after reset, and an idle frame before the first data", () => {
    const chip = new FakeChip();
    const usart = new Usart({ name: "USART1", irq: 37, clock: "pclk2" }, chip);
    expect(usart.read(0, 4)).toBe(SR.TXE | SR.TC);
    const times: number[] = [];
    usart.onTransmit(() => times.push(chip.scheduler.cycles));
    usart.write(8, 4, BRR);
    usart.write(12, 4, ON);
    usart.write(4, 4, 0x41);
    expect(usart.read(0, 4) & SR.TXE).toBe(0);
    chip.run(3 * FRAME);
    expect(times).toEqual([2 * FRAME]);
    expect(usart.baudRate).toBe(115200);
  });

  it("sends back to back with TXE while shifting, and TC only after the last", () => {
    const { chip, sr, dr, sent, times } = setUp();
    const start = chip.scheduler.cycles;
    sr.get();
    dr.set(0x55);
    expect(sr.get()).toBe(SR.TXE);
    dr.set(0xaa);
    expect(sr.get()).toBe(0);
    chip.run(FRAME);
    expect(sent).toEqual([0x55]);
    expect(sr.get()).toBe(SR.TXE);
    chip.run(FRAME);
    expect(sent).toEqual([0x55, 0xaa]);
    expect(times).toEqual([start + FRAME, start + 2 * FRAME]);
    expect(sr.get()).toBe(SR.TXE | SR.TC);
  });

  it("keeps TC without the SR-then-DR sequence, and clears it by writing 0", () => {
    const { chip, sr, dr } = setUp();
    dr.set(1);
    expect(sr.get() & SR.TC).toBe(SR.TC);
    chip.run(FRAME);
    sr.set(~SR.TC);
    expect(sr.get() & SR.TC).toBe(0);
    dr.set(2);
    chip.run(FRAME);
    expect(sr.get() & SR.TC).toBe(SR.TC);
  });

  it("says nothing outside while TX is not an alternate output, nor after a remap to other pins", () => {
    const { chip, dr, sent } = setUp();
    chip.pins.notAlternate.add("A9");
    dr.set(1);
    chip.run(FRAME);
    expect(sent).toEqual([]);
    chip.pins.mapr = 1 << 2;
    dr.set(2);
    chip.run(FRAME);
    expect(sent).toEqual([2]);
  });

  it("stands still without clock", () => {
    const { chip, usart, dr, sent } = setUp();
    dr.set(7);
    usart.setClockEnabled(false);
    chip.run(10 * FRAME);
    expect(sent).toEqual([]);
    usart.setClockEnabled(true);
    chip.run(FRAME);
    expect(sent).toEqual([7]);
  });

  it("takes frame lengths from M, PCE and STOP, and strips the parity", () => {
    const { chip, dr, sent, times } = setUp(ON | CR1.M | CR1.PCE, { cr2: 2 << 12 });
    const start = chip.scheduler.cycles;
    dr.set(0x1c3);
    chip.run(2 * FRAME);
    expect(sent).toEqual([0xc3]);
    expect(times).toEqual([start + 12 * BRR]);
    const nine = setUp(ON | CR1.M);
    nine.dr.set(0x1c3);
    nine.chip.run(2 * FRAME);
    expect(nine.sent).toEqual([0x1c3]);
  });

  it("interrupts on TXE and TC by their enables", () => {
    const { chip, sr, dr, cr1 } = setUp();
    cr1.set(ON | CR1.TXEIE);
    expect(chip.interrupt(37)).toBe(true);
    sr.get();
    dr.set(1);
    dr.set(2);
    expect(chip.interrupt(37)).toBe(false);
    chip.run(FRAME);
    expect(chip.interrupt(37)).toBe(true);
    cr1.set(ON | CR1.TCIE);
    expect(chip.interrupt(37)).toBe(false);
    chip.run(FRAME);
    expect(chip.interrupt(37)).toBe(true);
  });

  it("waits for CTS and notes its edges", () => {
    const { chip, sr, dr, cr3, sent } = setUp();
    chip.pins.driveExternal("A", 11, true);
    cr3.set(CR3.CTSE | CR3.CTSIE);
    dr.set(3);
    chip.run(2 * FRAME);
    expect(sent).toEqual([]);
    chip.pins.driveExternal("A", 11, false);
    expect(sr.get() & SR.CTS).toBe(SR.CTS);
    expect(chip.interrupt(37)).toBe(true);
    sr.set(~SR.CTS);
    expect(chip.interrupt(37)).toBe(false);
    chip.run(FRAME);
    expect(sent).toEqual([3]);
  });

  it("sends a break and clears SBK", () => {
    const { chip, usart, cr1 } = setUp();
    let breaks = 0;
    usart.onBreak(() => breaks++);
    cr1.set(ON | CR1.SBK);
    expect(cr1.get() & CR1.SBK).toBe(CR1.SBK);
    expect(chip.pins.level("A", 9)).toBe(false);
    chip.run(2 * FRAME);
    expect(breaks).toBe(1);
    expect(cr1.get() & CR1.SBK).toBe(0);
    expect(chip.pins.level("A", 9)).toBe(true);
  });

  it("is fed by DMA, which raises TC at the end", () => {
    const { chip, sr, cr3, sent } = setUp();
    chip.bus.memory.set(Buffer.from("hello, world"));
    chip.bus.write(0x40020000 + 8 + 20 * 3 + 8, 4, BASE + 4, "cpu");
    chip.bus.write(0x40020000 + 8 + 20 * 3 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(0x40020000 + 8 + 20 * 3 + 4, 4, 12, "cpu");
    chip.bus.write(0x40020000 + 8 + 20 * 3, 4, 0x93, "cpu");
    sr.set(~SR.TC);
    cr3.set(CR3.DMAT);
    chip.run(11 * FRAME);
    expect(chip.interrupt(14)).toBe(true);
    expect(sr.get() & SR.TC).toBe(0);
    chip.run(FRAME + 100);
    expect(Buffer.from(sent).toString()).toBe("hello, world");
    expect(sr.get() & SR.TC).toBe(SR.TC);
  });
});

describe("receiver", () => {
  it("gets frames at line rate and overruns when nobody reads", () => {
    const { chip, usart, sr, dr } = setUp();
    usart.receive([1, 2, 3]);
    chip.run(FRAME - 1);
    expect(sr.get() & SR.RXNE).toBe(0);
    chip.run(1);
    expect(sr.get() & SR.RXNE).toBe(SR.RXNE);
    chip.run(FRAME);
    expect(sr.get() & (SR.RXNE | SR.ORE)).toBe(SR.RXNE | SR.ORE);
    expect(dr.get()).toBe(1);
    expect(sr.get() & (SR.RXNE | SR.ORE)).toBe(0);
    chip.run(FRAME);
    expect(dr.get()).toBe(3);
  });

  it("needs SR read before DR to clear ORE, but not RXNE", () => {
    const { chip, usart, sr, dr, cr1 } = setUp();
    cr1.set(ON | CR1.RXNEIE);
    usart.receive([1, 2]);
    chip.run(2 * FRAME);
    dr.get();
    expect(chip.interrupt(37)).toBe(true);
    expect(sr.get() & (SR.RXNE | SR.ORE)).toBe(SR.ORE);
    dr.get();
    expect(sr.get() & SR.ORE).toBe(0);
    expect(chip.interrupt(37)).toBe(false);
  });

  it("sets IDLE one frame after the last one, once", () => {
    const { chip, usart, sr, dr, cr1 } = setUp();
    cr1.set(ON | CR1.IDLEIE);
    usart.receive([1, 2]);
    chip.run(FRAME);
    dr.get();
    chip.run(2 * FRAME - 1);
    expect(sr.get() & SR.IDLE).toBe(0);
    chip.run(1);
    expect(sr.get() & SR.IDLE).toBe(SR.IDLE);
    expect(chip.interrupt(37)).toBe(true);
    dr.get();
    expect(sr.get() & SR.IDLE).toBe(0);
    chip.run(10 * FRAME);
    expect(sr.get() & SR.IDLE).toBe(0);
  });

  it("loses what comes while it is off", () => {
    const { chip, usart, sr, cr1 } = setUp(CR1.UE | CR1.TE);
    usart.receive([1]);
    chip.run(FRAME);
    cr1.set(ON);
    chip.run(2 * FRAME);
    expect(sr.get() & SR.RXNE).toBe(0);
    expect(usart.waiting).toBe(0);
  });

  it("marks parity, framing and noise errors and gives the parity bit in DR", () => {
    const { chip, usart, sr, dr, cr1 } = setUp(ON | CR1.PCE | CR1.PEIE);
    usart.receiveFrame({ data: 0x03 });
    chip.run(FRAME);
    expect(sr.get() & (SR.PE | SR.RXNE)).toBe(SR.RXNE);
    expect(dr.get()).toBe(0x03);
    usart.receiveFrame({ data: 0x01, parityError: true });
    chip.run(FRAME);
    expect(sr.get() & SR.PE).toBe(SR.PE);
    expect(chip.interrupt(37)).toBe(true);
    expect(dr.get()).toBe(0x01);
    expect(sr.get() & SR.PE).toBe(0);
    cr1.set(ON | CR1.M | CR1.PCE | CR1.PS);
    usart.receiveFrame({ data: 0x03, framingError: true, noise: true });
    chip.run(FRAME * 2);
    expect(sr.get() & (SR.FE | SR.NE)).toBe(SR.FE | SR.NE);
    expect(dr.get()).toBe(0x103);
  });

  it("raises errors with EIE only while DMA receives", () => {
    const { chip, usart, cr3 } = setUp(ON, { cr3: CR3.EIE });
    usart.receiveFrame({ data: 1, framingError: true });
    chip.run(FRAME);
    expect(chip.interrupt(37)).toBe(false);
    cr3.set(CR3.EIE | CR3.DMAR);
    expect(chip.interrupt(37)).toBe(true);
  });

  it("fills a circular DMA buffer and finds its end by IDLE", () => {
    const { chip, usart, sr, cr1, cr3 } = setUp();
    const channel5 = 0x40020000 + 8 + 20 * 4;
    chip.bus.write(channel5 + 8, 4, BASE + 4, "cpu");
    chip.bus.write(channel5 + 12, 4, 0x20000100, "cpu");
    chip.bus.write(channel5 + 4, 4, 8, "cpu");
    chip.bus.write(channel5, 4, 0xa1, "cpu");
    cr3.set(CR3.DMAR);
    cr1.set(ON | CR1.IDLEIE);
    usart.receive(Buffer.from("0123456789"));
    chip.run(11 * FRAME + 10);
    expect(Buffer.from(chip.bus.memory.subarray(0x100, 0x108)).toString()).toBe("89234567");
    expect(chip.bus.read(channel5 + 4, 4, "cpu")).toBe(6);
    expect(sr.get() & (SR.IDLE | SR.ORE)).toBe(SR.IDLE);
    expect(chip.interrupt(37)).toBe(true);
  });

  it("keeps a sender that heeds RTS waiting", () => {
    const { chip, usart, sr, dr } = setUp(ON, { cr3: CR3.RTSE });
    usart.receive([1, 2, 3]);
    chip.run(10 * FRAME);
    expect(sr.get() & (SR.RXNE | SR.ORE)).toBe(SR.RXNE);
    expect(chip.pins.level("A", 12)).toBe(true);
    const got = [dr.get()];
    expect(chip.pins.level("A", 12)).toBe(false);
    for (let i = 0; i < 2; i++) {
      chip.run(2 * FRAME);
      got.push(dr.get());
    }
    expect(got).toEqual([1, 2, 3]);
  });

  it("hears itself in half-duplex mode", () => {
    const { chip, sr, dr } = setUp(ON, { cr3: CR3.HDSEL });
    dr.set(0x5a);
    chip.run(FRAME);
    expect(sr.get() & SR.RXNE).toBe(SR.RXNE);
    expect(dr.get()).toBe(0x5a);
    chip.run(FRAME);
    expect(sr.get() & SR.IDLE).toBe(SR.IDLE);
  });
});

describe("mute mode and LIN", () => {
  it("wakes on its address and falls asleep on another's", () => {
    const { chip, usart, sr, dr, cr1 } = setUp(ON | CR1.WAKE | CR1.RWU, { cr2: 5 });
    usart.receive([0x11, 0x84, 0x22]);
    chip.run(3 * FRAME);
    expect(sr.get() & SR.RXNE).toBe(0);
    usart.receive([0x85]);
    chip.run(FRAME);
    expect(dr.get()).toBe(0x85);
    expect(cr1.get() & CR1.RWU).toBe(0);
    usart.receive([0x33]);
    chip.run(FRAME);
    expect(dr.get()).toBe(0x33);
    usart.receive([0x86, 0x44]);
    chip.run(2 * FRAME);
    expect(sr.get() & SR.RXNE).toBe(0);
    expect(cr1.get() & CR1.RWU).toBe(CR1.RWU);
  });

  it("wakes on an idle line, without IDLE", () => {
    const { chip, usart, sr, dr, cr1 } = setUp(ON | CR1.RWU);
    usart.receive([1]);
    chip.run(2 * FRAME);
    expect(sr.get() & (SR.RXNE | SR.IDLE)).toBe(0);
    expect(cr1.get() & CR1.RWU).toBe(0);
    usart.receive([2]);
    chip.run(FRAME);
    expect(dr.get()).toBe(2);
  });

  it("detects a LIN break", () => {
    const { chip, usart, sr } = setUp(ON, { cr2: CR2.LINEN | CR2.LBDIE });
    usart.receiveFrame({ data: 0, isBreak: true });
    chip.run(FRAME);
    expect(sr.get() & (SR.LBD | SR.FE)).toBe(SR.LBD | SR.FE);
    expect(chip.interrupt(37)).toBe(true);
    sr.set(~SR.LBD);
    expect(chip.interrupt(37)).toBe(false);
  });
});

it("widens narrow writes and is back at its reset values after reset", () => {
  const { usart, dr, cr1, sr, brr } = setUp();
  usart.write(4, 1, 0x41);
  dr.get();
  expect(usart.read(8, 2)).toBe(BRR);
  usart.reset();
  expect([sr.get(), cr1.get(), brr.get()]).toEqual([0xc0, 0, 0]);
});
