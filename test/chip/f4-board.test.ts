import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readU32 } from "../../src/base/bytes.ts";
import { type OpenedSession, openSession } from "../../src/session/open-session.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import type { Stm32469iEval } from "../../src/sim/boards/stm32469i-eval.ts";
import { buildRamProgram } from "./build-ram-program.ts";

const TARGET = 0x01234000;

describe("a session with the virtual STM32469I-EVAL", () => {
  let opened: OpenedSession;
  const notes: string[] = [];

  beforeAll(async () => {
    opened = await openSession({
      spec: parseProbeSpec("sim:stm32469i-eval?pace=fast"),
      protocol: "swd",
      connect: "normal",
      ap: 0,
      verify: true,
      incremental: false,
      haltTimeout: 1000,
      log: () => {},
      note: (text) => notes.push(text),
    });
  });

  afterAll(async () => {
    await opened.session.close().catch(() => {});
    opened.dispose();
  });

  it("finds a genuine STM32F469 with its memories", () => {
    const { chip } = opened;
    expect(notes).toEqual([]);
    expect(chip.name).toBe("STM32F469/F479");
    expect(chip.deviceId).toBe(0x434);
    expect(chip.revision).toBe("A");
    expect(chip.flashBytes).toBe(2048 * 1024);
    expect(chip.genuine?.verdict).toBe("st");
    expect(chip.romTable?.part).toBe(0x434);
    expect(opened.target.core.name).toContain("Cortex-M4");
    expect(opened.session.breakpointComparators).toBe(6);
    expect(opened.session.watchpointComparators).toBe(4);
  });

  it("runs a loader-like program from RAM: clocks, id, erase, program, polling, memory-mapped read", async () => {
    const { session, clock } = opened;
    const program = buildRamProgram("quadspi");
    await session.halt();
    await session.writeMemory(0x20000000, program.bytes);
    await session.writeRegister("sp", 0x20010000);
    await session.writeRegister("pc", program.symbols.get("start") as number);
    const halted = new Promise<void>((resolve) => {
      session.events.on("target.halted", () => resolve());
    });
    await session.resume();
    let done = false;
    void halted.then(() => {
      done = true;
    });
    for (let i = 0; i < 200 && !done; i++) await clock.sleep(5);
    const bytes = await session.readMemory(program.symbols.get("result") as number, 28);
    const [stage, source, id, seenBusy, mismatches, firstWord] = [0, 4, 8, 12, 16, 20].map((at) => readU32(bytes, at));
    expect({ done, stage, source, id: id.toString(16), mismatches }).toEqual({
      done: true,
      stage: 7,
      source: 2,
      id: "20ba20",
      mismatches: 0,
    });
    expect(seenBusy).toBeGreaterThan(1000);
    const board = opened.board as Stm32469iEval;
    expect(board.chip.clocks.hclk).toBe(180e6);
    // One sector of 64 KiB at 150 ms, seventeen pages at 0.12 ms.
    expect(board.qspiFlash.busyNanoseconds).toEqual({ erase: 150e6, program: 17 * 120e3 });
    const pattern = Uint8Array.from({ length: 17 * 256 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
    expect(board.qspiFlash.content.read(TARGET, pattern.length)).toEqual(pattern);
    expect(firstWord).toBe(readU32(pattern, 0));
    // The debugger reads through the mapping that the program left on.
    expect(await session.readMemory(0x90000000 + TARGET, pattern.length)).toEqual(pattern);
    expect(board.qspiFlash.content.chunks).toBe(1);
  });
});
