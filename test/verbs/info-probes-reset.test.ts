import { afterEach, describe, expect, it } from "vitest";
import { bluepill, freshBoards, json, keepBoard, run, running } from "./bench.ts";

afterEach(freshBoards);

describe("info", () => {
  it("tells what is there and what runs, and leaves it alone", async () => {
    const board = keepBoard();
    const { status, document } = await json(["info", "--probe", running]);
    expect(status).toBe(0);
    expect(document).toMatchObject({
      probe: { firmware: "V2J37M27" },
      protocol: "swd",
      chip: { known: true, deviceId: 0x410, revision: "Y", flashBytes: 65536, uid: "00030002-49545901-50524f42" },
      genuine: { verdict: "st", evidence: [] },
      protection: { read: "off", write: [] },
      core: { name: "Cortex-M3 r1p1", state: "running", exception: 0, vtor: 0 },
      resetFlags: ["PORRSTF", "PINRSTF"],
      findings: [],
    });
    expect(document.core.pc).toBeGreaterThan(0x08000000);
    expect(document.optionBytes).toContainEqual({ name: "WDG_SW", value: 1, words: "by software" });
    const { cpu } = board.chip();
    expect(cpu.halted).toBe(false);
    const before = cpu.retired;
    // Marks in RAM that a reset would not take away do not tell: the reset flags do.
    const again = await json(["info", "--probe", running]);
    expect(again.document.resetFlags).toEqual(["PORRSTF", "PINRSTF"]);
    expect(cpu.retired).toBeGreaterThan(before);
  });

  it("says it in lines", async () => {
    const { out } = await run(["info", "--probe", running]);
    expect(out).toMatch(/^Maker: {6}ST: the ROM table names STMicroelectronics/m);
    expect(out).toMatch(/^Flash: {6}64 KiB at 0x08000000$/m);
    expect(out).toMatch(/^State: {6}running, seen at 0x08000[0-9a-f]{3}$/m);
    expect(out).toMatch(/^Resets: {5}power-on \(PORRSTF\), NRST \(PINRSTF\), since the flags were last cleared$/m);
  });

  it("knows a halted core, a clone, a protected chip, and an old probe", async () => {
    keepBoard();
    await run(["reset", "--halt", "--probe", running]);
    const halted = await json(["info", "--probe", running]);
    expect(halted.document.core).toMatchObject({ state: "halted", pc: 0x08000834 });
    expect(halted.document.resetFlags).toContain("SFTRSTF");
    freshBoards();
    const clone = await json(["info", "--probe", `${bluepill}&fault=clone-gd32`]);
    expect(clone.document.genuine).toMatchObject({ verdict: "clone", maker: "GigaDevice (GD32)" });
    expect(clone.document.genuine.evidence.length).toBeGreaterThan(0);
    const closed = await json(["info", "--probe", `${bluepill}&fault=rdp1`]);
    expect(closed.document.protection.read).toBe("on");
    const old = await json(["info", "--probe", `${bluepill}&fault=old-probe-firmware`]);
    expect(old.document).toMatchObject({ protection: { read: "off" }, chip: { flashBytes: 65536 } });
    expect(old.document.optionBytes.length).toBeGreaterThan(0);
  });

  it("reads the options of an F4", async () => {
    const { document } = await json(["info", "--probe", "sim:stm32469i-eval?pace=fast"]);
    expect(document.chip).toMatchObject({ deviceId: 0x434, flashBytes: 2 << 20 });
    expect(document.protection.read).toBe(0);
    expect(document.optionBytes).toContainEqual({ name: "BOR_LEV", value: 3, words: "off" });
  });

  it("fails with findings where nothing answers", async () => {
    const { status, document } = await json(["info", "--probe", `${bluepill}&fault=swd-off`]);
    expect(status).toBe(1);
    expect(document.findings.length).toBeGreaterThan(0);
  });
});

describe("probes", () => {
  it("asks a probe for its firmware, and leaves the target alone", async () => {
    const board = keepBoard();
    const { status, document } = await json(["probes", "--probe", running]);
    expect(status).toBe(0);
    expect(document).toEqual([
      {
        serial: expect.stringMatching(/^[0-9A-F]{24}$/),
        vendorId: 0x0483,
        productId: 0x374b,
        name: "ST-LINK/V2-1",
        probe: running,
        state: "ready",
        firmware: "V2J37M27",
        volts: 3.3,
      },
    ]);
    expect(board.chip().cpu.halted).toBe(false);
  });

  it("says of a probe that is held that it is, and what to do", async () => {
    const { status, out } = await run(["probes", "--probe", `${bluepill}&fault=probe-busy`]);
    expect(status).toBe(0);
    expect(out).toMatch(/\(Another program holds the ST-LINK\)\n {4}End the other debugger/);
    const { document } = await json(["probes", "--probe", `${bluepill}&fault=probe-busy`]);
    expect(document[0]).toMatchObject({ state: "busy", code: "link-busy" });
  });

  it("refuses what names no probe", async () => {
    const { status, document } = await json(["probes", "--probe", "nonsense"]);
    expect([status, document.error.code]).toEqual([1, "probe-spec-invalid"]);
  });
});

describe("reset", () => {
  it.each([
    ["system", []],
    ["hardware", ["--hardware"]],
    ["core", ["--core"]],
  ])("resets by way of %s, and lets it run or halts it", async (kind, words) => {
    const board = keepBoard();
    await run(["write", "0x20004000", "0x12345678", "--probe", running]);
    const halted = await json(["reset", "--halt", ...words, "--probe", running]);
    expect(halted.document).toMatchObject({ kind, halted: true, pc: 0x08000834 });
    expect(board.chip().cpu.halted).toBe(true);
    const { status, document } = await json(["reset", ...words, "--probe", running]);
    expect([status, document.halted]).toEqual([0, false]);
    expect(board.chip().cpu.halted).toBe(false);
    const { document: info } = await json(["info", "--probe", running]);
    expect(info.resetFlags.includes("SFTRSTF")).toBe(kind === "system");
  });

  it("refuses two ways at once", async () => {
    const { status, document } = await json(["reset", "--core", "--hardware", "--probe", running]);
    expect([status, document.error.code]).toEqual([1, "option-conflict"]);
  });
});
