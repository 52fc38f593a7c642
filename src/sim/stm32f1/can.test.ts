import { describe, expect, it } from "vitest";
import { Can, type CanFrame } from "./can.ts";
import { FakeChip } from "./fake-context.ts";

const LOOP = 1 << 30;
const SILENT = 2 ** 31;
/** 500 kbit/s at PCLK1 36 MHz: BRP 4, TS1 13, TS2 2 quanta and one more: 18 quanta. */
const TIMING = 3 | (14 << 16) | (1 << 20);

function setUp(mode = LOOP) {
  const chip = new FakeChip();
  const can = new Can({ name: "CAN", irqs: { transmit: 19, fifo0: 20, fifo1: 21, status: 22 }, filterBanks: 14 }, chip);
  const get = (offset: number) => can.read(offset, 4);
  const set = (offset: number, value: number) => can.write(offset, 4, value >>> 0);
  const enterInit = () => {
    set(0, (get(0) & ~2) | 1);
    if (!chip.runUntil(() => (get(4) & 3) === 1)) throw new Error("INAK did not come");
  };
  const leaveInit = () => {
    set(0, get(0) & ~1);
    if (!chip.runUntil(() => (get(4) & 3) === 0)) throw new Error("INAK did not fall");
  };
  /** Bank 0 lets everything into FIFO 0. */
  const acceptAll = () => {
    set(0x200, 1);
    set(0x20c, 1);
    set(0x240, 0);
    set(0x244, 0);
    set(0x21c, 1);
    set(0x200, 0);
  };
  const send = (mailbox: number, identifier: number, ...data: number[]) => {
    const at = 0x180 + mailbox * 16;
    set(at + 4, data.length);
    set(
      at + 8,
      data.slice(0, 4).reduce((word, byte, i) => word | (byte << (8 * i)), 0),
    );
    set(
      at + 12,
      data.slice(4).reduce((word, byte, i) => word | (byte << (8 * i)), 0),
    );
    set(at, identifier | 1);
  };
  enterInit();
  set(0x1c, TIMING | mode);
  leaveInit();
  acceptAll();
  return { chip, can, get, set, enterInit, leaveInit, acceptAll, send };
}

const frame = (id: number, ...data: number[]): CanFrame => ({ id, extended: false, remote: false, data });

describe("modes", () => {
  it("sleeps after reset, acknowledges initialisation and normal mode", () => {
    const { can, get, set, enterInit } = setUp();
    expect(get(4) & 3).toBe(0);
    can.reset();
    expect(get(4) & 3).toBe(2);
    expect([get(0), get(8)]).toEqual([0x10002, 0x1c000000]);
    set(0x1c, 5);
    expect(get(0x1c)).toBe(0x01230000);
    enterInit();
    set(0x1c, 5);
    expect(get(0x1c)).toBe(5);
  });

  it("takes no frame while it initialises, and wakes from sleep with AWUM", () => {
    const { chip, can, get, set, enterInit, leaveInit } = setUp(0);
    enterInit();
    expect(can.receive(frame(1))).toBe(false);
    leaveInit();
    set(0, 0x22);
    chip.run(10_000);
    expect(get(4) & 3).toBe(2);
    expect(can.receive(frame(1))).toBe(false);
    chip.run(10_000);
    expect(get(4) & 0xb).toBe(8);
    expect(can.receive(frame(1))).toBe(true);
  });
});

