import { describe, expect, it } from "vitest";
import { type Exchange, openV3 } from "../../../test/host/scripted-link.ts";
import { apOpen, fine, ok, opened } from "../../../test/host/scripted-probe.ts";

describe("the test vectors of the protocol sheet", () => {
  it("measures the voltage", async () => {
    const { probe, link } = await opened([["F7", "F1 05 00 00 0B 08 00 00"]]);
    expect(await probe.targetVoltage()).toBeCloseTo(3.249, 3);
    link.finished();
  });

  it("sets divisors of a V2", async () => {
    const { probe, link } = await opened([
      ["F2 43 03 00", ok],
      ["F2 44 40 00", ok],
      ["F2 43 1E 03", ok],
      ["F2 43 00 00", ok],
    ]);
    expect(await probe.setFrequency?.("swd", 1000)).toBe(950);
    expect(await probe.setFrequency?.("jtag", 1000)).toBe(562);
    expect(await probe.setFrequency?.("swd", 1)).toBe(5);
    expect(await probe.setFrequency?.("swd", 24000)).toBe(4000);
    link.finished();
  });

  const list =
    "80 00 00 00 E8030000 07000000 C05D0000 401F0000 E40C0000 E8030000 C8000000 32000000 05000000" + " 00".repeat(12);

  it("chooses from the list of a V3", async () => {
    const { probe, link } = await opened(
      [
        ["F2 62 00", list],
        ["F2 61 00 00 E8 03 00 00", "80 00 00 00 E8 03 00 00"],
        ["F2 62 00", list],
        ["F2 61 00 00 C0 5D 00 00", "80 00 00 00 C0 5D 00 00"],
      ],
      openV3,
    );
    expect(await probe.setFrequency?.("swd", 3299)).toBe(1000);
    expect(await probe.setFrequency?.("swd", 24000)).toBe(24000);
    link.finished();
  });

  it("switches a V3's own clock for a frequency above its list", async () => {
    const slow = "80 00 00 00 E8030000 02000000 E02E0000 E8030000" + " 00".repeat(32);
    const { probe, link } = await opened(
      [
        ["F2 62 00", slow],
        ["F2 63 01", "40 00 00 00 00 00 00 00"],
        ["F2 62 00", list],
        ["F2 61 00 00 C0 5D 00 00", "80 00 00 00 C0 5D 00 00"],
      ],
      openV3,
    );
    expect(await probe.setFrequency?.("swd", 30000)).toBe(24000);
    link.finished();
  });

  it("enters, reads the IDCODE and DAP registers, powers up, aborts", async () => {
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      ["F2 31", "80 00 00 00 77 14 A0 1B 00 00 00 00"],
      ["F2 45 00 00 FC 00", "80 00 00 00 11 00 77 14"],
      ["F2 45 FF FF 04 00", "80 00 00 00 00 00 00 F0"],
      ["F2 46 FF FF 04 00 00 00 00 50", ok],
      ["F2 46 FF FF 00 00 1E 00 00 00", ok],
      ["F2 3C 00", ok],
      ["F2 3C 01", ok],
    ]);
    await probe.enterDebug("swd");
    expect(await probe.readIdcode()).toBe(0x1ba01477);
    expect(await probe.readAp?.(0, 0xfc)).toBe(0x14770011);
    expect(await probe.readDp?.(4)).toBe(0xf0000000);
    await probe.writeDp?.(4, 0x50000000);
    await probe.writeDp?.(0, 0x1e);
    await probe.driveNrst("low");
    await probe.driveNrst("high");
    link.finished();
  });

  it("reads and writes words and registers", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 35 F0 ED 00 E0 03 00 5F A0", ok],
      ["F2 36 F0 ED 00 E0", "80 00 00 00 03 00 03 00"],
      ["F2 33 0F", "80 00 00 00 00 01 00 08"],
      ["F2 34 0F 02 01 00 08", ok],
      [
        "F2 3A",
        "80 00 00 00" + Array.from({ length: 21 }, (_, i) => ` ${i.toString(16).padStart(2, "0")} 00 00 00`).join(""),
      ],
    ]);
    await probe.writeWord(0, 0xe000edf0, 0xa05f0003);
    expect(await probe.readWord(0, 0xe000edf0)).toBe(0x00030003);
    expect(await probe.readCoreRegister(0, 15)).toBe(0x08000100);
    await probe.writeCoreRegister(0, 15, 0x08000102);
    expect([...(await probe.readAllCoreRegisters(0)).words]).toEqual(Array.from({ length: 19 }, (_, i) => i));
    link.finished();
    expect(link.transfers).toBe(6);
  });

  it("captures SWO", async () => {
    const { probe, link } = await opened([
      ["F2 40 00 10 80 84 1E 00", ok],
      ["F2 42", "03 00"],
      ["F2 42", "00 00"],
      ["F2 41", ok],
    ]);
    link.trace = Uint8Array.of(1, 0x68, 0x69, 9);
    await probe.trace?.start(2_000_000);
    expect([...((await probe.trace?.read()) ?? [])]).toEqual([1, 0x68, 0x69]);
    expect(await probe.trace?.read()).toHaveLength(0);
    await probe.trace?.stop();
    await expect(probe.trace?.start(2_000_001)).rejects.toMatchObject({ code: "probe-trace-too-fast" });
    link.finished();
  });

  it("leaves and closes", async () => {
    const { probe, link } = await opened([["F2 30 A4", ok], ["F5", "02 00"], ["F2 21"]]);
    await probe.enterDebug("jtag");
    await probe.close();
    link.finished();
    expect(link.closed).toBe(true);
  });
});

