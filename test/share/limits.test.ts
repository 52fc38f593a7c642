import { describe, expect, it } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { atEnd, pause, shareBench, until } from "./bench.ts";
import { Client, usbRequest } from "./tcp-client.ts";

const CPUID = 0xe000ed00;

/** Bytes of the process's memory, after garbage was collected where that can be asked for. */
function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

describe("a client that sends and never reads", () => {
  it("is not read from any more, and costs no memory; it is ended after a while", async () => {
    const { server, open } = await shareBench({ limits: { unread: 700 } });
    const honest = await open();
    await honest.enter();
    const before = memory();
    const greedy = await open();
    greedy.client.socket.pause();
    // Small requests with long replies: the system's own buffers are soon full.
    const requests = Buffer.from(usbRequest(greedy.id, "F1", 1, 10_236).repeat(10_000), "hex");
    for (let round = 0; round < 40; round++) {
      greedy.client.socket.write(requests);
      if (round % 20 === 0) expect(await honest.word(CPUID)).toBe("31c21f41");
    }
    await pause(200);
    // Most of it was never taken: it waits where it came from.
    expect(greedy.client.socket.writableLength).toBeGreaterThan(2_000_000);
    expect(memory() - before).toBeLessThan(60e6);
    await until(() => server.clients === 1, 20_000);
    expect(await honest.word(CPUID)).toBe("31c21f41");
  });

  it("that reads again in time gets all its replies", async () => {
    const { open } = await shareBench({ limits: { unread: 5000 } });
    const { client, id } = await open();
    client.socket.removeAllListeners("data");
    client.socket.pause();
    const [count, length] = [1000, 10_240];
    client.socket.write(Buffer.from(usbRequest(id, "F1", 1, length - 4).repeat(count), "hex"));
    await pause(500);
    let [bytes, wrong] = [0, 0];
    client.socket.on("data", (data) => {
      for (let at = (length - (bytes % length)) % length; at < data.length; at += length) {
        if (data[at] !== 1) wrong++; // each begins with its status
      }
      bytes += data.length;
    });
    client.socket.resume();
    await until(() => bytes >= count * length, 20_000);
    expect([bytes, wrong]).toEqual([count * length, 0]);
  });
});

describe("connections that lead nowhere", () => {
  it("are ended: no request at first, half a request, no device for long", async () => {
    const { connect: another, open } = await shareBench({ limits: { request: 300, idle: 500 } });
    const honest = await open();
    const started = performance.now();
    const [silent, listing] = [await another(), await another()];
    const [half, halfData] = [(await open()).client, (await open()).client];
    half.socket.write(Uint8Array.of(3, 0, 0));
    halfData.socket.write(Buffer.from(usbRequest("01000000", "F208", 0, 64).slice(0, 80), "hex"));
    expect(await listing.ask("01", 4)).toBe("01000000");
    for (const client of [silent, half, halfData]) expect(await client.end()).toBe(true);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(await listing.end()).toBe(true);
    expect(await honest.read("F5", 2)).toBe("0100"); // with a device open it may be silent
  });

  it("drop by drop, a request that takes too long is one, too", async () => {
    const { open } = await shareBench({ limits: { request: 300 } });
    const { client } = await open();
    const request = Buffer.from(usbRequest("01000000", "F5", 1, 2), "hex");
    for (let at = 0; at < request.length && !client.ended; at++) {
      client.socket.write(request.subarray(at, at + 1));
      await pause(40);
    }
    expect(client.ended).toBe(true);
  });

  it("give way when there are too many; clients with a device open don't", async () => {
    const { open, connect: another, server } = await shareBench({ limits: { clients: 6, request: 60_000 } });
    const honest = await open();
    const silent: Client[] = [];
    for (let count = 0; count < 20; count++) silent.push(await another());
    await until(() => silent.filter(({ ended }) => !ended).length === 5);
    expect(server.clients).toBe(6);
    const late = await open();
    await late.enter();
    expect(await late.word(CPUID)).toBe("31c21f41");
    expect(await honest.read("F5", 2)).toBe("0100");
    for (let count = 0; count < 4; count++) await open();
    const refused = await Client.connect(server.port);
    atEnd(() => refused.close());
    expect(await refused.end()).toBe(true);
    expect(await honest.read("F5", 2)).toBe("0100");
  });

  it("of which one opens the device again and again is told that it is enough", async () => {
    const { connect: another } = await shareBench({ limits: { openings: 3 } });
    const client = await another();
    for (let count = 0; count < 3; count++)
      expect((await client.ask("030000000100feca", 8)).slice(0, 8)).toBe("01000000");
    expect(await client.ask("030000000100feca", 8)).toBe("0420000000000000");
  });
});

