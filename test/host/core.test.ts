import { describe, expect, it, vi } from "vitest";
import { demcr } from "../../src/cortexm/debug-registers.ts";
import { readFaults } from "../../src/cortexm/faults.ts";
import { bench, codeBase, connected, counter, flashBase, loadAddress, loopStart, storeAddress } from "./bench.ts";

const endless = flashBase + 0xf0;

describe("halt, registers, step, run", () => {
  it("starts halted at the reset vector, and says why", async () => {
    const { core } = await connected();
    expect(await core.readRegister("pc")).toBe(codeBase);
    expect(await core.haltReason()).toEqual({ kind: "vector-catch", cause: "reset" });
    const registers = await core.registers();
    expect(registers.r[13]).toBe(0x20005000);
    expect(registers.msp).toBe(0x20005000);
    expect(registers.xpsr).toBe(0x01000000);
    expect([registers.primask, registers.basepri, registers.faultmask, registers.control]).toEqual([0, 0, 0, 0]);
    expect(core).toMatchObject({ name: "Cortex-M3 r1p1", breakpointComparators: 6, watchpointComparators: 4 });
  });

  it("steps one instruction at a time", async () => {
    const { core } = await connected();
    const path: number[] = [];
    for (let i = 0; i < 7; i++) {
      await core.step();
      path.push((await core.readRegister("pc")) - codeBase);
      expect(await core.haltReason()).toEqual({ kind: "step" });
    }
    expect(path).toEqual([2, 4, 6, 8, 10, 4, 6]);
    expect(await core.readRegister("r0")).toBe(2);
    expect(await core.port.readWord(counter)).toBe(1);
  });

  it("runs and halts on request", async () => {
    const { core, clock } = await connected();
    await core.resume();
    await clock.sleep(2);
    expect((await core.status()).halted).toBe(false);
    await expect(core.registers()).rejects.toMatchObject({ code: "core-running" });
    await core.halt();
    expect(await core.haltReason()).toEqual({ kind: "request" });
    const pc = await core.readRegister("pc");
    expect(pc).toBeGreaterThanOrEqual(loopStart);
    expect(pc).toBeLessThan(codeBase + 12);
    expect(await core.readRegister("r0")).toBeGreaterThan(100);
  });

  it("needs few transfers", async () => {
    for (const kind of ["v2", "v2-1", "v3"] as const) {
      const { core, count } = await connected({ kind });
      const set = async (address: number): Promise<void> => core.setBreakpoint(address);
      await core.registers();
      const figures = {
        resume: await count(() => core.resume()),
        haltToRegisters: await count(async () => {
          await core.halt();
          await core.haltReason();
          await core.registers();
        }),
        step: await count(() => core.step()),
        stepReason: await count(() => core.haltReason()),
        registersAfterStep: await count(() => core.registers()),
        setBreakpoint: await count(() => set(0x08001000)),
        resumeWithBreakpoint: await count(() => core.resume()),
        poll: await count(() => core.status()),
      };
      expect(figures).toMatchObject({
        resume: 2,
        haltToRegisters: 4,
        registersAfterStep: 2,
        setBreakpoint: 0,
        poll: 1,
      });
      // A step's packet also brings whether and why the core is halted again: the target runs between its items.
      expect(figures).toMatchObject({ step: 2, stepReason: 0 });
      expect(figures.resumeWithBreakpoint).toBe(2);
    }
  });

  it("writes registers, and sees what they change", async () => {
    const { core } = await connected();
    await core.writeRegister("r7", 0xdeadbeef);
    await core.writeRegister("psp", 0x20001000);
    await core.writeRegister("primask", 1);
    await core.writeRegister("basepri", 0x50);
    expect(await core.registers()).toMatchObject({
      psp: 0x20001000,
      primask: 1,
      basepri: 0x50,
      faultmask: 0,
      control: 0,
    });
    expect((await core.registers()).r[7]).toBe(0xdeadbeef);
    await core.writeRegister("control", 2);
    expect((await core.registers()).r[13]).toBe(0x20001000);
    await core.writeRegister("sp", 0x20002000);
    expect(await core.registers()).toMatchObject({ psp: 0x20002000, msp: 0x20005000 });
    await core.writeRegister("pc", codeBase + 8);
    expect(await core.readRegister("pc")).toBe(codeBase + 8);
  });

  it("works the same with firmware from before the word queue", async () => {
    const { core } = await connected({ kind: "v2", firmware: "V2J24S4" });
    await core.setBreakpoint(storeAddress);
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "breakpoint", address: storeAddress, hardware: true });
    await core.step();
    expect(await core.readRegister("pc")).toBe(loadAddress);
  });
});

