import { afterEach, beforeEach, expect, it } from "vitest";
import { type Bench, openBench } from "./bench.ts";
import { bulkHeader, GuestClient } from "./guest-client.ts";

/** Messages of the fuzz run; PROBITY_FUZZ=100000 makes it long. */
const MESSAGES = Number(process.env.PROBITY_FUZZ ?? 4000);

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

/** Numbers that are the same in every run (xorshift). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

async function free(): Promise<void> {
  for (let i = 0; i < 200 && bench.port.taken; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function stillServes(): Promise<void> {
  await free();
  const guest = await GuestClient.attach(bench.port.port);
  expect((await guest.command([0xf1], 6)).readUInt16LE(4)).toBe(0x374b);
  guest.close();
  await free();
}

it("survives messages of every kind and length", { timeout: 600_000 }, async () => {
  const next = numbers(0x5eed);
  const before = process.memoryUsage().rss;
  let guest = await GuestClient.attach(bench.port.port);
  const types = [3, 6, 7, 9, 10, 15, 16, 21, 22, 23, 24, 100, 100, 100, 101, 101, 101, 101, 103, 12, 18, 102];
  const lengths: Record<number, number> = { 6: 1, 9: 2, 10: 1, 15: 1, 16: 1, 23: 4, 12: 3, 18: 8, 102: 4, 103: 4 };
  const endpoints = [0x01, 0x81, 0x82, 0x03, 0x83, 0x84, 0x05, 0x85, 0x00, 0x8f];
  let sessions = 1;
  for (let count = 0; count < MESSAGES; count++) {
    if (!guest.open) {
      await free();
      guest = await GuestClient.attach(bench.port.port);
      sessions += 1;
    }
    const broken = next(200) === 0;
    const type = broken ? next(256) : types[next(types.length)];
    let body = Buffer.from(Array.from({ length: broken ? next(64) : (lengths[type] ?? 0) }, () => next(256)));
    if (!broken && type === 100) {
      const reads = next(2) === 0;
      const data = Buffer.alloc(reads ? 0 : next(32), next(256));
      body = Buffer.concat([Buffer.alloc(10), data]);
      body.set([reads ? 0x80 : 0, next(16), (reads ? 0x80 : 0) | (next(4) << 5) | next(3), 0, next(256), next(8)]);
      body.writeUInt16LE(next(4), 6);
      body.writeUInt16LE(reads ? next(512) : data.length, 8);
    } else if (!broken && type === 101) {
      const endpoint = endpoints[next(endpoints.length)];
      const data = Buffer.from(Array.from({ length: endpoint < 0x80 ? [16, 31, 64, 5][next(4)] : 0 }, () => next(256)));
      if (data.length === 31) data.set([0x55, 0x53, 0x42, 0x43]);
      if (data.length === 31) data.set([next(2) * 128, 0, 10, [0x28, 0x2a, 0x12, 3, 0x25, 0x1a][next(6)], 0, 0, 0], 12);
      if (data.length === 16) data[0] = 0xf2;
      body = Buffer.concat([bulkHeader(endpoint, data.length === 0 ? next(4096) : data.length), data]);
    } else if (!broken && type === 6) {
      body[0] = next(8) === 0 ? 0 : 1;
    }
    guest.send(type, BigInt(10_000 + count), body);
    if (count % 64 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      guest.events.length = 0;
      if (next(4) === 0) guest.close();
    }
  }
  guest.close();
  await stillServes();
  expect(sessions).toBeGreaterThan(MESSAGES / 1000);
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});

it.each([
  ["a length of 4 GiB", "0000000000ffffffff00000000"],
  ["another message before hello", "6500000000000000000000000"],
  ["a hello of two bytes", "000000000200000000000000aaaa"],
])("ends a connection with %s", async (_, hex) => {
  const guest = await GuestClient.connect(bench.port.port);
  guest.socket.write(Buffer.from(hex.padEnd(Math.ceil(hex.length / 2) * 2, "0"), "hex"));
  for (let i = 0; i < 100 && guest.open; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(guest.open).toBe(false);
  await stillServes();
});

it("ends a connection whose bulk packet announces more than a megabyte", async () => {
  const guest = await GuestClient.attach(bench.port.port);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(101, 0);
  header.writeUInt32LE(64 << 20, 4);
  guest.socket.write(header);
  for (let i = 0; i < 100 && guest.open; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(guest.open).toBe(false);
  await stillServes();
});

it("keeps the door open while others say nothing", async () => {
  const idle = await Promise.all(Array.from({ length: 12 }, () => GuestClient.connect(bench.port.port)));
  await stillServes();
  for (const one of idle) one.close();
});

it("ends a guest that floods the serial port", async () => {
  const guest = await GuestClient.attach(bench.port.port);
  const before = process.memoryUsage().rss;
  const packet = Buffer.concat([bulkHeader(0x05, 16_384), Buffer.alloc(16_384, 0x55)]);
  for (let i = 0; i < 4000 && guest.open; i++) {
    guest.send(101, BigInt(5000 + i), packet);
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(guest.open).toBe(false);
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  await stillServes();
});

it("reads no more from a guest that does not take its answers", async () => {
  const guest = await GuestClient.attach(bench.port.port);
  guest.socket.pause();
  const before = process.memoryUsage().rss;
  const request = Buffer.from("8006800000020000ff00", "hex"); // GET_DESCRIPTOR of the configuration
  for (let i = 0; i < 200_000 && guest.socket.writableLength < 1 << 20; i++) {
    guest.send(100, BigInt(i), request);
    if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  guest.close();
  await stillServes();
});
