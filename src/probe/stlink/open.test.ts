import { describe, expect, it } from "vitest";
import { type Exchange, openV2, openV3, ScriptedLink } from "../../../test/host/scripted-link.ts";
import { openStlinkProbe } from "./open.ts";
import { parseVersion, parseVersionEx } from "./version.ts";

const idle: Exchange = ["F5", "01 00"];

describe("opening an ST-LINK", () => {
  it("knows a V2 by GET_VERSION", async () => {
    const link = new ScriptedLink(openV2);
    const { identity } = await openStlinkProbe(link);
    link.finished();
    expect(identity).toEqual({
      generation: "V2",
      firmware: "V2J37S7",
      jtagVersion: 37,
      vendorId: 0x0483,
      productId: 0x3748,
      serial: "0".repeat(24),
    });
  });

  it("asks a V3 again by GET_VERSION_EX", async () => {
    const link = new ScriptedLink(openV3);
    const { identity } = await openStlinkProbe(link);
    link.finished();
    expect(identity).toMatchObject({ generation: "V3", firmware: "V3J8M3B1", jtagVersion: 8, productId: 0x374f });
  });

  it.each([
    ["DFU", "00 00", "F3 07"],
    ["DEBUG", "02 00", "F2 21"],
    ["SWIM", "03 00", "F4 01"],
  ])("leaves %s, whatever left the probe there", async (_, reply, exit) => {
    const link = new ScriptedLink([openV2[0], ["F5", reply], [exit], idle]);
    await openStlinkProbe(link);
    link.finished();
  });

  it("says so when the probe does not leave its mode", async () => {
    const link = new ScriptedLink([openV2[0], ["F5", "02 00"], ["F2 21"], ["F5", "02 00"]]);
    await expect(openStlinkProbe(link)).rejects.toMatchObject({ code: "probe-mode-stuck", facts: { mode: 2 } });
  });

  it.each([
    ["a V1", "12 80 83 04 44 37", 0x3744, "probe-v1-unsupported"],
    ["SWIM alone on a Nucleo", "25 87 83 04 4B 37", 0x374b, "probe-without-debug"],
    ["a probe in its update mode", "29 47 83 04 4D 37", 0x374d, "probe-in-bootloader"],
  ])("refuses %s", async (_, version, productId, code) => {
    const link = new ScriptedLink([["F1", version]], { productId });
    await expect(openStlinkProbe(link)).rejects.toMatchObject({ code });
    link.finished();
  });

  it("refuses a reply that is too short", async () => {
    const link = new ScriptedLink(openV2);
    link.transfer = async () => Uint8Array.of(0x29);
    await expect(openStlinkProbe(link)).rejects.toMatchObject({
      code: "probe-short-reply",
      facts: { command: 0xf1, expected: 6, received: 1 },
    });
  });
});

describe("version words", () => {
  const word = (ver: number, pid: number): Uint8Array =>
    Uint8Array.of(ver >> 8, ver & 0xff, 0x83, 0x04, pid & 0xff, pid >> 8);

  it.each([
    [0x2947, 0x3748, "V2", "V2J37S7", 37],
    [(2 << 12) | (37 << 6) | 27, 0x374b, "V2-1", "V2J37M27", 37],
    // SWIM-only images put mass storage where J is.
    [(2 << 12) | (22 << 6) | 7, 0x374b, "V2-1", "V2S7", 0],
    [(2 << 12) | (23 << 6) | 7, 0x374b, "V2-1", "V2J23M7", 23],
    [(2 << 12) | (25 << 6) | 12, 0x3752, "V2-1", "V2S12", 0],
    [(2 << 12) | (25 << 6) | 13, 0x3752, "V2-1", "V2J25M13", 25],
    [(2 << 12) | (14 << 6) | 0, 0x3748, "V2", "V2J14S0", 14],
    [(1 << 12) | (11 << 6) | 0, 0x3744, "V1", "V1J11S0", 11],
  ] as const)("reads %i of PID %i", (ver, pid, generation, firmware, jtagVersion) => {
    expect(parseVersion(word(ver, pid))).toMatchObject({ generation, firmware, jtagVersion, productId: pid });
  });

  it("reads a V3PWR", () => {
    const reply = Uint8Array.of(4, 0, 5, 2, 1, 3, 0, 0, 0x83, 0x04, 0x57, 0x37);
    expect(parseVersionEx(reply)).toMatchObject({ generation: "V3PWR", firmware: "V4J5M2B1P3", productId: 0x3757 });
  });
});
