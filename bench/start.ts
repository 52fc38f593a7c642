import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";

const program = fileURLToPath(new URL("../dist/ST-LINK_gdbserver.js", import.meta.url));
const RUNS = 5;

/** From the command line to the line that says that the server waits: milliseconds of wall time. Needs a build. */
export async function startRows(): Promise<Row[]> {
  if (!existsSync(program)) {
    console.error("start.ready-ms is left out: there is no build (npm run build).");
    return [];
  }
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await readyAfter());
  times.sort((a, b) => a - b);
  const median = times[Math.floor(RUNS / 2)];
  return [{ name: "start.ready-ms", unit: "ms", ours: median, spread: (times[RUNS - 1] - times[0]) / median }];
}

function readyAfter(): Promise<number> {
  const started = performance.now();
  const server = spawn(process.execPath, [program, "-d", "-p", "0", "--probe", "sim:bluepill?pace=fast"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    let ready = 0;
    const timer = setTimeout(() => server.kill("SIGKILL"), 20_000);
    server.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (ready > 0 || !output.includes("Waiting for debugger")) return;
      ready = performance.now() - started;
      server.kill();
    });
    server.once("error", reject);
    server.once("close", () => {
      clearTimeout(timer);
      if (ready > 0) resolve(ready);
      else reject(new Error(`The server did not come up:\n${output}`));
    });
  });
}
