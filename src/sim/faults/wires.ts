import { everyBoard, type Fault } from "./fault.ts";
import { DeadWires, LongWires, NoisyWires } from "./faulty-wires.ts";

const openAndSwapped = "A lead that is not connected cannot be swapped with the other.";

/** SWDIO and SWCLK; on a board with JTAG they are TMS and TCK. */
export const wireFaults: readonly Fault[] = [
  {
    name: "swdio-open",
    family: "wires",
    description: "SWDIO is not connected",
    effect: "The probe's pull-up keeps its SWDIO high: each acknowledge is sampled as 111, as from no target at all.",
    boards: everyBoard,
    excludes: [{ name: "swd-swapped", reason: openAndSwapped }],
    apply: (plan) => {
      plan.wires.push((inner) => new DeadWires(inner, "high"));
    },
  },
  {
    name: "swclk-open",
    family: "wires",
    description: "SWCLK is not connected",
    effect: "The target gets no clock and never drives SWDIO, which pull-ups keep high: acknowledges of 111.",
    boards: everyBoard,
    excludes: [{ name: "swd-swapped", reason: openAndSwapped }],
    apply: (plan) => {
      plan.wires.push((inner) => new DeadWires(inner, "high"));
    },
  },
  {
    name: "swd-swapped",
    family: "wires",
    description: "SWDIO and SWCLK are swapped",
    effect:
      "The probe's clock goes to the target's SWDIO; its own SWDIO meets the pull-down of the target's SWCLK and is " +
      "sampled low: acknowledges of 000.",
    boards: everyBoard,
    apply: (plan) => {
      plan.wires.push((inner) => new DeadWires(inner, "low"));
    },
  },
  {
    name: "noisy-wire",
    family: "wires",
    description: "bits get lost on the debug leads (loose contact, no ground beside the signals, noise)",
    effect:
      "Now and then a bit is taken for the other: requests without answer, wrong acknowledges, parity errors on both " +
      "sides, at every clock, each time at another place.",
    boards: everyBoard,
    parameters: [
      { key: "noise-seed", description: "which bits", initial: 1, minimum: 0, maximum: 0xffff_ffff },
      { key: "noise-rate", description: "one bit in so many is wrong", initial: 500, minimum: 2, maximum: 10_000_000 },
    ],
    apply: (plan, bench) => {
      const seed = bench.parameter("noise-seed");
      const rate = bench.parameter("noise-rate");
      plan.wires.push((inner) => new NoisyWires(inner, seed, rate));
    },
  },
  {
    name: "long-wires",
    family: "wires",
    description: "the leads are too long for a fast clock",
    effect: "Above the limit no request is understood and nothing answers; at or below it everything works.",
    boards: everyBoard,
    parameters: [
      { key: "wire-limit", description: "highest clock that works, kHz", initial: 1000, minimum: 1, maximum: 24_000 },
    ],
    apply: (plan, bench) => {
      const limit = bench.parameter("wire-limit") * 1000;
      plan.wires.push((inner, clock) => new LongWires(inner, clock, limit));
    },
  },
];
