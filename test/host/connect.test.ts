import { describe, expect, it } from "vitest";
import { walkRomTable } from "../../src/coresight/rom-table.ts";
import { isNoAnswer } from "../../src/stm32/connect.ts";
import { freezeForDebug } from "../../src/stm32/debug-freeze.ts";
import { identify } from "../../src/stm32/identify.ts";
import { bench, codeBase, connected, counter } from "./bench.ts";

describe("connecting", () => {
  it("says what it does", async () => {
    const { connect, steps } = await bench();
    const target = await connect("normal", { frequencyKhz: 4000 });
    expect(target).toMatchObject({ protocol: "swd", frequencyKhz: 4000, idcode: 0x1ba01477, running: false });
    expect(target.voltage).toBeCloseTo(3.3, 1);
    expect(steps.map(({ code }) => code)).toEqual(["voltage", "frequency", "entered", "access-port", "core", "reset"]);
    expect(steps.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Target voltage: 3\.\d\d V$/),
      "SWD clock: 4000 kHz",
      "DPIDR: 0x1ba01477",
      "AP0: AHB-AP, IDR 0x14770011",
      "Cortex-M3 r1p1: 6 breakpoints, 4 watchpoints",
      "Reset (system), halted at the reset vector",
    ]);
  });

  it("attaches without stopping anything", async () => {
    const { board, clock, sim, connect } = await bench();
    await clock.sleep(1);
    const { core, running, port } = await connect("attach");
    expect(running).toBe(true);
    const before = await port.readWord(counter);
    expect(before).toBeGreaterThan(0);
    await clock.sleep(1);
    expect(await port.readWord(counter)).toBeGreaterThan(before);
    expect((await core.status()).resetSeen).toBe(false);
    void board;
    void sim;
  });

  it("halts without a reset when told so", async () => {
    const { clock, connect, steps } = await bench();
    await clock.sleep(1);
    const { core } = await connect("normal", { reset: "none" });
    expect(await core.readRegister("r0")).toBeGreaterThan(0);
    expect(steps.at(-1)).toEqual({ code: "halted", text: "The core is halted" });
  });

  it("is under reset before the first instruction", async () => {
    const { clock, connect, steps } = await bench();
    await clock.sleep(1);
    const { core } = await connect("under-reset");
    expect(await core.readRegister("pc")).toBe(codeBase);
    expect(await core.haltReason()).toEqual({ kind: "vector-catch", cause: "reset" });
    expect(steps.map(({ code }) => code)).toEqual([
      "voltage",
      "nrst",
      "entered",
      "access-port",
      "nrst",
      "core",
      "halted",
    ]);
    await core.resume();
    await clock.sleep(1);
    expect((await core.status()).halted).toBe(false);
  });

  // RCC_APB2ENR = AFIOEN, AFIO_MAPR = SWJ_CFG 100: both debug ports off.
  // ldr r0,=40021018 · movs r1,#1 · str r1,[r0] · ldr r0,=40010004 · ldr r1,=04000000 · str r1,[r0] · b .
  const switchOff = [
    0x4803, 0x2101, 0x6001, 0x4803, 0x4903, 0x6001, 0xe7fe, 0xbf00, 0x1018, 0x4002, 0x0004, 0x4001, 0x0000, 0x0400,
  ];

  it("gets at a program that switches its debug port off only under reset", async () => {
    const { clock, connect } = await bench({ code: switchOff });
    await clock.sleep(5);
    const error = await connect("normal").catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "swd-no-answer" });
    expect(isNoAnswer(error)).toBe(true);
    expect((error as { remedy: string[] }).remedy.join(" ")).toMatch(/under reset.*BOOT0/s);
    const { core } = await connect("under-reset");
    expect(await core.readRegister("pc")).toBe(codeBase);
  });

  it("loses the target when it runs into that, in words", async () => {
    const { core, clock } = await connected({ code: switchOff }, "under-reset");
    await core.resume();
    await clock.sleep(5);
    await expect(core.status()).rejects.toMatchObject({ code: "swd-no-answer" });
  });

  it("finds no JTAG on a board that has the SWD pins alone", async () => {
    const { connect } = await bench();
    const error = await connect("normal", { protocol: "jtag" }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "jtag-no-answer" });
    expect(isNoAnswer(error)).toBe(true);
    const { core } = await connect("normal");
    expect(core.name).toBe("Cortex-M3 r1p1");
  });

  it("tells of a board without power", async () => {
    const { connect, steps } = await bench({ board: { voltage: 0 } });
    await expect(connect("normal")).rejects.toMatchObject({ code: "swd-no-answer" });
    expect(steps.map(({ code }) => code)).toContain("voltage-low");
  });

  it("tells of a reset button that is held", async () => {
    const { board, connect } = await bench();
    board.pressReset(true);
    await expect(connect("normal")).rejects.toMatchObject({
      code: "core-halt-timeout",
      facts: { heldInReset: true },
    });
    board.pressReset(false);
    await connect("normal");
  });
});

