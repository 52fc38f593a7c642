import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";
import { median } from "./start.ts";

const program = fileURLToPath(new URL("../dist/ST-LINK_gdbserver.js", import.meta.url));
const blinky = fileURLToPath(new URL("../firmware/blinky/blinky.elf", import.meta.url));
/** Asleep but for an interrupt a millisecond, and in step with the wall clock. */
const board = `sim:bluepill?pace=realtime&elf=${encodeURIComponent(blinky)}`;
const RUNS = 3;
const SECONDS = 5;
/** The kernel counts the CPU time of processes in these. */
const TICKS_A_SECOND = 100;

/** What a server uses of a core while nothing is asked of it, in percent. Needs a build, and Linux. */
export async function idleRows(): Promise<Row[]> {
  if (!existsSync(program) || !existsSync("/proc/self/stat")) {
    console.error("idle.* are left out: they need a build (npm run build) and Linux.");
    return [];
  }
  const rows: Row[] = [];
  for (const [name, attached] of [
    ["idle.server-cpu-percent", false],
    ["idle.halted-cpu-percent", true],
  ] as const) {
    const figures: number[] = [];
    for (let run = 0; run < RUNS; run++) figures.push(await idleServer("sim:bluepill?pace=realtime", attached));
    rows.push(row(name, figures));
  }
  const figures: number[] = [];
  for (let run = 0; run < RUNS; run++) figures.push(await idleServer(board, false));
  rows.push(row("idle.board-cpu-percent", figures));
  return rows;
}

function row(name: string, figures: number[]): Row {
  const [ours] = median(figures);
  const spread = ours === 0 ? 0 : (Math.max(...figures) - Math.min(...figures)) / ours;
  return { name, unit: "percent of a core", ours, spread };
}

async function idleServer(probe: string, attached: boolean): Promise<number> {
  const server = spawn(process.execPath, [program, "-d", "-p", "0", "--probe", probe], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let client: Socket | undefined;
  try {
    const port = await portOf(server);
    if (attached) client = connect(port, "127.0.0.1").on("error", () => {});
    // "?" halts the target and asks why it stands.
    client?.write("+$?#3f");
    await wait(1500);
    const before = ticks(server.pid!);
    const started = performance.now();
    await wait(SECONDS * 1000);
    const seconds = (performance.now() - started) / 1000;
    return ((ticks(server.pid!) - before) / TICKS_A_SECOND / seconds) * 100;
  } finally {
    client?.destroy();
    server.kill();
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
