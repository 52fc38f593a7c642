import { describe, expect, it } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { patience } from "../../src/link/stlink-server/wire.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { shareBench, until } from "./bench.ts";
import type { OpenedClient } from "./tcp-client.ts";

const START = "F2 40 00 10 80 84 1E 00";
const STOP = "F2 41";
const COUNT = "F2 42";
const BUSY = "04200000";

async function two(): Promise<Awaited<ReturnType<typeof shareBench>> & { a: OpenedClient; b: OpenedClient }> {
  const bench = await shareBench();
  const [a, b] = [await bench.open(), await bench.open()];
  for (const client of [a, b]) await client.enter();
  return { ...bench, a, b };
}

/** What comes from the trace endpoint. */
async function trace(client: OpenedClient, length: number): Promise<string> {
  return (await client.client.usb(client.id, "", 3, length)).slice(8);
}

describe("the trace", () => {
  it("is one client's at a time; another is told that it is taken, and gets none of it", async () => {
    const { a, b, target } = await two();
    expect(await a.read(START, 2)).toBe("8000");
    target.trace.push(1, 0x41, 1, 0x42);
    expect(await b.status(START, 2)).toBe(BUSY);
    expect(await b.read(COUNT, 2)).toBe("0000");
    expect(await b.client.usb(b.id, "", 3, 4)).toBe(`${BUSY}00000000`);
    expect(await b.read(STOP, 2)).toBe("8000"); // as drivers do before they start: it stops nothing
    expect(await a.read(COUNT, 2)).toBe("0400");
    expect(await trace(a, 4)).toBe("01410142");
  });

  it("that was counted is read before another client's command, and waits", async () => {
    const { a, b, target } = await two();
    await a.read(START, 2);
    target.trace.push(1, 2, 3, 4, 5);
    expect(await a.read(COUNT, 2)).toBe("0500");
    expect(await b.word(0xe000ed00)).toBe("31c21f41");
    target.trace.push(6);
    expect(await trace(a, 3)).toBe("010203");
    expect(await a.read(COUNT, 2)).toBe("0200");
    expect(await trace(a, 2)).toBe("0405");
    expect(await a.read(COUNT, 2)).toBe("0100");
    expect(await trace(a, 1)).toBe("06");
  });

  it.each(["STOP_TRACE_RX", "EXIT", "death"])("is free again after %s of the client that had it", async (end) => {
    const { a, b, server, sent } = await two();
    await a.read(START, 2);
    sent.length = 0;
    if (end === "death") {
      a.close();
      await until(() => server.clients === 1);
    } else {
      await a.read(end === "EXIT" ? "F2 21" : STOP, end === "EXIT" ? 0 : 2);
    }
    expect(sent).toContain("41");
    expect(await b.read(START, 2)).toBe("8000");
  });

  it("that is taken is an error of its own for our client, whose session goes on", async () => {
    const { a, server, target } = await two();
    await a.read(START, 2);
    const address = { host: "127.0.0.1", port: server.port };
    const link = await openStlinkServerLink(address, { ...patience, busy: 50 });
    const probe = await openStlinkProbe(link);
    await probe.enterDebug("swd");
    await expect(probe.trace?.start(2_000_000)).rejects.toMatchObject({ code: "link-busy" });
    expect(toHex(await probe.readMemory(0, 0xe000ed00, 4, 32))).toBe("31c21f41");
    target.trace.push(9);
    expect(await a.read(COUNT, 2)).toBe("0100");
    await a.read(STOP, 2);
    await probe.trace?.start(2_000_000);
    target.trace.push(1, 2);
    expect(toHex((await probe.trace?.read()) ?? new Uint8Array())).toBe("0102");
    await probe.close();
  });

  it("of a client that is alone goes as it comes", async () => {
    const { open, target, sent } = await shareBench();
    const a = await open();
    await a.enter();
    await a.read(START, 2);
    target.trace.push(7, 8);
    sent.length = 0;
    expect(await a.read(COUNT, 2)).toBe("0200");
    expect(sent).toEqual(["42"]);
    expect(await trace(a, 2)).toBe("0708");
  });
});