describe("identifying", () => {
  it.each([
    ["v2", undefined],
    ["v2-1", undefined],
    ["v3", undefined],
    ["v2", "V2J24S4"],
    ["v2", "V2J31S0"],
  ] as const)("an F103C8 behind %s %s", async (kind, firmware) => {
    const { probe, port, core, idcode, accessPort, count } = await connected({ kind, firmware });
    let chip: Awaited<ReturnType<typeof identify>> | undefined;
    const transfers = await count(async () => {
      chip = await identify(probe, port, core, { idcode, accessPort });
    });
    expect(chip).toMatchObject({
      deviceId: 0x410,
      revisionId: 0x2003,
      revision: "Y",
      flashBytes: 65536,
      ramRegions: [{ name: "SRAM", base: 0x20000000, size: 20480 }],
      readProtected: false,
      genuine: { verdict: "st", evidence: [] },
      romTable: { isSt: true, designerName: "STMicroelectronics", part: 0x410 },
      notes: [],
    });
    expect(chip?.row?.flashController).toBe("f1");
    expect(chip?.uid).toHaveLength(3);
    expect(transfers).toBeLessThanOrEqual(firmware === undefined ? 5 : 8);
  });

  it("says when flash is read-protected", async () => {
    const bytes = [0x00, 0xff, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00];
    const { probe, port, core } = await connected({ board: { optionBytes: bytes } }, "attach");
    const chip = await identify(probe, port, core);
    expect(chip.readProtected).toBe(true);
    expect(chip.notes.map(({ code }) => code)).toContain("read-protected");
  });
});

it("DBGMCU keeps the debug clocks and stops the watchdogs until the session ends", async () => {
  const { probe, port, core } = await connected();
  const { row } = await identify(probe, port, core);
  if (row === undefined) throw new Error("not identified");
  const freeze = await freezeForDebug(port, row);
  expect(await port.readWord(0xe0042004)).toBe(0x307);
  await core.reset("system", { halt: true });
  expect(await port.readWord(0xe0042004)).toBe(0x307);
  await freeze.restore();
  expect(await port.readWord(0xe0042004)).toBe(0);
});

describe("the ROM table", () => {
  it("of a real F103 is walked in full", async () => {
    const { port, accessPort } = await connected();
    const table = await walkRomTable(port, accessPort?.romTable ?? 0);
    expect(table).toMatchObject({ address: 0xe00ff000, isSt: true, part: 0x410, problems: [] });
    expect(table.components.map(({ address, name, depth }) => [address, name, depth])).toEqual([
      [0xe00ff000, undefined, 0],
      [0xe000e000, "SCS (Cortex-M3)", 1],
      [0xe0001000, "DWT", 1],
      [0xe0002000, "FPB", 1],
      [0xe0000000, "ITM", 1],
      [0xe0040000, "TPIU (Cortex-M3)", 1],
    ]);
    expect(table.components.map(({ pidr }) => pidr).slice(0, 4)).toEqual([
      "00000000000a0410",
      "00000004001bb000",
      "00000004001bb002",
      "00000004000bb003",
    ]);
  });
});

describe("memory through the port", () => {
  it("has any alignment and length", async () => {
    const { port } = await connected();
    const base = 0x20001000;
    const model = Uint8Array.from({ length: 300 }, (_, i) => (i * 7 + 3) & 0xff);
    await port.write(base, model);
    for (const [offset, length] of [
      [0, 4],
      [1, 1],
      [2, 2],
      [3, 2],
      [1, 7],
      [0, 255],
      [3, 254],
      [0, 0],
    ] as const) {
      expect(await port.read(base + offset, length)).toEqual(model.slice(offset, offset + length));
      const fresh = Uint8Array.from({ length }, (_, i) => (i * 31 + offset + length) & 0xff);
      await port.write(base + offset, fresh);
      model.set(fresh, offset);
      expect(await port.read(base, 300)).toEqual(model);
    }
    await port.writeHalfWord(base + 2, 0x1234);
    expect(await port.readHalfWord(base + 2)).toBe(0x1234);
  });

  it("moves a whole RAM, and needs two transfers for 6 KiB", async () => {
    const { port, count } = await connected();
    const all = Uint8Array.from({ length: 20480 }, (_, i) => (i * 13) & 0xff);
    await port.write(0x20000000, all);
    expect(await port.read(0x20000000, 20480)).toEqual(all);
    expect(await count(() => port.read(0x20000000, 6144))).toBe(2);
    // Unaligned edges in plain memory ride along.
    expect(await count(() => port.read(0x20000001, 30))).toBe(2);
    expect(await count(() => port.readWord(0x20000000))).toBe(1);
  });

  it("names where nothing answers, and works on", async () => {
    const { port } = await connected();
    await expect(port.read(0x20004ff0, 64)).rejects.toMatchObject({
      code: "memory-fault",
      facts: { address: 0x20005000, access: "read" },
    });
    await expect(port.writeWord(0x60000000, 1)).rejects.toMatchObject({
      code: "memory-fault",
      facts: { address: 0x60000000, access: "write" },
    });
    await expect(
      port.words([counter, 0x70000000, counter].map((address) => ({ kind: "read", address }) as const)),
    ).rejects.toMatchObject({ code: "memory-fault", facts: { address: 0x70000000 } });
    expect(await port.read(0x08000000, 4)).toEqual(Uint8Array.of(0x00, 0x50, 0x00, 0x20));
  });
});
