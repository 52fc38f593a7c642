import { describe, expect, it } from "vitest";
import { createCommunicationPeripherals } from "./communication-peripherals.ts";
import { FakeChip } from "./fake-context.ts";

const offsets = {
  CR1: 0,
  CR2: 4,
  SMCR: 8,
  DIER: 0xc,
  SR: 0x10,
  EGR: 0x14,
  CCMR1: 0x18,
  CCMR2: 0x1c,
  CCER: 0x20,
  CNT: 0x24,
  PSC: 0x28,
  ARR: 0x2c,
  RCR: 0x30,
  CCR1: 0x34,
  CCR2: 0x38,
  CCR3: 0x3c,
  CCR4: 0x40,
  BDTR: 0x44,
  DCR: 0x48,
  DMAR: 0x4c,
} as const;
type Name = keyof typeof offsets;
const bases: Record<string, number> = { TIM1: 0x40012c00, TIM2: 0x40000000, TIM3: 0x40000400, TIM4: 0x40000800 };

function setUp() {
  const chip = new FakeChip();
  const blocks = createCommunicationPeripherals(chip);
  for (const block of blocks) if (bases[block.name] !== undefined) chip.bus.map(bases[block.name], block);
  const timer = (name: string) => {
    const block = blocks.find((each) => each.name === name)!;
    return {
      block,
      set(values: Partial<Record<Name, number>>) {
        for (const [register, value] of Object.entries(values)) block.write(offsets[register as Name], 4, value);
      },
      get: (register: Name) => block.read(offsets[register], 4),
    };
  };
  return { chip, timer };
}

/** Edges of a pin as [cycle, level]. */
function record(chip: FakeChip, port: "A" | "B", pin: number) {
  const edges: [number, boolean][] = [];
  chip.pins.onChange(port, pin, (level) => edges.push([chip.scheduler.cycles, level]));
  return edges;
}

describe("counter", () => {
  it("counts lazily: no alarm while nothing is watched, exact at any cycle", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ PSC: 71, ARR: 999, EGR: 1, SR: 0, CR1: 1 });
    expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
    chip.run(71);
    expect(tim.get("CNT")).toBe(0);
    chip.run(1);
    expect(tim.get("CNT")).toBe(1);
    chip.run(72 * 998);
    expect(tim.get("CNT")).toBe(999);
    expect(tim.get("SR") & 1).toBe(0);
    chip.run(72);
    expect(tim.get("CNT")).toBe(0);
    expect(tim.get("SR") & 1).toBe(1);
    chip.run(72 * 1000 * 123456 + 72 * 7);
    expect(tim.get("CNT")).toBe(7);
    expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
  });

  it("counts down and centre-aligned", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM3");
    tim.set({ ARR: 9, CR1: 0x11, EGR: 1 });
    const seen: number[] = [];
    for (let i = 0; i < 12; i++) {
      seen.push(tim.get("CNT"));
      chip.run(1);
    }
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8]);
    tim.set({ CR1: 0, ARR: 3, CNT: 0 });
    tim.set({ CR1: 0x61, EGR: 1, SR: 0 });
    const centre: number[] = [];
    for (let i = 0; i < 8; i++) {
      centre.push(tim.get("CNT") + (tim.get("CR1") & 0x10 ? 100 : 0));
      chip.run(1);
    }
    expect(centre).toEqual([0, 1, 2, 103, 102, 101, 0, 1]);
  });

  it("follows the ratio of timer clock and HCLK over clock changes", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM4");
    tim.set({ CR1: 1 });
    chip.run(100);
    chip.clocks.set({ timApb1: 9_000_000 });
    chip.run(80);
    expect(tim.get("CNT")).toBe(110);
    chip.clocks.set({ hclk: 8_000_000, timApb1: 8_000_000 });
    chip.run(5);
    expect(tim.get("CNT")).toBe(115);
  });

  it("stands while frozen, unclocked or with ARR 0", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ CR1: 1 });
    chip.run(10);
    tim.block.setFrozen?.(true);
    chip.run(50);
    expect(tim.get("CNT")).toBe(10);
    tim.block.setFrozen?.(false);
    chip.run(5);
    tim.block.setClockEnabled?.(false);
    chip.run(50);
    tim.block.setClockEnabled?.(true);
    expect(tim.get("CNT")).toBe(15);
    tim.set({ ARR: 0 });
    chip.run(100);
    expect(tim.get("CNT")).toBe(15);
  });
});