describe("loop-back", () => {
  it("sends a mailbox in a frame's time and receives it, silent or not", () => {
    for (const mode of [LOOP, LOOP + SILENT]) {
      const { chip, get, set, send } = setUp(mode);
      set(0x14, 3);
      send(0, 0x123 << 21, 1, 2, 3, 4, 5);
      expect(get(8)).toBe(0x19000000);
      chip.run(72 * 2 * 86);
      expect(get(0x0c)).toBe(0);
      chip.run(72 * 2 * 2);
      expect(get(8)).toBe(0x1c000003);
      expect(get(0x0c)).toBe(1);
      expect([chip.interrupt(19), chip.interrupt(20)]).toEqual([true, true]);
      expect([get(0x1b0), get(0x1b4), get(0x1b8), get(0x1bc)]).toEqual([0x123 << 21, 5, 0x04030201, 5]);
      set(8, 1);
      set(0x0c, 0x20);
      expect([get(8), get(0x0c)]).toEqual([0x1c000000, 0]);
      expect([chip.interrupt(19), chip.interrupt(20)]).toEqual([false, false]);
    }
  });

  it("sends by identifier, or in order with TXFP", () => {
    for (const [mcr, order] of [
      [0, [0x300, 0x100, 0x200]],
      [4, [0x300, 0x200, 0x100]],
    ] as const) {
      const { chip, get, set, send } = setUp();
      set(0, mcr);
      chip.run(10_000);
      send(0, 0x300 << 21);
      send(1, 0x200 << 21);
      send(2, 0x100 << 21);
      chip.run(100_000);
      const got: number[] = [];
      while (get(0x0c) & 3) {
        got.push(get(0x1b0) >>> 21);
        set(0x0c, 0x20);
      }
      expect(got).toEqual(order);
    }
  });

  it("fills three places, then overruns: the last is replaced, or kept with RFLM", () => {
    for (const [mcr, last] of [
      [0, 5],
      [8, 3],
    ]) {
      const { chip, get, set, send } = setUp();
      set(0, mcr);
      set(0x14, 0xc);
      chip.run(10_000);
      for (const id of [1, 2, 3, 4, 5]) {
        send(0, id << 21);
        chip.run(20_000);
        set(8, 1);
      }
      expect(get(0x0c)).toBe(3 | 8 | 0x10);
      expect(chip.interrupt(20)).toBe(true);
      set(0x0c, 0x20);
      set(0x0c, 0x20);
      expect(get(0x1b0) >>> 21).toBe(last);
    }
  });
});

describe("filters", () => {
  it("route by list and mask in 32 and 16 bits, and number themselves", () => {
    const { chip, get, set, send } = setUp();
    set(0x200, 1);
    set(0x21c, 0);
    // Bank 0: two 32-bit list entries, FIFO 1. Bank 1: four 16-bit list entries. Bank 2: a 32-bit mask.
    set(0x204, 0b011);
    set(0x20c, 0b101);
    set(0x214, 0b001);
    set(0x240, (0x10 << 21) >>> 0);
    set(0x244, ((0x1abcdef << 3) | 4) >>> 0);
    set(0x248, (0x20 << 5) | (0x21 << 21));
    set(0x24c, (0x22 << 5) | (0x23 << 21));
    set(0x250, (0x400 << 21) >>> 0);
    set(0x254, ((0x700 << 21) | 4) >>> 0);
    set(0x21c, 0b111);
    set(0x200, 0);
    const route = (identifier: number) => {
      send(0, identifier >>> 0);
      chip.run(40_000);
      set(8, 1);
      const result = [1, 0].map((fifo) => {
        const at = 0x0c + fifo * 4;
        const match = get(at) & 3 ? (get(0x1b4 + fifo * 16) >> 8) & 0xff : undefined;
        set(at, 0x20);
        return match;
      });
      return result;
    };
    expect(route(0x10 << 21)).toEqual([0, undefined]);
    expect(route((0x1abcdef << 3) | 4)).toEqual([1, undefined]);
    expect(route(0x22 << 21)).toEqual([undefined, 2]);
    expect(route(0x4ab << 21)).toEqual([undefined, 4]);
    expect(route(0x500 << 21)).toEqual([undefined, undefined]);
  });
});

describe("on a bus", () => {
  it("is acknowledged by whoever listens", () => {
    const { chip, can, get, send } = setUp(0);
    const heard: CanFrame[] = [];
    can.onTransmit((each) => heard.push(each));
    send(1, (0x77 << 21) | 2);
    chip.run(100_000);
    expect(heard).toEqual([{ id: 0x77, extended: false, remote: true, data: [] }]);
    expect((get(8) >> 8) & 3).toBe(3);
    expect(get(0x0c)).toBe(0);
    expect(can.receive(frame(0x42, 9))).toBe(true);
    expect(get(0x1b0) >>> 21).toBe(0x42);
  });

  it("goes error-passive when alone, and gives up with NART or an abort", () => {
    const { chip, get, set, send } = setUp(0);
    set(0x14, 0x8200);
    send(0, 1 << 21);
    chip.run(72 * 2 * 47 * 20);
    expect(get(0x18)).toBe((128 << 16) | (3 << 4) | 3);
    expect(chip.interrupt(22)).toBe(true);
    set(4, 4);
    expect(chip.interrupt(22)).toBe(false);
    expect(get(8) & 1).toBe(0);
    set(8, 0x80);
    chip.run(20_000);
    expect(get(8) & 0xff).toBe(9);
    set(0, 0x10);
    chip.run(10_000);
    send(1, 1 << 21);
    chip.run(20_000);
    expect((get(8) >> 8) & 0xff).toBe(9);
  });
});
