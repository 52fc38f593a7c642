import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";

const program = fileURLToPath(new URL("../dist/ST-LINK_gdbserver.js", import.meta.url));
const words = [program, "-d", "-p", "0", "--probe", "sim:bluepill?pace=fast"];
const RUNS = 15;
/** Milliseconds after which a server has kept what it compiled. */
const KEPT_AFTER = 3000;

/**
 * Where a machine's administrator has this set, Node reads a file of certificates before any program begins: that is no part
 * of any program's start, and differs from machine to machine.
 */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
const emptyProgram = ["-e", "console.log('ready')"];

/**
 * From the command line to the line that says that the server waits: milliseconds of wall time, beside OpenOCD; and how much
 * of it Node takes for a program that only says so. Needs a build.
 */
export async function startRows(): Promise<Row[]> {
  if (!existsSync(program)) {
    console.error("start.ready-ms is left out: there is no build (npm run build).");
    return [];
  }
  const peer = openOcd();
  const ours: number[] = [];
  const nodes: number[] = [];
  const theirs: number[] = [];
  // The first start after a build keeps what it compiles for the others.
  await readyAfter(process.execPath, words, "Waiting for debugger", KEPT_AFTER);
  for (let run = 0; run < RUNS; run++) {
    ours.push(await readyAfter(process.execPath, words, "Waiting for debugger"));
    nodes.push(await readyAfter(process.execPath, emptyProgram, "ready"));
    if (peer !== undefined) theirs.push(await readyAfter("openocd", peer.words, "Listening on port"));
  }
  const [middle, spread] = median(ours);
  const [theirMiddle] = median(theirs);
  const versus = peer && { peer: theirMiddle, peerName: `${peer.name} without a target`, ratio: theirMiddle / middle };
  const [node, nodeSpread] = median(nodes);
  return [
    { name: "start.ready-ms", unit: "ms", ours: middle, ...versus, spread },
    { name: "start.node-alone-ms", unit: "ms", ours: node, spread: nodeSpread },
  ];
}

/** Median, and greatest minus least as a part of it. */
export function median(figures: number[]): [middle: number, spread: number] {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  return [middle, (sorted[sorted.length - 1] - sorted[0]) / middle];
}

/** OpenOCD up to where it waits for clients; its probe is a dummy without targets, so that its start alone is measured. */
function openOcd(): { readonly name: string; readonly words: string[] } | undefined {
  const setup =
    "adapter driver dummy; transport select jtag; adapter speed 1000; gdb_port disabled; telnet_port disabled; tcl_port 0";
  try {
    const version = execFileSync("openocd", ["--version"], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    const number = /Debugger (\S+)/.exec(version)?.[1] ?? "";
    return { name: `OpenOCD ${number}`.trim(), words: ["-c", setup] };
  } catch {
    return undefined;
  }
}

/** Milliseconds until a program has printed `text`; then, or so much later, it is ended. */
function readyAfter(command: string, options: readonly string[], text: string, stay = 0): Promise<number> {
  const started = performance.now();
  const server = spawn(command, options, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    let output = "";
    let ready = 0;
    const timer = setTimeout(() => server.kill("SIGKILL"), 20_000);
    const read = (chunk: string): void => {
      output += chunk;
      if (ready > 0 || !output.includes(text)) return;
      ready = performance.now() - started;
      if (stay > 0) setTimeout(() => server.kill(), stay);
      else server.kill();
    };
    server.stdout.setEncoding("utf8").on("data", read);
    server.stderr.setEncoding("utf8").on("data", read);
    server.once("error", reject);
    server.once("close", () => {
      clearTimeout(timer);
      if (ready > 0) resolve(ready);
      else reject(new Error(`${command} did not come up:\n${output}`));
    });
  });
}
