import { connect, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConnectedClient, DisconnectedClient } from "../../src/gdb/gdb-server.ts";
import { GdbServer, type GdbServerOptions } from "../../src/gdb/gdb-server.ts";
import { FakeSession } from "./fake-session.ts";
import { RspClient } from "./rsp-client.ts";

let session: FakeSession;
let server: GdbServer;
let port: number;
let connected: ConnectedClient[];
let disconnected: DisconnectedClient[];
let lines: string[];
const open: RspClient[] = [];

async function start(options: Partial<GdbServerOptions> = {}): Promise<void> {
  server = new GdbServer(session, {
    port: 0,
    onClientConnected: (client) => connected.push(client),
    onClientDisconnected: (client) => disconnected.push(client),
    log: (source, text) => lines.push(`${source}(): ${text}`),
    ...options,
  });
  port = await server.listen();
}

async function debuggerConnection(): Promise<RspClient> {
  const client = await RspClient.connect(port);
  open.push(client);
  return client;
}

beforeEach(() => {
  session = new FakeSession();
  connected = [];
  disconnected = [];
  lines = [];
});

afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await server.close();
  await session.close();
});

describe("a connection", () => {
  it("is no debugger before its first packet", async () => {
    await start();
    for (const bytes of ["", "GET / HTTP/1.0\r\n\r\n", "+++---\x03", "$g#00", "$g"]) {
      const socket = connect(port, "127.0.0.1", () => socket.end(Buffer.from(bytes, "latin1")));
      socket.resume();
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    }
    expect(connected).toEqual([]);
    expect(disconnected).toEqual([]);
    expect(session.calls).toEqual([]);
    const gdb = await debuggerConnection();
    expect(await gdb.ask("qC")).toBe("QC1");
    expect(connected).toEqual([{ id: 6, controlling: true }]);
  });

  it("ends as detached, as closed, or by the server", async () => {
    await start();
    const polite = await debuggerConnection();
    await polite.ask("?");
    await polite.ask("D");
    polite.close();
    await expect.poll(() => disconnected).toEqual([{ id: 1, controlling: true, reason: "detached", remaining: 0 }]);
    const rude = await debuggerConnection();
    await rude.ask("?");
    rude.close();
    await expect.poll(() => disconnected.at(-1)).toEqual({ id: 2, controlling: true, reason: "closed", remaining: 0 });
    const third = await debuggerConnection();
    await third.ask("?");
    await server.close();
    expect(disconnected).toHaveLength(3);
    expect(third.closed || (await third.ended()) === undefined).toBe(true);
  });

  it("halts the core in place unless told otherwise, and lets it run at the end", async () => {
    await start();
    const gdb = await debuggerConnection();
    await gdb.ask("?");
    expect(session.calls[0]).toBe("halt()");
    gdb.close();
    await expect.poll(() => session.calls).toContain("detach(true)");
    expect(session.runState).toBe("running");
  });

  it("leaves the core halted at the end when told so", async () => {
    await start({ resumeOnDetach: false });
    const gdb = await debuggerConnection();
    await gdb.ask("?");
    expect(await gdb.ask("D")).toBe("OK");
    expect(session.calls).toContain("detach(false)");
  });

  it("gives up a load that was under way and the breakpoints that were set", async () => {
    await start();
    const gdb = await debuggerConnection();
    await gdb.ask("Z1,8000110,2");
    await gdb.ask("vFlashWrite:8000000:abc");
    gdb.close();
    await expect.poll(() => disconnected).toHaveLength(1);
    expect(session.pendingFlash).toEqual([]);
    expect(session.breakpoints).toEqual([]);
  });

  it("lets a debugger connect although the core cannot be halted", async () => {
    await start({ attach: () => Promise.reject(new Error("no answer")) });
    const gdb = await debuggerConnection();
    expect(await gdb.ask("qC")).toBe("QC1");
    expect(lines.join("\n")).toContain("The core could not be halted: no answer");
  });
});

