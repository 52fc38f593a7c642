import { afterEach, describe, expect, it } from "vitest";
import { runGdbServer } from "../../src/cli/st-compat/gdbserver.ts";
import { RspClient } from "../gdb/rsp-client.ts";
import { freePort } from "../support/server-process.ts";
import { atEnd, pause, serverWithProbe } from "./bench.ts";
import { FakeServer } from "./fake-server.ts";

interface Debugging {
  readonly port: number;
  out(): string;
  until(what: RegExp, from?: number): Promise<void>;
  readonly ended: Promise<number>;
}

const rejections: unknown[] = [];
process.on("unhandledRejection", (error) => rejections.push(error));
afterEach(() => expect(rejections.splice(0)).toEqual([]));

/** A debug server in this process. */
async function debug(...words: string[]): Promise<Debugging> {
  const port = await freePort();
  let out = "";
  let stop = (): void => {};
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (out += text),
    errorIsTerminal: false,
    onStop: (callback: () => void) => {
      stop = callback;
    },
    exit: () => {},
  };
  const ended = runGdbServer("probity gdbserver", ["-p", String(port), "-d", ...words], terminal);
  atEnd(async () => {
    stop();
    await ended;
  });
  const until = async (what: RegExp, from = 0): Promise<void> => {
    for (const end = performance.now() + 15_000; !what.test(out.slice(from)); ) {
      if (performance.now() > end) throw new Error(`${what} did not come; there is:\n${out.slice(-2000)}`);
      await pause(5);
    }
  };
  return { port, out: () => out, until, ended };
}

/** The next packet that is no console text; the texts are gathered. */
async function reply(client: RspClient, texts: string[] = []): Promise<string> {
  for (;;) {
    const packet = await client.next(15_000);
    if (!/^O([0-9a-f]{2})+$/.test(packet)) return packet;
    texts.push(Buffer.from(packet.slice(1), "hex").toString());
  }
}

async function ask(client: RspClient, packet: string): Promise<string> {
  client.send(packet);
  return reply(client);
}

describe("a persistent server whose probe is behind an stlink-server", () => {
  it("waits for a server that is gone, tells GDB, and goes on when it is back", async () => {
    const { server, probe } = await serverWithProbe();
    const { port } = server;
    const debugging = await debug("-e", "--probe", `tcp:127.0.0.1:${port}`);
    await debugging.until(/Waiting for debugger connection/);
    const gdb = await RspClient.connect(debugging.port);
    expect(await ask(gdb, "?")).toMatch(/^T05/);
    expect(await ask(gdb, "M20004000,4:12345678")).toBe("OK");
    gdb.send("vCont;c");
    await pause(50);
    await server.stop();
    await debugging.until(/\[probe-server-gone\]/);
    await debugging.until(new RegExp(`^Waiting for the server at tcp:127\\.0\\.0\\.1:${port} to be there again`, "m"));
    expect(debugging.out()).toContain("Target USB comms error");
    await pause(400);
    const again = await FakeServer.start([{ serial: probe.identity.serial, link: probe.asLink() }], port);
    atEnd(() => again.stop());
    await debugging.until(/^The ST-LINK is back\. The target runs under control again\./m);
    gdb.raw(Uint8Array.of(3));
    const texts: string[] = [];
    expect(await reply(gdb, texts)).toMatch(/^T02/);
    expect(texts.join("")).toContain("The server at tcp:");
    expect(texts.join("")).toContain("The ST-LINK is back.");
    expect(await ask(gdb, "m20004000,4")).toBe("12345678");
    expect(await ask(gdb, "vCont;s")).toMatch(/^T05/);
  });

  it("waits for a probe that was unplugged behind it", async () => {
    const { server } = await serverWithProbe();
    const devices = server.devices;
    const debugging = await debug("-e", "--probe", `tcp:127.0.0.1:${server.port}`);
    await debugging.until(/Waiting for debugger connection/);
    const gdb = await RspClient.connect(debugging.port);
    expect(await ask(gdb, "?")).toMatch(/^T05/);
    gdb.send("vCont;c");
    await pause(50);
    server.commandStatus = () => 0x1004;
    server.devices = [];
    await debugging.until(/\[probe-unplugged\]/);
    await debugging.until(/^Waiting for the ST-LINK \w{24} to be plugged in again/m);
    expect(debugging.out().replaceAll(/\s+/g, " ")).toContain(
      `The ST-LINK behind the server at tcp:127.0.0.1:${server.port}`,
    );
    await pause(500);
    server.devices = devices;
    server.commandStatus = () => 1;
    await debugging.until(/^The ST-LINK is back\./m);
    gdb.raw(Uint8Array.of(3));
    expect(await reply(gdb)).toMatch(/^T02/);
    expect(await ask(gdb, "g")).toMatch(/^[0-9a-f]{100,}$/);
    // A second time: nothing is left from the first.
    const from = debugging.out().length;
    server.drop();
    gdb.send("m20000000,4");
    await debugging.until(/^The ST-LINK is back\. The target is still halted\./m, from);
  });
});

it("without -e the server ends with its link, after the debugger has heard why", async () => {
  const { server } = await serverWithProbe();
  const debugging = await debug("--probe", `tcp:127.0.0.1:${server.port}`);
  await debugging.until(/Waiting for debugger connection/);
  const gdb = await RspClient.connect(debugging.port);
  expect(await ask(gdb, "?")).toMatch(/^T05/);
  gdb.send("vCont;c");
  await pause(50);
  await server.stop();
  expect(await debugging.ended).toBe(13);
  expect(debugging.out()).toContain("[probe-server-gone]");
});

it.each([
  {
    what: "no server",
    before: "Not able to connect to server",
    reason: "ST-LINK DLL error.",
    status: 13,
    finding: "probe-server-absent",
  },
  {
    what: "no probe",
    before: "",
    reason: "No ST-LINK found. Please check ST-LINK USB cable.",
    status: 20,
    finding: "probe-none",
  },
  { what: "another probe", before: "", reason: "ST-LINK: ABC not found.", status: 17, finding: "probe-serial-missing" },
  {
    what: "a busy probe",
    before: "",
    reason: "Failed to connect to device. Please check power and cabling to target.",
    status: 1,
    finding: "probe-busy",
  },
])("$what: ST's words and status, then the finding", async ({ what, before, reason, status, finding }) => {
  const { server } = await serverWithProbe();
  if (what === "no server") await server.stop();
  if (what === "no probe") server.devices = [];
  if (what === "a busy probe") server.openStatus = () => 0x2004;
  const words = what === "another probe" ? ["-i", "ABC"] : [];
  const debugging = await debug("--probe", `tcp:127.0.0.1:${what === "no server" ? 1 : server.port}`, ...words);
  expect(await debugging.ended).toBe(status);
  expect(debugging.out()).toContain(
    `${before === "" ? "" : `${before}\n`}\nError in initializing ST-LINK device.\nReason: ${reason}\n`,
  );
  expect(debugging.out()).toContain(`[${finding}]`);
});
