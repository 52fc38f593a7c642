/** What is done with each tool at a board: the command lines that users type most. */
import { spawn } from "node:child_process";
import type { UsbBench } from "../../stlink-org/bench.ts";

/** Tools that repeat one error without end are cut there. */
const LONGEST = 40_000;
const elf = "firmware/blinky/blinky.elf";

export interface Session {
  readonly name: string;
  /** A board of the virtual ones; pyOCD 0.13 knows one F103 alone, which sits on no Blue Pill. */
  readonly board: "bluepill" | "stm3210e-eval";
  /** Faults that it cannot be run with: it prints without end. */
  readonly not?: readonly string[];
  readonly run: (bench: UsbBench, image: string, port: number) => Promise<string>;
}

/** Runs a tool to its end, to a time, or to the length of a log that nobody reads further. */
async function told(bench: UsbBench, program: string, words: readonly string[], seconds = 20): Promise<string> {
  const tool = bench.start(program, words);
  const timer = setTimeout(() => void tool.stop("SIGKILL"), seconds * 1000);
  const watch = setInterval(() => {
    if (tool.output().length > LONGEST) void tool.stop("SIGKILL");
  }, 10);
  await tool.ended;
  clearTimeout(timer);
  clearInterval(watch);
  return tool.output().slice(0, LONGEST);
}

/** GDB at a server: connects, loads, runs to main and on, and is interrupted after a while. */
async function gdbAt(port: number, commands: readonly string[]): Promise<string> {
  const words = [`target extended-remote :${port}`, ...commands, "info registers pc sp lr", "bt 3"];
  const child = spawn("gdb-multiarch", ["-q", "-nx", "-batch", ...words.flatMap((word) => ["-ex", word]), elf]);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const interrupt = setTimeout(() => child.kill("SIGINT"), 8000);
  const end = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(interrupt);
  clearTimeout(end);
  return output;
}

/** A server, and GDB at it; the server's text first, as in two windows that are copied one after the other. */
async function served(
  bench: UsbBench,
  program: string,
  words: readonly string[],
  ready: RegExp,
  port: number,
  commands: readonly string[],
): Promise<string> {
  const server = bench.start(program, words);
  await server.waitFor(ready, 8000).catch(() => undefined);
  const client = await gdbAt(port, commands);
  const output = server.output();
  await server.stop("SIGTERM");
  return `${output}\n${client}`;
}

const loadAndRun = ["load", "tbreak main", "continue", "continue"];

function openocd(transport: "hla_swd" | "dapdirect_swd", ...commands: readonly string[]): string[] {
  const file = transport === "hla_swd" ? "interface/stlink.cfg" : "interface/stlink-dap.cfg";
  return [
    ...["-f", file, "-c", `transport select ${transport}`, "-f", "target/stm32f1x.cfg"],
    ...["telnet_port disabled", "tcl_port disabled", ...commands].flatMap((command) => ["-c", command]),
  ];
}

const program = `program ${elf} verify reset exit`;
const underReset = "reset_config srst_only srst_nogate connect_assert_srst";
const endless = ["probe-unplugged"];

export const sessions: readonly Session[] = [
  {
    name: "openocd-program",
    board: "bluepill",
    run: (bench) => told(bench, "openocd", openocd("hla_swd", "gdb_port disabled", program)),
  },
  {
    name: "openocd-dap-program",
    board: "bluepill",
    run: (bench) => told(bench, "openocd", openocd("dapdirect_swd", "gdb_port disabled", program)),
  },
  {
    name: "openocd-under-reset",
    board: "bluepill",
    run: (bench) =>
      told(bench, "openocd", openocd("hla_swd", underReset, "gdb_port disabled", "init", "reset halt", "exit")),
  },
  {
    name: "openocd-gdb",
    board: "bluepill",
    run: (bench, _, port) =>
      served(bench, "openocd", openocd("hla_swd", `gdb_port ${port}`), /for gdb connections|Error/, port, [
        "monitor reset halt",
        ...loadAndRun,
      ]),
  },
  { name: "st-info", board: "bluepill", run: (bench) => told(bench, "st-info", ["--probe"]) },
  {
    name: "st-flash-write",
    board: "bluepill",
    not: endless,
    run: (bench, image) => told(bench, "st-flash", ["--reset", "write", image, "0x8000000"]),
  },
  {
    name: "st-flash-under-reset",
    board: "bluepill",
    not: endless,
    run: (bench, image) => told(bench, "st-flash", ["--connect-under-reset", "write", image, "0x8000000"]),
  },
  {
    name: "st-util-gdb",
    board: "bluepill",
    not: endless,
    run: (bench, _, port) => served(bench, "st-util", ["-p", `${port}`], /Listening|ERROR|Couldn't/, port, loadAndRun),
  },
  {
    name: "pyocd-flash",
    board: "stm3210e-eval",
    run: (bench, image) => told(bench, "pyocd-flashtool", ["-t", "stm32f103rc", "-a", "0x08000000", image]),
  },
];