describe("a client that has said all it wanted", () => {
  it("and closed its sending half still gets its replies", async () => {
    const { open } = await shareBench({ slow: 20 });
    const a = await open();
    const request = usbRequest(a.id, "F1", 1, 6);
    a.client.socket.end(Buffer.from(request.repeat(5), "hex"));
    const replies = await a.client.take(50);
    expect(replies).toBe(replies.slice(0, 20).repeat(5));
    expect(replies.slice(0, 8)).toBe("01000000");
    expect(replies.length).toBe(100);
  });
});

describe("data phases that don't fit their command", () => {
  it("are refused before the probe could take them for the next command", async () => {
    const { open, sent, connect: another } = await shareBench();
    const a = await open();
    await a.enter();
    sent.length = 0;
    const word = "F2 08 00 00 00 20 04 00";
    expect((await a.client.usb(a.id, word, 0, 8, "0102030405060708")).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, word, 0, 2, "0102")).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, word, 1, 4)).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, "F2 07 00 00 00 20 04 00", 0, 4, "01020304")).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, "F2 51 FF FF FF FF", 0, 4, "01020304")).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, "F2 51 00 00 00 00", 0, 0)).slice(0, 8)).toBe("02100000");
    expect((await a.client.usb(a.id, "F5", 2, 2)).slice(0, 8)).toBe("02100000");
    // Longer than a probe can: it would stall for all.
    expect(await a.read("F2 07 00 00 00 20 04 18", 4)).toBe("42000000");
    expect(sent).toEqual([]);
    for (const long of [10_237, 0x7fff_ffff, 0xffff_ffff]) {
      expect(await a.client.ask(usbRequest(a.id, "F5", 1, long), 4)).toBe("02100000");
    }
    const oversized = await another();
    expect(await oversized.ask(usbRequest("01000000", word, 0, 10_209), 4)).toBe("02100000");
    expect(await oversized.end()).toBe(true);
  });

  it("of a read that is too short or too long: the probe's answer is taken whole, and cut or padded", async () => {
    const { open } = await shareBench();
    const a = await open();
    await a.enter();
    expect(await a.read("F2 07 00 ED 00 E0 04 00", 2)).toBe("31c2");
    expect(await a.read("F2 07 00 ED 00 E0 04 00", 0)).toBe("");
    expect(await a.read("F2 07 00 ED 00 E0 04 00", 8)).toBe("31c21f4100000000");
    expect(await a.read("F2 21", 4)).toBe("00000000");
    expect(await a.read("F5", 2)).toBe("0100");
  });
});

describe("another client's session", () => {
  it("is out of reach: a connect id belongs to its connection", async () => {
    const { open, connect: another } = await shareBench();
    const honest = await open();
    await honest.enter();
    const thief = await another();
    expect(await thief.usb(honest.id, "F2 07 00 ED 00 E0 04 00", 1, 4)).toBe("0210000000000000");
    expect(await thief.usb(honest.id, "", 3, 4)).toBe("0210000000000000");
    expect(await thief.ask(`04000000${honest.id}`, 4)).toBe("02100000");
    expect(await honest.word(CPUID)).toBe("31c21f41");
  });

  it("is not reached by a client number in the command, which is the server's to give", async () => {
    const { open, probe } = await shareBench();
    const a = await open();
    await a.enter();
    const numbers: string[] = [];
    const carry = probe.execute.bind(probe);
    probe.execute = (command, data, length) => {
      numbers.push(toHex(command.subarray(12, 16)));
      return carry(command, data, length);
    };
    await a.read("F2 4B 00 00 00000000 00000000 02000000", 2);
    await a.read("F2 07 00 ED 00 E0 04 00 00 000000 02000000", 4);
    expect(numbers).toEqual(["00000000", "00000000"]);
  });

  it("has a connect id that no other can be guessed from", async () => {
    const { open } = await shareBench();
    const ids: number[] = [];
    for (let count = 0; count < 8; count++) ids.push(Number.parseInt((await open()).id, 16));
    const steps = ids.slice(1).map((id, index) => id - ids[index]);
    expect(new Set(steps).size).toBe(steps.length);
    expect(ids).not.toContain(0);
  });
});

describe("turns", () => {
  it("go round: a client that sends thousands of requests at once delays another by one each time", async () => {
    const { open, sent } = await shareBench({ slow: 2 });
    const [greedy, honest] = [await open(), await open()];
    for (const client of [greedy, honest]) await client.enter();
    const request = usbRequest(greedy.id, "F208000000200400", 0, 4, "00000000");
    greedy.client.socket.write(Buffer.from(request.repeat(2000), "hex"));
    await pause(20);
    for (let round = 0; round < 10; round++) {
      sent.length = 0;
      expect(await honest.word(CPUID)).toBe("31c21f41");
      // One that was under way, one that was waiting, and what changing over takes.
      expect(sent.filter((sub) => sub === "08").length).toBeLessThanOrEqual(2);
    }
  });
});
