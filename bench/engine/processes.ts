import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Run } from "./run-ours.ts";

/** What a whole process took, in ms. */
interface Whole {
  /** User and system time of all its threads. */
  readonly cpu: number;
  readonly wall: number;
  readonly output: string;
}

const LIMIT = 120_000;

/** Runs the bundle beside it with what V8 has compiled of it before. */
const boot = `
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");
const filename = join(__dirname, "child.cjs");
const kept = join(__dirname, "kept");
const source = "(function (exports, require, module) {" + readFileSync(filename, "latin1") + "\\n})";
const script = new Script(source, { filename, cachedData: existsSync(kept) ? readFileSync(kept) : undefined });
script.runInThisContext()({}, require, {});
if (process.argv.includes("--keep")) {
  // Taken back under the same flags alone, and the next run begins without this one.
  setFlagsFromString("--no-experimental-wasm-branch-hinting");
  writeFileSync(kept, script.createCachedData());
} else if (script.cachedDataRejected) throw new Error("V8 does not take back what it compiled");
`;

/** Runs a program and times it by the shell, from without. */
function timed(command: string, words: readonly string[]): Whole {
  const result = spawnSync("bash", ["-c", `TIMEFORMAT='%U %S %R'; time "$@"`, "bash", command, ...words], {
    encoding: "utf8",
    timeout: LIMIT,
  });
  if (result.error !== undefined) throw result.error;
  const lines = result.stderr.trimEnd().split("\n");
  const [user, system, wall] = (lines.pop() ?? "").split(" ").map((seconds) => 1000 * Number(seconds));
  const output = [result.stdout.trim(), ...lines].join("\n").trim();
  if (result.status !== 0) throw new Error(`${command} ended with ${result.status}:\n${output}`);
  return { cpu: user + system, wall, output };
}

/** QEMU's first line of `--version`; undefined where it is not installed. */
export function qemuVersion(): string | undefined {
  const { stdout, status } = spawnSync("qemu-system-arm", ["--version"], { encoding: "utf8" });
  return status === 0 ? `QEMU ${/version ([\d.]+)/.exec(stdout)?.[1]} TCG` : undefined;
}

/** A program on QEMU's STM32 board, translated by TCG, not counting instructions, until it ends itself by semihosting. */
export function runQemu(file: string): Whole {
  return timed("qemu-system-arm", [
    ...["-M", "stm32vldiscovery", "-nographic", "-monitor", "none", "-serial", "none"],
    ...["-semihosting-config", "enable=on,target=native", "-kernel", file],
  ]);
}

/** Our side: a program on the virtual board, in a Node process of its own that runs the product's sources as built. */
export class OurSide {
  readonly #folder = mkdtempSync(join(tmpdir(), "probity-engine-"));

  /**
   * Bundles and minifies, as the product is built; and keeps what V8 compiles in a run of `file`, as the product does from
   * one start to the next.
   */
  async build(file: string): Promise<void> {
    await build({
      entryPoints: [fileURLToPath(new URL("./child.ts", import.meta.url))],
      outfile: join(this.#folder, "child.cjs"),
      ...({ bundle: true, platform: "node", format: "cjs", target: "node20", minify: true } as const),
      logLevel: "warning",
    });
    writeFileSync(join(this.#folder, "boot.cjs"), boot);
    timed(process.execPath, [join(this.#folder, "boot.cjs"), file, "translator", "--keep"]);
  }

  run(file: string): { readonly run: Run & { readonly mainWithStart: number }; readonly whole: Whole } {
    const whole = timed(process.execPath, [join(this.#folder, "boot.cjs"), file, "translator"]);
    return { run: JSON.parse(whole.output), whole };
  }

  drop(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
