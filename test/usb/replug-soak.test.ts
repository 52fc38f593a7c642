import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { runGdbServer } from "../../src/cli/st-compat/gdbserver.ts";
import type { SimSpec } from "../../src/session/open-simulated.ts";
import type { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { RspClient } from "../gdb/rsp-client.ts";
import { seeded } from "../record/seeded.ts";
import { freePort } from "../support/server-process.ts";

const bench = vi.hoisted(() => ({ probe: undefined as SimulatedProbe | undefined }));

vi.mock("../../src/session/open-simulated.ts", async (original) => {
  const real = await original<typeof import("../../src/session/open-simulated.ts")>();
  const openSimulated = (spec: SimSpec, serial: string | undefined) => {
    const opened = real.openSimulated(spec, serial);
    bench.probe = opened.simulated;
    return opened;
  };
  return { ...real, openSimulated };
});

const program = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const spec = `sim:bluepill?pace=fast&elf=${program}`;

/** A server in this process, and what its console said. */
interface Server {
  readonly port: number;
  readonly probe: SimulatedProbe;
  out(): string;
  until(what: () => boolean, why: string): Promise<void>;
  readonly ended: Promise<number>;
  stop(): void;
}

let server: Server | undefined;
afterEach(async () => {
  server?.stop();
  await server?.ended;
  server = undefined;
});

const rejections: unknown[] = [];
process.on("unhandledRejection", (error) => rejections.push(error));

async function start(...words: string[]): Promise<Server> {
  const port = await freePort();
  let out = "";
  let stop = (): void => {};
  const terminal = {
    out: (text: string) => void (out += text),
    error: () => {},
    errorIsTerminal: false,
    onStop: (callback: () => void) => {
      stop = callback;
    },
    exit: () => {},
  };
  const ended = runGdbServer("probity gdbserver", ["-p", String(port), "-d", "--probe", spec, ...words], terminal);
  const until = async (what: () => boolean, why: string): Promise<void> => {
    for (const end = performance.now() + 10_000; !what(); ) {
      if (performance.now() > end) throw new Error(`${why} did not come; there is:\n${out.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await until(() => out.includes("Attach with"), "the start");
  if (bench.probe === undefined) throw new Error("no virtual probe");
  return { port, probe: bench.probe, out: () => out, until, ended, stop: () => stop() };
}

/** The next packet that is no console text. */
async function reply(client: RspClient): Promise<string> {
  for (;;) {
    const packet = await client.next(10_000);
    if (!/^O([0-9a-f]{2})+$/.test(packet)) return packet;
  }
}

async function ask(client: RspClient, packet: string | Uint8Array): Promise<string> {
  client.send(packet);
  return reply(client);
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;
const waiting = /^Waiting for the ST-LINK \w+ to be plugged in again/gm;
const back = /^The ST-LINK is back\./gm;

/** A piece of flash that the program does not use. */
const page = Buffer.concat([Buffer.from("vFlashWrite:0800f000:"), Buffer.alloc(64, 0x31)]);

/** Whether the answer means that the core runs and a stop is to come. */
async function act(client: RspClient, random: (limit: number) => number): Promise<void> {
  const hexByte = random(256).toString(16).padStart(2, "0");
  switch (random(9)) {
    case 0:
    case 1:
      await ask(client, `M20004000,1:${hexByte}`);
      return;
    case 2:
      await ask(client, "g");
      return;
    case 3:
      await ask(client, `P0=${hexByte}000000`);
      return;
    case 4:
      await ask(client, "vCont;s");
      return;
    case 5:
      await ask(client, "Z1,8000200,2");
      await ask(client, "z1,8000200,2");
      return;
    case 6:
      await ask(client, "Z0,20003000,2");
      await ask(client, "z0,20003000,2");
      return;
    case 7:
      await ask(client, "vFlashErase:0800f000,400");
      await ask(client, page);
      await ask(client, "vFlashDone");
      return;
    default:
      client.send("vCont;c");
      await new Promise((resolve) => setTimeout(resolve, random(4)));
      client.raw(Uint8Array.of(3));
      await reply(client);
  }
}

/** Stops the core wherever it is, and looks whether the server does all that a debugger needs. */
async function demandService(client: RspClient): Promise<void> {
  expect(await ask(client, "?")).toMatch(/^[TS]/);
  const { reply: reset } = await client.monitor("reset");
  expect(reset).toBe("OK");
  expect(await ask(client, "g")).toMatch(/^[0-9a-f]{100,}$/);
  expect(await ask(client, "M20004000,4:12345678")).toBe("OK");
  expect(await ask(client, "m20004000,4")).toBe("12345678");
  expect(await ask(client, "Z1,8000200,2")).toBe("OK");
  expect(await ask(client, "z1,8000200,2")).toBe("OK");
  expect(await ask(client, "vCont;s")).toMatch(/^T05/);
}

const rounds = process.env.PROBITY_SOAK === undefined ? 30 : 200;

it(`${rounds} unplugs at random moments: the server waits, goes on, and serves`, async () => {
  const random = seeded(20261129);
  server = await start("-e");
  const { probe } = server;
  let client = await RspClient.connect(server.port);
  await ask(client, "?");
  let met = 0;
  for (let round = 1; round <= rounds; round++) {
    probe.unplugIn(random(60), 1 + random(3000));
    for (let acts = 0; count(server.out(), waiting) < round; acts++) {
      if (acts > 500) throw new Error("the cable did not come out");
      await act(client, random);
      met++;
    }
    // One in four debuggers leaves meanwhile, with or without a word, and another one comes.
    if (random(4) === 0) {
      if (random(2) === 0) await ask(client, "D");
      client.close();
      // Who comes before the server has seen the other go only joins.
      await new Promise((resolve) => setTimeout(resolve, 20));
      client = await RspClient.connect(server.port);
      client.send("?");
      await reply(client);
    }
    await server.until(() => count(server?.out() ?? "", back) === round, `the return number ${round}`);
    client.raw(Uint8Array.of(3));
    await demandService(client);
  }
  expect(met).toBeGreaterThan(rounds);
  expect(rejections).toEqual([]);
  client.close();
  server.stop();
  expect(await server.ended).toBe(0);
  expect(server.out()).toMatch(/Exit\.\n$/);
}, 300_000);

it("GDB hears of it while the program runs, and the next command names it", async () => {
  server = await start("-e");
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  server.probe.unplugIn(20, 1e6);
  client.send("vCont;c");
  const said = await client.next(10_000);
  expect(Buffer.from(said.slice(1), "hex").toString()).toMatch(/^The ST-LINK was unplugged/);
  client.raw(Uint8Array.of(3));
  expect(await reply(client)).toMatch(/^E/);
  // A memory packet has a number alone for an error; GDB shows the text of others.
  expect(await ask(client, "m20000000,4")).toBe("E0e");
  expect(await ask(client, "g")).toMatch(/^E\.probe-unplugged\.The ST-LINK was unplugged/);
  expect((await client.monitor("reset")).text).toMatch(/^The ST-LINK was unplugged/m);
  expect(await ask(client, "vCont;c")).toMatch(/^E/);
  server.probe.replug();
  // The stop that was asked for in vain: a debugger that was told of an error takes the core for halted.
  await server.until(() => /^The ST-LINK is back\. The target is halted anew\./m.test(server?.out() ?? ""), "it");
  expect(await ask(client, "g")).toMatch(/^[0-9a-f]{100,}$/);
  expect((await client.monitor("halt")).text).toMatch(/The ST-LINK is back/);
});

it("a program that ran goes on under control", async () => {
  server = await start("-e");
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  server.probe.unplugIn(20, 500);
  client.send("vCont;c");
  await server.until(() => count(server?.out() ?? "", back) === 1, "the return");
  expect(server.out()).toMatch(/The target runs under control again\./);
  client.raw(Uint8Array.of(3));
  expect(await reply(client)).toMatch(/^T02/);
  expect(Buffer.from(client.received.replaceAll(/[\s\S]*?\$O([0-9a-f]+)#..[^$]*/g, "$1"), "hex").toString()).toMatch(
    /The ST-LINK was unplugged[\s\S]*The ST-LINK is back/,
  );
});

it("a stop that came meanwhile is reported", async () => {
  server = await start("-e");
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  // The loop of the program comes by here again and again.
  client.send("vCont;c");
  await new Promise((resolve) => setTimeout(resolve, 5));
  client.raw(Uint8Array.of(3));
  const pc = /f:([0-9a-f]{8});/.exec(await reply(client))?.[1] ?? "";
  const address = Buffer.from(pc, "hex").readUInt32LE(0).toString(16);
  expect(await ask(client, `Z1,${address},2`)).toBe("OK");
  // The cable comes out after the resume and before the stop is seen at one of these transfers.
  for (let transfers = 1, lost = 0; ; transfers++) {
    expect(transfers).toBeLessThan(60);
    server.probe.unplugIn(transfers, 200);
    client.send("vCont;c");
    const stop = await reply(client);
    const unplugs = count(server.out(), waiting);
    if (stop.startsWith("T05")) {
      expect(unplugs).toBe(lost + 1);
      expect(count(server.out(), back)).toBe(unplugs);
      expect(stop).toContain(`f:${pc}`);
      return;
    }
    lost++;
    await server.until(() => count(server?.out() ?? "", back) === lost, "the return");
  }
});

it("a run that fails together with its Ctrl-C is answered once", async () => {
  server = await start("-e");
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  for (let unplugs = 1; unplugs <= 12; unplugs++) {
    server.probe.unplugIn(unplugs - 1, 100);
    // In one piece, so that the interrupt comes while the run is being asked for.
    client.raw(Buffer.concat([Buffer.from("$vCont;c#a8"), Buffer.of(3)]));
    expect(await reply(client)).toMatch(/^(E05|T)/);
    expect(await client.silent(20)).toBe(true);
    await ask(client, "M20004000,1:00");
    if (count(server.out(), waiting) < unplugs) break;
    await server.until(() => count(server?.out() ?? "", back) === unplugs, "the return");
  }
  expect(count(server.out(), waiting)).toBeGreaterThan(2);
});

it("a breakpoint that could not be taken out is taken out afterwards", async () => {
  server = await start("-e");
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  expect(await ask(client, "M20004000,2:c046")).toBe("OK");
  expect(await ask(client, "Z0,20004000,2")).toBe("OK");
  server.probe.unplugIn(0, 500);
  expect(await ask(client, "z0,20004000,2")).toMatch(/^E/);
  await server.until(() => count(server?.out() ?? "", back) === 1, "the return");
  expect(await ask(client, "m20004000,2")).toBe("c046");
});

it("without -e the server ends with ST's status, and says why", async () => {
  server = await start();
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  server.probe.unplugIn(3, 10);
  client.send("vCont;c");
  expect(await server.ended).toBe(13);
  await client.ended();
  expect(server.out()).toMatch(/Target USB comms error\nCause: {4}The ST-LINK was unplugged/);
  expect(client.received).toMatch(/\$O[0-9a-f]+#/);
});

it("without -e it ends so, too, when the debugger leaves at once", async () => {
  server = await start();
  const client = await RspClient.connect(server.port);
  await ask(client, "?");
  server.probe.unplugIn(0, 10);
  expect(await ask(client, "m20004000,4")).toMatch(/^E/);
  client.close();
  expect(await server.ended).toBe(13);
  expect(server.out()).toContain("[probe-unplugged]");
});