describe("memory", () => {
  it("reads words and asks how it went", async () => {
    const { probe, link } = await opened([apOpen, ["F2 07 00 ED 00 E0 04", "31 C2 1F 41"], fine]);
    expect([...(await probe.readMemory(0, 0xe000ed00, 4, 32))]).toEqual([0x31, 0xc2, 0x1f, 0x41]);
    link.finished();
  });

  it("takes two bytes for a read of one", async () => {
    const { probe, link } = await opened([apOpen, ["F2 0C 01 00 00 20 01", "AB 00"], fine]);
    expect([...(await probe.readMemory(0, 0x20000001, 1, 8))]).toEqual([0xab]);
    link.finished();
  });

  it("splits at 6144 bytes, and at 64 for bytes", async () => {
    const zeros = (n: number): string => "00".repeat(n);
    const { probe, link } = await opened([
      apOpen,
      ["F2 07 00 00 00 20 00 18", zeros(6144)],
      fine,
      ["F2 07 00 18 00 20 04 00", zeros(4)],
      fine,
      ["F2 0C 00 00 00 20 40 00", zeros(64)],
      fine,
      ["F2 0C 40 00 00 20 01 00", zeros(2)],
      fine,
      ["F2 0D 01 00 00 20 40 00", undefined, zeros(64)],
      fine,
      ["F2 0D 41 00 00 20 01 00", undefined, zeros(1)],
      fine,
      ["F2 48 02 00 00 08 02 00", undefined, "34 12"],
      fine,
    ]);
    expect(await probe.readMemory(0, 0x20000000, 6148, 32)).toHaveLength(6148);
    expect(await probe.readMemory(0, 0x20000000, 65, 8)).toHaveLength(65);
    await probe.writeMemory(0, 0x20000001, new Uint8Array(65), 8);
    await probe.writeMemory(0, 0x08000002, Uint8Array.of(0x34, 0x12), 16);
    link.finished();
  });

  it("moves 512 bytes at once to a V3 from J6 on, and reads 128", async () => {
    const zeros = (n: number): string => "00".repeat(n);
    const { probe, link } = await opened(
      [apOpen, ["F2 0D 00 00 00 20 00 02", undefined, zeros(512)], fine, ["F2 0C 00 00 00 20 80 00", zeros(128)], fine],
      openV3,
    );
    await probe.writeMemory(0, 0x20000000, new Uint8Array(512), 8);
    await probe.readMemory(0, 0x20000000, 128, 8);
    link.finished();
  });

  it("names the address of a fault and clears the flags it left", async () => {
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      apOpen,
      ["F2 07 F0 4F 00 20 20", "00".repeat(32)],
      ["F2 3E", "11 00 00 00 00 50 00 20 00 00 00 00"],
      ["F2 46 FF FF 00 00 1E 00 00 00", ok],
    ]);
    await probe.enterDebug("swd");
    await expect(probe.readMemory(0, 0x20004ff0, 32, 32)).rejects.toMatchObject({
      code: "memory-fault",
      message: "Reading 32 bytes at 0x20005000 failed: the target's bus answered with an error.",
      facts: { address: 0x20005000, status: 0x11, statusName: "SWD_AP_FAULT", access: "read", width: 32, length: 32 },
    });
    link.finished();
  });

  it("clears the flags over JTAG by CTRL/STAT", async () => {
    const { probe, link } = await opened([
      ["F2 30 A4", ok],
      apOpen,
      ["F2 36 00 00 00 60", "15 00 00 00 00 00 00 00"],
      ["F2 45 FF FF 04 00", "80 00 00 00 20 00 00 F0"],
      ["F2 46 FF FF 04 00 20 00 00 F0", ok],
    ]);
    await probe.enterDebug("jtag");
    await expect(probe.readWord(0, 0x60000000)).rejects.toMatchObject({
      code: "memory-fault",
      facts: { address: 0x60000000 },
    });
    link.finished();
  });

  it("refuses unaligned transfers before they go out", async () => {
    const { probe, link } = await opened([]);
    await expect(probe.readMemory(0, 0x20000002, 4, 32)).rejects.toMatchObject({ code: "memory-alignment" });
    await expect(probe.writeMemory(0, 0x20000001, new Uint8Array(2), 16)).rejects.toMatchObject({
      code: "memory-alignment",
    });
    expect(link.transfers).toBe(0);
  });
});