describe("packets on the wire", () => {
  beforeEach(() => start());

  it("are acknowledged, and refused with a wrong checksum", async () => {
    const gdb = await debuggerConnection();
    gdb.raw("$qC#b4");
    expect(await gdb.next()).toBe("QC1");
    gdb.raw("$qC#b5");
    gdb.raw("$qC#b4");
    expect(await gdb.next()).toBe("QC1");
    expect(gdb.received).toBe("+$QC1#c5-+$QC1#c5");
  });

  it("are repeated at a `-`, but not for ever", async () => {
    const gdb = await debuggerConnection();
    expect(await gdb.ask("qC")).toBe("QC1");
    gdb.raw("-");
    expect(await gdb.next()).toBe("QC1");
    gdb.raw("-".repeat(1000));
    await expect.poll(() => gdb.received.split("QC1").length - 1).toBeGreaterThan(2);
    expect(gdb.received.split("QC1").length - 1).toBeLessThan(20);
  });

  it("may come byte by byte", async () => {
    const gdb = await debuggerConnection();
    for (const byte of "+$m8000100,4#26") {
      gdb.raw(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await gdb.next()).toBe("00bf00bf");
  });

  it("may come many at once and are answered in their order", async () => {
    const gdb = await debuggerConnection();
    gdb.raw("$qC#b4$qAttached#8f$qfThreadInfo#bb".repeat(100));
    for (let i = 0; i < 100; i++) {
      expect(await gdb.next()).toBe("QC1");
      expect(await gdb.next()).toBe("1");
      expect(await gdb.next()).toBe("m1");
    }
  });

  it("go without acknowledgement after QStartNoAckMode", async () => {
    const gdb = await debuggerConnection();
    expect(await gdb.ask("QStartNoAckMode")).toBe("OK");
    gdb.acknowledge = false;
    expect(await gdb.ask("qC")).toBe("QC1");
    gdb.raw("$qC#00-");
    expect(await gdb.silent()).toBe(true);
    expect(gdb.received).toBe("+$OK#9a$QC1#c5");
  });

  it("are refused when too long, and the connection lives", async () => {
    const gdb = await debuggerConnection();
    expect(await gdb.ask(`M20000000,4:${"0".repeat(0x7000)}`)).toBe("E.packet longer than 24580 bytes");
    expect(await gdb.ask("qC")).toBe("QC1");
  });

  it("may be as long as announced", async () => {
    const gdb = await debuggerConnection();
    const length = (0x6004 - "M20000000,0000:".length) >> 1;
    expect(await gdb.ask(`M20000000,${length.toString(16)}:${"5a".repeat(length)}`)).toBe("OK");
    expect(session.ram[length - 1]).toBe(0x5a);
  });

  it("leave a trace in the log", async () => {
    const gdb = await debuggerConnection();
    await gdb.ask("vMystery;1");
    await gdb.ask(Buffer.from("X20000000,2:\x01\x02", "latin1"));
    expect(lines).toContain("read(): <1> Rx: $vMystery;1#df");
    expect(lines).toContain("handlePacket(): Hidden/Unsupported v-command 'vMystery'");
    expect(lines).toContain("read(): <1> Rx: $X20000000,2:<2 bytes: 0102>");
    expect(lines).toContain("write(): <1> Tx: $OK#9a");
  });
});

describe("run-length encoding", () => {
  it("shortens replies when it is on", async () => {
    await start({ runLength: true });
    const gdb = await debuggerConnection();
    expect(await gdb.ask("m20000000,20")).toBe(`0*${String.fromCharCode(63 + 29)}`);
  });
});

describe("several debuggers", () => {
  beforeEach(() => start({ attach: () => session.reset("system", { halt: true }) }));

  it("the second neither resets nor halts, and reads while the core runs", async () => {
    const first = await debuggerConnection();
    await first.ask("?");
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    const second = await debuggerConnection();
    expect(await second.ask("?")).toBe("T00thread:1;core:0;");
    expect(await second.ask("M20000000,2:abcd")).toBe("OK");
    expect(await second.ask("m20000000,2")).toBe("abcd");
    expect(session.count("reset")).toBe(1);
    expect(session.count("halt")).toBe(0);
    expect(connected).toEqual([
      { id: 1, controlling: true },
      { id: 2, controlling: false },
    ]);
    second.close();
    await expect.poll(() => disconnected).toEqual([{ id: 2, controlling: false, reason: "closed", remaining: 1 }]);
    expect(session.runState).toBe("running");
    expect(session.count("detach")).toBe(0);
    first.raw("\x03");
    expect(await first.next()).toMatch(/^T02/);
  });

  it("the second's kill, run and attach leave the core to the first, but for a wanted restart", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("!");
    await second.ask("Z1,8000120,2");
    expect(await second.ask("vKill;1")).toBe("OK");
    expect(session.breakpoints).toEqual([]);
    expect(await second.ask("vAttach;1")).toMatch(/^T05/);
    expect(session.count("reset")).toBe(1);
    expect(await second.ask("vRun;")).toMatch(/^T05/);
    expect(session.count("reset")).toBe(2);
  });

  it("a stop wakes every one that waits, each with its own reason", async () => {
    const [first, second, third] = [await debuggerConnection(), await debuggerConnection(), await debuggerConnection()];
    await first.ask("qSupported:hwbreak+");
    await first.ask("Z1,8000110,2");
    session.speed = 0;
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    second.send("vCont;c");
    expect(await third.ask("?")).toMatch(/^T00/);
    expect(session.count("resume")).toBe(1);
    session.stopWith({ kind: "breakpoint", address: 0x0800_0110, hardware: true });
    expect(await first.next()).toMatch(/^T05thread:1;core:0;hwbreak:;/);
    expect(await second.next()).toMatch(/^T05thread:1;core:0;00:/);
    expect(await third.silent()).toBe(true);
  });

  it("Ctrl-C of any stops all", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("?");
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    second.send("vCont;c");
    expect(await second.silent()).toBe(true);
    second.raw("\x03");
    expect(await first.next()).toMatch(/^T02/);
    expect(await second.next()).toMatch(/^T02/);
  });

  it("a reset by one wakes the other", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("?");
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    expect((await second.monitor("reset")).reply).toBe("OK");
    expect(await first.next()).toMatch(/^T05.*;0f:00010008;/);
  });

  it("a step is refused while another lets the core run", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("?");
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    expect(await second.ask("vCont;s:1")).toMatch(/^O/);
    expect(await second.next()).toBe("E05");
  });

  it("breakpoints of one that leaves go, those of others stay", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("Z1,8000110,2");
    await second.ask("Z1,8000120,2");
    await second.ask("Z1,8000130,2");
    expect(await second.ask("D")).toBe("OK");
    expect(session.breakpoints).toEqual([`comparator ${0x0800_0110}`]);
    expect(session.runState).toBe("halted");
    const third = await debuggerConnection();
    await third.ask("Z1,8000140,2");
    session.speed = 0;
    first.close();
    await expect.poll(() => disconnected).toHaveLength(1);
    expect(session.breakpoints).toEqual([`comparator ${0x0800_0140}`]);
    expect(session.runState).toBe("running");
  });

  it("one that leaves while it waits does not stop the others' core", async () => {
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("?");
    first.send("vCont;c");
    await expect.poll(() => session.runState).toBe("running");
    second.send("vCont;c");
    expect(await second.silent()).toBe(true);
    second.close();
    await expect.poll(() => disconnected).toHaveLength(1);
    expect(session.runState).toBe("running");
    expect(await first.silent()).toBe(true);
  });
});

