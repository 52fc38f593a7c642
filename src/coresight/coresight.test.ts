import { describe, expect, it } from "vitest";
import { FakePort, fakeClock } from "../../test/host/fake-port.ts";
import { describeAccessPort } from "./access-port.ts";
import { powerUpDebugPort } from "./debug-port.ts";
import { designerName, isSt } from "./designer.ts";
import type { Probe } from "./memory-port.ts";
import { readRootTable, walkRomTable } from "./rom-table.ts";

/** Words of a 4 KiB component: PIDR and CIDR, all else zero. */
function component(base: number, pidr: readonly number[], cidr1: number, words: Record<number, number> = {}) {
  const block: Record<number, number> = {};
  for (let offset = 0; offset < 0x1000; offset += 4) block[base + offset] = 0;
  [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xfd0].forEach((offset, i) => {
    block[base + offset] = pidr[i];
  });
  [0x0d, cidr1, 0x05, 0xb1].forEach((byte, i) => {
    block[base + 0xff0 + 4 * i] = byte;
  });
  for (const [offset, value] of Object.entries(words)) block[base + Number(offset)] = value;
  return block;
}

const st410 = [0x10, 0x04, 0x0a, 0, 0];
const armDwt = [0x02, 0xb0, 0x1b, 0, 0x04];

describe("the walk of a ROM table", () => {
  it("follows present entries, also into tables below, and each only once", async () => {
    const port = new FakePort({
      ...component(0xe00ff000, st410, 0x10, { 0: 0xfff02003, 4: 0xfff41002, 8: 0x00001003, 12: 0xfff02003, 16: 0 }),
      ...component(0xe0001000, armDwt, 0xe0),
      ...component(0xe0100000, [0xc3, 0xb4, 0x0b, 0, 4], 0x10, { 0: 0xfffff003, 4: 0xfff01003 }),
    });
    const table = await walkRomTable(port, 0xe00ff000);
    expect(table.components.map(({ address, depth, name }) => [address.toString(16), depth, name])).toEqual([
      ["e00ff000", 0, undefined],
      ["e0001000", 1, "DWT"],
      ["e0100000", 1, "ROM table (Cortex-M3)"],
    ]);
    expect(table.isSt).toBe(true);
    expect(table.problems).toEqual([]);
    expect((await readRootTable(port, 0xe00ff000)).components).toHaveLength(1);
  });

  it("goes on after a fault and after nonsense", async () => {
    const port = new FakePort({
      ...component(0xe00ff000, st410, 0x10, { 0: 0xfff02003, 4: 0xfff03003, 8: 0xfff0f003 }),
      ...component(0xe0002000, armDwt, 0xe0, { 4080: 0x33 }),
      ...component(0xe000e000, [0x00, 0xb0, 0x1b, 0, 0x04], 0xe0),
    });
    const table = await walkRomTable(port, 0xe00ff000);
    expect(table.components.map(({ address }) => address.toString(16))).toEqual(["e00ff000", "e0002000", "e000e000"]);
    expect(table.problems).toEqual([
      "The component at 0xe0001000 can't be read: Nothing there.",
      "The component at 0xe0002000 has no valid CIDR.",
    ]);
  });

  it("knows a table of class 9 by DEVARCH", async () => {
    const port = new FakePort({
      ...component(0xe00fe000, st410, 0x90, { 0: 0x00001003, 4: 0x00002002, 4028: 0x47700af7 }),
      ...component(0xe00ff000, armDwt, 0xe0),
    });
    expect((await walkRomTable(port, 0xe00fe000)).components).toHaveLength(2);
  });

  it("tells of a table that can't be read", async () => {
    const table = await walkRomTable(new FakePort(), 0xe00ff000);
    expect(table).toMatchObject({ components: [], designer: undefined, isSt: false });
    expect(table.problems).toHaveLength(1);
  });

  it("ends on a chain without end", async () => {
    const words: Record<number, number> = {};
    for (let i = 0; i < 100; i++)
      Object.assign(words, component(0x1000 * i, st410, 0x10, { 0: 0x00001003, 4: 0x00002003 }));
    const table = await walkRomTable(new FakePort(words), 0);
    expect(table.components.length).toBeLessThanOrEqual(64);
  });
});

describe("designers", () => {
  it("are told by JEP106 bank and code", () => {
    expect(designerName({ bank: 0, code: 0x20 })).toBe("STMicroelectronics");
    expect(designerName({ bank: 7, code: 0x51 })).toBe("GigaDevice");
    expect(designerName({ bank: 3, code: 0x20 })).toBe("JEP106 bank 3 code 0x20");
    expect(isSt({ bank: 3, code: 0x20 })).toBe(false);
  });
});

describe("debug port and access ports", () => {
  /** A probe that has DP and AP registers alone. */
  function fakeProbe(ctrlStat: readonly number[], ap: Record<number, number> = {}) {
    const log: string[] = [];
    const states = [...ctrlStat];
    const probe = {
      readDp: async () => (states.length > 1 ? (states.shift() as number) : states[0]),
      writeDp: async (register: number, value: number) => void log.push(`${register}=${value.toString(16)}`),
      readAp: async (_: number, register: number) => ap[register] ?? 0,
    } as unknown as Probe;
    return { probe, log };
  }

  it("are left alone when powered and clean", async () => {
    const { probe, log } = fakeProbe([0xf0000040]);
    await powerUpDebugPort(probe, fakeClock());
    expect(log).toEqual([]);
  });

  it("lose old error flags and get power", async () => {
    const { probe, log } = fakeProbe([0x20, 0x50000000, 0xf0000000]);
    await powerUpDebugPort(probe, fakeClock());
    expect(log).toEqual(["0=1e", "4=50000000", "4=50000000"]);
  });

  it("are given up after a second", async () => {
    const clock = fakeClock();
    await expect(powerUpDebugPort(fakeProbe([0x50000000]).probe, clock)).rejects.toMatchObject({
      code: "debug-power-refused",
      facts: { ctrlStat: 0x50000000 },
    });
    expect(clock.now()).toBeLessThan(1200);
  });

  it("need nothing of a probe without DP access", async () => {
    await powerUpDebugPort({} as Probe, fakeClock());
    expect(await describeAccessPort({} as Probe, 0)).toBeUndefined();
  });

  it.each([
    [0xe00ff003, 0xe00ff000],
    [0xffffffff, undefined],
    [0xe00fe002, undefined],
    [0xf0000000, 0xf0000000],
  ])("read BASE %#x", async (base, romTable) => {
    const { probe } = fakeProbe([0], { 252: 0x14770011, 248: base });
    expect(await describeAccessPort(probe, 0)).toEqual({
      ap: 0,
      idr: 0x14770011,
      kind: "AHB-AP",
      revision: 1,
      designer: 0x23b,
      isMemory: true,
      romTable,
    });
  });

  it("tell an absent port", async () => {
    expect(await describeAccessPort(fakeProbe([0]).probe, 1)).toBeUndefined();
  });
});