describe("patience and repair", () => {
  it("waits twice as long each time while the bus is busy", async () => {
    const busy: Exchange[] = [
      ["F2 07 00 00 00 08 04", "00 00 00 00"],
      ["F2 3E", "10 00" + " 00".repeat(10)],
    ];
    const { probe, link } = await opened([
      apOpen,
      ...busy,
      ...busy,
      ...busy,
      ["F2 07 00 00 00 08 04", "78 56 34 12"],
      fine,
    ]);
    expect(await probe.readMemory(0, 0x08000000, 4, 32)).toEqual(Uint8Array.of(0x78, 0x56, 0x34, 0x12));
    expect(link.sleeps).toEqual([1, 2, 4]);
    link.finished();
  });

  it("gives up after 255 ms", async () => {
    const busy: Exchange = ["F2 36 00 00 00 08", "14 00 00 00 00 00 00 00"];
    const { probe, link } = await opened([apOpen, ...new Array<Exchange>(9).fill(busy)]);
    await expect(probe.readWord(0, 0x08000000)).rejects.toMatchObject({ code: "memory-wait", facts: { status: 0x14 } });
    expect(link.sleeps).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    link.finished();
  });

  it("takes one fault after WAIT for WAIT, as some V3 firmware means it", async () => {
    const status = (code: string): Exchange => ["F2 36 00 00 00 08", `${code} 00 00 00 01 00 00 00`];
    const { probe, link } = await opened([apOpen, status("10"), status("11"), status("80")], openV3);
    expect(await probe.readWord(0, 0x08000000)).toBe(1);
    link.finished();
  });

  it("opens an access port again that the firmware closed", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 36 00 00 00 08", "1D 00 00 00 00 00 00 00"],
      apOpen,
      ["F2 36 00 00 00 08", "80 00 00 00 07 00 00 00"],
    ]);
    expect(await probe.readWord(0, 0x08000000)).toBe(7);
    link.finished();
  });

  it("closes another access port when there are too many", async () => {
    const { probe, link } = await opened([apOpen, ["F2 4B 01", "29 00"], ["F2 4C 00", ok], ["F2 4B 01", ok]]);
    await probe.openAp?.(0);
    await probe.openAp?.(1);
    link.finished();
  });

  const garbled: Exchange = ["F2 36 00 00 00 08", "16 00 00 00 00 00 00 00"];
  const again: Exchange[] = [["F5", "02 00"], ["F2 21"], ["F2 30 A3", ok], apOpen];

  it("enters debug mode anew when the wires answer nonsense, and reads again", async () => {
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      apOpen,
      garbled,
      ...again,
      ["F2 36 00 00 00 08", "80 00 00 00 07 00 00 00"],
    ]);
    await probe.enterDebug("swd");
    expect(await probe.readWord(0, 0x08000000)).toBe(7);
    link.finished();
  });

  it("does not write twice, and does not let go of a reset", async () => {
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      apOpen,
      ["F2 35 00 00 00 08 01", "16 00"],
      ...again,
      ["F2 3C 00", ok],
      garbled,
    ]);
    await probe.enterDebug("swd");
    await expect(probe.writeWord(0, 0x08000000, 1)).rejects.toMatchObject({ code: "swd-line-error" });
    await probe.driveNrst("low");
    await expect(probe.readWord(0, 0x08000000)).rejects.toMatchObject({ code: "swd-line-error" });
    link.finished();
  });

  it.each([
    ["swd", "A3", "09", "swd-no-answer"],
    ["swd", "A3", "05", "swd-no-answer"],
    ["jtag", "A4", "04", "jtag-no-answer"],
    ["swd", "A3", "0E", "probe-in-use"],
    ["swd", "A3", "77", "probe-failed"],
  ] as const)("tells what entering %s (%s) by status %s means", async (protocol, parameter, status, code) => {
    const { probe } = await opened([[`F2 30 ${parameter}`, `${status} 00`]]);
    await expect(probe.enterDebug(protocol)).rejects.toMatchObject({ code, facts: { status: Number(`0x${status}`) } });
  });

  it("takes a read-back difference for success, as every driver does", async () => {
    const { probe } = await opened([apOpen, ["F2 35 00 00 00 20 01", "0D 00"]]);
    await probe.writeWord(0, 0x20000000, 1);
  });

  it("keeps commands together that belong together", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 07 00 00 00 20 04", "01 00 00 00"],
      fine,
      ["F2 07 04 00 00 20 04", "02 00 00 00"],
      fine,
    ]);
    const both = await Promise.all([probe.readMemory(0, 0x20000000, 4, 32), probe.readMemory(0, 0x20000004, 4, 32)]);
    expect(both.map((bytes) => bytes[0])).toEqual([1, 2]);
    link.finished();
  });
});
