import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setUpBench } from "../test/openocd/bench.ts";
import { runOpenOcd, type Transport, transports } from "../test/openocd/openocd.ts";
import { testImage } from "./image.ts";
import type { Row } from "./row.ts";

/** Each job comes after `before`; what `before` alone costs is taken off. */
const connected = ["init", "poll off"];
const halted = [...connected, "halt", "wait_halt"];

/** The same jobs by OpenOCD, over TCP to the same virtual probe. Empty, with a notice, where OpenOCD is not installed. */
export async function benchOpenocd(): Promise<Row[]> {
  const version = /Open On-Chip Debugger (\S+)/.exec(spawnSync("openocd", ["--version"]).stderr?.toString() ?? "")?.[1];
  if (version === undefined) {
    console.error("OpenOCD is not installed: its rows are left out.");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "probity-bench-"));
  const image = join(folder, "image.bin");
  writeFileSync(image, testImage(64 * 1024));
  const jobs: readonly { name: string; before: readonly string[]; commands: readonly string[]; kib?: number }[] = [
    { name: "connect (attach) and identify", before: [], commands: [...connected, "flash probe 0"] },
    { name: "halt to registers", before: connected, commands: ["halt", "wait_halt", "reg"] },
    { name: "one step with registers", before: [...halted, "reg"], commands: ["step", "reg"] },
    { name: "read 64 KiB", before: halted, commands: [`dump_image ${folder}/dump.bin 0x08000000 65536`], kib: 64 },
    { name: "load 64 KiB", before: halted, commands: [`flash write_image erase ${image} 0x08000000 bin`], kib: 64 },
  ];
  try {
    const rows: Row[] = [];
    for (const transport of transports) {
      for (const { name, before, commands, kib } of jobs) {
        const start = before.length === 0 ? { transfers: 0, milliseconds: 0 } : await cost(transport, before);
        const whole = await cost(transport, [...before, ...commands]);
        const milliseconds = whole.milliseconds - start.milliseconds;
        rows.push({
          name,
          who: `OpenOCD ${version} ${transport}`,
          transfers: whole.transfers - start.transfers,
          milliseconds,
          rate: kib === undefined ? undefined : `${(kib / (milliseconds / 1000)).toFixed(1)} KiB/s`,
        });
      }
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
