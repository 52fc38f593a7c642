import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";
import { sleeper } from "./sleeper.ts";
import { median } from "./start.ts";

const server = fileURLToPath(new URL("../dist/ST-LINK_gdbserver.js", import.meta.url));
/** In step with the wall clock. */
const board = "sim:bluepill?pace=realtime";
const RUNS = 3;
/** Until what belongs to the start is over: compiling hot code, keeping it, and what V8 tidies up. */
const SETTLE = 6000;
const SECONDS = 10;
/** The kernel counts the CPU time of processes in these. */
const TICKS_A_SECOND = 100;

/** What a server uses of a core while nothing is asked of it, in percent. Needs a build, and Linux. */
export async function idleRows(): Promise<Row[]> {
  if (!existsSync(server) || !existsSync("/proc/self/stat")) {
    console.error("idle.* are left out: they need a build (npm run build) and Linux.");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), "probity-idle-"));
  const program = join(folder, "sleeper.hex");
  writeFileSync(program, sleeper());
  const asleep = `${board}&elf=${encodeURIComponent(program)}`;
  const rows: Row[] = [];
  try {
    for (const [name, words, attached] of [
      ["idle.server-cpu-percent", ["--probe", board], false],
      ["idle.halted-cpu-percent", ["--probe", board], true],
      // -g leaves the core running.
      ["idle.board-cpu-percent", ["-g", "--probe", asleep], false],
    ] as const) {
      const figures: number[] = [];
      for (let run = 0; run < RUNS; run++) figures.push(await idleServer(words, attached));
      rows.push(row(name, figures));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

function row(name: string, figures: number[]): Row {
  const [ours] = median(figures);
  const spread = ours === 0 ? 0 : (Math.max(...figures) - Math.min(...figures)) / ours;
  return { name, unit: "percent of a core", ours, spread };
}

async function idleServer(words: readonly string[], attached: boolean): Promise<number> {
  const child = spawn(process.execPath, [server, "-d", "-p", "0", ...words], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let client: Socket | undefined;
  try {
    const port = await portOf(child);
    if (attached) client = connect(port, "127.0.0.1").on("error", () => {});
    // "?" halts the target and asks why it stands.
    client?.write("+$?#3f");
    await wait(SETTLE);
    const before = ticks(child.pid!);
    const started = performance.now();
    await wait(SECONDS * 1000);
    const seconds = (performance.now() - started) / 1000;
    return ((ticks(child.pid!) - before) / TICKS_A_SECOND / seconds) * 100;
  } finally {
    client?.destroy();
    child.kill();
  }
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`The server did not come up:\n${output}`)), 20_000);
    server.stdout!.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const port = /localhost:(\d+)/.exec(output);
      if (port === null) return;
      clearTimeout(timer);
      resolve(Number(port[1]));
    });
  });
}

/** utime and stime of a process (proc(5)). */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
