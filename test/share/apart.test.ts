import { describe, expect, it } from "vitest";
import { shareBench, until } from "./bench.ts";
import { littleEndian, usbRequest } from "./tcp-client.ts";

const CPUID = 0xe000ed00;
const DEMCR = 0xe000edfc;
const NOWHERE = 0x30000000;
/** RW_MISC with one item: read that word. */
const queueOf = (address: number): string => `03000000${littleEndian(address)}`;
const OUT = "F2 51 01 00 00 00";

describe("RW_MISC pairs of several clients", () => {
  it("that send at the same moment each get their own results, and the probe sees whole pairs", async () => {
    const { open, sent } = await shareBench({ slow: 5 });
    const clients = await Promise.all([open(), open(), open()]);
    for (const client of clients) await client.enter();
    sent.length = 0;
    const words = [CPUID, DEMCR, 0xe0002000];
    for (let round = 0; round < 5; round++) {
      const results = clients.map(async (client, index) => {
        await client.write(OUT, queueOf(words[index]));
        return client.read("F2 52", 8);
      });
      expect(await Promise.all(results)).toEqual(["31c21f4180000000", "0000000080000000", "6002000080000000"]);
    }
    expect(sent.filter((sub) => sub === "51" || sub === "52").join(" ")).toBe(Array(15).fill("51 52").join(" "));
  });

  it("a client that ends during its RW_MISC_OUT, or before its RW_MISC_IN, holds up nobody", async () => {
    const { open } = await shareBench({ slow: 20 });
    const [a, b, c] = [await open(), await open(), await open()];
    for (const client of [a, b, c]) await client.enter();
    a.client.socket.write(Buffer.from(usbRequest(a.id, OUT.replaceAll(" ", ""), 0, 8, queueOf(CPUID)), "hex"));
    setTimeout(() => a.close(), 5);
    await b.write(OUT, queueOf(CPUID));
    b.close();
    const started = performance.now();
    expect(await c.word(CPUID)).toBe("31c21f41");
    await c.write(OUT, queueOf(DEMCR));
    expect(await c.read("F2 52", 8)).toBe("0000000080000000");
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("a client that never fetches its results holds up nobody, and gets them when it asks", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.write(OUT, queueOf(CPUID));
    await b.write(OUT, queueOf(DEMCR));
    expect(await b.read("F2 52", 8)).toBe("0000000080000000");
    expect(await b.status("F2 52", 8)).toBe("02100000");
    expect(await a.read("F2 52", 8)).toBe("31c21f4180000000");
  });
});

describe("the status of the last access", () => {
  it("is each client's own, by 3E and by 3B", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.word(NOWHERE);
    await b.word(CPUID);
    expect(await a.read("F2 3E", 12)).toBe(`11000000${littleEndian(NOWHERE)}00000000`);
    expect(await a.read("F2 3B", 2)).toBe("1100");
    expect(await b.lastStatus()).toBe("8000");
    await a.word(CPUID);
    await b.word(NOWHERE);
    expect(await a.lastStatus()).toBe("8000");
    expect(await b.lastStatus()).toBe("1100");
  });

  it("of a client that has accessed nothing is no other's", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    await a.enter();
    await a.word(NOWHERE);
    expect(await b.lastStatus()).toBe("8000");
    await b.word(CPUID);
    expect(await a.lastStatus()).toBe("1100");
  });

  it("costs nothing while a client is alone, nor when it asks before another comes", async () => {
    const { open, sent } = await shareBench();
    const a = await open();
    await a.enter();
    sent.length = 0;
    for (let round = 0; round < 3; round++) {
      await a.word(CPUID);
      await a.lastStatus();
    }
    expect(sent.join(" ")).toBe("07 3e 07 3e 07 3e");
    const b = await open();
    await b.enter();
    sent.length = 0;
    for (const client of [a, b, a]) {
      await client.word(CPUID);
      await client.lastStatus();
    }
    expect(sent.join(" ")).toBe("07 3e 07 3e 07 3e");
  });

  it("of firmware that has no 3E is kept by 3B", async () => {
    const { open, sent } = await shareBench({ firmware: "V2J14S0" });
    const [a, b] = [await open(), await open()];
    await a.read("F3 07", 0); // it starts in DFU mode
    for (const client of [a, b]) expect(await client.enter()).toBe("8000");
    await a.word(NOWHERE);
    await b.word(CPUID);
    expect(await a.read("F2 3B", 2)).toBe("1100");
    expect(sent).not.toContain("3e");
  });
});