describe("a debugger that goes away in the middle of a load", () => {
  it("ends the load, and the next one controls the core once that is over", async () => {
    await start({ attach: () => session.reset("system", { halt: true }) });
    const first = await debuggerConnection();
    await first.ask("?");
    await first.ask("vFlashWrite:8000300:abc");
    session.slowFlash = true;
    first.send("vFlashDone");
    await expect.poll(() => session.count("flashDone")).toBe(1);
    expect(await first.silent()).toBe(true);
    first.close();
    const second = await debuggerConnection();
    expect(await second.ask("?")).toMatch(/^T05/);
    expect(connected.map(({ controlling }) => controlling)).toEqual([true, true]);
    const last = session.calls.slice(session.calls.indexOf("flashDone()")).slice(0, 6);
    expect(last).toEqual([
      "flashDone()",
      "flashAbort()",
      "flashAbort()",
      "detach(true)",
      "resume()",
      "reset(system,true)",
    ]);
    expect(lines.join("\n")).toContain("Programming was ended before it was complete.");
  });

  it("leaves nothing of it for the next load, though it controlled nothing", async () => {
    await start();
    const [first, second] = [await debuggerConnection(), await debuggerConnection()];
    await first.ask("?");
    await second.ask("vFlashWrite:8000300:abc");
    second.close();
    await expect.poll(() => disconnected).toHaveLength(1);
    expect(session.pendingFlash).toEqual([]);
    await first.ask("vFlashWrite:8000300:abc");
    const third = await debuggerConnection();
    await third.ask("?");
    third.close();
    await expect.poll(() => disconnected).toHaveLength(2);
    expect(session.pendingFlash).toHaveLength(1);
  });

  it("makes who comes next wait until it is gone, even when that takes long", async () => {
    await start();
    const first = await debuggerConnection();
    await first.ask("?");
    session.slowSum = 300;
    first.send("qCRC:8000000,10");
    await expect.poll(() => lines.some((line) => line.includes("qCRC"))).toBe(true);
    first.close();
    const second = await debuggerConnection();
    await second.ask("?");
    expect(disconnected).toHaveLength(1);
    expect(connected[1]).toEqual({ id: 2, controlling: true });
  });
});

