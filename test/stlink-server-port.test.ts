import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { concat, toHex } from "../src/base/bytes.ts";
import { virtualProbeIdentity } from "../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../src/sim/simulated-probe.ts";
import { StlinkServerPort } from "../src/stlink-server/stlink-server-port.ts";
import { ScriptedTarget } from "./scripted-target.ts";
import { bytes } from "./stlink-host.ts";

/** A client that sends what it is told, in pieces of its own choice, and collects the answer. */
class Client {
  readonly #socket: Socket;
  #received: Uint8Array = new Uint8Array(0);
  ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#received = concat(this.#received, data);
    });
    socket.on("close", () => {
      this.ended = true;
    });
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect(port, "127.0.0.1");
    const client = new Client(socket);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return client;
  }

  /** Sends, and waits for `length` bytes of answer. */
  async ask(text: string, length: number, pieces = 1): Promise<string> {
    const request = bytes(text);
    const size = Math.ceil(request.length / pieces);
    for (let at = 0; at < request.length; at += size) {
      this.#socket.write(request.subarray(at, at + size));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (let tries = 0; this.#received.length < length && tries < 1000 && !this.ended; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const answer = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return toHex(answer);
  }

  async usb(
    connectId: string,
    block: string,
    direction: number,
    length: number,
    data = "",
    pieces = 1,
  ): Promise<string> {
    const padded = toHex(concat(bytes(block), new Uint8Array(16 - bytes(block).length)));
    const size = toHex(Uint8Array.of(length & 0xff, (length >> 8) & 0xff, length >> 16, 0));
    const request = `05000000${connectId}${padded}0${direction}000000${size}${data}`;
    return this.ask(request, 4 + (direction === 0 ? 0 : length), pieces);
  }

  close(): void {
    this.#socket.destroy();
  }
}

let server: StlinkServerPort | undefined;
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server?.close();
});

async function start(count = 1): Promise<ScriptedTarget[]> {
  const targets = Array.from({ length: count }, () => new ScriptedTarget());
  const links = targets.map((target, index) =>
    new SimulatedProbe({ identity: virtualProbeIdentity(index === 0 ? "v2" : "v3"), target }).asLink(),
  );
  server = await StlinkServerPort.listen(links);
  return targets;
}

async function client(): Promise<Client> {
  const found = await Client.connect(server!.port);
  clients.push(found);
  return found;
}

async function open(on: Client, device = "0100feca"): Promise<string> {
  const reply = await on.ask(`03000000${device}`, 8);
  expect(reply.slice(0, 8)).toBe("01000000");
  return reply.slice(8);
}

