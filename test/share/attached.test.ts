import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Link } from "../../src/link/link.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { portHolder } from "../../src/stlink-server/port-holder.ts";
import { ScriptedTarget } from "../scripted-target.ts";
import { atEnd, shareBench } from "./bench.ts";
import type { Client } from "./tcp-client.ts";

const GONE = "04100000";

async function serials(client: Client): Promise<string[]> {
  expect(await client.ask("0000", 4)).toBe("01000000");
  const count = Number.parseInt((await client.ask("01", 4)).slice(0, 2), 16);
  const found: string[] = [];
  for (let index = 0; index < count; index++) {
    const info = await client.ask(`020${index}000029000000`, 45);
    found.push(Buffer.from(info.slice(16, 64), "hex").toString("latin1"));
  }
  return found;
}

describe("REFRESH", () => {
  it("lists probes that were plugged in since, and asks about each of them once", async () => {
    const added: Link[] = [];
    const known: (readonly string[])[] = [];
    const { connect, open } = await shareBench({
      discover: async (serialsKnown) => {
        known.push(serialsKnown);
        return added.splice(0);
      },
    });
    const client = await connect();
    const first = "50524F424954590000000201";
    expect(await serials(client)).toEqual([first]);
    const serial = "AAAAAAAAAAAAAAAAAAAAAAAA";
    const identity = virtualProbeIdentity("v3", { serial });
    added.push(new SimulatedProbe({ identity, target: new ScriptedTarget() }).asLink());
    expect(await serials(client)).toEqual([first, serial]);
    expect(await serials(client)).toEqual([first, serial]);
    expect(known.at(-1)).toEqual([first, serial]);
    const on = await open();
    expect(await client.ask("030000000200feca", 8)).toMatch(/^01000000/);
    expect(await on.read("F1", 6)).toMatch(/^29/);
  });

  it("that finds nothing new because looking fails is none the worse", async () => {
    const { connect } = await shareBench({ discover: () => Promise.reject(new Error("no bus")) });
    expect(await serials(await connect())).toHaveLength(1);
  });

  it("drops a probe that was unplugged, and takes it back", async () => {
    const { connect, open, probe, sent } = await shareBench();
    const [client, a, b] = [await connect(), await open(), await open()];
    for (const one of [a, b]) await one.enter();
    probe.unplug();
    expect(await a.status("F2 07 00 ED 00 E0 04 00", 4)).toBe(GONE);
    expect(await b.status("F5", 2)).toBe(GONE);
    expect(await serials(client)).toEqual([]);
    expect(await client.ask("030000000100feca", 8)).toMatch(/^03100000/);
    probe.replug();
    expect(await b.status("F5", 2)).toBe(GONE); // until somebody looks
    expect(await serials(client)).toHaveLength(1);
    expect(await b.read("F5", 2)).toBe("0100"); // a probe that was just plugged in
    expect(await a.enter()).toBe("8000");
    expect(await a.word(0xe000ed00)).toBe("31c21f41");
    await a.read("F2 21", 0); // nobody else is in debug mode any more
    expect(sent.at(-1)).toBe("21");
  });

  it("is not needed by a client that opens the probe again", async () => {
    const { open, probe } = await shareBench();
    const a = await open();
    await a.enter();
    probe.unplug();
    expect(await a.status("F5", 2)).toBe(GONE);
    probe.replug();
    const again = await open();
    await again.enter();
    expect(await again.word(0xe000ed00)).toBe("31c21f41");
  });
});

describe("who listens on a port", () => {
  it("is read from /proc", () => {
    const root = mkdtempSync(join(tmpdir(), "probity-port-"));
    atEnd(() => rmSync(root, { recursive: true }));
    for (const folder of ["net", "77/fd", "78/fd"]) mkdirSync(join(root, "proc", folder), { recursive: true });
    const line = (address: string, state: string, inode: number): string =>
      `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0\n`;
    const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    // A connection of another program to that port is no listener.
    writeFileSync(
      join(root, "proc/net/tcp"),
      header + line("0100007F:1C10", "01", 4000) + line("0100007F:1C11", "0A", 4001),
    );
    writeFileSync(join(root, "proc/net/tcp6"), header + line("00000000000000000000000001000000:1C10", "0A", 4002));
    writeFileSync(join(root, "proc/77/comm"), "client\n");
    symlinkSync("socket:[4000]", join(root, "proc/77/fd/3"));
    writeFileSync(join(root, "proc/78/comm"), "stlink-server\n");
    symlinkSync("socket:[4002]", join(root, "proc/78/fd/5"));
    expect(portHolder(7184, root)).toEqual({ name: "stlink-server", pid: 78 });
    expect(portHolder(7185, root)).toBeUndefined(); // nobody whose files may be seen
    expect(portHolder(7186, root)).toBeUndefined();
    expect(portHolder(7184, join(root, "nowhere"))).toBeUndefined();
  });
});