describe("an answer that takes long", () => {
  it("is announced to GDB by signs of life, and to nobody else", async () => {
    await start();
    session.slowSum = 1300;
    for (const [features, signs] of [
      ["qSupported:swbreak+;qRelocInsn+", 2],
      ["qSupported:swbreak+", 0],
    ] as const) {
      const gdb = await debuggerConnection();
      await gdb.ask(features);
      gdb.received = "";
      expect(await gdb.ask("qCRC:8000000,10")).toMatch(/^C/);
      // The acknowledgement of the packet comes first.
      expect(gdb.received.split("$")[0]).toBe("+".repeat(1 + signs));
      gdb.close();
    }
  });

  it("is not preceded by the reply before, if the debugger asks for it again", async () => {
    await start();
    const gdb = await debuggerConnection();
    await gdb.ask("?");
    session.slowSum = 100;
    gdb.send("qCRC:8000000,10");
    gdb.raw("-");
    expect(await gdb.next()).toMatch(/^C/);
    gdb.raw("-");
    expect(await gdb.next()).toMatch(/^C/);
  });
});

describe("the port", () => {
  it("in use is one clear error", async () => {
    await start();
    const other = new GdbServer(session, { port });
    await expect(other.listen()).rejects.toMatchObject({
      code: "port-unavailable",
      facts: { port, reason: "EADDRINUSE" },
    });
    await other.close();
  });

  it("is only open on this machine unless told otherwise", async () => {
    await start();
    const probe = createServer();
    // The same port on another loopback address is free, so ours is not bound to all.
    await new Promise<void>((resolve, reject) =>
      probe.once("error", reject).listen(port, "127.0.0.2", () => resolve()),
    );
    probe.close();
  });
});