describe("stlink-server port", () => {
  it("opens a session as OpenOCD does, split anywhere", async () => {
    for (const pieces of [1, 3, 100]) {
      await start();
      const on = await client();
      expect(await on.ask("06010000", 16, pieces)).toBe("03000000020000000100000001000000");
      expect(await on.ask("0000", 4, pieces)).toBe("01000000");
      expect(await on.ask("01", 4, pieces)).toBe("01000000");
      expect(await on.ask("0200000029000000", 45, pieces)).toBe(
        `010000000100feca${toHex(Buffer.from("50524F424954590000000200"))}${"00".repeat(8)}8304483700`,
      );
      const id = await open(on);
      expect(id).not.toBe("00000000");
      expect(await on.usb(id, "F1", 1, 6, "", pieces)).toBe("01000000294783044837");
      expect(await on.usb(id, "F2 21", 1, 0, "", pieces)).toBe("01000000");
      expect(await on.ask(`04000000${id}`, 4, pieces)).toBe("01000000");
      expect(await on.ask(`04000000${id}`, 4, pieces)).toBe("02100000");
      await server!.close();
    }
  });

  it("answers requests that come in one piece one after the other", async () => {
    await start();
    const on = await client();
    expect(await on.ask("06010000 0000 01 01", 28)).toBe(
      `${"03000000020000000100000001000000"}${"01000000".repeat(3)}`,
    );
  });

  it("carries data both ways, and SWO", async () => {
    const [target] = await start();
    const on = await client();
    const id = await open(on);
    await on.usb(id, "F2 30 A3", 1, 2);
    expect(await on.usb(id, "F2 08 00 00 00 20 08 00", 0, 8, "0102030405060708", 5)).toBe("01000000");
    expect(await on.usb(id, "F2 07 00 00 00 20 08 00", 1, 8)).toBe("010000000102030405060708");
    await on.usb(id, "F2 40 00 10 80 84 1E 00", 1, 2);
    target.trace.push(1, 0x41);
    expect(await on.usb(id, "F2 42", 1, 2)).toBe("010000000200");
    expect(await on.usb(id, "", 3, 2)).toBe("010000000141");
  });

  it("serves several clients and devices, and counts them", async () => {
    await start(2);
    const [a, b] = [await client(), await client()];
    expect(await a.ask("01", 4)).toBe("02000000");
    const first = await open(a);
    const second = await open(b, "0200feca");
    await open(b);
    expect(await a.usb(first, "F1", 1, 6)).toBe("01000000294783044837");
    expect(await b.usb(second, "F1", 1, 6)).toBe("01000000300083044f37");
    expect(await a.ask("070000000100feca", 4)).toBe("02000000");
    expect(await a.usb(second, "F1", 1, 6)).toBe(`02100000${"00".repeat(6)}`); // the other client's
    expect(await a.ask("030000000900feca", 8)).toBe("0210000000000000");
  });

  it("keeps the results of RW_MISC_OUT for the client whose they are", async () => {
    await start();
    const [a, b] = [await client(), await client()];
    const [atA, atB] = [await open(a), await open(b)];
    await a.usb(atA, "F2 30 A3", 1, 2);
    await a.usb(atA, "F2 51 01 00 00 00", 0, 8, "0300000000ed00e0");
    expect(await b.usb(atB, "F2 51 01 00 00 00", 0, 8, "03000000fced00e0")).toBe("01000000");
    expect(await a.usb(atA, "F2 52", 1, 8)).toBe("0100000031c21f4180000000");
    a.close();
    expect(await b.usb(atB, "F2 52", 1, 8)).toBe("010000000000000080000000");
    expect(await b.usb(atB, "F2 52", 1, 8)).toBe(`02100000${"00".repeat(8)}`);
  });

  it("frees the device when its holder goes away", async () => {
    await start();
    const [a, b] = [await client(), await client()];
    const [atA, atB] = [await open(a), await open(b)];
    await a.usb(atA, "F2 30 A3", 1, 2);
    await a.usb(atA, "F2 51 01 00 00 00", 0, 8, "0300000000ed00e0");
    a.close();
    expect(await b.usb(atB, "F5", 1, 2)).toBe("010000000100"); // nobody is in debug mode any more
  });

  it("ends a connection that makes no sense, and lives on", async () => {
    await start();
    for (const nonsense of ["99", `05000000550000000${"0".repeat(31)}${"00000000"}ffffff7f`]) {
      const on = await client();
      expect(await on.ask(nonsense, 4)).toBe("02100000");
      for (let tries = 0; !on.ended && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(on.ended).toBe(true);
    }
    expect(await (await client()).ask("01", 4)).toBe("01000000");
  });

  it("survives random bytes", async () => {
    await start();
    let state = 7;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    };
    for (let round = 0; round < 100; round++) {
      const on = await client();
      const length = 1 + random();
      // Half of them begin like a request.
      const noise = Uint8Array.from({ length }, (_, index) =>
        index === 0 && round % 2 === 0 ? random() % 8 : random(),
      );
      await on.ask(toHex(noise), 0, 1 + (round % 3));
      on.close();
    }
    const on = await client();
    const id = await open(on);
    expect(await on.usb(id, "F1", 1, 6)).toBe("01000000294783044837");
  });
});
