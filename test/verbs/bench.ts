import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, vi } from "vitest";
import type { Terminal } from "../../src/cli/terminal.ts";
import { runVerb } from "../../src/cli/verbs.ts";
import type { OpenedLink } from "../../src/session/opened-link.ts";
import type { BoardChip } from "../../src/sim/boards/boards.ts";

const kept = vi.hoisted(() => ({ opened: undefined as OpenedLink | undefined, keep: false }));

// A verb opens its board anew, as at power-on. Here one board stays on the table: every verb finds what the last one left.
vi.mock("../../src/session/open-simulated.ts", async (original) => {
  const real = await original<typeof import("../../src/session/open-simulated.ts")>();
  const openSimulated: typeof real.openSimulated = (spec, serial) => {
    if (!kept.keep) return real.openSimulated(spec, serial);
    kept.opened ??= real.openSimulated(spec, serial);
    const { simulated } = kept.opened;
    if (simulated === undefined) throw new Error("no virtual probe");
    return { ...kept.opened, link: simulated.asLink(), dispose: () => {} };
  };
  return { ...real, openSimulated };
});

/** `inspect.elf`: 3516 bytes at 0x08000000 that run on any STM32F103. */
export const program = fileURLToPath(new URL("../../firmware/inspect/inspect.elf", import.meta.url));
export const otherProgram = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
export const bluepill = "sim:bluepill?pace=fast";
/** With a program in flash that runs. */
export const running = `${bluepill}&elf=${program}`;

const folder = mkdtempSync(join(tmpdir(), "probity-verbs-"));
afterAll(() => {
  kept.opened?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A path in a folder of this test's own. */
export function pathOf(name: string): string {
  return join(folder, name);
}

/** Writes a file there. */
export function file(name: string, content: Uint8Array | string): string {
  writeFileSync(pathOf(name), content);
  return pathOf(name);
}

/** A copy of an ELF file with one byte changed where a run of bytes is found. */
export function patchedElf(name: string, find: readonly number[], at: number, value: number): string {
  const bytes = readFileSync(program);
  const found = bytes.indexOf(Uint8Array.from(find));
  if (found < 0) throw new Error("the bytes are not in the file");
  bytes[found + at] = value;
  return file(name, bytes);
}

/** A board that stays as it is from verb to verb, until the next call. */
export function keepBoard(): { readonly chip: () => BoardChip; readonly flash: () => Uint8Array } {
  kept.opened?.dispose();
  kept.opened = undefined;
  kept.keep = true;
  const chip = (): BoardChip => {
    const found = kept.opened?.board?.chip;
    if (found === undefined) throw new Error("no verb has opened the board yet");
    return found;
  };
  const memories = (): { readonly flash: Uint8Array } =>
    (chip() as BoardChip & { readonly memories: { readonly flash: Uint8Array } }).memories;
  return { chip, flash: () => memories().flash };
}

/** Every verb has a board of its own again. */
export function freshBoards(): void {
  kept.opened?.dispose();
  kept.opened = undefined;
  kept.keep = false;
}

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** Somebody who presses Ctrl-C: each time that what was written to stderr contains the text. */
export interface Impatience {
  readonly at: string;
}

/** Runs a command line; `answer` is what somebody types who sits at the terminal. */
export async function run(words: readonly string[], answer?: string, impatient?: Impatience): Promise<Outcome> {
  const text = { out: "", error: "" };
  let stop: () => void = () => {};
  const terminal: Terminal = {
    out: (more) => {
      text.out += more;
    },
    error: (more) => {
      text.error += more;
      if (impatient !== undefined && more.includes(impatient.at)) stop();
    },
    errorIsTerminal: answer !== undefined,
    inputIsTerminal: answer !== undefined,
    readLine: async () => answer ?? "",
    onStop: (callback) => {
      stop = () => callback("SIGINT");
    },
    exit: (status) => {
      throw new Error(`left at once with ${status}`);
    },
  };
  const status = await runVerb(words, terminal);
  return { status, ...text };
}

/** Runs a command line with `--json`; the one document that it wrote. */
export async function json(words: readonly string[]): Promise<{ status: number; document: Document; error: string }> {
  const { status, out, error } = await run([...words, "--json"]);
  return { status, document: JSON.parse(out) as Document, error };
}

// biome-ignore lint/suspicious/noExplicitAny: what a verb writes is what these tests find out.
type Document = any;
