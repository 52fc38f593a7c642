import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import { labelled } from "../../src/cli/finding-words.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { diagnoseLoaderFailure } from "../../src/diagnose/loader/diagnose-loader.ts";
import { prejudgeLoader } from "../../src/diagnose/loader/prejudge-loader.ts";
import { isLoaderFailed } from "../../src/flash/loader/loader-failed.ts";
import type { SandboxStep } from "../../src/flash/loader/sandbox-options.ts";
import { readElf } from "../../src/formats/elf.ts";
import { readElfSymbols, symbolAddress } from "../../src/formats/elf-symbols.ts";
import { createLoaderRig, type LoaderRig, loaderOf } from "./loader-rig.ts";

/** Milliseconds of the time limit that these loaders get. */
const limit = 300;

/** What each loader of firmware/loaders/bad does, and the finding that must name it; `undefined`: it works. */
const initFindings: Readonly<Record<string, readonly [code: string, certainty: string, words: RegExp] | undefined>> = {
  bkpt: ["loader-breakpoint", "certain", /breakpoint instruction of its own/],
  "blinds-debugger": ["loader-needs-fsmc", "certain", /Init\+0x.* read from 0x60000000: FSMC/],
  "calls-erased": ["loader-bad-pointer", "likely", /called a function at Init\+0x6 through .*0xFFFFFFFF, where/],
  "calls-supervisor": ["loader-supervisor-call", "certain", /Init calls a supervisor \(SVC 0\)/],
  "clears-demcr": ["loader-needs-fsmc", "certain", /0x60000000: FSMC.*has no FSMC: none of its 20 parts do/],
  "disables-swd": ["loader-takes-debug-pins", "certain", /writes 0x04000000 to AFIO_MAPR \(SWJ_CFG = 100/],
  "dma-overwrites": ["loader-dma-overwrites", "likely", /DMA1 channel 2 \(from 0x2.*identification first/],
  "enables-interrupts": undefined,
  "enters-standby": ["loader-low-power", "certain", /entered Standby mode at Init.*DBGMCU_CR = 0x00000000/],
  "erase-fails": undefined,
  faults: ["loader-needs-fsmc", "certain", /read from 0x60000000: FSMC.*has no FSMC/],
  "faults-unaligned": ["loader-unaligned", "certain", /not aligned/],
  "faults-undefined": ["loader-undefined-instruction", "certain", /undefined instruction/],
  "jumps-to-null": ["loader-null-call", "certain", /jumped to 0x00000000.*null pointer/],
  "larger-than-ram": ["loader-too-large", "certain", /needs RAM from.*has RAM from/],
  "leaves-dma-on": undefined,
  "moves-clock": undefined,
  "moves-vtor": ["loader-needs-fsmc", "certain", /read from 0x60000000: FSMC/],
  "needs-dac": ["loader-needs-peripheral", "certain", /wrote to 0x40007400: DAC\. .*0x410, has no DAC\./],
  "needs-stack": undefined,
  "needs-systick": ["loader-needs-systick", "certain", /HAL_Delay.*needs SysTick interrupts/],
  "never-returns": ["loader-waits-forever", "certain", /did not return.*waits for/],
  "overflows-stack": ["loader-stack-overflow", "certain", /used more stack/],
  "overwrites-itself": ["loader-overwrites-itself", "certain", /overwrote itself/],
  "pends-nmi": ["loader-nmi", "certain", /non-maskable interrupt \(NMI\) came at Init/],
  // No new flag tells: after the reset that the session began with that of a software reset is set already.
  resets: ["loader-resets", "certain", /Init.* asked for a reset by software \(SYSRESETREQ/],
  "resets-core": ["loader-resets", "certain", /Init.* asked for a reset by software \(VECTRESET: of the core alone/],
  "returns-0": ["loader-reports-failure", "likely", /returned 0: the loader itself reports/],
  "returns-0-on-psp": ["loader-reports-failure", "likely", /returned 0: the loader itself reports/],
  "returns-even": ["loader-returns-even", "likely", /LR, 0x2.*without the Thumb bit/],
  sleeps: ["loader-sleeps", "certain", /sleeps in WFI/],
  "smashes-stack": ["loader-smashed-stack", "likely", /return address on the stack was overwritten/],
  stops: ["loader-low-power", "certain", /entered Stop mode at Init.*It was brought back/],
  "uses-systick": undefined,
  unprivileged: [
    "loader-switches-stack",
    "certain",
    /process stack \(CONTROL.SPSEL\), unprivileged, where PSP = 0xFFFFFF/,
  ],
  "unprivileged-scs": ["loader-unprivileged", "certain", /unprivileged.*accessed 0xE000ED08 \(SCB\) at Init/],
  "uses-application-vectors": ["loader-needs-fsmc", "certain", /Init\+0x.* read from 0x60000000: FSMC/],
  watchdog: ["loader-watchdog", "certain", /reset by the independent watchdog/],
  "watchdog-survives": undefined,
  "write-fails": undefined,
  "write-faults": undefined,
  "write-hangs": undefined,
  "write-stops": undefined,
  "write-wrong": undefined,
  "writes-elsewhere": undefined,
};

/** Files that are refused before anything is touched. */
const unreadable: Readonly<Record<string, string>> = {
  "big-endian": "loader-foreign",
  "no-storage-info": "loader-no-storage-info",
};

/** What leaves another clock, a watchdog, or a chip that was reset. */
const otherClock = [
  "disables-swd",
  "enters-standby",
  "moves-clock",
  "resets",
  "resets-core",
  "stops",
  "watchdog",
  "watchdog-survives",
];

/** What needs another chip than the Blue Pill's. */
const onOtherChips = ["runs-in-ccm", "takes-debug-pins"];

const blinky = readElf(readFileSync(new URL("../../firmware/blinky/blinky.elf", import.meta.url)), "blinky.elf");

/** What blinky's SysTick handler counts. */
const milliseconds = symbolAddress(readElfSymbols(blinky), "milliseconds")!;

/** System registers that a loader must leave as they were: ACTLR, VTOR, CCR, SHCSR, SysTick's, enables, DEMCR. */
const systemRegisters = [
  0xe000e008, 0xe000ed08, 0xe000ed14, 0xe000ed24, 0xe000e010, 0xe000e014, 0xe000e018, 0xe000e100, 0xe000e104,
  0xe000e200, 0xe000e204, 0xe000ed28, 0xe000ed2c, 0xe000edfc,
];

async function stateOf({ core }: Pick<LoaderRig<"bluepill">, "core">) {
  const { halted, lockedUp } = await core.status();
  const registers = await core.registers();
  const ram = Buffer.from(await core.port.read(0x20000000, 20 * 1024)).toString("hex");
  const system = await core.port.words(systemRegisters.map((address) => ({ kind: "read", address })));
  // COUNTFLAG clears when it is read.
  system[4] &= ~(1 << 16);
  return { halted, lockedUp, registers, ram, system };
}

/** As `toEqual`, without 20 KiB of hexadecimal in the message. */
function expectSame(after: Awaited<ReturnType<typeof stateOf>>, before: typeof after): void {
  expect(after.ram === before.ram, "RAM is as it was").toBe(true);
  expect({ ...after, ram: "" }).toEqual({ ...before, ram: "" });
}

/** Lines that a finding takes on a terminal of 80 columns. */
function linesOf({ cause, certainty, code, evidence, remedy }: Finding): number {
  const parts = [[`${cause} (${certainty}) [${code}]`], evidence, remedy];
  return parts.flatMap((paragraphs) => labelled("", paragraphs, 10, 80)).length;
}

async function failureOf(rig: Pick<LoaderRig<"bluepill">, "chip">, work: () => Promise<unknown>) {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return undefined;
  if (!isLoaderFailed(error)) throw error;
  const { chip } = rig;
  const target = { chip: chip.row, chipName: chip.name, deviceId: chip.deviceId, ram: chip.ramRegions };
  return diagnoseLoaderFailure({ ...error.failure, target });
}

describe("loaders that fail on purpose", () => {
  it("are all covered here", () => {
    const folder = new URL("../../firmware/loaders/bad/", import.meta.url);
    const there = readdirSync(folder).filter((name) => name.endsWith(".stldr"));
    const here = [...Object.keys(initFindings), ...Object.keys(unreadable), ...onOtherChips].map(
      (name) => `${name}.stldr`,
    );
    expect(there.sort()).toEqual(here.sort());
  });

  it.each(Object.entries(unreadable))("%s is refused with %s", (name, code) => {
    expect(() => loaderOf(`bad/${name}`)).toThrow(expect.objectContaining({ code }));
  });

  describe.each([
    ["after a reset", undefined],
    ["in the middle of a program", 37],
  ] as const)("%s", (_, runFor) => {
    it.each(Object.entries(initFindings))("%s: Init() ends as it must, and leaves no trace", async (name, expected) => {
      const rig = await createLoaderRig("bluepill", { flash: blinky.segments, runFor });
      const before = await stateOf(rig);
      const started = rig.virtual.clock.now();
      const finding = await failureOf(rig, () => rig.memory(loaderOf(`bad/${name}`), { limit }).init());
      expect(rig.virtual.clock.now() - started).toBeLessThan(limit + 2000);
      if (expected === undefined) {
        expect(finding).toBe(undefined);
      } else {
        const [code, certainty, words] = expected;
        expect(finding?.code).toBe(code);
        expect(finding?.certainty).toBe(certainty);
        expect(finding?.cause).toMatch(words);
        // ST's own line, the finding and what comes after it are one screen.
        expect(linesOf(finding!)).toBeLessThanOrEqual(22);
      }
      // Whatever the loader left on has time to do harm.
      await rig.virtual.sleep(5);
      expectSame(await stateOf(rig), before);
      // What was interrupted goes on as if nothing had been, unless a clock or a watchdog was left otherwise.
      if (runFor === undefined || otherClock.includes(name)) return;
      const ticks = await rig.core.port.readWord(milliseconds);
      await rig.core.resume();
      await rig.virtual.sleep(20);
      await rig.core.halt();
      // Its interrupts come: no handler of the loader's is still active.
      expect(await rig.core.port.readWord(milliseconds)).toBeGreaterThan(ticks + 15);
      const { xpsr, r } = await rig.core.registers();
      expect([0, 15]).toContain(xpsr & 0x1ff);
      expect(r[15] >>> 16).toBe(0x0800);
    });
  });

  it.each([
    ["write-fails", "loader-reports-failure", /Write\(/],
    ["write-hangs", "loader-waits-forever", /Write\(.*did not return/],
    ["write-faults", "loader-needs-fsmc", /Write\(/],
    ["erase-fails", "loader-reports-failure", /SectorErase\(/],
  ])("%s: programming ends with %s", async (name, code, words) => {
    const rig = await createLoaderRig("bluepill", { flash: blinky.segments });
    const before = await stateOf(rig);
    const loader = loaderOf(`bad/${name}`);
    const memory = rig.memory(loader, { limit });
    const image = [{ address: loader.device.start, data: new Uint8Array(3000).fill(0x5a) }];
    const started = rig.virtual.clock.now();
    const finding = await failureOf(rig, () =>
      name === "erase-fails" ? memory.erase(loader.device.start, 1) : memory.program(image),
    );
    expect(rig.virtual.clock.now() - started).toBeLessThan(limit + 2000);
    expect(finding?.code).toMatch(
      code === "loader-reports-failure" ? /loader-reports-failure|loader-needs-fsmc/ : code,
    );
    expect(finding?.cause).toMatch(words);
    expectSame(await stateOf(rig), before);
  });

  it("takes-debug-pins: a store by a pointer is found to cut the debugger off, and undone", async () => {
    const rig = await createLoaderRig("stm32469i-eval");
    const before = await stateOf(rig);
    const finding = await failureOf(rig, () => rig.memory(loaderOf("bad/takes-debug-pins"), { limit }).init());
    expect(finding).toMatchObject({ code: "loader-takes-debug-pins", certainty: "certain" });
    expect(finding?.cause).toMatch(/make_inputs.*writes 0x00000000 to GPIOA_MODER \(PA13 \(SWDIO\) becomes an input/);
    expectSame(await stateOf(rig), before);
  });

  it("runs-in-ccm: a loader linked to RAM of the data bus alone is not started, and told of before", async () => {
    const rig = await createLoaderRig("stm32469i-eval");
    const loader = loaderOf("bad/runs-in-ccm");
    const finding = await failureOf(rig, () => rig.memory(loader, { limit }).init());
    expect(finding).toMatchObject({ code: "loader-ram-data-only", certainty: "certain" });
    expect(finding?.cause).toMatch(/not started.*CCM RAM \(0x10000000\).*on the data bus alone: no code can run there/);
    const { row, name, deviceId, ramRegions } = rig.chip;
    const doubt = prejudgeLoader(loader, { chip: row, chipName: name, deviceId, ram: ramRegions });
    expect(doubt).toMatchObject({ code: "loader-ram-data-only", certainty: "likely" });
  });

  it("needs-stack: a loader that outgrows the usual stack gets a larger one, from then on", async () => {
    const rig = await createLoaderRig("bluepill", { flash: blinky.segments });
    const before = await stateOf(rig);
    const runs: string[] = [];
    const onStep = (step: SandboxStep): void => {
      if (step.kind === "run") runs.push(step.function);
    };
    const memory = rig.memory(loaderOf("bad/needs-stack"), { limit, onStep });
    await memory.init();
    expect(runs).toHaveLength(2);
    await memory.init();
    expect(runs).toHaveLength(3);
    expectSame(await stateOf(rig), before);
  });

  it("a target that does not come back is said to be lost", async () => {
    const rig = await createLoaderRig("bluepill");
    const recover = () => Promise.reject(new ProbityError("swd-no-answer", "Nothing answers.", {}));
    const finding = await failureOf(rig, () => rig.memory(loaderOf("bad/stops"), { limit, recover }).init());
    expect(finding?.code).toBe("loader-target-lost");
    expect(finding?.cause).toMatch(/could not be brought back.*RAM and registers are not restored/);
    expect(finding?.evidence.join()).toMatch(/WFI or WFE at Init.*connecting under reset failed, too: Nothing answers/);
  });

  it("a debugger that is cut off in the middle of a write is told of, without a second run", async () => {
    const rig = await createLoaderRig("bluepill", { flash: blinky.segments });
    const before = await stateOf(rig);
    const loader = loaderOf("bad/write-stops");
    const memory = rig.memory(loader, { limit });
    const image = [{ address: loader.device.start, data: new Uint8Array(3000).fill(0x5a) }];
    const finding = await failureOf(rig, () => memory.program(image));
    expect(finding).toMatchObject({ code: "loader-cuts-debugger-off", certainty: "likely" });
    expect(finding?.cause).toMatch(/^Write\(\) of .*cut the debugger off/);
    expectSame(await stateOf(rig), before);
  });

  it("writes-elsewhere: RAM that the loader was not given is put back, and told of", async () => {
    const rig = await createLoaderRig("bluepill");
    const told: { start: number; end: number }[] = [];
    await rig.memory(loaderOf("bad/writes-elsewhere"), { onStray: (changed) => told.push(...changed) }).init();
    expect(told.at(0)).toEqual({ start: 0x20000000, end: 0x20000004 });
    expect(told.at(-1)).toMatchObject({ end: 0x20004800 });
  });

  it("writes-elsewhere: 64 KiB of RAM are put back, too, in the middle of a program", async () => {
    const rig = await createLoaderRig("stm3210e-eval", { runFor: 5 });
    const before = await stateOf(rig);
    await rig.memory(loaderOf("bad/writes-elsewhere")).init();
    expectSame(await stateOf(rig), before);
  });

  it.each(["m29w128_stm3210e-eval", "is61wv51216_stm3210e-eval"])(
    "%s: a chip without its GPIO port is told of it, and of the missing controller",
    async (name) => {
      const rig = await createLoaderRig("bluepill");
      const finding = await failureOf(rig, () => rig.memory(loaderOf(name), { limit }).init());
      expect(finding).toMatchObject({ code: "loader-needs-peripheral", certainty: "certain" });
      expect(linesOf(finding!)).toBeLessThanOrEqual(22);
      expect(finding?.cause).toMatch(/0x40011C00: GPIOF\. .*0x410, has no GPIOF, nor FSMC, which the memory needs\./);
    },
  );

  it("runs without write buffer and with its own vector table", async () => {
    const rig = await createLoaderRig("bluepill");
    const seen: number[] = [];
    const onStep = ({ kind }: { kind: string }): void => {
      if (kind === "run") seen.push(...[0xe000e008, 0xe000ed08].map((at) => rig.board.chip.cpu.debugRead(at, 4)));
    };
    await rig.memory(loaderOf("bad/enables-interrupts"), { onStep }).init();
    expect(seen[0] & 2).toBe(2);
    expect(seen[1]).toBeGreaterThan(0x20000000);
    expect(seen[1] % 512).toBe(0);
  });

  it("write-wrong: a success that is none is found by verifying", async () => {
    const rig = await createLoaderRig("bluepill");
    const before = await stateOf(rig);
    const loader = loaderOf("bad/write-wrong");
    const image = [{ address: loader.device.start, data: new Uint8Array(3000).fill(0x5a) }];
    await expect(rig.memory(loader, { limit }).program(image, { verify: true })).rejects.toMatchObject({
      code: "flash-verify-failed",
    });
    expectSame(await stateOf(rig), before);
  });
});
