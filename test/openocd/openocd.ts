import { spawn } from "node:child_process";

export type Transport = "dapdirect_swd" | "hla_swd";

export const transports: readonly Transport[] = ["dapdirect_swd", "hla_swd"];

export interface OpenOcdRun {
  /** Exit code; undefined when it had to be killed. */
  readonly code: number | undefined;
  /** Both output streams, as they came. */
  readonly output: string;
  readonly milliseconds: number;
}

export interface OpenOcdOptions {
  readonly transport: Transport;
  /** The stlink-server's. */
  readonly port: number;
  /** Run one after the other; `exit` is added. */
  readonly commands: readonly string[];
  /** Configuration after the target file, as `reset_config …`. */
  readonly configuration?: readonly string[];
  readonly timeoutMilliseconds?: number;
}

/** What selects the TCP back end differs between the two drivers of OpenOCD 0.12. */
export const adapters: Readonly<Record<Transport, (port: number) => string[]>> = {
  dapdirect_swd: (port) => [
    "-f",
    "interface/stlink-dap.cfg",
    "-c",
    "transport select dapdirect_swd",
    "-c",
    `st-link backend tcp ${port}`,
  ],
  hla_swd: (port) => [
    "-f",
    "interface/stlink.cfg",
    "-c",
    "transport select hla_swd",
    "-c",
    `hla_stlink_backend tcp ${port}`,
  ],
};

/** Runs OpenOCD against an stlink-server with the F1's target file and none of its own ports; killed when it takes too long. */
export async function runOpenOcd(options: OpenOcdOptions): Promise<OpenOcdRun> {
  const started = performance.now();
  const commands = ["gdb_port disabled", "telnet_port disabled", "tcl_port disabled"];
  const args = [
    ...commands.flatMap((command) => ["-c", command]),
    ...adapters[options.transport](options.port),
    "-f",
    "target/stm32f1x.cfg",
    // One -c each: in a longer one only the last command's output is printed.
    ...[...(options.configuration ?? []), ...options.commands, "exit"].flatMap((command) => ["-c", command]),
  ];
  const child = spawn("openocd", args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMilliseconds ?? 20_000);
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? undefined));
  });
  clearTimeout(timer);
  return { code, output, milliseconds: performance.now() - started };
}
