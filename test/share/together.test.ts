import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { readU32 } from "../../src/base/bytes.ts";
import { readElf } from "../../src/formats/elf.ts";
import { readElfSymbols, symbolAddress } from "../../src/formats/elf-symbols.ts";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { MiGdb } from "../gdb/gdb-multiarch.ts";
import { adapters, transports } from "../openocd/openocd.ts";
import { freePort } from "../support/server-process.ts";
import { pause } from "./bench.ts";
import { type ShareProcess, startProbity, startProgram, startShare } from "./share-process.ts";
import { Telnet } from "./telnet.ts";

/** How long all of them work side by side; PROBITY_SHARE_SECONDS=60 for longer. */
const duration = Number(process.env.PROBITY_SHARE_SECONDS ?? 5) * 1000;
const program = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const symbols = readElfSymbols(readElf(readFileSync(program), program));
/** Milliseconds between two blinks of the program, by its own count. */
const PERIOD = 250;
const DBGMCU_IDCODE = 0xe0042000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function address(name: string): number {
  const found = symbolAddress(symbols, name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** How far the three have come; each goes on until the time is over and all have done what makes a test of it. */
class Progress {
  polls = 0;
  slowest = 0;
  blinks = 0;
  stops = 0;
  commands = 0;
  #end = Number.POSITIVE_INFINITY;

  start(): void {
    this.#end = performance.now() + duration;
  }

  get over(): boolean {
    const enough = this.blinks >= 3 && this.stops >= 3 && this.commands >= 16 && this.polls >= duration / 50;
    return performance.now() > this.#end + (enough ? 0 : 60_000);
  }
}

interface Blink {
  readonly number: number;
  readonly at: number;
}

/** Polls the program's variables 100 times a second through a connection of its own. */
async function reader(port: number, progress: Progress): Promise<void> {
  const probe = await openStlinkProbe(await openStlinkServerLink({ host: "127.0.0.1", port }));
  await probe.enterDebug("swd");
  const words = async (at: number, count: number): Promise<number[]> => {
    const bytes = await probe.readMemory(0, at, count * 4, 32);
    return Array.from({ length: count }, (_, index) => readU32(bytes, index * 4));
  };
  const [blinker, milliseconds] = [address("blinker"), address("milliseconds")];
  const look = async (): Promise<Blink & { readonly now: number }> => {
    const seen = await words(blinker, (milliseconds - blinker) / 4 + 1);
    return { number: seen[0], at: seen[1], now: seen.at(-1) ?? 0 };
  };
  const first = await look();
  // Between its two stores, where GDB stops it, the program has the new number and the time of the blink before.
  const fits = ({ number, at }: Blink): boolean => [0, 1].includes(number - first.number - (at - first.at) / PERIOD);
  let last = first;
  for (let due = performance.now(); !progress.over; due += 10) {
    await pause(Math.max(0, due - performance.now()));
    const asked = performance.now();
    const seen = await look();
    progress.slowest = Math.max(progress.slowest, performance.now() - asked);
    expect(seen.now, "time went back").toBeGreaterThanOrEqual(last.now);
    expect(fits(seen), `blink ${seen.number} at ${seen.at}`).toBe(true);
    expect(seen.number, "the count went back").toBeGreaterThanOrEqual(last.number);
    last = seen;
    progress.blinks = last.number - first.number;
    if (++progress.polls % 10 === 0) expect(await words(DBGMCU_IDCODE, 1)).toEqual([0x20036410]);
  }
  await probe.close();
}

/** GDB over our own server: breakpoint after breakpoint, steps, and what it reads. */
async function debug(port: number, gdbPort: number, progress: Progress, started: () => void): Promise<void> {
  const server = startProbity(["gdbserver", "-t", "-p", String(gdbPort), "-d", "-g", "--probe", "sim:bluepill"], {
    PROBITY_SHARED_PORT: String(port),
  });
  ends.push(() => server.stop());
  await server.waitFor(/Waiting for debugger connection/);
  const gdb = new MiGdb();
  ends.push(() => gdb.quit());
  await gdb.command("-gdb-set mi-async on");
  await gdb.command(`-file-exec-and-symbols ${program}`);
  await gdb.command(`-target-select extended-remote localhost:${gdbPort}`);
  await gdb.command("-break-insert remember");
  const value = async (expression: string): Promise<number> =>
    Number(/value="(\d+)/.exec(await gdb.command(`-data-evaluate-expression ${expression}`))?.[1]);
  started();
  let before: Blink | undefined;
  while (!progress.over) {
    gdb.forget();
    await gdb.command("-exec-continue");
    const stop = await gdb.until(/^\*stopped/);
    expect(stop, gdb.lines.slice(-20).join("\n")).toContain('reason="breakpoint-hit"');
    const [, number, now] =
      /reason="breakpoint-hit".*func="remember",args=.*name="number",value="(\d+)".*name="now",value="(\d+)"/
        .exec(stop)
        ?.map(Number) ?? [];
    expect(number, stop).toBeGreaterThan(0);
    if (before !== undefined)
      expect({ number, at: now }).toEqual({ number: before.number + 1, at: before.at + PERIOD });
    expect(await value("blinker.last.number")).toBe(number - 1);
    expect(await gdb.command("-stack-list-frames")).toMatch(/level="0".*func="remember".*level="1".*func="main"/);
    gdb.forget();
    await gdb.command("-exec-next");
    expect(await gdb.until(/^\*stopped/)).toContain('reason="end-stepping-range"');
    gdb.forget();
    await gdb.command("-exec-finish");
    expect(await gdb.until(/^\*stopped/)).toMatch(/reason="function-finished".*func="main"/);
    expect(await value("blinker.last.at_milliseconds")).toBe(now);
    expect(await gdb.command("-data-read-memory-bytes 0xe0042000 4")).toContain('contents="10640320"');
    before = { number, at: now };
    progress.stops++;
  }
  expect(server.output()).toContain("stlinkserver already running");
  expect(server.output()).not.toMatch(/error|lost/i);
}

/** OpenOCD, which polls the core, and reads on its telnet port. */
async function openOcd(share: ShareProcess, transport: (typeof transports)[number]): Promise<Telnet> {
  const port = await freePort();
  const running = startProgram("openocd", [
    ...["-c", "gdb_port disabled", "-c", `telnet_port ${port}`, "-c", "tcl_port disabled"],
    ...adapters[transport](share.port),
    ...["-f", "target/stm32f1x.cfg", "-c", "init"],
  ]);
  ends.push(() => running.stop());
  await running.waitFor(/Listening on port \d+ for telnet connections/);
  const telnet = await Telnet.connect(port);
  ends.push(() => {
    telnet.close();
    expect(running.output()).not.toMatch(/^Error/m);
  });
  return telnet;
}

async function asks(telnet: Telnet, progress: Progress): Promise<void> {
  const flash = readElf(readFileSync(program), program).segments.find(({ address: at }) => at === 0x08000000);
  const vectors = Array.from({ length: 4 }, (_, index) => readU32(flash?.data ?? new Uint8Array(16), index * 4));
  const expected = vectors.map((word) => word.toString(16).padStart(8, "0")).join(" ");
  let before = 0;
  while (!progress.over) {
    expect(await telnet.command("mdw 0x08000000 4")).toContain(`0x08000000: ${expected}`);
    expect(await telnet.command("mdw 0xE0042000")).toContain("0xe0042000: 20036410");
    const at = `0x${address("milliseconds").toString(16).padStart(8, "0")}`;
    const shown = await telnet.command(`mdw ${at}`);
    const now = Number.parseInt(new RegExp(`${at}: ([0-9a-f]{8})`).exec(shown)?.[1] ?? "", 16);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(await telnet.command("targets")).toMatch(/stm32f1x\.cpu .*(running|halted)/);
    before = now;
    progress.commands += 4;
  }
}

describe("one probe, three programs at a time", () => {
  it.each(transports)(
    "OpenOCD by %s, GDB over probity gdbserver -t, and a reader all see right values",
    async (transport) => {
      const share = await startShare(["--probe", `sim:bluepill?elf=${program}`]);
      ends.push(async () => expect(await share.stop()).toBe(0));
      const telnet = await openOcd(share, transport);
      const progress = new Progress();
      let ready = (): void => {};
      const debugging = new Promise<void>((resolve) => {
        ready = resolve;
      });
      const gdb = debug(share.port, await freePort(), progress, ready);
      await Promise.race([debugging, gdb]);
      progress.start();
      await Promise.all([reader(share.port, progress), asks(telnet, progress), gdb]);
      const { polls, slowest, stops, commands, blinks } = progress;
      console.log(
        `${transport}: ${polls} polls in ${duration} ms (slowest ${slowest.toFixed(0)} ms), ${stops} stops, ${commands} commands`,
      );
      expect(polls).toBeGreaterThanOrEqual(duration / 50);
      expect(Math.min(blinks, stops)).toBeGreaterThanOrEqual(3);
      expect(commands).toBeGreaterThanOrEqual(16);
    },
    duration * 2 + 120_000,
  );
});