describe("breakpoints", () => {
  it("stop the core each time around, stepping over the one at PC", async () => {
    const { core } = await connected();
    await core.setBreakpoint(loopStart);
    for (let round = 0; round < 4; round++) {
      await core.resume();
      expect(await core.waitHalted(100)).toBe(true);
      expect(await core.haltReason()).toEqual({ kind: "breakpoint", address: loopStart, hardware: true });
      expect(await core.readRegister("r0")).toBe(round);
    }
    await core.step();
    expect(await core.readRegister("pc")).toBe(storeAddress);
    await core.clearBreakpoint(loopStart);
    await core.resume();
    expect(await core.waitHalted(20)).toBe(false);
  });

  it("stop at the very next instruction, too", async () => {
    const { core } = await connected();
    await core.setBreakpoint(loopStart);
    await core.setBreakpoint(storeAddress);
    const stops: number[] = [];
    for (let i = 0; i < 4; i++) {
      await core.resume();
      expect(await core.waitHalted(100)).toBe(true);
      stops.push(await core.readRegister("pc"));
    }
    expect(stops).toEqual([loopStart, storeAddress, loopStart, storeAddress]);
  });

  it("can be set and cleared while the core runs", async () => {
    const { core } = await connected();
    await core.resume();
    await core.setBreakpoint(loadAddress);
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.readRegister("pc")).toBe(loadAddress);
  });

  it("are used up after six words", async () => {
    const { core } = await connected();
    for (let i = 0; i < 6; i++) await core.setBreakpoint(0x08001000 + 4 * i);
    // The other half of a word that is watched already costs nothing.
    await core.setBreakpoint(0x08001002);
    await expect(core.setBreakpoint(0x08002000)).rejects.toMatchObject({
      code: "breakpoints-used-up",
      facts: { count: 6, address: 0x08002000 },
    });
    await expect(core.setBreakpoint(0x20000100)).rejects.toMatchObject({ code: "breakpoint-address-unsupported" });
    await core.clearBreakpoint(0x08001004);
    await core.setBreakpoint(0x08002000);
  });

  it("survive a reset", async () => {
    const { core } = await connected();
    await core.setBreakpoint(loadAddress);
    await core.reset("system", { halt: false });
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.readRegister("pc")).toBe(loadAddress);
    await core.reset("hardware", { halt: true });
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toMatchObject({ kind: "breakpoint", address: loadAddress });
  });

  it("of the program itself are told apart", async () => {
    const { core } = await connected({ code: [0xbf00, 0xbe2a, 0xe7fe] });
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "breakpoint", address: codeBase + 2, hardware: false });
  });

  it("left by another debugger are cleared", async () => {
    const { core, probe, connect } = await connected();
    await core.setBreakpoint(loopStart);
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    await probe.leaveDebug();
    const { core: next } = await connect("attach");
    expect((await next.status()).halted).toBe(true);
    await next.resume();
    expect(await next.waitHalted(20)).toBe(false);
  });
});

describe("watchpoints", () => {
  it.each([
    ["write", 4, storeAddress],
    ["read", 4, loadAddress],
    ["access", 1, storeAddress],
  ] as const)("stop after a %s of %i bytes", async (access, length, by) => {
    const { core } = await connected();
    await core.setWatchpoint(counter, length, access);
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "watchpoint", access, address: counter });
    // The core halts after the access: at the next instruction, or a little further.
    const pc = await core.readRegister("pc");
    expect(pc).toBeGreaterThan(by);
    expect(pc).toBeLessThanOrEqual(by + 4);
    await core.clearWatchpoint(counter, length, access);
    await core.resume();
    expect(await core.waitHalted(20)).toBe(false);
  });

  it("tell which of several hit", async () => {
    const { core } = await connected();
    await core.setWatchpoint(0x20001000, 4, "write");
    await core.setWatchpoint(counter, 8, "write");
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "watchpoint", access: "write", address: counter });
  });

  it("end a run that began by stepping over a breakpoint", async () => {
    const { core } = await connected();
    await core.setBreakpoint(storeAddress);
    await core.resume();
    await core.waitHalted(100);
    await core.setWatchpoint(counter, 4, "write");
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toMatchObject({ kind: "watchpoint", access: "write" });
  });
});

