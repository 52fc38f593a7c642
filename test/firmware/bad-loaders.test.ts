import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { LoaderRig, loaderBytes, type Outcome } from "./loader-rig.ts";

const MILLISECONDS = 200;
/** CFSR (ARMv7-M B3.2.15). */
const IACCVIOL = 1 << 0;
const PRECISERR = 1 << 9;
const BFARVALID = 1 << 15;
const UNDEFINSTR = 1 << 16;
const INVSTATE = 1 << 17;
const UNALIGNED = 1 << 24;

/** A loader that goes wrong, on an STM32F103C8 with erased flash. */
function load(name: string) {
  const { chip } = createBluePill();
  const rig = new LoaderRig(chip, `bad/${name}.stldr`, { stack: 0x20004000, buffer: 0x20004800 });
  return { chip, rig, run: (call = "Init", args: number[] = []) => rig.attempt(call, args, MILLISECONDS) };
}

describe("loaders that are bad on purpose do what their names say", () => {
  it.each([
    ["returns-0", "Init", 0],
    ["write-fails", "Init", 1],
    ["write-fails", "Write", 0],
    ["write-wrong", "Write", 1],
    ["erase-fails", "SectorErase", 0],
    ["write-hangs", "Init", 1],
    ["write-faults", "Init", 1],
    ["enables-interrupts", "Init", 1],
    ["moves-clock", "Init", 1],
    ["watchdog-survives", "Init", 1],
  ])("%s: %s returns %i", (name, call, result) => {
    expect(load(name).run(call, [0x64000000, 4, 0x20004800]).returned).toBe(result);
  });

  it.each([
    ["never-returns", "Init"],
    ["needs-systick", "Init"],
    ["sleeps", "Init"],
    ["write-hangs", "Write"],
  ])("%s: %s does not return", (name, call) => {
    expect(load(name).run(call, [0x64000000, 4, 0x20004800])).toMatchObject({ halted: false, wasReset: false });
  });

  it.each<[string, string, Partial<Outcome>]>([
    ["faults", "Init", { cfsr: PRECISERR | BFARVALID, bfar: 0x60000000 }],
    ["faults-undefined", "Init", { cfsr: UNDEFINSTR }],
    ["faults-unaligned", "Init", { cfsr: UNALIGNED }],
    ["jumps-to-null", "Init", { cfsr: INVSTATE }],
    ["smashes-stack", "Init", { cfsr: IACCVIOL }],
    ["overwrites-itself", "Init", { cfsr: INVSTATE }],
    ["moves-vtor", "Init", { cfsr: PRECISERR | BFARVALID, bfar: 0x60000000 }],
    ["overflows-stack", "Init", { cfsr: UNDEFINSTR }],
  ])("%s: %s faults", (name, call, expected) => {
    const outcome = load(name).run(call, [0x64000000, 4, 0x20004800]);
    expect(outcome).toMatchObject({ ...expected, halted: true, returned: undefined, hfsr: 1 << 30 });
  });

  it("write-faults: Write stores to nowhere", () => {
    const { cfsr, halted } = load("write-faults").run("Write", [0x64000000, 4, 0x20004800]);
    // A buffered store faults later (IMPRECISERR) or at once.
    expect(halted).toBe(true);
    expect(cfsr & 0x0600).not.toBe(0);
  });

  it("clears-demcr: no vector catch stops it", () => {
    expect(load("clears-demcr").run()).toMatchObject({ halted: false, returned: undefined, bfar: 0x60000000 });
  });

  it("overwrites-itself: its code is gone", () => {
    const { rig, run } = load("overwrites-itself");
    const init = rig.loader.functions.get("Init" as never) as unknown as number;
    expect(rig.peek(init, 16)).not.toEqual(new Uint8Array(16));
    run();
    expect(rig.peek(init, 16)).toEqual(new Uint8Array(16));
  });

  it.each(["resets", "watchdog"])("%s: the chip is reset", (name) => {
    expect(load(name).run().wasReset).toBe(true);
  });

  it("watchdog-survives: the chip is reset later", () => {
    const { chip, run } = load("watchdog-survives");
    expect(run().wasReset).toBe(false);
    chip.advance(150_000_000);
    expect(chip.busRead(0xe000edf0, 4) & (1 << 25)).not.toBe(0);
  });

  it("bkpt: stops at a BKPT that is not the debugger's", () => {
    const { rig, run } = load("bkpt");
    const { pc, returned } = run();
    expect(returned).toBeUndefined();
    expect([...rig.peek(pc, 2)]).toEqual([0x42, 0xbe]);
  });

  it("moves-clock: the core runs at 72 MHz", () => {
    const { chip, run } = load("moves-clock");
    run();
    expect(chip.clocks.hclk).toBe(72_000_000);
  });

  it("enables-interrupts: SysTick and an interrupt are on", () => {
    const { chip, run } = load("enables-interrupts");
    run();
    expect(chip.busRead(0xe000e010, 4) & 7).toBe(7);
    expect(chip.busRead(0xe000e100, 4)).toBe(1);
    expect(chip.cpu.registers().primask).toBe(0);
  });

  it("larger-than-ram: no STM32F103C8 has so much", () => {
    expect(() => load("larger-than-ram")).toThrow("nothing takes");
    expect(loaderBytes("bad/larger-than-ram.stldr").length).toBeLessThan(10_000);
  });
});
