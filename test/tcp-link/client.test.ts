import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { run } from "../usb/run-verb.ts";
import { file, program } from "../verbs/bench.ts";
import { atEnd, hasty, openHastily, serverWithProbe } from "./bench.ts";
import { FakeServer } from "./fake-server.ts";

const getVersion = Uint8Array.of(0xf1);
const tcp = (server: FakeServer): string => `tcp:127.0.0.1:${server.port}`;

describe("a probe behind an stlink-server that is not ours", () => {
  it.each([1, 3, 7])("works however the replies are cut: %i bytes at a time", async (piece) => {
    const { server } = await serverWithProbe();
    server.piece = piece;
    const probe = await openStlinkProbe(await openHastily(server, { ...hasty, reply: 5000 }));
    await probe.enterDebug("swd");
    expect([...(await probe.readMemory(0, 0xe000ed00, 4, 32))]).toEqual([0x31, 0xc2, 0x1f, 0x41]);
    const data = Uint8Array.from({ length: 2000 }, (_, i) => i & 0xff);
    await probe.writeMemory(0, 0x20000000, data, 32);
    expect(await probe.readMemory(0, 0x20000000, 2000, 32)).toEqual(data);
  });

  it.each([
    { api: 1, longest: 1024, queue: false },
    { api: 2, longest: 4096, queue: false },
    { api: 3, longest: 4096, queue: true },
  ])(
    "of API $api gets data phases of up to $longest bytes, queues of words: $queue",
    async ({ api, longest, queue }) => {
      const { server } = await serverWithProbe();
      server.api = api;
      const flashed = await run(["flash", program, "--verify", "--probe", tcp(server)]);
      expect(flashed).toMatchObject({ status: 0, error: expect.not.stringContaining("Cause") });
      const read = await run(["read", "0x20000000", "12K", file("ram.bin", ""), "--force", "--probe", tcp(server)]);
      expect(read.error).not.toContain("Cause");
      expect(server.longest).toBe(longest);
      expect(server.commands.includes("f251")).toBe(queue);
    },
  );

  it("is asked again while it is busy, and given up after a while", async () => {
    const { server } = await serverWithProbe();
    let left = 4;
    server.openStatus = () => (left-- > 0 ? 0x2004 : 1);
    const link = await openHastily(server);
    left = 4;
    server.commandStatus = () => (left-- > 0 ? 0x2004 : 1);
    expect(await link.transfer(getVersion, undefined, 6)).toHaveLength(6);
    expect(left).toBe(-1);
    server.commandStatus = () => 0x2004;
    const began = performance.now();
    await expect(link.transfer(getVersion, undefined, 6)).rejects.toMatchObject({
      code: "link-busy",
      facts: { status: "busy (0x2004)" },
    });
    expect(performance.now() - began).toBeGreaterThan(150);
    expect(performance.now() - began).toBeLessThan(1500);
    server.commandStatus = () => 1;
    expect(await link.transfer(getVersion, undefined, 6)).toHaveLength(6);
    server.openStatus = () => 0x2004;
    await expect(openHastily(server)).rejects.toMatchObject({ code: "link-busy" });
    server.openStatus = () => 0x1055;
    await expect(openHastily(server)).rejects.toMatchObject({ code: "link-usb-permission" });
  });

  it("that has just lost a client may refuse for a moment", async () => {
    const { server } = await serverWithProbe();
    let left = 3;
    server.openStatus = () => (left-- > 0 ? 0x1003 : 1);
    await openHastily(server);
    server.openStatus = () => 0x1003;
    await expect(openHastily(server)).rejects.toMatchObject({ code: "link-busy" });
  });

  it.each([false, true])("says that a command failed; by the status alone: %s", async (statusOnly) => {
    const { server } = await serverWithProbe();
    server.statusOnly = statusOnly;
    const link = await openHastily(server);
    server.commandStatus = (block) => (block[0] === 0xf7 ? 0x1001 : 1);
    await expect(link.transfer(Uint8Array.of(0xf7), undefined, 8)).rejects.toMatchObject({
      code: "link-usb-failed",
      facts: { status: "timeout (0x1001)", command: "f7 00" },
    });
    // What follows is in step again.
    expect((await link.transfer(getVersion, undefined, 6))[2]).toBe(0x83);
    server.commandStatus = () => 0x1004;
    await expect(link.transfer(Uint8Array.of(0xf7), undefined, 8)).rejects.toMatchObject({
      code: "link-unplugged",
      facts: { server: tcp(server) },
    });
  });

  it("that is silent, hangs up or talks out of turn in mid-session is told apart", async () => {
    for (const [answer, code] of [
      ["silence", "link-server-silent"],
      ["close", "link-server-gone"],
      [new Uint8Array(11).fill(1), "link-server-garbled"],
    ] as const) {
      const { server } = await serverWithProbe();
      const link = await openHastily(server);
      server.mangle = (reply, _, block) => (block[0] === 0xf1 ? answer : reply);
      await expect(link.transfer(getVersion, undefined, 6)).rejects.toMatchObject({ code });
      // The wire is dead, and stays so.
      await expect(link.transfer(Uint8Array.of(0xf5), undefined, 2)).rejects.toMatchObject({ code });
      server.mangle = (reply) => reply;
      await link.reopen?.();
      expect(await link.transfer(getVersion, undefined, 6)).toHaveLength(6);
    }
  });

  it("is asked for the same probe again, and says that it is not there while it is not", async () => {
    const { server } = await serverWithProbe();
    const link = await openHastily(server);
    const { devices } = server;
    server.devices = [];
    await expect(link.reopen?.()).rejects.toMatchObject({ code: "link-unplugged" });
    server.devices = [{ serial: "C".repeat(24) }];
    await expect(link.reopen?.()).rejects.toMatchObject({ code: "link-unplugged" });
    server.devices = devices;
    server.commandStatus = () => 0x1004;
    await expect(link.reopen?.()).rejects.toMatchObject({ code: "link-unplugged" });
    server.commandStatus = () => 1;
    await link.reopen?.();
    expect(await link.transfer(getVersion, undefined, 6)).toHaveLength(6);
    await server.stop();
    await expect(link.reopen?.()).rejects.toMatchObject({ code: "link-server-absent" });
  });

  it("counts its clients on another connection, if it can count", async () => {
    const { server } = await serverWithProbe();
    const link = await openHastily(server);
    server.clientCount = 3;
    expect(await link.others?.()).toBe(2);
    const old = await serverWithProbe();
    old.server.clientCount = undefined;
    const blind = await openHastily(old.server);
    expect(await blind.others?.()).toBeUndefined();
    const connections = old.server.connections;
    expect(await blind.others?.()).toBeUndefined();
    expect(old.server.connections).toBe(connections);
    expect(await blind.transfer(getVersion, undefined, 6)).toHaveLength(6);
  });

  it("reads trace", async () => {
    const { server } = await serverWithProbe();
    const link = await openHastily(server);
    expect(await link.readTrace(32)).toHaveLength(32);
    expect(server.requests.at(-1)?.[24]).toBe(3);
  });
});

