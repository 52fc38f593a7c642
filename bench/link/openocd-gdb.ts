import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Bench, setUpBench } from "../../test/openocd/bench.ts";
import { adapters, type Transport } from "../../test/openocd/openocd.ts";
import { Gdb } from "./gdb.ts";
import type { GdbHost } from "./gdb-jobs.ts";
import type { Cost } from "./server.ts";

/** How often a core that runs is asked whether it halted, at most. */
const MOST_POLLS = 1000;
const PATIENCE = 10_000;

/**
 * OpenOCD behind GDB, as our server is, on the same kind of virtual probe. Its background polling, which follows the wall
 * clock, is off; {@link toStop} asks it to poll while the core runs. What it does by timers of its own still makes a count
 * differ by a few from run to run.
 */
export class OpenOcdGdb implements GdbHost {
  readonly gdb: Gdb;
  readonly #bench: Bench;
  readonly #openocd: ChildProcess;
  readonly #console: Socket;
  readonly #gdbPort: number;
  #answers = "";

  private constructor(bench: Bench, openocd: ChildProcess, console: Socket, gdbPort: number) {
    this.#bench = bench;
    this.#openocd = openocd;
    this.#console = console;
    this.#gdbPort = gdbPort;
    this.gdb = new Gdb();
    console.setEncoding("latin1").on("data", (text: string) => {
      this.#answers += text;
    });
  }

  static async start(transport: Transport, flash: Uint8Array, elf?: string): Promise<OpenOcdGdb> {
    const bench = await setUpBench("v2-1", { program: flash });
    const [gdbPort, tclPort] = await freePorts(2);
    const configuration = [
      ...["telnet_port disabled", `gdb_port ${gdbPort}`, `tcl_port ${tclPort}`].flatMap((each) => ["-c", each]),
      ...adapters[transport](bench.port),
      ...["-f", "target/stm32f1x.cfg"],
      ...["adapter speed 4000", "init", "poll off", "reset halt"].flatMap((each) => ["-c", each]),
    ];
    const openocd = spawn("openocd", configuration, { stdio: ["ignore", "ignore", "pipe"] });
    let output = "";
    openocd.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    try {
      const console = await connected(tclPort, () => output);
      const server = new OpenOcdGdb(bench, openocd, console, gdbPort);
      // Commands of the configuration run before the ports are served; this one comes after them.
      await server.#tcl("poll off");
      if (elf !== undefined) await server.gdb.command(`-file-exec-and-symbols ${elf}`);
      return server;
    } catch (error) {
      openocd.kill("SIGKILL");
      await bench.close();
      throw error;
    }
  }

  /** GDB connects. */
  async attach(): Promise<void> {
    await this.gdb.command(`-target-select extended-remote localhost:${this.#gdbPort}`);
  }

  get cost(): Cost {
    const { transfers, linkNanoseconds } = this.#bench.probe.account;
    return { transfers, milliseconds: linkNanoseconds / 1e6 };
  }

  async measure(action: () => Promise<unknown>): Promise<Cost> {
    const before = this.cost;
    await action();
    const now = this.cost;
    return { transfers: now.transfers - before.transfers, milliseconds: now.milliseconds - before.milliseconds };
  }

  /** A command of GDB's that lets the core run, with polls until it has stopped. */
  async toStop(text: string): Promise<void> {
    let stopped = false;
    const run = this.gdb.run(text).finally(() => {
      stopped = true;
    });
    for (let polls = 0; !stopped && polls < MOST_POLLS; polls++) {
      await Promise.race([run, pause(30)]);
      if (!stopped) await this.#tcl("poll");
      await Promise.race([run, pause(30)]);
    }
    await run;
  }

  async close(): Promise<void> {
    await this.gdb.quit();
    this.#console.destroy();
    const ended = new Promise((resolve) => this.#openocd.once("close", resolve));
    this.#openocd.kill("SIGTERM");
    await Promise.race([ended, pause(2000).then(() => this.#openocd.kill("SIGKILL"))]);
    await this.#bench.close();
  }

  /** Each command and each answer of that port ends with 0x1a. */
  async #tcl(command: string): Promise<void> {
    this.#answers = "";
    this.#console.write(`${command}\x1a`);
    for (let waited = 0; !this.#answers.includes("\x1a"); waited += 2) {
      if (waited > PATIENCE) throw new Error(`OpenOCD does not answer to ${command}.`);
      await pause(2);
    }
  }
}

async function connected(port: number, output: () => string): Promise<Socket> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(port, "127.0.0.1", () => resolve(attempt));
      attempt.once("error", () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    await pause(50);
  }
  throw new Error(`OpenOCD does not come up:\n${output()}`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
