import { describe, expect, it } from "vitest";
import { FakePort } from "../../test/host/fake-port.ts";
import type { Chip } from "../chips/chip.ts";
import { chipByDeviceId, chips } from "../chips/table.ts";
import type { Probe } from "../coresight/memory-port.ts";
import type { RomTable } from "../coresight/rom-table.ts";
import { freezeForDebug } from "./debug-freeze.ts";
import { f1RamBytes } from "./f1-ram.ts";
import { flashSizeOf } from "./flash-size.ts";
import { type GenuineFacts, judgeGenuine } from "./genuine.ts";
import { identify } from "./identify.ts";

function row(deviceId: number): Chip {
  const chip = chipByDeviceId(deviceId);
  if (chip === undefined) throw new Error("no such row");
  return chip;
}

/** A probe without DAP access: identification then goes without the ROM table. */
const probe = { readIdcode: async () => 0x1ba01477 } as unknown as Probe;
const m3 = { name: "Cortex-M3 r1p1", cpuid: 0x411fc231 };
const m0 = { name: "Cortex-M0 r0p0", cpuid: 0x410cc200 };

/** What an F103 answers, by id, size word and the rest. */
function f1(idcode: number, sizeWord: number, more: Record<number, number> = {}): FakePort {
  const uid = { [0x1ffff7e8]: 1, [0x1ffff7ec]: 2, [0x1ffff7f0]: 3 };
  return new FakePort({ [0xe0042000]: idcode, [0x1ffff7e0]: sizeWord, [0x4002201c]: 0x3fffffc, ...uid, ...more });
}

describe("identifying", () => {
  it.each([
    [0x412, 0x412, 16, 6],
    [0x412, 0x412, 32, 10],
    [0x410, 0x20036410, 64, 20],
    [0x410, 0x20036410, 128, 20],
    [0x414, 0x10036414, 256, 48],
    [0x414, 0x10036414, 512, 64],
    [0x430, 0x10036430, 1024, 96],
    [0x418, 0x10016418, 256, 64],
    [0x420, 0x10016420, 32, 4],
    [0x420, 0x10016420, 128, 8],
    [0x428, 0x10016428, 256, 24],
    [0x428, 0x10016428, 512, 32],
  ])("F1 density %#x with id %#x and %i KiB of flash has %i KiB of RAM", async (deviceId, idcode, flashKib, ramKib) => {
    const chip = await identify(probe, f1(idcode, 0xffff0000 | flashKib), m3);
    expect(chip).toMatchObject({ deviceId, flashBytes: flashKib * 1024, uid: [1, 2, 3], readProtected: false });
    expect(chip.ramRegions[0]).toEqual({ name: expect.any(String), base: 0x20000000, size: ramKib * 1024 });
  });

  it("works on without a row when the id is unknown", async () => {
    const chip = await identify(probe, f1(0x10000999, 0), m3);
    expect(chip).toMatchObject({
      row: undefined,
      name: "unknown Cortex-M3",
      deviceId: 0x999,
      revisionId: 0x1000,
      flashBytes: 0,
      ramRegions: [],
      notes: [{ code: "device-id-unknown", text: expect.stringContaining("0x999") }],
    });
  });

  it("works on when no id can be read at all", async () => {
    const chip = await identify(probe, new FakePort({ [0xe0042000]: 0 }), m3);
    expect(chip).toMatchObject({
      row: undefined,
      deviceId: undefined,
      notes: [{ code: "device-id-unreadable", text: expect.stringContaining("0xe0042000") }],
    });
  });

  it.each([
    [0xffff0000, "0x0000"],
    [0xffffffff, "0xffff"],
    [0xfffffc00, "0xfc00"],
  ])("assumes the largest flash when the size word is %#x", async (word, text) => {
    const chip = await identify(probe, f1(0x20036410, word), m3);
    expect(chip.flashBytes).toBe(128 * 1024);
    expect(chip.notes).toMatchObject([{ code: "flash-size-unreadable", text: expect.stringContaining(text) }]);
  });

  it("reads what it can where a register faults", async () => {
    const port = f1(0x20036410, 0xffff0040);
    port.memory.delete(0x1ffff7ec);
    expect(await identify(probe, port, m3)).toMatchObject({ flashBytes: 65536, uid: undefined, readProtected: false });
  });

  it("says when flash is read-protected", async () => {
    const chip = await identify(probe, f1(0x20036410, 0xffff0040, { [0x4002201c]: 0x3fffffe }), m3);
    expect(chip.readProtected).toBe(true);
    expect(chip.notes.map(({ code }) => code)).toEqual(["read-protected"]);
  });

  it("switches DBGMCU's clock on for a moment where it needs one", async () => {
    const port = new FakePort({ [0x40015800]: 0, [0x40021018]: 0x5, [0x1ffff7cc]: 0xffff0040 });
    port.onWrite = (address, value) => {
      if (address === 0x40021018) port.memory.set(0x40015800, (value & (1 << 22)) !== 0 ? 0x20006448 : 0);
    };
    const chip = await identify(probe, port, m0, { idcode: 0x0bb11477 });
    expect(chip).toMatchObject({ deviceId: 0x448, flashBytes: 65536, row: { family: "STM32F0" } });
    expect(port.memory.get(0x40021018)).toBe(0x5);
  });

  it("takes the id from the address at which that chip keeps it", async () => {
    const m7 = { name: "Cortex-M7 r1p1", cpuid: 0x411fc271 };
    const port = new FakePort({ [0xe0042000]: 0x20036450, [0x5c001000]: 0x20036450 });
    expect(await identify(probe, port, m7)).toMatchObject({ deviceId: 0x450, row: { idcodeAddress: 0x5c001000 } });
  });

  it("finds the size in the upper half of a word", async () => {
    const m4 = { name: "Cortex-M4 r0p1", cpuid: 0x410fc241 };
    const port = new FakePort({ [0xe0042000]: 0x10076413, [0x1fff7a20]: 0x04000000 });
    expect(await identify(probe, port, m4)).toMatchObject({ deviceId: 0x413, flashBytes: 1024 * 1024 });
  });
});

