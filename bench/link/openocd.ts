import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readElf } from "../../src/formats/elf.ts";
import { countingProgram, setUpBench } from "../../test/openocd/bench.ts";
import { runOpenOcd, type Transport, transports } from "../../test/openocd/openocd.ts";
import { testImage } from "../image.ts";
import { chipMilliseconds, type Figures } from "./jobs.ts";
import { OpenOcdGdb } from "./openocd-gdb.ts";
import { imageFile, lineProgram } from "./programs.ts";
import { modelLimit, swdAlone } from "./wire-limit.ts";

const SIZE = 64 * 1024;
const FLASH = 0x08000000;
const demo = new URL("../../firmware/inspect/inspect.elf", import.meta.url).pathname;

/** Jobs by its own commands come after `before`, whose own cost is taken off. */
const connected = ["init", "poll off"];
const halted = [...connected, "halt", "wait_halt"];

/** A peer with its version, and its figures by the names of our rows. */
export interface Peer {
  readonly name: string;
  readonly figures: Figures;
}

/**
 * The same jobs by OpenOCD, over TCP to the same kind of virtual probe: through GDB where ours goes through GDB, by its own
 * commands where it reads memory. Polling is off, so that the count depends on no clock. Empty, with a notice, where OpenOCD
 * is not installed.
 */
export async function openocdFigures(): Promise<Peer[]> {
  const version = /Open On-Chip Debugger (\S+)/.exec(spawnSync("openocd", ["--version"]).stderr?.toString() ?? "")?.[1];
  if (version === undefined) {
    console.error("OpenOCD is not installed: its figures are left out.");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "probity-bench-"));
  try {
    const peers: Peer[] = [];
    for (const transport of transports) {
      const between = async (before: readonly string[], commands: readonly string[]) => {
        const start = await cost(transport, before);
        const whole = await cost(transport, [...before, ...commands]);
        return {
          transfers: whole.transfers - start.transfers,
          milliseconds: whole.milliseconds - start.milliseconds,
        };
      };
      const read = await between(halted, [`dump_image ${folder}/dump.bin 0x08000000 ${SIZE}`]);
      const watch = await between(connected, ["mdw 0x20000000 100"]);
      peers.push({
        name: `OpenOCD ${version} ${transport}`,
        figures: {
          ...(await loads(transport, folder)),
          ...(await steps(transport)),
          ...(await line(transport, folder)),
          "read-64k.transfers": read.transfers,
          "read-64k.of-wire-limit": modelLimit(SIZE) / read.milliseconds,
          "read-64k.of-swd-alone": swdAlone(SIZE) / read.milliseconds,
          "watch-100.transfers-a-sample": watch.transfers,
        },
      });
    }
    return peers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It compares nothing: loading the same again costs about what it cost before. */
async function loads(transport: Transport, folder: string): Promise<Figures> {
  const image = testImage(SIZE);
  const changed = image.slice();
  changed[SIZE / 2 + 100] ^= 1;
  const files = [imageFile(folder, "image", image), imageFile(folder, "changed", changed)];
  const server = await OpenOcdGdb.start(transport, countingProgram(0x400));
  try {
    await server.attach();
    const load = await server.measure(() => server.gdb.console(`load ${files[0]}`));
    const reload = await server.measure(() => server.gdb.console(`load ${files[0]}`));
    const onePage = await server.measure(() => server.gdb.console(`load ${files[1]}`));
    return {
      "load-64k.transfers": load.transfers,
      "load-64k.modelled-over-chip": load.milliseconds / chipMilliseconds(SIZE),
      "reload-64k.transfers": reload.transfers,
      "reload-64k-one-page.transfers": onePage.transfers,
    };
  } finally {
    await server.close();
  }
}

async function steps(transport: Transport): Promise<Figures> {
  const server = await OpenOcdGdb.start(transport, flashOf(demo), demo);
  const { gdb } = server;
  try {
    await server.attach();
    await gdb.console("info registers");
    // All since the probe was opened.
    const connect = server.cost.transfers;
    await gdb.console("break accumulate");
    const hit = await server.measure(async () => {
      await server.pumped("continue");
      await gdb.console("bt");
      await gdb.console("info locals");
    });
    const step = await server.measure(async () => {
      await gdb.run("stepi");
      await gdb.console("info registers");
    });
    return {
      "connect.transfers": connect,
      "breakpoint-bt.transfers": hit.transfers,
      "stepi.transfers": step.transfers,
    };
  } finally {
    await server.close();
  }
}

async function line(transport: Transport, folder: string): Promise<Figures> {
  const { elf, longLine } = lineProgram(folder);
  const server = await OpenOcdGdb.start(transport, flashOf(elf), elf);
  const { gdb } = server;
  try {
    await server.attach();
    await gdb.console(`tbreak line.c:${longLine}`);
    await server.pumped("continue");
    await gdb.console("info locals");
    const next = await server.measure(() => server.pumped("next"));
    return { "next-40.transfers": next.transfers };
  } finally {
    await server.close();
  }
}

/** What a program puts into flash. */
function flashOf(elf: string): Uint8Array {
  const { segments } = readElf(readFileSync(elf), elf);
  const inFlash = segments.filter(({ address }) => address >= FLASH && address < FLASH + SIZE);
  const bytes = new Uint8Array(Math.max(...inFlash.map(({ address, data }) => address + data.length)) - FLASH).fill(
    0xff,
  );
  for (const { address, data } of inFlash) bytes.set(data, address - FLASH);
  return bytes;
}

async function cost(
  transport: Transport,
  commands: readonly string[],
): Promise<{ transfers: number; milliseconds: number }> {
  const bench = await setUpBench("v2-1");
  try {
    const configuration = ["adapter speed 4000"];
    const { code, output } = await runOpenOcd({
      transport,
      port: bench.port,
      commands,
      configuration,
      timeoutMilliseconds: 60_000,
    });
    if (code !== 0) throw new Error(`OpenOCD failed (${commands.join("; ")}):\n${output}`);
    const { transfers, linkNanoseconds } = bench.probe.account;
    return { transfers, milliseconds: linkNanoseconds / 1e6 };
  } finally {
    await bench.close();
  }
}
