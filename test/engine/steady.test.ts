import { describe, expect, it, vi } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { AccessSize } from "../../src/sim/cpu/cpu.ts";
import { TranslatedRun } from "../../src/sim/cpu/translator/translated-run.ts";
import type { PeripheralSlot, PeripheralSlots } from "../../src/sim/stm32/peripheral-slots.ts";
import { createTestChip } from "../../src/sim/stm32f1/test-chip.ts";
import { Stm32f4Chip } from "../../src/sim/stm32f4/chip.ts";
import { stm32f469ni } from "../../src/sim/stm32f4/chip-config.ts";
import type { Scheduler } from "../../src/sim/time/scheduler.ts";
import { Random } from "../qemu/random.ts";

interface Board {
  readonly scheduler: Scheduler;
  readonly slots: PeripheralSlots["dense"];
  advance(nanoseconds: number): void;
}

const families: readonly {
  readonly name: string;
  readonly gates: readonly number[];
  readonly steady: readonly string[];
  make(): Board;
}[] = [
  {
    name: "STM32F103",
    steady: ["ADC+0x0", "EXTI+0x14", "GPIO+0x8", "GPIO+0xc", "I2C+0x14", "RCC+0x0", "RCC+0x4", "SPI+0x8", "USART+0x0"],
    gates: [0x40021014, 0x40021018, 0x4002101c],
    make: () => {
      const { chip } = createTestChip();
      return { scheduler: chip.scheduler, slots: chip.bus.registers, advance: (time) => chip.advance(time) };
    },
  },
  {
    name: "STM32F469",
    steady: ["GPIO+0x10", "GPIO+0x14", "RCC+0x0", "RCC+0x8", "UART+0x0", "USART+0x0"],
    gates: [0x40023830, 0x40023834, 0x40023838, 0x40023840, 0x40023844],
    make: () => {
      const chip = new Stm32f4Chip(stm32f469ni, { hseHz: 25e6, lseHz: 32_768 });
      return { scheduler: chip.scheduler, slots: chip.bus.registers, advance: (time) => chip.advance(time) };
    },
  },
];

/** Every block once. */
function blocksOf({ slots }: Board): PeripheralSlot[] {
  return [...new Set(slots)].filter((slot) => slot !== undefined);
}

/** What the registers would read that are steady at present. */
function steadyOnes(board: Board): (number | undefined)[] {
  return blocksOf(board).flatMap((slot) => {
    const values: (number | undefined)[] = [];
    for (let offset = 0; offset < 0x20; offset += 4) values.push(slot.steady(slot.base + offset));
    return values;
  });
}

/** What all registers read, with the effects that this has. */
function everything(board: Board): number[] {
  return blocksOf(board).flatMap((slot) => {
    const values: number[] = [];
    for (let offset = 0; offset < 0x60; offset += 4) values.push(slot.read(slot.base + offset, 4) >>> 0);
    return values;
  });
}

describe.each(families)("registers of the $name that are called steady", ({ gates, steady, make }) => {
  it("read the same again, without an effect, until an access or an alarm", () => {
    const random = new Random(0x57ead);
    const found = new Set<string>();
    let quiet = 0;
    for (let round = 0; round < 16; round++) {
      // The second one is read less often.
      const boards = [make(), make()];
      const [board] = boards;
      const count = blocksOf(board).length;
      const both = (act: (board: Board) => void): void => boards.forEach(act);
      for (const address of gates) {
        both(({ slots }) => slots[(address - 0x40000000) >>> 10]!.write(address, 4, 0xffffffff));
      }
      for (let step = 0; step < 150; step++) {
        const [block, offset, kind] = [random.below(count), random.below(0x18) * 4, random.below(4)];
        const size = ([1, 2, 4, 4] as const)[random.below(4)] as AccessSize;
        const value = kind === 0 ? random.word() : (1 << random.below(32)) >>> 0;
        const reads = random.below(3) === 0;
        const time = [0, 0, 0, 1000, 20_000][random.below(5)];
        both((one) => {
          const slot = blocksOf(one)[block];
          const address = slot.base + offset;
          const before = steadyOnes(one);
          if (reads) slot.read(address, size);
          else if (slot.write(address, size, size === 4 ? value : value % 2 ** (8 * size)) === true) {
            quiet++;
            expect(steadyOnes(one), `${slot.place.name} ${offset}`).toEqual(before);
          }
          if (time > 0) one.advance(time);
        });
        check(board, random, found);
      }
      expect(everything(boards[0])).toEqual(everything(boards[1]));
    }
    expect([...found].sort()).toEqual(steady);
    expect(quiet).toBeGreaterThan(20);
  });
});

