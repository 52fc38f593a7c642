import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readElf } from "../../src/formats/elf.ts";
import { countingProgram, setUpBench } from "../../test/openocd/bench.ts";
import { runOpenOcd, type Transport, transports } from "../../test/openocd/openocd.ts";
import { demo, type Figures, type GdbHost, goToLine, loadImages, loadJobs, SIZE, stopJobs } from "./gdb-jobs.ts";
import { OpenOcdGdb } from "./openocd-gdb.ts";
import { lineProgram } from "./programs.ts";
import { modelLimit, swdAlone } from "./wire-limit.ts";

const FLASH = 0x08000000;

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
          ...(await withOpenOcd(transport, flashOf(demo), demo, stopJobs)),
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

/** Runs `work` with a GDB that is connected to OpenOCD, with these bytes in flash. */
async function withOpenOcd(
  transport: Transport,
  flash: Uint8Array,
  elf: string | undefined,
  work: (host: GdbHost) => Promise<Figures>,
): Promise<Figures> {
  const server = await OpenOcdGdb.start(transport, flash, elf);
  try {
    await server.attach();
    return await work(server);
  } finally {
    await server.close();
  }
}

/** It compares nothing: loading the same again costs about what it cost before. */
async function loads(transport: Transport, folder: string): Promise<Figures> {
  const images = loadImages(folder);
  return withOpenOcd(transport, countingProgram(0x400), undefined, (host) => loadJobs(host, images));
}

async function line(transport: Transport, folder: string): Promise<Figures> {
  const { elf, longLine } = lineProgram(folder);
  return withOpenOcd(transport, flashOf(elf), elf, async (host) => {
    await goToLine(host, longLine);
    const next = await host.measure(() => host.toStop("next"));
    return { "next-40.transfers": next.transfers };
  });
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