describe("faults and vector catches", () => {
  // ldr r0,=60000000 · ldr r1,[r0] · b . · .word: a load from where there is nothing.
  const badLoad = [0x4801, 0x6801, 0xe7fe, 0xbf00, 0x0000, 0x6000];

  it("are caught at the handler's first instruction and told in words", async () => {
    const { core } = await connected({ code: badLoad });
    await core.setVectorCatch(demcr.hardFault);
    await core.resume();
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "vector-catch", cause: "hard fault" });
    expect(await core.readRegister("pc")).toBe(endless);
    const report = await readFaults(core);
    expect(report).toMatchObject({ exception: 3, cfsr: 0x8200, hfsr: 0x40000000, bfar: 0x60000000, mmfar: undefined });
    expect(report.frame).toMatchObject({ pc: codeBase + 2, address: 0x20005000 - 32, r0: 0x60000000 });
    expect(report.causes.join(" ")).toMatch(/PRECISERR.*FORCED.*0x60000000/s);
  });

  it("are not caught unless asked for", async () => {
    const { core } = await connected({ code: badLoad });
    await core.resume();
    expect(await core.waitHalted(20)).toBe(false);
    await core.halt();
    expect(await core.readRegister("pc")).toBe(endless);
    expect(await core.haltReason()).toEqual({ kind: "request" });
  });

  it("leave an empty report when there is none", async () => {
    const { core } = await connected();
    expect(await readFaults(core)).toMatchObject({ exception: 0, causes: [], frame: undefined });
  });
});

describe("stepping and interrupts", () => {
  const sysTickHandler = flashBase + 0xf0;

  /** SysTick runs and is pending at every step. */
  async function withSysTick() {
    const one = await connected();
    await one.core.step();
    await one.core.step();
    await one.core.port.writeWord(0xe000e014, 9);
    await one.core.port.writeWord(0xe000e018, 0);
    await one.core.port.writeWord(0xe000e010, 7);
    await one.core.port.writeWord(0xe000ed04, 1 << 26);
    return one;
  }

  it("stays in the program with interrupts masked", async () => {
    const { core } = await withSysTick();
    await core.step();
    expect(await core.readRegister("pc")).toBe(storeAddress);
    await core.step();
    expect(await core.readRegister("pc")).toBe(loadAddress);
  });

  it("goes into the handler when told to", async () => {
    const { core } = await withSysTick();
    await core.step({ maskInterrupts: false });
    expect((await core.readRegister("xpsr")) & 0x1ff).toBe(15);
    expect(await core.readRegister("pc")).toBe(sysTickHandler);
  });

  it("lets interrupts come again when the core runs", async () => {
    const { core } = await withSysTick();
    await core.step();
    await core.resume();
    await core.waitHalted(5);
    await core.halt();
    expect(await core.readRegister("pc")).toBe(sysTickHandler);
  });

  it("gets over a WFI", async () => {
    const { core } = await connected({ code: [0xbf30, 0x2001, 0xe7fe] });
    await core.step();
    expect((await core.status()).halted).toBe(true);
    expect(await core.readRegister("pc")).toBe(codeBase + 2);
    expect(await core.haltReason()).toEqual({ kind: "step" });
  });
});

