import { afterEach, describe, expect, it } from "vitest";
import { ScriptedTarget } from "../../test/scripted-target.ts";
import { bytes } from "../../test/stlink-host.ts";
import { toHex } from "../base/bytes.ts";
import type { WallTime } from "../base/wall-time.ts";
import { virtualProbeIdentity } from "./probe/identity.ts";
import { SimulatedProbe } from "./simulated-probe.ts";

function block(text: string): Uint8Array {
  const whole = new Uint8Array(16);
  whole.set(bytes(text));
  return whole;
}

function plug(wallTime?: WallTime): { probe: SimulatedProbe; target: ScriptedTarget } {
  const target = new ScriptedTarget();
  const identity = virtualProbeIdentity("v2-1");
  const probe = new SimulatedProbe({ identity, target, name: "sim:test", ...(wallTime && { wallTime }) });
  return { probe, target };
}

/** Wall time that goes by when the test says so, or when somebody asks for it. */
class ScriptedWall implements WallTime {
  milliseconds = 0;
  /** What a look at the clock costs. */
  step = 0;
  readonly timers: { due: number; callback: () => void; background: boolean }[] = [];

  now(): number {
    this.milliseconds += this.step;
    return this.milliseconds;
  }

  after(
    milliseconds: number,
    callback: () => void,
    options: { readonly background?: boolean } = {},
  ): { dispose(): void } {
    const timer = { due: this.milliseconds + milliseconds, callback, background: options.background === true };
    this.timers.push(timer);
    return { dispose: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.milliseconds + milliseconds;
    while (this.milliseconds < end) {
      this.milliseconds = Math.min(end, this.milliseconds + 1);
      for (const timer of this.timers.filter(({ due }) => due <= this.milliseconds)) {
        this.timers.splice(this.timers.indexOf(timer), 1);
        timer.callback();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const probes: SimulatedProbe[] = [];
afterEach(() => {
  for (const probe of probes.splice(0)) probe.dispose();
});

describe("link", () => {
  it("carries commands and tells who is there", async () => {
    const link = plug().probe.asLink();
    expect(link.info).toEqual({
      name: "sim:test",
      vendorId: 0x0483,
      productId: 0x374b,
      serial: "50524F424954590000000201",
    });
    expect(toHex(await link.transfer(block("F1"), undefined, 6))).toBe("295b83044b37");
    expect(await link.transfer(block("F2 21"))).toEqual(new Uint8Array(0));
  });

  it("carries overlapping calls out in order", async () => {
    const link = plug().probe.asLink();
    const replies = await Promise.all(["F5", "F2 30 A3", "F5"].map((text) => link.transfer(block(text), undefined, 2)));
    expect(replies.map(toHex)).toEqual(["0100", "8000", "0200"]);
  });

  it("rejects while unplugged, and meets a fresh probe afterwards", async () => {
    const { probe, target } = plug();
    const link = probe.asLink();
    await link.transfer(block("F2 30 A3"), undefined, 2);
    await link.transfer(block("F2 3C 00"), undefined, 2);
    probe.unplug();
    expect(target.nrst.at(-1)).toBe(false);
    await expect(link.transfer(block("F5"), undefined, 2)).rejects.toMatchObject({ code: "link-unplugged" });
    await expect(link.readTrace(1)).rejects.toMatchObject({ code: "link-unplugged" });
    await expect(link.reopen?.()).rejects.toMatchObject({ code: "link-unplugged" });
    probe.replug();
    // To the host it is a new device.
    await expect(link.transfer(block("F5"), undefined, 2)).rejects.toMatchObject({ code: "link-unplugged" });
    await link.reopen?.();
    expect(toHex(await link.transfer(block("F5"), undefined, 2))).toBe("0100");
  });

  it("rejects a read that is shorter than the reply, and goes on", async () => {
    const link = plug().probe.asLink();
    await expect(link.transfer(block("F1"), undefined, 2)).rejects.toMatchObject({
      code: "link-overflow",
      facts: { sent: 6, asked: 2 },
    });
    expect(toHex(await link.transfer(block("F5"), undefined, 2))).toBe("0100");
    // A byte comes as two: a buffer of one overflows.
    await link.transfer(block("F2 30 A3"), undefined, 2);
    await expect(link.transfer(block("F2 0C 00 00 00 20 01 00"), undefined, 1)).rejects.toMatchObject({
      code: "link-overflow",
      facts: { sent: 2, asked: 1 },
    });
    expect(await link.transfer(block("F2 0C 00 00 00 20 03 00"), undefined, 3)).toHaveLength(3);
    await link.close();
    await expect(link.transfer(block("F5"), undefined, 2)).rejects.toMatchObject({ code: "link-closed" });
  });
});

describe("account", () => {
  it("counts transfers, bytes, transactions and modelled time", async () => {
    const { probe, target } = plug();
    const link = probe.asLink();
    await link.transfer(block("F2 30 A3"), undefined, 2);
    probe.resetAccount();
    const started = target.nanoseconds;
    await link.transfer(block("F2 08 00 00 00 20 00 04"), new Uint8Array(1024));
    await link.transfer(block("F2 3E"), undefined, 12);
    const { transfers, bytesOut, bytesIn, wireTransactions, linkNanoseconds } = probe.account;
    expect({ transfers, bytesOut, bytesIn }).toEqual({ transfers: 2, bytesOut: 16 + 1024 + 16, bytesIn: 12 });
    expect(wireTransactions).toBeGreaterThanOrEqual(256);
    expect(wireTransactions).toBeLessThan(270);
    expect(linkNanoseconds).toBe(target.nanoseconds - started);
    expect(linkNanoseconds / 1e6).toBeCloseTo(8.4, 0);
    await link.clock.sleep(5);
    expect(probe.account.sleepNanoseconds).toBeCloseTo(5e6, 0);
    expect(probe.account.linkNanoseconds).toBe(linkNanoseconds);
  });

  it("takes as long as the clock on the wires makes it", async () => {
    const { probe } = plug();
    const link = probe.asLink();
    const cost = async (divisor: string): Promise<number> => {
      await link.transfer(block(`F2 43 ${divisor}`), undefined, 2);
      await link.transfer(block("F2 30 A3"), undefined, 2);
      probe.resetAccount();
      await link.transfer(block("F2 07 00 00 00 20 00 04"), undefined, 1024);
      return probe.account.linkNanoseconds;
    };
    expect(await cost("28 00")).toBeGreaterThan(10 * (await cost("01 00")));
  });
});

describe("pace", () => {
  it("runs the board through a sleep in slices, and lets others have their turn", async () => {
    const { probe, target } = plug();
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    await probe.clock.sleep(50);
    counting = false;
    expect(target.nanoseconds).toBe(50e6);
    expect(probe.clock.now()).toBe(50);
    expect(turns).toBeGreaterThan(40);
    await probe.clock.sleep(0);
  });

  it("lets several sleep at once: time passes once", async () => {
    const { probe, target } = plug();
    await Promise.all([probe.clock.sleep(10), probe.clock.sleep(20)]);
    expect(target.nanoseconds).toBeCloseTo(20e6, -1);
  });

  it("keeps the board in step with the wall while nobody talks to it", async () => {
    const wall = new ScriptedWall();
    const { probe, target } = plug(wall);
    probes.push(probe);
    expect(wall.timers.every(({ background }) => background)).toBe(true);
    await wall.pass(200);
    expect(target.nanoseconds).toBe(0); // its time begins with the first transfer
    const asked = probe.asLink().transfer(block("F1"), undefined, 6);
    await wall.pass(200);
    await asked;
    expect(target.nanoseconds / 1e6).toBeGreaterThan(185);
    expect(target.nanoseconds / 1e6).toBeLessThanOrEqual(201);
  });

  it("answers a transfer no sooner than its modelled time", async () => {
    const wall = new ScriptedWall();
    const { probe } = plug(wall);
    probes.push(probe);
    let answered = false;
    // 5 kHz: entering takes more than 50 ms on the wires.
    await probe.execute(block("F2 43 1E 03"), undefined, 2);
    const entering = probe
      .asLink()
      .transfer(block("F2 30 A3"), undefined, 2)
      .then(() => {
        answered = true;
      });
    await wall.pass(50);
    expect(answered).toBe(false);
    await wall.pass(100);
    await entering;
    expect(wall.milliseconds).toBe(150);
  });

  it("answers short transfers without a wait until together they are a timer's worth ahead of the wall", async () => {
    const wall = new ScriptedWall();
    const { probe, target } = plug(wall);
    probes.push(probe);
    let answered = 0;
    const asking = (async () => {
      for (; answered < 10; answered++) await probe.asLink().transfer(block("F5"), undefined, 2);
    })();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(10);
    expect(target.nanoseconds / 1e6).toBeLessThan(3);
    await wall.pass(20);
    await asking;
    expect(answered).toBe(10);
  });

  it("sleeps as long as the board does", async () => {
    const wall = new ScriptedWall();
    const { probe } = plug(wall);
    probes.push(probe);
    let awake = 0;
    const sleeping = probe.clock.sleep(40).then(() => {
      awake = wall.milliseconds;
    });
    await wall.pass(60);
    await sleeping;
    expect(awake).toBeGreaterThanOrEqual(39);
    expect(awake).toBeLessThanOrEqual(45);
  });

  it("lets a board that is too slow fall behind instead of holding the host up", async () => {
    const wall = new ScriptedWall();
    const { probe, target } = plug(wall);
    probes.push(probe);
    wall.step = 2; // every slice of a millisecond costs four
    await wall.pass(1000);
    wall.step = 0;
    const behind = wall.milliseconds - target.nanoseconds / 1e6;
    expect(behind).toBeGreaterThan(100);
    const before = target.nanoseconds;
    await wall.pass(150);
    expect((target.nanoseconds - before) / 1e6).toBeLessThan(260);
  });
});
