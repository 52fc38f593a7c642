import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { readElf } from "../../src/formats/elf.ts";
import { readBuildAttributes } from "../../src/formats/elf-attributes.ts";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { Board } from "../../src/sim/boards/board.ts";

// Seconds of the board's time, computed on whatever machine this is.
vi.setConfig({ testTimeout: 240_000 });

const firmware = new URL("../../firmware/", import.meta.url);
const programs = ["blinky", "inspect", "eeprom"] as const;

const bytesOf = (program: string): Uint8Array => readFileSync(new URL(`${program}/${program}.elf`, firmware));

/** A board that runs one of the programs, and what it has printed. */
function start(program: string): { board: Board; printed: () => string; run: (milliseconds: number) => void } {
  const flash = readElf(bytesOf(program), program).segments;
  const board = createBluePill({ flash });
  let text = "";
  board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  return { board, printed: () => text, run: (milliseconds) => board.chip.advance(milliseconds * 1e6) };
}

describe("the demo programs", () => {
  it.each(programs)("%s is built for the F103C8, with debug information and no path of a machine", (program) => {
    const elf = readElf(bytesOf(program), program);
    expect(readBuildAttributes(elf)?.cpuArchName).toBe("ARMv7");
    expect(elf.segments[0].address).toBe(0x08000000);
    expect(elf.segments.reduce((total, { data }) => total + data.length, 0)).toBeLessThan(8 * 1024);
    expect(elf.sections.map(({ name }) => name)).toContain(".debug_info");
    expect(Buffer.from(elf.bytes).toString("latin1")).not.toMatch(/\/(home|root|usr|tmp|work|Users)\//);
  });

  it("blinky blinks and prints twice a blink", () => {
    const { board, printed, run } = start("blinky");
    const lamp: boolean[] = [];
    board.onLed("led", (lit) => lamp.push(lit));
    run(1300);
    expect(printed()).toMatch(/^Probity blinky: started at 72000000 Hz\r\n(Probity blinky: tick \d\r\n){5}$/);
    expect(printed()).toContain("tick 5\r\n");
    expect(lamp.slice(-4)).toEqual([false, true, false, true]);
  });

  it("inspect computes what it should and faults on demand", () => {
    const { board, printed, run } = start("inspect");
    run(20);
    expect(printed()).toMatch(/^Probity inspect: ready\r\nProbity inspect: round 1 total 175 area 123\r\n/);
    board.sendUart("usart1", Buffer.from("d"));
    run(30);
    expect(printed()).toMatch(/HardFault at 0x0800[0-9a-f]{4} CFSR 0x02000000\r\n$/);
  });

  it("eeprom keeps its counters over resets, page changes and power cuts", () => {
    const { board, printed, run } = start("eeprom");
    const lines = (): number[][] =>
      [...printed().matchAll(/start (\d+) counter (\d+) page (\d) free (\d+)\r\n/g)].map((match) =>
        match.slice(1).map(Number),
      );
    run(14_000);
    const pages = new Set(lines().map(([, , page]) => page));
    expect([...pages]).toEqual([0, 1]);
    expect(lines().at(-1)!.slice(0, 2)).toEqual([1, lines().length - 1]);
    let before = lines().at(-1)!;
    for (let cut = 0; cut < 12; cut++) {
      if (cut % 2 === 0) board.powerCycle();
      else {
        board.pressReset(true);
        run(1);
        board.pressReset(false);
      }
      run(60 + 61 * cut);
      const first = lines().find(([starts]) => starts === before[0] + 1)!;
      // The value that was being written when the power went may be there or not.
      expect([before[1], before[1] + 1]).toContain(first[1]);
      before = lines().at(-1)!;
    }
    expect(printed()).not.toMatch(/failed|does not/);
  });
});

describe("the flash algorithms", () => {
  it("are what their sources give", () => {
    execFileSync("node", [new URL("flash-algorithm/generate.mjs", firmware).pathname, "--check"], { stdio: "pipe" });
  });
});
