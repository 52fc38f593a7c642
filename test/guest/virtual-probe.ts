import { createInterface } from "node:readline";
import { spawnBound } from "./spawn-bound.ts";

/** A running `probity sim usb`. */
export interface VirtualProbe {
  readonly port: number;
  /** What it has said. */
  readonly lines: readonly string[];
  cable(move: "unplug" | "replug"): void;
  stop(): Promise<void>;
}

/** Starts one on a port of its own; `words` are its options. */
export async function startProbe(program: string, words: readonly string[]): Promise<VirtualProbe> {
  const child = spawnBound(
    process.execPath,
    [program, "sim", "usb", "--port", "0", ...words],
    ["pipe", "pipe", "inherit"],
  );
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("it has no pipes");
  const lines: string[] = [];
  const exited = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: stdout }).on("line", (line) => {
      lines.push(line);
      const match = /usbredir on 127\.0\.0\.1:(\d+)/.exec(line);
      if (match !== null) resolve(Number(match[1]));
    });
    void exited.then(() => reject(new Error(`probity sim usb ended: ${lines.join(" ")}`)));
  });
  return {
    port,
    lines,
    cable: (move) => stdin.write(`${move}\n`),
    stop: async () => {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await exited;
      clearTimeout(killer);
    },
  };
}
