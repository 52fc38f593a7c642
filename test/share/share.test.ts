import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { Terminal } from "../../src/cli/terminal.ts";
import { runVerb } from "../../src/cli/verbs.ts";
import { listSharedProbes, openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";

const program = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** `probity share` on a port of its own; ended after the test. */
async function share(...probes: string[]): Promise<{ port: number; text: () => string; end: () => Promise<number> }> {
  let text = "";
  let stop = (): void => {};
  const terminal = {
    out: (part: string) => {
      text += part;
    },
    error: (part: string) => {
      text += part;
    },
    errorIsTerminal: false,
    onStop: (callback: () => void) => {
      stop = callback;
    },
    exit: () => {},
  } as Terminal;
  const done = runVerb(
    ["share", "--port", "0", ...probes.flatMap((word) => (word.startsWith("sim:") ? ["--probe", word] : [word]))],
    terminal,
  );
  for (let tries = 0; tries < 500 && !/Ctrl-C ends/.test(text); tries++) await pause(10);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const end = (): Promise<number> => {
    stop();
    return done;
  };
  ends.push(end);
  return { port, text: () => text, end };
}

async function verb(...words: string[]): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const terminal = {
    out: (part: string) => {
      out += part;
    },
    error: (part: string) => {
      error += part;
    },
    errorIsTerminal: false,
    onStop: () => {},
    exit: () => {},
  } as Terminal;
  return { status: await runVerb(words, terminal), out, error };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A server of another kind: answers whatever comes with `reply`, or nothing. */
async function strange(reply: string | undefined): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => (reply === undefined ? socket.end() : socket.write(reply)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close());
  return (server.address() as { port: number }).port;
}

const at = (port: number, serial?: string) => ({ host: "127.0.0.1", port, ...(serial !== undefined && { serial }) });

describe("probity share and --probe tcp:", () => {
  it("a verb works over it as on the probe itself", async () => {
    const { port, text } = await share(`sim:bluepill?elf=${program}`);
    expect(text()).toContain("sim:bluepill");
    const info = await verb("info", "--probe", `tcp:127.0.0.1:${port}`, "--json");
    expect(info.error).toBe("");
    expect(JSON.parse(info.out)).toMatchObject({ chip: { deviceId: 0x410 } });
    const flashed = await verb("flash", program, "--verify", "--probe", `tcp:127.0.0.1:${port}`);
    expect(flashed).toMatchObject({ status: 0, error: expect.not.stringContaining("Cause") });
  });

  it("two clients have one probe; one that leaves debug mode does not end the other's session", async () => {
    const { port } = await share("sim:bluepill");
    const one = await openStlinkProbe(await openStlinkServerLink(at(port)));
    const two = await openStlinkProbe(await openStlinkServerLink(at(port)));
    await one.enterDebug("swd");
    await two.enterDebug("swd");
    const cpuid = async (probe: typeof one): Promise<string> =>
      Buffer.from(await probe.readMemory(0, 0xe000ed00, 4, 32)).toString("hex");
    expect(await cpuid(one)).toBe("31c21f41");
    await two.close();
    expect(await cpuid(one)).toBe("31c21f41");
    await one.close();
  });

  it("of several probes one is chosen by its serial number", async () => {
    const { port } = await share(
      "sim:bluepill?serial=AAAAAAAAAAAAAAAAAAAAAAAA",
      "sim:bluepill?serial=BBBBBBBBBBBBBBBBBBBBBBBB",
    );
    expect(await listSharedProbes(at(port))).toEqual(["A".repeat(24), "B".repeat(24)]);
    await expect(openStlinkServerLink(at(port))).rejects.toMatchObject({ code: "link-several-probes" });
    await expect(openStlinkServerLink(at(port, "CC"))).rejects.toMatchObject({ code: "link-serial-not-found" });
    const link = await openStlinkServerLink(at(port, "b".repeat(24)));
    expect(link.info.serial).toBe("B".repeat(24));
    await link.close();
  });

  it("a server that is not there, is another's, or goes away", async () => {
    const port = await strange("HTTP/1.1 400 Bad Request\r\n\r\n");
    await expect(openStlinkServerLink(at(port))).rejects.toMatchObject({ code: "link-server-unfit" });
    await expect(openStlinkServerLink(at(await strange(undefined)))).rejects.toMatchObject({
      code: "link-server-unfit",
    });
    const shared = await share("sim:bluepill");
    const link = await openStlinkServerLink(at(shared.port));
    expect(await shared.end()).toBe(0);
    await expect(link.transfer(Uint8Array.of(0xf1), undefined, 6)).rejects.toMatchObject({ code: "link-server-gone" });
    await expect(openStlinkServerLink(at(shared.port))).rejects.toMatchObject({ code: "link-server-absent" });
    const refused = await verb("info", "--probe", `tcp:127.0.0.1:${shared.port}`);
    expect(refused.status).toBe(1);
    expect(refused.error).toContain("probity share");
  });

  it("a port that is taken", async () => {
    const { port } = await share("sim:bluepill");
    const second = await verb("share", "--probe", "sim:bluepill", "--port", String(port));
    expect(second.status).toBe(1);
    expect(second.error).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });

  it("the forms of tcp: after --probe", () => {
    expect(parseProbeSpec("tcp:lab")).toEqual({ kind: "tcp", host: "lab", port: 7184 });
    expect(parseProbeSpec("tcp:lab:99/0A")).toEqual({ kind: "tcp", host: "lab", port: 99, serial: "0A" });
    expect(parseProbeSpec("tcp:[::1]:99")).toEqual({ kind: "tcp", host: "::1", port: 99 });
    for (const wrong of ["tcp:", "tcp:a:b:c", "tcp:lab:0", "tcp:lab:70000", "tcp:lab/", "tcp:::1"]) {
      expect(() => parseProbeSpec(wrong), wrong).toThrow(expect.objectContaining({ code: "probe-spec-invalid" }));
    }
  });
});

describe("a recording of a shared probe", () => {
  it("has what all clients did", async () => {
    const folder = mkdtempSync(join(tmpdir(), "probity-share-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "shared.rec");
    const { port, end } = await share("sim:bluepill?pace=fast", "--record", file);
    for (const length of ["20", "24"]) {
      expect(await verb("read", "0x20000000", length, "--probe", `tcp:127.0.0.1:${port}`)).toMatchObject({ status: 0 });
    }
    await end();
    const { out } = await verb("inspect", file);
    expect(out).toMatch(/READMEM_32BIT RAM.*, 20 bytes[\s\S]*READMEM_32BIT RAM.*, 24 bytes/);
    expect(out).toContain("The recording is whole.");
  });

  it.each([
    ["two probes", ["--probe", "sim:bluepill", "--probe", "sim:bluepill"]],
    ["all on USB", []],
  ])("is of one probe, not of %s", async (_, words) => {
    const { status, error } = await verb("share", "--port", "0", ...words, "--record", "never.rec");
    expect(status).toBe(1);
    expect(error).toContain("[record-one-probe]");
  });
});
