import { describe, expect, it } from "vitest";
import type { Exchange } from "../../../test/host/scripted-link.ts";
import { apOpen, ok, opened, v2 } from "../../../test/host/scripted-probe.ts";

describe("batches of words", () => {
  const write = { kind: "write", address: 0xe000edf8, value: 0 } as const;
  const read = { kind: "read", address: 0xe000edf0 } as const;

  it("begin with the access port and name an address once", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 51 05", undefined, "05010202 03000000 00000000 f8ed00e0 00000000 00000000 f0ed00e0"],
      ["F2 52", "00000000 00000000 00000000 00000000 0B000300" + "80000000".repeat(5)],
    ]);
    expect(await probe.words(0, [write, write, read])).toEqual([0x0003000b]);
    link.finished();
  });

  it("go out singly when there are only two", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 35 F8 ED 00 E0 00 00 00 00", ok],
      ["F2 36 F0 ED 00 E0", "80 00 00 00 0B 00 03 00"],
    ]);
    expect(await probe.words(0, [write, read])).toEqual([0x0003000b]);
    link.finished();
  });

  it("go out singly with firmware before J32", async () => {
    const one: Exchange = ["F2 36 F0 ED 00 E0", "80 00 00 00 0B 00 03 00"];
    const { probe, link } = await opened([apOpen, one, one, one], v2(31));
    expect(await probe.words(0, [read, read, read])).toHaveLength(3);
    link.finished();
  });

  it("fill packets of 64 items on a V2", async () => {
    const item = "f0ed00e0";
    const { probe, link } = await opened([
      apOpen,
      ["F2 51 40", undefined, `05${"03".repeat(63)} 00000000 ${item.repeat(63)}`],
      ["F2 52", "00000000".repeat(64) + "80000000".repeat(64)],
      ["F2 51 02", undefined, `05030000 00000000 ${item}`],
      ["F2 52", "00000000 07000000 80000000 80000000"],
    ]);
    const values = await probe.words(0, new Array(64).fill(read));
    expect(values).toHaveLength(64);
    expect(values[63]).toBe(7);
    link.finished();
  });

  it("tell which word faulted, and clear the flags", async () => {
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      apOpen,
      ["F2 51 04", undefined, "05030303 00000000 f0ed00e0 00000060 f0ed00e0"],
      ["F2 52", "00000000".repeat(4) + "80000000 80000000 11000000 19000000"],
      ["F2 46 FF FF 00 00 1E 00 00 00", ok],
    ]);
    await probe.enterDebug("swd");
    const bad = { kind: "read", address: 0x60000000 } as const;
    await expect(probe.words(0, [read, bad, read])).rejects.toMatchObject({
      code: "memory-fault",
      facts: { address: 0x60000000, access: "read" },
    });
    link.finished();
  });

  it("go again when the access port was closed or the wires failed, if that is safe", async () => {
    const packet = "05030303 00000000 f0ed00e0 f0ed00e0 f0ed00e0";
    const answer = (status: string): string => "00000000".repeat(4) + `${status}000000`.repeat(4);
    const { probe, link } = await opened([
      ["F2 30 A3", ok],
      apOpen,
      ["F2 51 04", undefined, packet],
      ["F2 52", answer("1D")],
      apOpen,
      ["F2 51 04", undefined, packet],
      ["F2 52", answer("80")],
      ["F2 51 04", undefined, packet],
      ["F2 52", `${"00000000".repeat(4)}80000000${"16000000".repeat(3)}`],
      ["F5", "02 00"],
      ["F2 21"],
      ["F2 30 A3", ok],
      apOpen,
      ["F2 51 04", undefined, packet],
      ["F2 52", answer("80")],
    ]);
    await probe.enterDebug("swd");
    expect(await probe.words(0, [read, read, read])).toEqual([0, 0, 0]);
    expect(await probe.words(0, [read, read, read])).toEqual([0, 0, 0]);
    link.finished();
  });

  it("ask again for a word whose bus was busy", async () => {
    const { probe, link } = await opened([
      apOpen,
      ["F2 51 04", undefined, "05030303 00000000 f0ed00e0 f0ed00e0 f0ed00e0"],
      ["F2 52", "00000000 01000000 00000000 03000000 80000000 80000000 10000000 80000000"],
      ["F2 36 F0 ED 00 E0", "80 00 00 00 02 00 00 00"],
    ]);
    expect(await probe.words(0, [read, read, read])).toEqual([1, 2, 3]);
    link.finished();
  });
});
