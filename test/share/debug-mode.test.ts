import { describe, expect, it } from "vitest";
import { atEnd, shareBench, until } from "./bench.ts";
import type { OpenedClient } from "./tcp-client.ts";

const CPUID = 0xe000ed00;
const INIT_AP = "F2 4B 00 00";
const CLOSE_AP = "F2 4C 00";
const EXIT = "F2 21";
const MODE = "F5";

describe("debug mode", () => {
  it("is left when the last client leaves it", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) {
      expect(await client.enter()).toBe("8000");
      expect(await client.read(INIT_AP, 2)).toBe("8000");
    }
    sent.length = 0;
    expect(await a.read(CLOSE_AP, 2)).toBe("8000");
    expect(await a.read(EXIT, 0)).toBe("");
    expect(sent).toEqual([]);
    expect(await a.read(MODE, 2)).toBe("0100"); // as if the probe were its own
    expect(await b.read(MODE, 2)).toBe("0200");
    expect(await b.word(CPUID)).toBe("31c21f41");
    sent.length = 0;
    await b.read(CLOSE_AP, 2);
    await b.read(EXIT, 0);
    expect(sent).toEqual(["4c", "21"]);
    expect(await b.read(MODE, 2)).toBe("0100");
  });

  it("is left when the last client dies, and its access ports are closed", async () => {
    const { open, sent, server } = await shareBench();
    const [a, b, onlooker] = [await open(), await open(), await open()];
    for (const client of [a, b]) {
      await client.enter();
      await client.read(INIT_AP, 2);
    }
    sent.length = 0;
    a.close();
    await until(() => server.clients === 2);
    expect(sent).toEqual([]);
    expect(await b.word(CPUID)).toBe("31c21f41");
    sent.length = 0;
    b.close();
    await until(() => server.clients === 1);
    expect(sent).toEqual(["4c", "21"]);
    expect(await onlooker.read(MODE, 2)).toBe("0100");
  });

  it("is left when CLOSE_DEV comes without EXIT", async () => {
    const { open, sent } = await shareBench();
    const a = await open();
    await a.enter();
    expect(await a.client.ask(`04000000${a.id}`, 4)).toBe("01000000");
    expect(sent.at(-1)).toBe("21");
  });

  it("in which another program left the probe can be left by who comes first", async () => {
    const { open, probe, sent } = await shareBench();
    probe.execute(Uint8Array.of(0xf2, 0x30, 0xa3), undefined, 2);
    const a = await open();
    expect(await a.read(MODE, 2)).toBe("0200");
    await a.read(EXIT, 0);
    expect(sent.at(-1)).toBe("21");
    expect(await a.read(MODE, 2)).toBe("0100");
  });

  it("is the same for all: a client that wants JTAG is told that others have SWD", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    await a.enter("swd");
    expect(await b.enter("jtag")).toBe("0e00");
    expect(await a.word(CPUID)).toBe("31c21f41");
    await a.read(EXIT, 0);
    expect(await b.enter("jtag")).toBe("8000");
  });

  it("is not entered again for a second client, but is for one that finds the target lost", async () => {
    const { open, sent, target } = await shareBench();
    const [a, b] = [await open(), await open()];
    await a.enter();
    await a.read(INIT_AP, 2);
    sent.length = 0;
    expect(await b.enter()).toBe("8000");
    expect(sent).not.toContain("30");
    target.answers = false;
    expect(await b.enter()).not.toBe("8000");
    target.answers = true;
    target.powerOns++;
    sent.length = 0;
    expect(await b.enter()).toBe("8000");
    expect(sent.filter((sub) => ["21", "30", "4b"].includes(sub))).toEqual(["21", "30", "4b"]);
    expect(await a.word(CPUID)).toBe("31c21f41");
  });

  it("keeps its power and its wires' mode, whatever one client writes into CTRL/STAT", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    expect(await a.read("F2 46 FFFF 0400 01000000", 2)).toBe("8000"); // no power, overrun detection
    expect((await b.read("F2 45 FFFF 0400", 8)).slice(8)).toMatch(/0000f0$/);
    expect(await b.word(CPUID)).toBe("31c21f41");
    await b.read(EXIT, 0);
    await a.read("F2 46 FFFF 0400 00000000", 2); // alone, it may
    expect((await a.read("F2 45 FFFF 0400", 8)).slice(8)).toMatch(/00$/);
  });

  it("RESETSYS of a client that is not in debug mode resets nothing while others are", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    await a.enter();
    sent.length = 0;
    expect(await b.read("F2 32", 2)).toBe("0800");
    expect(sent).toEqual([]);
    expect(await a.read("F2 32", 2)).toBe("8000");
  });
});

describe("access ports", () => {
  it("stay open until the last client closes them", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) {
      await client.enter();
      await client.read(INIT_AP, 2);
    }
    expect(sent.filter((sub) => sub === "4b")).toHaveLength(1);
    expect(await a.read(CLOSE_AP, 2)).toBe("8000");
    expect(await a.read(CLOSE_AP, 2)).toBe("1d00"); // once
    expect(sent).not.toContain("4c");
    expect(await b.read(CLOSE_AP, 2)).toBe("8000");
    expect(sent).toContain("4c");
  });

  it("are not closed by a client that did not open them", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.read(INIT_AP, 2);
    expect(await b.read(CLOSE_AP, 2)).toBe("1d00");
    expect(sent).not.toContain("4c");
  });
});

