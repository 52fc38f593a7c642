import { describe, expect, it } from "vitest";
import { apOpen, ok, opened, v2 } from "../../../test/host/scripted-probe.ts";

describe("old firmware", () => {
  it.each([
    [12, { trace: false, frequency: false, dap: false, aps: false }],
    [13, { trace: true, frequency: false, dap: false, aps: false }],
    [22, { trace: true, frequency: true, dap: false, aps: false }],
    [24, { trace: true, frequency: true, dap: true, aps: false }],
    [28, { trace: true, frequency: true, dap: true, aps: true }],
  ])("J%i offers what it has", async (jtag, expected) => {
    const { probe } = await opened([], v2(jtag));
    expect({
      trace: probe.trace !== undefined,
      frequency: probe.setFrequency !== undefined,
      dap: probe.readDp !== undefined,
      aps: probe.openAp !== undefined,
    }).toEqual(expected);
  });

  it("before J13 has no voltage, before J15 no address of a fault", async () => {
    const { probe, link } = await opened(
      [
        ["F2 07 00 00 00 60 04", "00 00 00 00"],
        ["F2 3B", "01 00"],
      ],
      v2(12),
    );
    expect(await probe.targetVoltage()).toBeUndefined();
    await expect(probe.readMemory(0, 0x60000000, 4, 32)).rejects.toMatchObject({
      code: "memory-fault",
      facts: { address: 0x60000000, status: 1 },
    });
    link.finished();
  });

  it("before J15 reaches FPU registers through DCRSR", async () => {
    const { probe, link } = await opened(
      [
        ["F2 35 F4 ED 00 E0 21", ok],
        ["F2 36 F8 ED 00 E0", "80 00 00 00 05 00 00 00"],
      ],
      v2(14),
    );
    expect(await probe.readCoreRegister(0, 33)).toBe(5);
    link.finished();
  });

  it("says which firmware would have 16-bit accesses and other access ports", async () => {
    const { probe } = await opened([], v2(25));
    await expect(probe.readMemory(0, 0x08000000, 2, 16)).rejects.toMatchObject({
      code: "probe-firmware-too-old",
      message: "The probe's firmware V2J25S7 can't do this: 16-bit memory access needs V2J26 or V3J1 or later.",
    });
    await expect(probe.readWord(1, 0)).rejects.toMatchObject({ facts: { needed: "V2J28 or any V3" } });
  });

  it("before J32 delays DP reads over JTAG by one", async () => {
    const { probe, link } = await opened(
      [
        ["F2 30 A4", ok],
        ["F2 45 FF FF 04 00", "80 00 00 00 77 04 A0 3B"],
        ["F2 45 FF FF 0C 00", "80 00 00 00 00 00 00 F0"],
      ],
      v2(31),
    );
    await probe.enterDebug("jtag");
    expect(await probe.readDp?.(4)).toBe(0xf0000000);
    link.finished();
  });

  it("ignores what J28 says of CLOSE_AP", async () => {
    const { probe } = await opened([apOpen, ["F2 4C 00", "1D 00"]], v2(28));
    await probe.openAp?.(0);
    await probe.closeAp?.(0);
  });
});
