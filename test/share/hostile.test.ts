import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { pause } from "./bench.ts";
import { hostileRequest, Noise } from "./noise.ts";
import { type ShareProcess, startShare } from "./share-process.ts";
import { Client, type OpenedClient } from "./tcp-client.ts";

/** Messages of hostile clients; PROBITY_FUZZ=100000 makes it long. */
const count = Number(process.env.PROBITY_FUZZ ?? 4000);
/** How much the server may grow, bytes: buffers that are reused, and a heap that has not been collected yet. */
const GROWTH = 64e6;
const program = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Connections of a hostile client: some are left half open, some never read, some end in the middle of a request. */
class Hostile {
  readonly #port: number;
  readonly #noise: Noise;
  readonly #left: Socket[] = [];
  sent = 0;

  constructor(port: number, seed: number) {
    this.#port = port;
    this.#noise = new Noise(seed);
  }

  async run(messages: number): Promise<void> {
    while (this.sent < messages) await this.#connection(messages);
  }

  end(): void {
    for (const socket of this.#left) socket.destroy();
  }

  /** One connection and its requests, until one of them ends it. */
  async #connection(messages: number): Promise<void> {
    const noise = this.#noise;
    const socket = connect(this.#port, "127.0.0.1");
    socket.on("error", () => {});
    let closed = false;
    socket.on("close", () => {
      closed = true;
    });
    const reads = noise.below(4) > 0;
    let connectId = noise.below(2 ** 32);
    if (reads) socket.once("data", (bytes) => bytes.length >= 8 && (connectId = bytes.readUInt32LE(4)));
    else socket.pause();
    if (reads) socket.on("data", () => {});
    socket.write(Buffer.from("030000000100feca", "hex"));
    this.sent++;
    await pause(1);
    const burst = 1 + noise.below(200);
    for (let sent = 0; sent < burst && this.sent < messages && !closed; sent++) {
      const request = hostileRequest(noise, connectId);
      socket.write(request.subarray(0, noise.below(40) === 0 ? noise.below(request.length) : request.length));
      this.sent++;
      if (socket.writableLength > 1e6) break;
      if (sent % 8 === 0) await pause(0);
    }
    // A reply is waited for now and then; else it goes on at once, and leaves some connections behind.
    if (noise.below(2) === 0) await pause(5);
    if (noise.below(4) === 0 && this.#left.length < 40) this.#left.push(socket);
    else if (noise.below(2) === 0) socket.destroy();
    else socket.end();
  }
}

/** Reads what never changes, all the time, and how it went. */
async function honest(client: OpenedClient, over: () => boolean): Promise<{ reads: number; slowest: number }> {
  let [reads, slowest] = [0, 0];
  while (!over()) {
    const started = performance.now();
    expect(await client.read("F2 07 00 ED 00 E0 04 00", 4)).toBe("31c21f41");
    expect(await client.lastStatus()).toBe("8000");
    await client.write("F2 51 02 00 00 00", "0503000000000000002004e0");
    expect(await client.read("F2 52", 16)).toBe("00000000106403208000000080000000");
    expect(await client.read("F5", 2)).toBe("0200");
    slowest = Math.max(slowest, performance.now() - started);
    reads++;
  }
  return { reads, slowest };
}

it(`${count} messages of hostile clients: no crash, no growth, and an honest client reads right values all the time`, async () => {
  const share: ShareProcess = await startShare(["--probe", `sim:bluepill?pace=fast&elf=${program}`]);
  ends.push(async () => expect(await share.stop(), share.output()).toBe(0));
  const client = await Client.opened(share.port);
  client.client.patience = 20_000;
  ends.push(() => client.close());
  expect(await client.enter()).toBe("8000");
  expect(await client.read("F2 4B 00 00", 2)).toBe("8000");
  // A first part warms the server up: code that is compiled, buffers that stay.
  const hostiles = [1, 2, 3, 4].map((seed) => new Hostile(share.port, seed));
  ends.push(() => {
    for (const hostile of hostiles) hostile.end();
  });
  let done = false;
  const reading = honest(client, () => done);
  const most = { rss: 0 };
  const watching = (async () => {
    while (!done) {
      most.rss = Math.max(most.rss, share.memory());
      await pause(50);
    }
  })();
  const warm = Math.min(2000, count / 4);
  await Promise.race([reading, Promise.all(hostiles.map((hostile) => hostile.run(warm / 4)))]);
  const before = share.memory();
  await Promise.race([reading, Promise.all(hostiles.map((hostile) => hostile.run(count / 4)))]);
  done = true;
  const { reads, slowest } = await reading;
  await watching;
  const after = share.memory();
  const figures = `${count} messages, ${reads} honest rounds (slowest ${slowest.toFixed(0)} ms), memory ${mega(before)} MB, ${mega(after)} MB at the end, at most ${mega(most.rss)} MB`;
  console.log(figures);
  expect(reads).toBeGreaterThan(3);
  expect(most.rss - before, figures).toBeLessThan(GROWTH);
  expect(share.output()).not.toMatch(/at .*\.js:|Error/);
}, 600_000);

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
