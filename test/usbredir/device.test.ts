import { afterEach, describe, expect, it } from "vitest";
import type { VirtualProbeKind } from "../../src/sim/probe/identity.ts";
import { type Bench, blinky, openBench } from "./bench.ts";
import { bulkHeader, GuestClient } from "./guest-client.ts";

let bench: Bench;
afterEach(() => bench.close());

async function attach(kind?: VirtualProbeKind, flash?: typeof blinky): Promise<GuestClient> {
  bench = await openBench(kind, flash);
  return GuestClient.attach(bench.port.port);
}

const products: readonly {
  kind: VirtualProbeKind;
  pid: number;
  interfaces: number;
  endpoints: readonly number[];
  maxPacket: number;
}[] = [
  { kind: "v2", pid: 0x3748, interfaces: 1, endpoints: [0x81, 0x02, 0x83], maxPacket: 64 },
  {
    ...{ kind: "v2-1", pid: 0x374b, interfaces: 4, maxPacket: 64 },
    endpoints: [0x81, 0x01, 0x82, 0x83, 0x03, 0x84, 0x05, 0x85],
  },
  {
    ...{ kind: "v3e", pid: 0x374e, interfaces: 4, maxPacket: 512 },
    endpoints: [0x81, 0x01, 0x82, 0x83, 0x03, 0x84, 0x05, 0x85],
  },
  {
    ...{ kind: "v3", pid: 0x374f, interfaces: 5, maxPacket: 512 },
    endpoints: [0x81, 0x01, 0x82, 0x83, 0x03, 0x84, 0x05, 0x85, 0x86, 0x06],
  },
];

describe("enumeration", () => {
  it.each(products)("describes $kind", async ({ kind, pid, interfaces, endpoints, maxPacket }) => {
    const guest = await attach(kind);
    const device = (await guest.control(0x80, 6, 0x0100, 0, 18)).data;
    expect([device[0], device.readUInt16LE(8), device.readUInt16LE(10), device[17]]).toEqual([18, 0x0483, pid, 1]);
    const head = (await guest.control(0x80, 6, 0x0200, 0, 9)).data;
    expect([head.length, head[4]]).toEqual([9, interfaces]);
    const whole = (await guest.control(0x80, 6, 0x0200, 0, 1024)).data;
    expect(whole.length).toBe(head.readUInt16LE(2));
    const found: number[] = [];
    const bulkSizes = new Set<number>();
    let names = 0;
    for (let at = 0; at < whole.length; at += whole[at]) {
      if (whole[at + 1] === 5) found.push(whole[at + 2]);
      if (whole[at + 1] === 5 && whole[at + 3] === 2) bulkSizes.add(whole.readUInt16LE(at + 4));
      if (whole[at + 1] === 4) names += (await guest.control(0x80, 6, 0x0300 | whole[at + 8], 0x409, 255)).data.length;
    }
    expect(found).toEqual(endpoints);
    expect([...bulkSizes]).toEqual([maxPacket]);
    expect(names).toBeGreaterThan(interfaces * 10);
    const serial = (await guest.control(0x80, 6, 0x0303, 0x409, 255)).data;
    expect([serial[0], serial.toString("utf16le", 2)]).toEqual([50, bench.probe.identity.serial]);
    // A full-speed device has no qualifier.
    expect((await guest.control(0x80, 6, 0x0600, 0, 10)).status).toBe(maxPacket === 512 ? 0 : 4);
    guest.close();
  });

  it("stalls what it does not know and refuses what is not there", async () => {
    const guest = await attach();
    expect((await guest.control(0x80, 6, 0x2200, 0, 64)).status).toBe(4);
    expect((await guest.control(0xc0, 1, 0, 0, 4)).status).toBe(4);
    expect((await guest.bulkIn(0x8f, 64)).status).toBe(2);
    expect((await guest.request(9, Buffer.of(1, 1))).body[0]).toBe(2);
    expect((await guest.request(6, Buffer.of(2))).body[0]).toBe(2);
    expect((await guest.request(7, Buffer.alloc(0))).body).toEqual(Buffer.of(0, 1));
    guest.close();
  });

  it("halts and clears endpoints", async () => {
    const guest = await attach();
    await guest.control(0x02, 3, 0, 0x81);
    expect((await guest.control(0x82, 0, 0, 0x81, 2)).data).toEqual(Buffer.of(1, 0));
    expect((await guest.bulkIn(0x81, 64)).status).toBe(4);
    await guest.control(0x02, 1, 0, 0x81);
    expect(await guest.command([0xf5], 2)).toEqual(Buffer.of(1, 0));
    guest.close();
  });
});

