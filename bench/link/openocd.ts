import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wireNanoseconds } from "../../src/sim/link-model.ts";
import { setUpBench } from "../../test/openocd/bench.ts";
import { runOpenOcd, type Transport, transports } from "../../test/openocd/openocd.ts";
import { testImage } from "../image.ts";
import type { Figures } from "./jobs.ts";

const SIZE = 64 * 1024;

/** Each job comes after `before`; what `before` alone costs is taken off. */
const connected = ["init", "poll off"];
const halted = [...connected, "halt", "wait_halt"];

/** A peer with its version, and its figures by the names of our rows. */
export interface Peer {
  readonly name: string;
  readonly figures: Figures;
}

/**
 * The same jobs by OpenOCD, over TCP to the same kind of virtual probe, by its own commands with polling off, so that the
 * count depends on no clock. Empty, with a notice, where OpenOCD is not installed.
 */
export async function openocdFigures(): Promise<Peer[]> {
  const version = /Open On-Chip Debugger (\S+)/.exec(spawnSync("openocd", ["--version"]).stderr?.toString() ?? "")?.[1];
  if (version === undefined) {
    console.error("OpenOCD is not installed: its figures are left out.");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "probity-bench-"));
  const image = join(folder, "image.bin");
  writeFileSync(image, testImage(SIZE));
  const load = `flash write_image erase ${image} 0x08000000 bin`;
  try {
    const peers: Peer[] = [];
    for (const transport of transports) {
      const between = async (before: readonly string[], commands: readonly string[]) => {
        const start = before.length === 0 ? { transfers: 0, milliseconds: 0 } : await cost(transport, before);
        const whole = await cost(transport, [...before, ...commands]);
        return {
          transfers: whole.transfers - start.transfers,
          milliseconds: whole.milliseconds - start.milliseconds,
        };
      };
      const connect = await between([], [...halted, "reg"]);
      const step = await between([...halted, "reg"], ["step", "reg"]);
      const read = await between(halted, [`dump_image ${folder}/dump.bin 0x08000000 ${SIZE}`]);
      const watch = await between(connected, ["mdw 0x20000000 100"]);
      peers.push({
        name: `OpenOCD ${version} ${transport}`,
        figures: {
          ...(await loads(between, load)),
          "connect.transfers": connect.transfers,
          "stepi.transfers": step.transfers,
          "read-64k.transfers": read.transfers,
          "read-64k.of-wire-limit": wireNanoseconds(2 * (SIZE / 4), 4e6) / 1e6 / read.milliseconds,
          "watch-100.transfers-a-sample": watch.transfers,
        },
      });
    }
    return peers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Between = (
  before: readonly string[],
  commands: readonly string[],
) => Promise<{ transfers: number; milliseconds: number }>;

/** It compares nothing: loading the same again costs what it cost before. */
async function loads(between: Between, load: string): Promise<Figures> {
  const { transfers } = await between(halted, [load]);
  return { "load-64k.transfers": transfers, "reload-64k.transfers": transfers };
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