describe("NRST", () => {
  const LOW = "F2 3C 00";
  const HIGH = "F2 3C 01";
  const PULSE = "F2 3C 02";

  it("is low while any client holds it low", async () => {
    const { open, target } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.read(LOW, 2);
    expect(await b.read(HIGH, 2)).toBe("8000");
    expect(await b.read(PULSE, 2)).toBe("8000");
    expect(target.nrst.at(-1)).toBe(true);
    await a.read(HIGH, 2);
    expect(target.nrst.at(-1)).toBe(false);
  });

  it("is let go when the client that holds it dies, or leaves debug mode", async () => {
    const { open, target, server } = await shareBench();
    const [a, b, c] = [await open(), await open(), await open()];
    for (const client of [a, b, c]) await client.enter();
    await a.read(LOW, 2);
    a.close();
    await until(() => server.clients === 2);
    expect(target.nrst.at(-1)).toBe(false);
    await b.read(LOW, 2);
    expect(target.nrst.at(-1)).toBe(true);
    await b.read(EXIT, 0);
    expect(target.nrst.at(-1)).toBe(false);
  });
});

describe("the clock", () => {
  const divisor = (value: number): string =>
    `F2 43 ${(value & 0xff).toString(16).padStart(2, "0")} ${(value >> 8).toString(16).padStart(2, "0")}`;
  const bench = async () => {
    const clocks: number[] = [];
    const made = await shareBench();
    const carry = made.probe.execute.bind(made.probe);
    made.probe.execute = (command, data, length) => {
      if (command[0] === 0xf2 && command[1] === 0x43) clocks.push(command[2] | (command[3] << 8));
      return carry(command, data, length);
    };
    atEnd(() => {
      made.probe.execute = carry;
    });
    return { ...made, clocks };
  };
  const set = async (client: OpenedClient, value: number): Promise<void> => {
    expect(await client.read(divisor(value), 2)).toBe("8000");
  };

  it("is the slowest that a client in debug mode asked for, and goes up again when that one leaves", async () => {
    const { open, clocks, server } = await bench();
    const [a, b] = [await open(), await open()];
    await set(a, 0);
    await a.enter();
    await set(b, 798); // OpenOCD's beginning: not in debug mode yet, nobody is slowed
    expect(clocks).toEqual([0]);
    await b.enter();
    expect(clocks).toEqual([0, 798]);
    await set(b, 3);
    expect(clocks).toEqual([0, 798, 3]);
    await set(a, 1); // faster than another needs it
    expect(clocks).toEqual([0, 798, 3]);
    b.close();
    await until(() => server.clients === 1);
    expect(clocks).toEqual([0, 798, 3, 1]);
  });

  it("is what it was at first, once nobody is left", async () => {
    const { open, clocks, server } = await bench();
    const a = await open();
    await set(a, 798);
    await a.enter();
    a.close();
    await until(() => server.clients === 0);
    expect(clocks).toEqual([798, 1]);
  });

  it("that a client asked for while others were in debug mode is set when it enters alone", async () => {
    const { open, clocks } = await bench();
    const [a, b] = [await open(), await open()];
    await a.enter();
    await set(b, 40);
    await a.read(EXIT, 0);
    await b.enter();
    expect(clocks.at(-1)).toBe(40);
  });

  it("of a V3 is the slowest, too", async () => {
    const { open, sent } = await shareBench({ kind: "v3" });
    const [a, b] = [await open(), await open()];
    const kilohertz = async (client: OpenedClient, value: string): Promise<string> =>
      (await client.read(`F2 61 00 00 ${value}`, 8)).slice(8);
    const current = async (client: OpenedClient): Promise<string> => (await client.read("F2 62 00", 52)).slice(8, 16);
    await current(a);
    expect(await kilohertz(a, "c05d0000")).toBe("c05d0000");
    for (const client of [a, b]) await client.enter();
    expect(await kilohertz(b, "e8030000")).toBe("e8030000");
    expect(await current(a)).toBe("e8030000");
    expect(await kilohertz(a, "401f0000")).toBe("e8030000"); // as slow as it is
    await b.read(EXIT, 0);
    expect(await current(a)).toBe("401f0000");
    sent.length = 0;
    expect(await b.read("F2 63 01", 8)).toMatch(/^8000/);
    expect(sent).toEqual([]);
  });
});

describe("what concerns all", () => {
  it("is not changed by one while others debug: DFU mode, the target's supply", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    await a.enter();
    sent.length = 0;
    expect(await b.status("F3 07", 0)).toBe("04200000");
    expect(await b.status("FD 00", 2)).toBe("04200000");
    expect(sent).toEqual([]);
  });

  it("firmware update, SWIM and the bridge are not shared", async () => {
    const { open, sent } = await shareBench();
    const a = await open();
    for (const block of ["F9 01", "F4 00", "FC 00", "F3 01", "00 00"]) {
      expect(await a.status(block, 2), block).toBe("53100000");
    }
    expect(await a.read("F2 7F", 2)).toBe("4200");
    expect(sent).toEqual([]);
  });
});
