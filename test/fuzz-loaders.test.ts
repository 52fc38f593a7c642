import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { buildWithGcc, flmScript, flmSource, stldrScripts, stldrSource } from "./formats/build-loader.ts";
import type { FuzzReport, FuzzTask } from "./formats/fuzz-worker.ts";
import { flmSample, iarSample, keilSample } from "./formats/loader-samples.ts";

const COUNT = 10_000;
/** MiB, together 64: what the heap may grow to, its young part, and what arrays may take beside it. */
const OLD = 40;
const YOUNG = 8;
const ARRAYS = 16;
const PATIENCE = 60_000;
const seed = Number(process.env.PROBITY_FUZZ_SEED ?? 44_016);
const firmware = new URL("../firmware/", import.meta.url);

/** Our own builds, and all loaders and one program that are built for users. */
function seedFiles(): FuzzTask["files"] {
  const own = [
    { name: "IAR sample", bytes: iarSample() },
    { name: "Keil sample", bytes: keilSample() },
    { name: "armlink sample", bytes: flmSample() },
    { name: "GCC .FLM", bytes: buildWithGcc(flmSource, flmScript, (_path, bytes) => bytes, ["-gdwarf-5"]) },
    ...Object.entries(stldrScripts).map(([way, script], index) => ({
      name: `GCC .stldr the ${way} way`,
      bytes: buildWithGcc(stldrSource, script, (_path, bytes) => bytes, [`-gdwarf-${3 + index}`]),
    })),
  ];
  const built = readdirSync(firmware, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(stldr|flm)$/i.test(name) || name.endsWith("inspect.elf"))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, firmware))) }));
  return [...own, ...built];
}

/** Runs in a thread whose heap is limited, and that is ended when it stands still. */
async function fuzz(task: FuzzTask): Promise<{ failures: string[]; done: FuzzReport & { kind: "done" } }> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("formats/fuzz-worker.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
  });
  const worker = new Worker(outputFiles[0].text, {
    eval: true,
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: OLD, maxYoungGenerationSizeMb: YOUNG },
  });
  const failures: string[] = [];
  let last = 0;
  return await new Promise((resolve, reject) => {
    const stuck = (): void => {
      reject(new Error(`seed ${task.seed}: stands still in the hundred from ${last} on`));
      void worker.terminate();
    };
    let watch = setTimeout(stuck, PATIENCE);
    worker.on("message", (report: FuzzReport) => {
      clearTimeout(watch);
      if (report.kind === "done") {
        resolve({ failures, done: report });
        return;
      }
      watch = setTimeout(stuck, PATIENCE);
      if (report.kind === "progress") last = report.at;
      else failures.push(`seed ${task.seed}, number ${report.at}, from ${report.file}: ${report.what}`);
    });
    worker.on("error", (error) => {
      clearTimeout(watch);
      reject(new Error(`seed ${task.seed}, in the hundred from ${last} on: ${error.message}`, { cause: error }));
    });
  });
}

it(`${COUNT} damaged loaders and programs are read or refused (seed ${seed})`, { timeout: 300_000 }, async () => {
  const files = seedFiles();
  expect(files.length).toBeGreaterThanOrEqual(8);
  const { failures, done } = await fuzz({ files, seed, count: COUNT });
  expect(failures.slice(0, 3).join("\n\n")).toBe("");
  expect(done.slowest, "milliseconds for one file").toBeLessThan(1000);
  expect(done.largest, "bytes of arrays for one file").toBeLessThan(ARRAYS * 1024 * 1024);
  // The damage has to reach every reader, and be refused in every way.
  const { codes } = done;
  for (const reader of ["readElf", "readElfSymbols", "readBuildAttributes", "readLoader"]) {
    expect(codes[`${reader}: read`], reader).toBeGreaterThan(COUNT / 20);
  }
  for (const code of ["foreign", "malformed", "no-storage-info", "no-function", "too-large", "stripped"]) {
    expect(codes[`readLoader: loader-${code}`], code).toBeGreaterThan(0);
  }
  console.log(
    `fuzz-loaders: seed ${seed}, ${files.length} seed files, slowest ${done.slowest.toFixed(1)} ms, arrays at most ${(done.largest / 2 ** 20).toFixed(1)} MiB`,
    codes,
  );
});