describe("update events", () => {
  it("interrupt each period at the exact cycle, cleared by writing 0", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    const times: number[] = [];
    chip.interruptListeners.push((irq, high) => {
      if (irq !== 28 || !high) return;
      times.push(chip.scheduler.cycles);
      tim.set({ SR: ~1 });
    });
    tim.set({ PSC: 719, ARR: 99, EGR: 1, SR: 0, DIER: 1, CR1: 1 });
    chip.run(72000 * 3 + 10);
    expect(times).toEqual([72000, 144000, 216000]);
    expect(chip.interrupt(28)).toBe(false);
  });

  it("buffer PSC always and ARR with ARPE; UG loads, URS keeps UIF down, UDIS blocks", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ ARR: 99, CR1: 1 });
    tim.set({ PSC: 9 });
    chip.run(50);
    expect(tim.get("CNT")).toBe(50);
    chip.run(50);
    expect(tim.get("CNT")).toBe(0);
    chip.run(50);
    expect(tim.get("CNT")).toBe(5);
    tim.set({ CR1: 0x81, ARR: 7, SR: 0 });
    chip.run(30);
    expect(tim.get("CNT")).toBe(8);
    tim.set({ CR1: 0x85, EGR: 1 });
    expect(tim.get("SR") & 1).toBe(0);
    chip.run(80);
    expect(tim.get("CNT")).toBe(0);
    expect(tim.get("SR") & 1).toBe(1);
    tim.set({ CR1: 0x83, SR: 0, EGR: 1 });
    chip.run(1000);
    expect(tim.get("SR") & 1).toBe(0);
  });

  it("come every RCR + 1 periods on TIM1, on its own line", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM1");
    tim.set({ ARR: 9, RCR: 2, EGR: 1, SR: 0, DIER: 1, CR1: 1 });
    chip.run(29);
    expect(chip.interrupt(25)).toBe(false);
    chip.run(1);
    expect(chip.interrupt(25)).toBe(true);
    expect([24, 26, 27].map((irq) => chip.interrupt(irq))).toEqual([false, false, false]);
  });

  it("end one-pulse mode", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM3");
    tim.set({ ARR: 99, CR1: 9 });
    chip.run(150);
    expect(tim.get("CR1")).toBe(8);
    expect(tim.get("CNT")).toBe(0);
  });

  it("feed CCR by DMA", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    const values = [10, 20, 30];
    values.forEach((value, i) => void chip.bus.write(0x20000000 + i * 2, 2, value, "cpu"));
    const channel2 = 0x4002001c;
    chip.bus.write(channel2 + 8, 4, 0x40000034, "cpu");
    chip.bus.write(channel2 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(channel2 + 4, 4, 3, "cpu");
    chip.bus.write(channel2, 4, 0x5b1 & ~0x20, "cpu");
    tim.set({ ARR: 99, DIER: 0x100, CR1: 1 });
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      chip.run(i === 0 ? 110 : 100);
      seen.push(tim.get("CCR1"));
    }
    expect(seen).toEqual([10, 20, 30, 30]);
  });

  it("feed several registers by a DMA burst", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    [11, 22, 33, 44].forEach((value, i) => void chip.bus.write(0x20000000 + i * 2, 2, value, "cpu"));
    const channel2 = 0x4002001c;
    chip.bus.write(channel2 + 8, 4, 0x4000004c, "cpu");
    chip.bus.write(channel2 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(channel2 + 4, 4, 4, "cpu");
    chip.bus.write(channel2, 4, 0x591, "cpu");
    tim.set({ ARR: 999, DCR: (3 << 8) | 13, DIER: 0x100, CR1: 1 });
    chip.run(1100);
    expect([tim.get("CCR1"), tim.get("CCR2"), tim.get("CCR3"), tim.get("CCR4")]).toEqual([11, 22, 33, 44]);
  });
});