describe("is it ST's own", () => {
  const table = (bank: number, code: number, part: number): RomTable =>
    ({
      designer: { bank, code },
      designerName: `${bank}/${code}`,
      isSt: bank === 0 && code === 0x20,
      part,
    }) as RomTable;
  const genuine: GenuineFacts = {
    chip: row(0x410),
    dpidr: 0x1ba01477,
    cpuid: 0x411fc231,
    revisionId: 0x2003,
    flashSizeWord: 0xffff0040,
    romTable: table(0, 0x20, 0x410),
  };

  it.each<[string, Partial<GenuineFacts>, string, string | undefined, number]>([
    ["ST's", {}, "st", undefined, 0],
    ["ST's, ROM table unread", { romTable: undefined, flashSizeWord: undefined }, "st", undefined, 0],
    ["one odd sign", { dpidr: 0x2ba01477 }, "doubtful", undefined, 1],
    ["CS32", { dpidr: 0x2ba01477, romTable: table(5, 0x55, 0x29b) }, "clone", "CKS (CS32)", 2],
    [
      "GD32F103",
      { cpuid: 0x412fc231, flashSizeWord: 0x00140040, romTable: table(7, 0x51, 0x410) },
      "clone",
      "GigaDevice (GD32)",
      3,
    ],
    ["GD32F1x0 by its revision", { revisionId: 0x1303, cpuid: 0x412fc231 }, "clone", "GigaDevice (GD32)", 2],
    [
      "CH32F103",
      { dpidr: 0x2ba01477, revisionId: 0x2000, flashSizeWord: 0xffff0000, romTable: table(4, 0x3b, 0x4c3) },
      "clone",
      "WCH (CH32)",
      2,
    ],
    ["some other maker", { dpidr: 0x2ba01477, romTable: table(9, 0x12, 0x410) }, "clone", undefined, 2],
    ["ST's table of another chip", { romTable: table(0, 0x20, 0x414) }, "doubtful", undefined, 1],
  ])("%s", (_, differing, verdict, maker, signs) => {
    const judged = judgeGenuine({ ...genuine, ...differing });
    expect(judged).toMatchObject({ verdict, maker });
    expect(judged.evidence).toHaveLength(signs);
  });

  it("decides whether a size that ST does not make limits the flash", async () => {
    const bytes = async (word: number, cpuid: number) =>
      (await identify(probe, f1(0x20036410, word), { ...m3, cpuid }, { idcode: 0x1ba01477 })).flashBytes;
    expect(await bytes(0xffff0010, 0x411fc231)).toBe(128 * 1024);
    expect(await bytes(0xffff0100, 0x411fc231)).toBe(128 * 1024);
    expect(await bytes(0xffff0040, 0x411fc231)).toBe(64 * 1024);
    expect(await bytes(0x00140020, 0x412fc231)).toBe(32 * 1024);
  });

  it("goes into the notes", async () => {
    const port = f1(0x20036410, 0x00140040);
    const chip = await identify(probe, port, { ...m3, cpuid: 0x412fc231 }, { idcode: 0x1ba01477 });
    expect(chip.notes).toMatchObject([
      {
        code: "clone",
        text: expect.stringMatching(/^This is most likely no chip of ST, probably by GigaDevice \(GD32\)\. CPUID is/),
      },
    ]);
  });
});

describe("flash sizes", () => {
  it.each([
    [0x410, 64, 64],
    [0x429, 0xff80, 128],
    [0x437, 0x200, 512],
  ])("of %#x with %#x are %i KiB", (id, value, kib) => {
    expect(flashSizeOf(row(id), value)).toBe(kib * 1024);
  });

  it("of the L1 category 3 are a code", () => {
    const chip = chips.find((one) => one.flashSizeRegister?.unit === "code") as Chip;
    expect([0, 1, 2].map((value) => flashSizeOf(chip, value))).toEqual([384 * 1024, 256 * 1024, undefined]);
  });

  it("have RAM rules only where the table says too much", () => {
    expect(f1RamBytes(0x410, 65536)).toBeUndefined();
    expect(f1RamBytes(0x412, 16384)).toBe(6144);
  });
});

describe("DBGMCU", () => {
  it("of the F1 keeps the clocks and stops the watchdogs, and is put back", async () => {
    const port = new FakePort({ [0xe0042004]: 0x20 });
    const freeze = await freezeForDebug(port, row(0x410));
    expect(freeze.written).toEqual([{ address: 0xe0042004, before: 0x20, after: 0x327 }]);
    await freeze.restore();
    await freeze.restore();
    expect(port.writes).toEqual(["e0042004=327", "e0042004=20"]);
  });

  it("of the F0 needs its clock", async () => {
    const port = new FakePort({ [0x40015804]: 0, [0x40015808]: 0, [0x40021018]: 0 });
    const freeze = await freezeForDebug(port, row(0x448));
    await freeze.restore();
    expect(port.writes).toEqual([
      "40021018=400000",
      "40015804=6",
      "40015808=1800",
      "40021018=0",
      "40021018=400000",
      "40015808=0",
      "40015804=0",
      "40021018=0",
    ]);
  });

  it("is left alone where it can't be reached or isn't known", async () => {
    expect((await freezeForDebug(new FakePort(), row(0x410))).written).toEqual([]);
    expect((await freezeForDebug(new FakePort(), row(0x01e))).written).toEqual([]);
  });
});
