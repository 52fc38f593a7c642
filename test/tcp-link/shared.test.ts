import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RspClient } from "../gdb/rsp-client.ts";
import { atEnd, pause } from "./bench.ts";
import { gdbserver, program, sharedPort, sharers, unshared } from "./processes.ts";

const elf = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const bluepill = `sim:bluepill?elf=${elf}`;
const serial = "50524F424954590000000201";
const ready = /^Waiting for debugger connection\.\.\.$/m;

async function reply(client: RspClient): Promise<string> {
  for (;;) {
    const packet = await client.next(15_000);
    if (!/^O([0-9a-f]{2})+$/.test(packet)) return packet;
  }
}

async function ask(client: RspClient, packet: string): Promise<string> {
  client.send(packet);
  return reply(client);
}

/** A word of memory. */
async function word(client: RspClient, address: number): Promise<number> {
  return Buffer.from(await ask(client, `m${address.toString(16)},4`), "hex").readUInt32LE();
}

const pcOf = (registers: string): number => Buffer.from(registers.slice(15 * 8, 16 * 8), "hex").readUInt32LE();
const FP_COMP0 = 0xe0002008;
const DHCSR = 0xe000edf0;
const S_HALT = 1 << 17;

describe("gdbserver -t", () => {
  it("starts a server when none runs, in ST's words; who comes second joins it and disturbs nobody", async () => {
    const port = await sharedPort();
    const first = await gdbserver(port, "-e", "--probe", bluepill);
    await first.until(ready);
    expect(infoLines(first.errors())).toEqual([
      `Info : default port : ${port}`,
      "Info : Remote address: 127.0.0.1",
      "Info : STLINKV2-1 v2J37M27, PID 0x374B",
    ]);
    const a = await RspClient.connect(first.port);
    expect(await ask(a, "?")).toMatch(/^T05/);
    // A breakpoint that is met before the program runs on for good.
    const reset = pcOf(await ask(a, "g"));
    expect(await ask(a, "vCont;s")).toMatch(/^T05/);
    expect(await ask(a, `Z1,${reset.toString(16)},2`)).toBe("OK");
    a.send("vCont;c");
    const watcher = await joined(a, first.port);
    await running(watcher);
    const comparator = await word(watcher, FP_COMP0);
    expect(comparator & 1).toBe(1);

    const second = await gdbserver(port, "--probe", "sim:bluepill");
    await second.until(ready);
    expect(infoLines(second.errors())).toEqual([
      `Info : default port : ${port}`,
      "Info : stlinkserver already running, exit",
    ]);
    expect(second.out().replaceAll(/\s+/g, " ")).toContain("the target is neither reset nor halted now");
    const b = await RspClient.connect(second.port);
    expect(await ask(b, "?")).toMatch(/^[ST]00/);
    expect(await ask(b, "m8000000,4")).not.toMatch(/^E/);
    expect(await ask(b, "Z1,8000000,2")).toBe("OK");
    expect((await word(b, FP_COMP0 + 4)) & 1).toBe(1);
    expect(await word(b, FP_COMP0)).toBe(comparator);
    // A verb that looks and goes.
    const info = spawnSync(process.execPath, [program, "info", "--probe", `tcp:127.0.0.1:${port}`], {
      encoding: "utf8",
    });
    expect(info.stderr).toBe("");
    expect(info.stdout).toContain(serial);
    expect(await ask(b, "D")).toBe("OK");
    b.close();
    expect(await second.ended).toBe(0);

    expect((await word(watcher, DHCSR)) & S_HALT).toBe(0);
    expect(await word(watcher, FP_COMP0)).toBe(comparator);
    expect((await word(watcher, FP_COMP0 + 4)) & 1).toBe(0);
    a.raw(Uint8Array.of(3));
    expect(await reply(a)).toMatch(/^T02/);
    const stands = pcOf(await ask(a, "g"));

    const third = await gdbserver(port, "--probe", "sim:bluepill");
    await third.until(ready);
    const c = await RspClient.connect(third.port);
    expect(await ask(c, "?")).toMatch(/^T05/);
    expect(pcOf(await ask(c, "g"))).toBe(stands);
    expect(await ask(c, "M20004000,4:aabbccdd")).toBe("OK");
    expect(await ask(c, "D")).toBe("OK");
    c.close();
    expect(await third.ended).toBe(0);
    expect((await word(a, DHCSR)) & S_HALT).toBe(S_HALT);
    expect(pcOf(await ask(a, "g"))).toBe(stands);
    expect(await ask(a, "m20004000,4")).toBe("aabbccdd");

    expect(await first.stop()).toBe(0);
    // A few seconds later the server in the background has ended, too.
    await unshared(port);
  }, 60_000);

  it("two that come at once share one server, and see what the other does", async () => {
    const port = await sharedPort();
    const [one, two] = await Promise.all([
      gdbserver(port, "--probe", bluepill, "-g"),
      gdbserver(port, "--probe", bluepill, "-g"),
    ]);
    await Promise.all([one.until(ready), two.until(ready)]);
    // Each may have started one; the one that finds the port taken ends by itself.
    await expect.poll(() => sharers(port), { timeout: 15_000 }).toHaveLength(1);
    const a = await RspClient.connect(one.port);
    expect(await ask(a, "?")).toMatch(/^T05/);
    const b = await RspClient.connect(two.port);
    expect(await ask(b, "?")).toMatch(/^T05/);
    // One writes, the other has no old value in its cache; one runs, the other sees that.
    expect(await ask(b, "m20004000,4")).toHaveLength(8);
    expect(await ask(a, "M20004000,4:01020304")).toBe("OK");
    expect(await ask(b, "m20004000,4")).toBe("01020304");
    // Each one's breakpoint has a comparator of its own, at once: the other one may let the core go.
    expect(await ask(a, "Z1,8000000,2")).toBe("OK");
    expect(await ask(b, "Z1,8000004,2")).toBe("OK");
    expect([await word(a, FP_COMP0), await word(a, FP_COMP0 + 4)]).toEqual([0x48000001, 0x48000005]);
    expect(await ask(a, "z1,8000000,2")).toBe("OK");
    expect([await word(b, FP_COMP0), await word(b, FP_COMP0 + 4)]).toEqual([0, 0x48000005]);
    a.send("vCont;c");
    await running(b);
    expect(await ask(b, "g")).not.toMatch(/^[0-9a-f]{100,}$/);
    b.send("vCont;c");
    await pause(300);
    a.raw(Uint8Array.of(3));
    expect(await reply(a)).toMatch(/^T02/);
    expect(await reply(b)).toMatch(/^T0[25]/);
    expect(pcOf(await ask(a, "g"))).toBe(pcOf(await ask(b, "g")));
  }, 60_000);

  it("starts the server again when it was ended under a persistent session", async () => {
    const port = await sharedPort();
    const server = await gdbserver(port, "-e", "--probe", bluepill);
    await server.until(ready);
    const a = await RspClient.connect(server.port);
    expect(await ask(a, "?")).toMatch(/^T05/);
    a.send("vCont;c");
    await pause(50);
    const [pid] = sharers(port);
    process.kill(pid);
    await server.until(/^Waiting for the server at tcp:127\.0\.0\.1:\d+ to be there again/m);
    await server.until(/^The ST-LINK is back\./m);
    expect(sharers(port)).toHaveLength(1);
    a.raw(Uint8Array.of(3));
    expect(await reply(a)).toMatch(/^T02/);
  }, 60_000);

  it("says why it can't", async () => {
    const cases = [
      { words: ["--probe", bluepill, "-i", "ABC"], status: 17, text: /ST-LINK: ABC not found\./ },
      { words: ["--probe", "sim:bluepill?elf=/no/such.elf"], status: 1, text: /\[file-unreadable\]/ },
      { words: ["--probe", "sim:bluepill?fault=probe-busy"], status: 1, text: /\[probe-busy\]/ },
      { words: ["--probe", "usb"], status: 20, text: /\[probe-(no-usb-bus|none)\]/ },
      { words: ["--probe", bluepill, "--uart", "usart1"], status: 1, text: /the virtual board is in the server/ },
    ];
    await Promise.all(
      cases.map(async ({ words, status, text }) => {
        const port = await sharedPort();
        const server = await gdbserver(port, ...words);
        expect(await server.ended, words.join(" ")).toBe(status);
        expect(server.out().replaceAll(/\s+/g, " ")).toMatch(text);
        await unshared(port);
      }),
    );
  }, 60_000);

  it("leaves a stranger on its port alone", async () => {
    const stranger = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("220 mail ESMTP\r\n");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    atEnd(() => stranger.close());
    const { port } = stranger.address() as { port: number };
    const server = await gdbserver(port, "--probe", bluepill);
    expect(await server.ended).toBe(13);
    expect(server.out()).toContain(
      "Not able to connect to server\n\nError in initializing ST-LINK device.\nReason: ST-LINK DLL error.",
    );
    expect(server.out()).toContain("[probe-server-strange]");
    expect(sharers(port)).toEqual([]);
  }, 30_000);

  it("lists what the server has, or what there is without one", async () => {
    const port = await sharedPort();
    const nobody = await gdbserver(port, "-q", "--probe", "sim:bluepill?serial=AAAAAAAAAAAAAAAAAAAAAAAA");
    expect(await nobody.ended).toBe(0);
    expect(nobody.out()).toBe(`0 ST-LINK: ${"A".repeat(24)}\n`);
    const server = await gdbserver(port, "-e", "--probe", bluepill);
    await server.until(ready);
    const listed = await gdbserver(port, "-q");
    expect(await listed.ended).toBe(0);
    expect(listed.out()).toBe(`0 ST-LINK: ${serial}\n`);
    const wrong = await gdbserver(0, "-q");
    expect(await wrong.ended).toBe(1);
    expect(wrong.errors()).toContain("[shared-port-invalid]");
  }, 30_000);
});

const infoLines = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("Info"));

/** Resolves once the core runs. */
async function running(client: RspClient): Promise<void> {
  for (let tries = 0; ((await word(client, DHCSR)) & S_HALT) !== 0; tries++) {
    if (tries > 500) throw new Error("the core does not run");
    await pause(10);
  }
}

const watchers = new WeakMap<RspClient, RspClient>();

/** A second debugger of the same server, which may ask while the first one waits for a stop. */
async function joined(first: RspClient, port: number): Promise<RspClient> {
  let watcher = watchers.get(first);
  if (watcher === undefined) {
    watcher = await RspClient.connect(port);
    watchers.set(first, watcher);
    await ask(watcher, "?");
  }
  return watcher;
}