describe("output compare", () => {
  it("drives PWM modes 1 and 2 with either polarity", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ ARR: 99, CCR1: 25, CCR2: 25, CCMR1: 0x7868, CCER: 0x11, EGR: 1 });
    const first = record(chip, "A", 0);
    const second = record(chip, "A", 1);
    tim.set({ CR1: 1 });
    chip.run(210);
    expect(first).toEqual([
      [25, false],
      [100, true],
      [125, false],
      [200, true],
    ]);
    expect(second).toEqual([
      [25, true],
      [100, false],
      [125, true],
      [200, false],
    ]);
    tim.set({ CCER: 0x33 });
    expect([chip.pins.level("A", 0), chip.pins.level("A", 1)]).toEqual([false, true]);
  });

  it("takes a preloaded compare value at the update, and holds 0 and 100 percent", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM3");
    tim.set({ ARR: 9, CCR1: 5, CCMR1: 0x68, CCER: 1, EGR: 1, CR1: 1 });
    chip.run(2);
    const edges = record(chip, "A", 6);
    tim.set({ CCR1: 0 });
    chip.run(28);
    expect(edges).toEqual([[5, false]]);
    tim.set({ CCR1: 10 });
    chip.run(30);
    expect(edges).toEqual([
      [5, false],
      [40, true],
    ]);
  });

  it("is symmetric in centre-aligned mode", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM4");
    tim.set({ ARR: 10, CCR1: 4, CCMR1: 0x60, CCER: 1, CR1: 0x20, EGR: 1 });
    const edges = record(chip, "B", 6);
    tim.set({ CR1: 0x21 });
    chip.run(40);
    expect(edges).toEqual([
      [4, false],
      [16, true],
      [24, false],
      [36, true],
    ]);
  });

  it("toggles, sets and clears on match, and forces", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ ARR: 99, CCR1: 10, CCR2: 20, CCR3: 30, CCMR1: 0x1030, CCMR2: 0x0050, CCER: 0x111 });
    const toggled = record(chip, "A", 0);
    tim.set({ CR1: 1 });
    expect(chip.pins.level("A", 2)).toBe(true);
    chip.run(350);
    expect(toggled.map(([cycle]) => cycle)).toEqual([10, 110, 210, 310]);
    expect(chip.pins.level("A", 1)).toBe(true);
    tim.set({ CCMR1: 0x2030, CCMR2: 0x0040 });
    chip.run(100);
    expect([chip.pins.level("A", 1), chip.pins.level("A", 2)]).toEqual([false, false]);
  });

  it("flags and interrupts without an output, channels of TIM1 on the CC line", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM1");
    tim.set({ ARR: 99, CCR3: 42, DIER: 8, CR1: 1 });
    chip.run(41);
    expect(chip.interrupt(27)).toBe(false);
    chip.run(1);
    expect(chip.interrupt(27)).toBe(true);
    tim.set({ SR: ~8 });
    chip.run(99);
    expect(chip.interrupt(27)).toBe(false);
    chip.run(1);
    expect(chip.interrupt(27)).toBe(true);
  });

  it("needs MOE on TIM1, drives complements, and drops them on a break", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM1");
    tim.set({ ARR: 9, CCR1: 5, CCMR1: 0x60, CCER: 5, CR1: 1, DIER: 0x80 });
    chip.run(1);
    expect([chip.pins.level("A", 8), chip.pins.level("B", 13)]).toEqual([false, false]);
    tim.set({ BDTR: 0x8000 });
    expect([chip.pins.level("A", 8), chip.pins.level("B", 13)]).toEqual([true, false]);
    chip.run(5);
    expect([chip.pins.level("A", 8), chip.pins.level("B", 13)]).toEqual([false, true]);
    tim.set({ BDTR: 0xb000 });
    chip.pins.driveExternal("B", 12, true);
    expect(tim.get("BDTR") & 0x8000).toBe(0);
    expect(chip.interrupt(24)).toBe(true);
    expect(chip.pins.level("B", 13)).toBe(false);
  });
});

describe("input capture", () => {
  it("captures the chosen edge, flags overcapture, clears on reading", () => {
    const { chip, timer } = setUp();
    const tim = timer("TIM2");
    tim.set({ CCMR1: 0x01, CCER: 1, DIER: 2, CR1: 1 });
    chip.run(123);
    chip.pins.driveExternal("A", 0, true);
    expect(chip.interrupt(28)).toBe(true);
    expect(tim.get("CCR1")).toBe(123);
    expect(chip.interrupt(28)).toBe(false);
    chip.pins.driveExternal("A", 0, false);
    expect(tim.get("SR") & 2).toBe(0);
    for (let i = 0; i < 2; i++) {
      chip.run(100);
      chip.pins.driveExternal("A", 0, true);
      chip.pins.driveExternal("A", 0, false);
    }
    expect(tim.get("SR") & 0x202).toBe(0x202);
    expect(tim.get("CCR1")).toBe(323);
    tim.set({ CCMR1: 0x09, SR: 0 });
    for (let i = 0; i < 3; i++) {
      chip.pins.driveExternal("A", 0, true);
      chip.pins.driveExternal("A", 0, false);
    }
    expect(tim.get("SR") & 2).toBe(0);
    chip.pins.driveExternal("A", 0, true);
    expect(tim.get("SR") & 2).toBe(2);
  });

  it("measures period and duty of a PWM signal that another timer makes", () => {
    const { chip, timer } = setUp();
    const source = timer("TIM3");
    const meter = timer("TIM2");
    chip.pins.onChange("A", 6, (level) => chip.pins.driveExternal("A", 0, level));
    meter.set({ CCMR1: 0x0201, CCER: 0x31, SMCR: 0x54, CR1: 1 });
    source.set({ ARR: 999, CCR1: 300, CCMR1: 0x68, CCER: 1, EGR: 1, CR1: 1 });
    chip.run(5500);
    expect([meter.get("CCR1"), meter.get("CCR2")]).toEqual([1000, 300]);
  });

  it("reads an encoder in all three modes", () => {
    const quadrature = [
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ];
    for (const [mode, step] of [
      [1, 2],
      [2, 2],
      [3, 4],
    ]) {
      const { chip, timer } = setUp();
      const tim = timer("TIM4");
      tim.set({ ARR: 0xffff, CCMR1: 0x0101, SMCR: mode, CR1: 1 });
      const turn = (states: number[][]) => {
        for (const [a, b] of states) {
          chip.pins.driveExternal("B", 6, a === 1);
          chip.pins.driveExternal("B", 7, b === 1);
        }
      };
      turn(quadrature);
      turn(quadrature);
      expect(tim.get("CNT")).toBe(2 * step);
      expect(tim.get("CR1") & 0x10).toBe(0);
      const back = [
        [0, 1],
        [1, 1],
        [1, 0],
        [0, 0],
      ];
      for (let i = 0; i < 3; i++) turn(back);
      expect(tim.get("CNT")).toBe(0x10000 - step);
      expect(tim.get("CR1") & 0x10).toBe(0x10);
    }
  });
});