describe("sticky errors", () => {
  const CTRL_STAT = "F2 45 FFFF 0400";

  it("are shown to the client whose access failed, and to no other", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.word(NOWHERE);
    expect(Number.parseInt((await b.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0);
    expect(await b.read("F2 45 0000 0000", 8)).toMatch(/^8000/);
    expect(Number.parseInt((await a.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0x20);
    await a.read("F2 46 FFFF 0000 04000000", 2); // ABORT.STKERRCLR
    expect(Number.parseInt((await a.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0);
  });

  it("over JTAG, where CTRL/STAT itself clears them", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) expect(await client.enter("jtag")).toBe("8000");
    await a.word(NOWHERE);
    expect(Number.parseInt((await b.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0);
    expect(Number.parseInt((await a.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0x20);
    await a.read("F2 46 FFFF 0400 20000050", 2);
    expect(Number.parseInt((await a.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0);
  });

  it("of a queue, too", async () => {
    const { open } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.write(OUT, queueOf(NOWHERE));
    expect(await b.read("F2 45 0000 0000", 8)).toMatch(/^8000/);
    expect(await a.read("F2 52", 8)).toBe("0000000011000000");
    expect(Number.parseInt((await a.read(CTRL_STAT, 8)).slice(8, 10), 16) & 0x20).toBe(0x20);
  });

  it("of a client that is gone are cleared", async () => {
    const { open, server } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.word(NOWHERE);
    a.close();
    await until(() => server.clients === 1);
    expect(await b.read("F2 45 0000 0000", 8)).toMatch(/^8000/);
  });
});

describe("CSW and TAR", () => {
  const write = (register: number, value: number): string =>
    `F2 46 0000 ${register.toString(16).padStart(2, "0")}00 ${littleEndian(value)}`;
  const read = (register: number): string => `F2 45 0000 ${register.toString(16).padStart(2, "0")}00`;
  const [CSW, TAR, DRW] = [0x00, 0x04, 0x0c];

  it("that a client wrote are there when it comes back, whatever others read meanwhile", async () => {
    const { open, target } = await shareBench();
    for (let at = 0; at < 64; at++) target.sram[at] = at;
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.read(write(CSW, 0x23000052), 2);
    await a.read(write(TAR, 0x20000010), 2);
    await b.word(CPUID);
    expect(await a.read(read(DRW), 8)).toBe("8000000010111213");
    await b.read("F2 0C 00 00 00 20 03 00", 3); // by bytes
    expect(await a.read(read(DRW), 8)).toBe("8000000014151617"); // TAR went on by itself
    await b.write("F2 08 20 00 00 20 04 00", "a0a1a2a3");
    expect(await a.read(read(TAR), 8)).toBe("8000000018000020");
    expect((await a.read(read(CSW), 8)).slice(8)).toBe("52000023");
    await b.write(OUT, queueOf(CPUID));
    await a.read(write(DRW, 0x11223344), 2);
    await b.word(0x20000018);
    expect(target.sram.subarray(0x18, 0x1c)).toEqual(Uint8Array.of(0x44, 0x33, 0x22, 0x11));
  });

  it("of two clients that both write them are each one's own", async () => {
    const { open, target } = await shareBench();
    for (let at = 0; at < 64; at++) target.sram[at] = at;
    const clients = [await open(), await open()];
    for (const client of clients) await client.enter();
    for (const [index, client] of clients.entries()) {
      await client.read(write(CSW, 0x23000052), 2);
      await client.read(write(TAR, 0x20000000 + index * 0x20), 2);
    }
    for (let word = 0; word < 4; word++) {
      for (const [index, client] of clients.entries()) {
        const first = index * 0x20 + word * 4;
        expect((await client.read(read(DRW), 8)).slice(8)).toBe(
          littleEndian(first | ((first + 1) << 8) | ((first + 2) << 16) | ((first + 3) << 24)),
        );
      }
    }
  });

  it("cost nothing where clients use memory commands", async () => {
    const { open, sent } = await shareBench();
    const [a, b] = [await open(), await open()];
    for (const client of [a, b]) await client.enter();
    await a.read(write(CSW, 0x23000052), 2);
    await a.word(CPUID);
    await a.lastStatus();
    sent.length = 0;
    for (let round = 0; round < 3; round++) {
      for (const client of [b, a]) {
        await client.word(CPUID);
        await client.lastStatus();
      }
    }
    expect(sent.join(" ")).toBe(Array(6).fill("07 3e").join(" "));
  });
});