describe("resets", () => {
  it.each(["system", "core", "hardware"] as const)("%s: halted at the vector, or running", async (kind) => {
    const { core, clock } = await connected();
    await core.resume();
    await clock.sleep(1);
    await core.reset(kind, { halt: true });
    expect(await core.readRegister("pc")).toBe(codeBase);
    expect(await core.haltReason()).toEqual({ kind: "vector-catch", cause: "reset" });
    // The catch of the reset may stay until the core runs again: taking it back costs a transfer of its own.
    expect((await core.port.readWord(0xe000edfc)) & ~1).toBe(demcr.traceEnable);
    await core.resume();
    await core.halt();
    expect(await core.port.readWord(0xe000edfc)).toBe(demcr.traceEnable);
    await core.reset(kind, { halt: false });
    expect((await core.status()).halted).toBe(false);
    expect(await core.port.readWord(0xe000edfc)).toBe(demcr.traceEnable);
    await clock.sleep(1);
    await core.halt();
    expect(await core.readRegister("r0")).toBeGreaterThan(0);
  });

  it("system and hardware reset peripherals, core does not", async () => {
    const rcc = 0x40021018;
    for (const [kind, expected] of [
      ["core", 0x10],
      ["system", 0],
      ["hardware", 0],
    ] as const) {
      const { core } = await connected();
      await core.port.writeWord(rcc, 0x10);
      await core.reset(kind, { halt: true });
      expect(await core.port.readWord(rcc)).toBe(expected);
    }
  });

  it("by somebody else shows in the status", async () => {
    const { core, board } = await connected();
    await core.resume();
    board.pressReset(true);
    board.pressReset(false);
    expect((await core.status()).resetSeen).toBe(true);
    expect((await core.status()).resetSeen).toBe(false);
  });
});

it("writes the comparators again after a reset that may have cleared them", async () => {
  const { core } = await connected();
  await core.setBreakpoint(loadAddress);
  await core.resume();
  expect(await core.waitHalted(100)).toBe(true);
  // As on chips whose FPB is on the system reset: FP_CTRL disabled, comparators 0.
  await core.port.writeWord(0xe0002000, 2);
  await core.port.writeWord(0xe0002008, 0);
  await core.reset("system", { halt: true });
  await core.resume();
  expect(await core.waitHalted(100)).toBe(true);
  expect(await core.haltReason()).toMatchObject({ kind: "breakpoint", address: loadAddress });
});

it("changes C_MASKINTS only while C_HALT stays set (ARMv7-M C1.6.2)", async () => {
  const { core } = await connected();
  const words = vi.spyOn(core.port, "words");
  const dhcsrWrites = (): number[] =>
    words.mock.calls.flatMap(([operations]) =>
      operations.flatMap((one) => (one.kind === "write" && one.address === 0xe000edf0 ? [one.value & 0xf] : [])),
    );
  await core.step();
  await core.step();
  await core.step({ maskInterrupts: false });
  await core.step();
  await core.resume();
  // 1 C_DEBUGEN, 2 C_HALT, 4 C_STEP, 8 C_MASKINTS.
  expect(dhcsrWrites()).toEqual([0xb, 0xd, 0xd, 0x3, 0x5, 0xb, 0xd, 0x3, 0x1]);
});

describe("a target that loses its power", () => {
  it("is under control again when it is back", async () => {
    const { core, board, clock } = await connected();
    await core.setBreakpoint(loadAddress);
    await core.setVectorCatch(demcr.hardFault);
    board.powerCycle();
    await clock.sleep(1);
    const status = await core.status();
    expect(status).toMatchObject({ resetSeen: true });
    expect(status.dhcsr & 1).toBe(1);
    expect(await core.port.readWord(0xe000edfc)).toBe(demcr.traceEnable | demcr.hardFault);
    expect(await core.waitHalted(100)).toBe(true);
    expect(await core.haltReason()).toEqual({ kind: "breakpoint", address: loadAddress, hardware: true });
  });
});

it("takes no step and no second run of a running core", async () => {
  const { core, count } = await connected();
  await core.resume();
  await expect(core.step()).rejects.toMatchObject({ code: "core-running" });
  expect(await count(() => core.resume())).toBe(0);
});

describe("release", () => {
  it("lets the core go as if no debugger had been there", async () => {
    const { core, probe, clock } = await connected();
    await core.setBreakpoint(loopStart);
    await core.step();
    await core.release({ resume: true });
    expect((await probe.readWord(0, 0xe000edf0)) & 0x2000f).toBe(0);
    const before = await probe.readWord(0, counter);
    await clock.sleep(1);
    expect(await probe.readWord(0, counter)).toBeGreaterThan(before);
  });
});

it("does not find a core where there is none", async () => {
  const { connect } = await bench();
  await expect(connect("attach", { ap: 3 })).rejects.toMatchObject({
    code: expect.stringMatching(/^(core-not-found|probe-bad-ap)$/),
  });
});