describe("what is told of a server that can't be used", () => {
  const serial = "A".repeat(24);
  const info = (server: { port: number }, more = "") => run(["info", "--probe", `tcp:127.0.0.1:${server.port}${more}`]);

  it.each([
    {
      devices: [],
      finding: "probe-none",
      text: /Cause: +The server at tcp:127\.0\.0\.1:\d+ has no ST-LINK\. \(certain\)/,
    },
    { devices: [{ serial }], more: "/BB", finding: "probe-serial-missing", text: /\(there: A{24}\)/ },
    { devices: [{ serial }, { serial: "B".repeat(24) }], finding: "link-several-probes", text: /has 2 ST-LINKs/ },
    { devices: [{ serial, productId: 0x3744 }], finding: "probe-unsupported", text: /first generation/ },
    { devices: [{ serial, productId: 0x374d }], finding: "probe-in-update-mode", text: /update mode/ },
  ])("$finding", async ({ devices, more, finding, text }) => {
    const server = await FakeServer.start(devices);
    atEnd(() => server.stop());
    const { status, error } = await info(server, more);
    expect(status).toBe(1);
    expect(error).toContain(`[${finding}]`);
    expect(error.replaceAll(/\s+/g, " ")).toMatch(text);
    expect(error).toMatch(/Remedy:/);
  });

  it("nobody listens", async () => {
    const server = await FakeServer.start([]);
    const { port } = server;
    await server.stop();
    const { status, error } = await info({ port });
    expect(status).toBe(1);
    expect(error).toContain("[probe-server-absent]");
    expect(error).toContain("probity share");
    const began = performance.now();
    await expect(openStlinkServerLink({ host: "no-such-host.invalid", port }, hasty)).rejects.toMatchObject({
      code: "link-server-absent",
    });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it.each([
    {
      what: "a web server",
      greets: "",
      answers: "HTTP/1.1 400 Bad Request\r\n\r\n",
      text: /makes no sense \("HTTP\/1\.1 400/,
    },
    {
      what: "a server that speaks first",
      greets: "SSH-2.0-OpenSSH_9.6\r\n",
      answers: "",
      text: /makes no sense \("SSH-2\.0/,
    },
    { what: "one that hangs up", greets: "", answers: undefined, text: /it hangs up/ },
    { what: "one that says nothing", greets: "", answers: "", text: /it does not answer/ },
    { what: "an API of nonsense", greets: "", answers: "\xff".repeat(16), text: /makes no sense/ },
  ])("something else listens: $what", async ({ greets, answers, text }) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(greets, "latin1");
      socket.on("data", () => (answers === undefined ? socket.end() : socket.write(answers, "latin1")));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    atEnd(() => server.close());
    const { status, error } = await info(server.address() as { port: number });
    expect(status).toBe(1);
    expect(error).toContain("[probe-server-strange]");
    expect(error.replaceAll(/\s+/g, " ")).toMatch(text);
  });
});
