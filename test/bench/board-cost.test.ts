import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Disposable } from "../../src/base/events.ts";
import type { WallTime } from "../../src/base/wall-time.ts";
import { readElf } from "../../src/formats/elf.ts";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { RealtimePacer } from "../../src/sim/pace.ts";

const { segments } = readElf(readFileSync(new URL("../../firmware/blinky/blinky.elf", import.meta.url)), "blinky.elf");

it.each([
  { who: "somebody watches", watched: true, most: 101 },
  { who: "nobody watches", watched: false, most: 11 },
])(
  "looks at a board that $who and nobody talks to $most times a second at the most, and computes little for one asleep",
  ({ watched, most }) => {
    let now = 0;
    let timers: { at: number; call: () => void }[] = [];
    let wakeUps = 0;
    const wall: WallTime = {
      now: () => now,
      after(milliseconds, call): Disposable {
        const timer = { at: now + milliseconds, call };
        timers.push(timer);
        return { dispose: () => (timers = timers.filter((other) => other !== timer)) };
      },
    };
    const { chip } = createBoard("bluepill", { flash: segments });
    let stretches = 0;
    const target = {
      get nanoseconds() {
        return chip.scheduler.nanoseconds;
      },
      advance(nanoseconds: number) {
        stretches++;
        chip.advance(nanoseconds);
      },
    };
    const pacer = new RealtimePacer(target as never, wall, () => watched);
    // Time begins with the first transfer; the firmware starts up meanwhile.
    pacer.before();
    const pass = (until: number): void => {
      while (now < until) {
        const due = timers.reduce<(typeof timers)[number] | undefined>(
          (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
          undefined,
        );
        now = Math.min(until, due?.at ?? until);
        if (due === undefined || due.at > now) continue;
        timers = timers.filter((other) => other !== due);
        wakeUps++;
        due.call();
      }
    };
    pass(1000);
    const { retired } = chip.cpu;
    wakeUps = 0;
    stretches = 0;
    pass(2000);
    expect(wakeUps).toBeLessThanOrEqual(most);
    expect(wakeUps).toBeGreaterThanOrEqual(most - 2);
    expect(target.nanoseconds / 1e6).toBeGreaterThan(1899);
    expect(stretches).toBeLessThanOrEqual(520);
    expect(chip.cpu.retired - retired).toBeGreaterThan(1000);
    expect(chip.cpu.retired - retired).toBeLessThan(1_000_000);
    pacer.dispose();
  },
);

it("allocates less than 8 MiB outside of the heap for a board, whatever runs it", () => {
  for (const engine of ["interpreter", "translator"] as const) {
    const before = process.memoryUsage().arrayBuffers;
    const boards = Array.from({ length: 10 }, () => createBoard("bluepill", { flash: segments, engine }));
    for (const { chip } of boards) chip.advance(1e6);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 8 * 2 ** 20);
  }
});
