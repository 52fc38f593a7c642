import { type ChildProcess, spawn } from "node:child_process";
import { systemWallTime } from "../../src/base/wall-time.ts";
import { openSimulated, type SimSpec } from "../../src/session/open-simulated.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import type { Board } from "../../src/sim/boards/boards.ts";
import type { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import type { Memories } from "../../src/sim/stm32/memories.ts";
import { createStlinkDevice } from "../../src/sim/usb/stlink-device.ts";
import { UsbredirPort } from "../../src/sim/usbredir/usbredir-port.ts";
import { buildShim } from "./shim.ts";

/** A virtual probe on its cable. */
export interface Plugged {
  readonly board: Board;
  readonly probe: SimulatedProbe;
  readonly port: UsbredirPort;
}

export interface ToolRun {
  readonly code: number | undefined;
  /** Both streams, progress lines on lines of their own. */
  readonly output: string;
}

/** A tool that goes on running. */
export interface RunningTool {
  output(): string;
  waitFor(pattern: RegExp, milliseconds?: number): Promise<void>;
  /** Sends a signal, and resolves once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | undefined>;
}

/** Virtual probes as `probity sim usb --probe SPEC` serves them, and programs that find them in their libusb. */
export class UsbBench {
  readonly plugged: readonly Plugged[];
  readonly #ends: (() => unknown)[];
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(plugged: readonly Plugged[], ends: (() => unknown)[]) {
    this.plugged = plugged;
    this.#ends = ends;
    const ports = plugged.map(({ port }) => port.port).join(",");
    // The C locale: a tool's numbers and messages are the same everywhere.
    this.#environment = { ...process.env, LC_ALL: "C", LD_PRELOAD: buildShim(), PROBITY_USBREDIR: ports };
  }

  static async open(...specs: readonly string[]): Promise<UsbBench> {
    const plugged: Plugged[] = [];
    const ends: (() => unknown)[] = [];
    for (const spec of specs) {
      const { simulated, board, dispose } = openSimulated(parseProbeSpec(spec) as SimSpec, undefined);
      if (simulated === undefined || board === undefined) throw new TypeError(`${spec} has no board`);
      const device = createStlinkDevice({ probe: simulated, board, wallTime: systemWallTime });
      const onCable = (there: boolean): void => (there ? simulated.replug() : simulated.unplug());
      const port = await UsbredirPort.listen(device.usb, { wallTime: systemWallTime, onCable });
      device.onUnplugged(() => port.unplug());
      await simulated.sleep(0); // time begins
      plugged.push({ board, probe: simulated, port });
      ends.unshift(async () => {
        await port.close();
        device.dispose();
        dispose();
      });
    }
    return new UsbBench(plugged, ends);
  }

  get only(): Plugged {
    return this.plugged[0];
  }

  /** Runs a tool to its end; killed when it takes too long. */
  async run(program: string, words: readonly string[], milliseconds = 20_000): Promise<ToolRun> {
    const tool = this.start(program, words);
    const timer = setTimeout(() => void tool.stop("SIGKILL"), milliseconds);
    const code = await tool.ended;
    clearTimeout(timer);
    return { code, output: tool.output() };
  }

  /**
   * Runs a tool that writes flash through a loader in RAM. stlink-tools give that half a second of the wall clock: on a machine
   * that stands still for so long they give up, and are run again.
   */
  async runLoader(program: string, words: readonly string[]): Promise<ToolRun> {
    return patiently(() => this.run(program, words));
  }

  start(program: string, words: readonly string[]): RunningTool & { readonly ended: Promise<number | undefined> } {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: this.#environment });
    let output = "";
    const hear = (text: string): void => {
      output += text.replaceAll("\r", "\n");
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    const ended = endOf(child);
    const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | undefined> => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
      const code = await ended;
      clearTimeout(killer);
      return code;
    };
    this.#ends.unshift(() => stop());
    return {
      output: () => output,
      ended,
      stop,
      waitFor: async (pattern, milliseconds = 10_000) => {
        const until = performance.now() + milliseconds;
        while (!pattern.test(output)) {
          const over = performance.now() > until || child.exitCode !== null || child.signalCode !== null;
          if (over) throw new Error(`${program} did not print ${pattern}:\n${output}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      },
    };
  }

  /** What is in the first board's flash. */
  get flash(): Uint8Array {
    return (this.only.board.chip as Board["chip"] & { readonly memories: Memories }).memories.flash;
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }
}

/** What stlink-tools and a GDB at st-util say when a loader took too long. */
const TOO_SLOW = /Flash loader run error|Error finishing flash operation/;

/** Runs once more, and a last time, when the machine was too slow for a loader. */
export async function patiently<Run extends { readonly output: string }>(run: () => Promise<Run>): Promise<Run> {
  let done = await run();
  for (let turn = 0; turn < 2 && TOO_SLOW.test(done.output); turn++) done = await run();
  return done;
}

function endOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? undefined));
  });
}