describe("debug interface", () => {
  it("carries commands, data phases and replies", async () => {
    const guest = await attach("v2-1", blinky);
    expect((await guest.command([0xf1], 6)).subarray(2)).toEqual(Buffer.of(0x83, 0x04, 0x4b, 0x37));
    expect(await guest.command([0xf2, 0x30, 0xa3], 2)).toEqual(Buffer.of(0x80, 0));
    await guest.bulkOut(1, Buffer.from("f208000100200800000000000000000000".slice(0, 32), "hex"));
    // The data phase in two transfers, as a host may cut it.
    await guest.bulkOut(1, Buffer.of(1, 2, 3, 4));
    await guest.bulkOut(1, Buffer.of(5, 6, 7, 8));
    expect((await guest.command([0xf2, 0x3e], 12))[0]).toBe(0x80);
    expect(await guest.command([0xf2, 0x07, 0, 1, 0, 0x20, 8, 0], 8)).toEqual(Buffer.of(1, 2, 3, 4, 5, 6, 7, 8));
    guest.close();
  });

  it("holds an early read until there is data, and lets it be cancelled", async () => {
    const guest = await attach();
    const early = guest.bulkIn(0x81, 64, 1000n);
    await guest.command([0xf5], 0);
    expect((await early).data).toEqual(Buffer.of(1, 0));
    const idle = guest.bulkIn(0x81, 64, 1001n);
    guest.send(21, 1001n, Buffer.alloc(0));
    expect((await idle).status).toBe(1);
    guest.close();
  });

  it("sends full packets without an empty one behind, and babbles when the buffer is too small", async () => {
    const guest = await attach();
    await guest.command([0xf2, 0x30, 0xa3], 2);
    const read = [0xf2, 0x07, 0, 0, 0, 0x20, 128, 0];
    expect((await guest.command(read, 128)).length).toBe(128);
    await guest.command(read, 0);
    const idle = guest.bulkIn(0x81, 256, 2000n);
    guest.send(21, 2000n, Buffer.alloc(0));
    // 128 bytes are two full packets: nothing said that they were all.
    expect(await idle).toMatchObject({ status: 1, length: 128 });
    await guest.command([0xf5], 0);
    expect((await guest.bulkIn(0x81, 1)).status).toBe(6);
    expect(await guest.command([0xf5], 2)).toEqual(Buffer.of(2, 0));
    guest.close();
  });

  it("unplugs and comes back", async () => {
    const guest = await attach();
    await guest.command([0xf2, 0x30, 0xa3], 2);
    const idle = guest.bulkIn(0x81, 64);
    await guest.control(0x80, 0, 0, 0, 2);
    bench.port.unplug();
    expect((await idle).status).toBe(1);
    await guest.event(2);
    expect((await guest.bulkIn(0x81, 64)).status).toBe(3);
    bench.port.replug();
    await guest.event(1);
    await guest.request(6, Buffer.of(1));
    // The probe had no power meanwhile: it is in no debug mode any more.
    expect(await guest.command([0xf5], 2)).toEqual(Buffer.of(1, 0));
    guest.close();
  });

  it("leaves the bus when the probe loses its cable during a command", async () => {
    const guest = await attach();
    bench.probe.unplug();
    expect((await guest.bulkOut(1, Buffer.alloc(16, 0xf1))).status).not.toBe(0);
    await guest.event(2);
    guest.close();
  });
});

describe("virtual COM port", () => {
  it("shows the board's USART and talks to it", async () => {
    const guest = await attach("v2-1", blinky);
    const coding = Buffer.from("00e10000000008", "hex");
    await guest.control(0x21, 0x20, 0, 2, coding);
    expect((await guest.control(0xa1, 0x21, 0, 2, 7)).data).toEqual(coding);
    expect((await guest.request(15, Buffer.of(0x84))).body).toEqual(Buffer.of(0, 0x84));
    const text: Buffer[] = [];
    void bench.probe.sleep(1200);
    while (!Buffer.concat(text).includes("tick 2")) text.push((await guest.bulkIn(0x85, 64)).data);
    expect(Buffer.concat(text).toString()).toContain("Probity blinky: tick 1");
    const sent: number[] = [];
    bench.board.sendUart = (name, bytes) => sent.push(...[...bytes].map((byte) => (name === "usart1" ? byte : -1)));
    await guest.bulkOut(0x05, Buffer.from("hello"));
    expect(Buffer.from(sent).toString()).toBe("hello");
    guest.close();
  });

  it("tells of an overrun when nobody reads", async () => {
    const guest = await attach("v2-1", blinky);
    await guest.request(15, Buffer.of(0x84));
    // A host resets a device and sets it up anew without a word about what it listened to.
    guest.send(3, 0n, Buffer.alloc(0));
    await guest.request(6, Buffer.of(1));
    await guest.request(15, Buffer.of(0x84));
    // About 25 bytes twice a second: 4096 are full after some 85 s of the board's time.
    await bench.probe.sleep(120_000);
    const { body } = await guest.event(103);
    expect(body.subarray(4)).toEqual(Buffer.from("a1200000020002004000", "hex"));
    guest.close();
  });
});

it("gives the device to one guest at a time", async () => {
  const guest = await attach();
  const second = await GuestClient.connect(bench.port.port);
  second.greet();
  await expect(second.event(1)).rejects.toThrow();
  expect(second.open).toBe(false);
  expect((await guest.command([0xf1], 6)).length).toBe(6);
  guest.close();
  for (let i = 0; i < 100 && bench.port.taken; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  const third = await GuestClient.attach(bench.port.port);
  expect((await third.command([0xf1], 6)).length).toBe(6);
  third.socket.write(bulkHeader(1, 1));
  third.close();
});
