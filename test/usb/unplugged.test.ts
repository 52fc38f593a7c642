import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { openUsbLink } from "../../src/link/usb/open.ts";
import type { SimSpec } from "../../src/session/open-simulated.ts";
import type { OpenedLink } from "../../src/session/opened-link.ts";
import { FakeBus } from "./fake-bus.ts";
import { run } from "./run-verb.ts";

const table = vi.hoisted(() => ({
  opened: undefined as OpenedLink | undefined,
  keep: false,
  unplugIn: Number.POSITIVE_INFINITY,
  overUsb: false,
}));

// One board stays on the table. Each opening plugs its probe in, and may say after how many transfers it comes out.
vi.mock("../../src/session/open-simulated.ts", async (original) => {
  const real = await original<typeof import("../../src/session/open-simulated.ts")>();
  const openSimulated = (spec: SimSpec, serial: string | undefined) => {
    if (!table.keep) return real.openSimulated(spec, serial);
    table.opened ??= real.openSimulated(spec, serial);
    const { simulated } = table.opened;
    if (simulated === undefined) throw new Error("no virtual probe");
    simulated.replug();
    simulated.resetAccount();
    simulated.unplugIn(table.unplugIn);
    return { ...table.opened, link: simulated.asLink(), dispose: () => {} };
  };
  const overFakeBus = async (spec: SimSpec, serial: string | undefined) => {
    const opened = openSimulated(spec, serial);
    if (!table.overUsb || opened.simulated === undefined) return opened;
    const link = await openUsbLink({ bus: new FakeBus(opened.simulated).devices, clock: opened.clock });
    return { ...opened, link };
  };
  return { ...real, openSimulated: overFakeBus };
});

afterEach(() => {
  table.opened?.dispose();
  Object.assign(table, { opened: undefined, keep: false, unplugIn: Number.POSITIVE_INFINITY, overUsb: false });
});

const folder = mkdtempSync(join(tmpdir(), "probity-unplugged-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = fileURLToPath(new URL("../../firmware/inspect/inspect.elf", import.meta.url));

const probe = ["--probe", `sim:bluepill?pace=fast&elf=${program}`];
/** A program of 2 KiB that loops: two pages, so that the second is written while the first is checked. */
const image = Uint8Array.from({ length: 2048 }, (_, i) => (i * 13 + 5) & 0xff);
image.set([0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7]);

/** Runs the words with the cable coming out at every transfer from the first to the last. */
async function atEveryTransfer(words: readonly string[], look: (transfers: number) => Promise<void>): Promise<number> {
  table.keep = true;
  const whole = await run(words);
  expect(whole.status).toBe(0);
  const total = table.opened?.simulated?.account.transfers ?? 0;
  expect(total).toBeLessThan(1000);
  const broken: number[] = [];
  for (let transfers = 0; transfers < total; transfers++) {
    table.unplugIn = transfers;
    const { status, error } = await run(words);
    if (status !== 0) {
      broken.push(transfers);
      expect(status).toBe(1);
      expect(error, `after ${transfers} transfers`).toMatch(/^Cause: {4}The ST-LINK was unplugged/m);
      expect(error).toContain("[probe-unplugged]");
      expect(error.match(/^Cause:/gm)).toHaveLength(1);
    }
    await look(transfers);
  }
  // The last transfers put the target back as it was and leave debug mode: what was asked for is done by then.
  expect(broken).toEqual(broken.map((_, i) => i));
  expect(total - broken.length).toBeLessThan(16);
  return broken.length;
}

/** How many of the places are looked at more closely. */
const every = process.env.PROBITY_SOAK === undefined ? 7 : 1;

describe.each([
  ["the virtual probe", false],
  ["USB", true],
])("the cable comes out of %s", (_, overUsb) => {
  it("at every transfer of a connect: one clear finding each time, and the next connect is a good one", async () => {
    table.overUsb = overUsb;
    const broken = await atEveryTransfer(["info", ...probe], async (transfers) => {
      if (transfers % every !== 0) return;
      table.unplugIn = Number.POSITIVE_INFINITY;
      expect((await run(["info", ...probe])).status).toBe(0);
    });
    expect(broken).toBeGreaterThan(20);
  }, 60_000);

  it("at every transfer of a load: one clear finding each time, and the next load succeeds", async () => {
    table.overUsb = overUsb;
    const path = join(folder, "image.bin");
    writeFileSync(path, image);
    const words = ["flash", path, "--address", "0x08000000", "--full", "--verify", ...probe];
    const broken = await atEveryTransfer(words, async (transfers) => {
      if (transfers % every !== 0) return;
      table.unplugIn = Number.POSITIVE_INFINITY;
      const next = await run(words);
      expect(next.error).not.toMatch(/Cause/);
      expect(next.status).toBe(0);
      expect((await run(["verify", path, "--address", "0x08000000", ...probe])).status).toBe(0);
    });
    expect(broken).toBeGreaterThan(40);
  }, 120_000);
});

it("a program in flash is left running by who came and went", async () => {
  table.keep = true;
  expect((await run(["flash", program, "--run", ...probe])).status).toBe(0);
  table.unplugIn = 12;
  expect((await run(["info", ...probe])).status).toBe(1);
  table.unplugIn = Number.POSITIVE_INFINITY;
  const { out } = await run(["info", ...probe]);
  expect(out).toMatch(/^State: +running/m);
});
