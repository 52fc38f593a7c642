import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { GdbStub } from "./gdb-stub.ts";
import { dataMemory, highMemory, lowMemory, type Memory } from "./layout.ts";

/** Bytes to be in memory at the start. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Boards of QEMU that differ in their core: a Cortex-M3, a Cortex-M4. */
export type QemuMachine = "mps2-an385" | "mps2-an386";

/** One QEMU, stopped at its reset vector, and the GDB connection that drives it. */
export class Qemu {
  readonly stub: GdbStub;
  readonly #process: ChildProcess;
  readonly #folder: string;
  /** Rejects with QEMU's own words when it ends by itself, as it does on lockup. */
  readonly #died: Promise<never>;

  private constructor(stub: GdbStub, process: ChildProcess, folder: string, died: Promise<never>) {
    this.stub = stub;
    this.#process = process;
    this.#folder = folder;
    this.#died = died;
  }

  /** Starts `qemu-system-arm` with the segments in its RAM. It is killed by {@link close}. */
  static async start(segments: readonly Segment[], machine: QemuMachine = "mps2-an385"): Promise<Qemu> {
    const folder = mkdtempSync(join(tmpdir(), "probity-qemu-"));
    const socket = join(folder, "gdb");
    const options = ["-M", machine, "-nodefaults", "-display", "none", "-S"];
    options.push("-gdb", `unix:${socket},server=on,wait=off`);
    for (const [index, memory] of [lowMemory, dataMemory, highMemory].entries()) {
      const file = join(folder, `${index}.bin`);
      if (!writeMemory(file, memory, segments)) continue;
      if (memory === lowMemory) options.push("-kernel", file);
      else options.push("-device", `loader,file=${file},addr=0x${memory.base.toString(16)},force-raw=on`);
    }
    const child = spawn("qemu-system-arm", options, { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    const died = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`QEMU ended (${code ?? signal}): ${complaint}`)));
    });
    died.catch(() => undefined);
    try {
      return new Qemu(await Promise.race([GdbStub.open(socket), died]), child, folder, died);
    } catch (error) {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs to one of the addresses and returns the one. */
  async runTo(stops: readonly number[], milliseconds = 60_000): Promise<number> {
    for (const stop of stops) await this.stub.setBreakpoint(stop);
    try {
      await this.stub.run(milliseconds);
    } catch (error) {
      // When the connection breaks, the reason is QEMU's: give it a moment to tell.
      throw await Promise.race([this.#died.catch((reason) => reason), pause(500).then(() => error)]);
    }
    const { r } = await this.stub.registers();
    return r[15];
  }

  async close(): Promise<void> {
    this.stub.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Writes the segments that lie in `memory` to a sparse file; false when none does. */
function writeMemory(path: string, memory: Memory, segments: readonly Segment[]): boolean {
  const inside = segments.filter(({ address }) => address >= memory.base && address < memory.base + memory.size);
  if (inside.length === 0) return false;
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, memory.size);
    for (const { address, bytes } of inside) writeSync(file, bytes, 0, bytes.length, address - memory.base);
  } finally {
    closeSync(file);
  }
  return true;
}
