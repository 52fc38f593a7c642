import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that was started in the background, and that outlives this one. */
export class StartedServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #log: string;
  #failure: string | undefined;
  #ended = false;

  constructor([command, ...words]: readonly string[]) {
    // A file, for a pipe would break when this program ends.
    this.#folder = mkdtempSync(join(tmpdir(), "probity-share-"));
    this.#log = join(this.#folder, "log");
    const output = openSync(this.#log, "wx");
    this.#child = spawn(command, words, { detached: true, stdio: ["ignore", output, output], windowsHide: true });
    closeSync(output);
    this.#child.on("error", (error) => {
      this.#failure = error.message;
      this.#ended = true;
    });
    this.#child.on("exit", () => {
      this.#ended = true;
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The first line of what it said; `undefined` while there is none. */
  get firstWords(): string | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const lines = readFileSync(this.#log, "utf8").split("\n");
    return lines
      .find((line) => line.trim() !== "")
      ?.trim()
      .replace(/^Cause: */, "");
  }

  /** Lets it live by itself; what it says is no longer kept. */
  release(): void {
    this.#child.unref();
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // Where a file that is open can't be removed, it stays among the temporary files.
    }
  }

  /** Ends it. */
  kill(): void {
    if (!this.#ended) this.#child.kill();
  }
}