/** Looks at every register that is steady at present: read and read again, now and just before the next alarm. */
function check(board: Board, random: Random, found: Set<string>): void {
  const { scheduler } = board;
  const { cycles } = scheduler;
  const last = Number.isFinite(scheduler.next) ? Math.max(cycles, Math.floor(scheduler.next) - 1) : cycles + 100_000;
  for (const slot of blocksOf(board)) {
    for (let offset = 0; offset < 0x60; offset += 4) {
      const address = slot.base + offset;
      const value = slot.steady(address);
      if (value === undefined) continue;
      const name = `${slot.place.name.replace(/(?<=GPIO)[A-K]|\d+$/, "")}+0x${offset.toString(16)}`;
      if (slot.enabled) found.add(name);
      if (random.below(4) !== 0) continue;
      for (const moment of [cycles, last]) {
        scheduler.cycles = moment;
        expect(slot.read(address, 4) >>> 0, name).toBe(value >>> 0);
        expect(slot.steady(address), name).toBe(value);
      }
      scheduler.cycles = cycles;
    }
  }
}

/** Polls SR of USART1 until TXE, reads IDR of port A, writes its ODR, sends a byte, and so on. */
const withStr = [
  // LDR r0, USART1; LDR r6, GPIOA; MOVS r4, #0; MOVS r5, #0
  ...[0x4806, 0x4e07, 0x2400, 0x2500],
  // poll: ADDS r4, #1; LDR r1, [r0]; LSLS r2, r1, #24; BPL poll
  ...[0x3401, 0x6801, 0x060a, 0xd5fb],
  // LDR r3, [r6, #8]; STR r5, [r6, #12]; ADDS r7, r3; STR r5, [r0, #4]; ADDS r5, #1; B poll
  ...[0x68b3, 0x60f5, 0x18ff, 0x6045, 0x3501, 0xe7f5],
  ...[0x3800, 0x4001, 0x0800, 0x4001],
];

/** The same with STRT r5, [r0, #4]. */
const withStrt = [
  ...[0x4807, 0x4e08, 0x2400, 0x2500],
  ...[0x3401, 0x6801, 0x060a, 0xd5fb],
  ...[0x68b3, 0x60f5, 0x18ff, 0xf840, 0x5e04, 0x3501, 0xe7f4, 0xbf00],
  ...[0x3800, 0x4001, 0x0800, 0x4001],
];

it.each([
  { name: "STR", polling: withStr },
  { name: "STRT", polling: withStrt },
])(
  "a program that polls, and sends by $name, sees flags at the same cycle translated, and asks the peripheral but now and then",
  ({ polling }) => {
    const data = Uint8Array.from(
      [0x5000, 0x2000, 0x0009, 0x0800, ...polling].flatMap((half) => [half & 0xff, half >> 8]),
    );
    const calls = vi.spyOn(TranslatedRun.prototype, "load");
    const [plain, fast] = (["interpreter", "translator"] as const).map((engine) => {
      const { chip } = createBluePill({ flash: [{ address: 0x0800_0000, data }], engine });
      // Clocks on; a pin of port A is an output; BRR 1600, UE and TE.
      for (const [address, value] of [
        [0x40021018, 0x4004],
        [0x40010800, 0x44444443],
        [0x40013808, 1600],
        [0x4001380c, 0x2008],
      ]) {
        chip.bus.write(address, 4, value, "cpu");
      }
      return chip;
    });
    for (let turn = 0; turn < 100; turn++) {
      for (const chip of [plain, fast]) chip.advance(500_000 + turn * 125);
      expect(fast.cpu.registers()).toEqual(plain.cpu.registers());
      expect(fast.cpu.retired).toBe(plain.cpu.retired);
      expect(fast.scheduler.cycles).toBe(plain.scheduler.cycles);
    }
    const { r } = fast.cpu.registers();
    expect(r[5]).toBeGreaterThan(20);
    expect(r[7]).not.toBe(0);
    expect(r[4]).toBeGreaterThan(50_000);
    expect(calls.mock.calls.length).toBeLessThan(r[4] / 10);
    vi.restoreAllMocks();
  },
);