describe("slave modes", () => {
  it("prescales one timer by another", () => {
    const { chip, timer } = setUp();
    timer("TIM3").set({ SMCR: 0x17, CR1: 1 });
    timer("TIM2").set({ ARR: 99, CR2: 0x20, CR1: 1 });
    chip.run(1050);
    expect(timer("TIM3").get("CNT")).toBe(10);
    expect(timer("TIM3").get("SR") & 0x40).toBe(0x40);
  });

  it("starts by trigger and is gated by another's enable and by OCxREF", () => {
    const { chip, timer } = setUp();
    timer("TIM3").set({ SMCR: 0x16 });
    timer("TIM4").set({ SMCR: 0x15, CR1: 1 });
    timer("TIM2").set({ CR2: 0x10 });
    chip.run(100);
    expect([timer("TIM3").get("CNT"), timer("TIM4").get("CNT")]).toEqual([0, 0]);
    timer("TIM2").set({ CR1: 1 });
    chip.run(100);
    expect([timer("TIM3").get("CNT"), timer("TIM4").get("CNT")]).toEqual([100, 100]);
    timer("TIM2").set({ CR1: 0 });
    chip.run(100);
    expect([timer("TIM3").get("CNT"), timer("TIM4").get("CNT")]).toEqual([200, 100]);
    timer("TIM2").set({ CNT: 0, ARR: 99, CCR1: 30, CCMR1: 0x60, CR2: 0x40, EGR: 1, CR1: 1 });
    const before = timer("TIM4").get("CNT");
    chip.run(1000);
    expect(timer("TIM4").get("CNT") - before).toBe(300);
  });

  it("counts edges of TI1 and of ETR with its prescaler", () => {
    const { chip, timer } = setUp();
    const pulse = () => {
      chip.pins.driveExternal("A", 0, true);
      chip.pins.driveExternal("A", 0, false);
    };
    const tim = timer("TIM2");
    tim.set({ SMCR: 0x57, CCMR1: 0x01, CR1: 1 });
    for (let i = 0; i < 5; i++) pulse();
    expect(tim.get("CNT")).toBe(5);
    chip.run(1000);
    expect(tim.get("CNT")).toBe(5);
    tim.set({ SMCR: 0x5000, CNT: 0 });
    for (let i = 0; i < 9; i++) pulse();
    expect(tim.get("CNT")).toBe(4);
  });
});

it("raises compare triggers only while somebody wants them", () => {
  const { chip, timer } = setUp();
  timer("TIM2").set({ ARR: 99, CCR2: 10, CR1: 1 });
  chip.run(1000);
  expect(chip.triggers.pulses).toEqual([]);
});

it("is back at its reset values after reset", () => {
  const { chip, timer } = setUp();
  const tim = timer("TIM1");
  tim.set({ ARR: 5, PSC: 3, DIER: 0xff, CCER: 0xfff, BDTR: 0x8000, CR1: 1, EGR: 0xff });
  chip.run(100);
  tim.block.reset();
  expect((["CR1", "DIER", "SR", "CNT", "PSC", "CCER", "BDTR"] as const).map((name) => tim.get(name))).toEqual([
    0, 0, 0, 0, 0, 0, 0,
  ]);
  expect([24, 25, 26, 27].some((irq) => chip.interrupt(irq))).toBe(false);
  expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
});
