import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { ProbityError } from "../base/errors.ts";
import { type Image, readImage } from "../formats/image.ts";
import type { ProgrammedMemory } from "../session/debug-session.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
import { flashJson, flashLines } from "./flash-result.ts";
import { printResult } from "./json-output.ts";
import { loadImage } from "./load-image.ts";
import { loaderInfoJson, loaderInfoLines } from "./loader-info.ts";
import { type LoaderTestStep, testLoader } from "./loader-test.ts";
import { type TargetOptions, withTarget } from "./one-shot.ts";
import { drawProgress } from "./st-compat/progress.ts";
import type { Terminal } from "./terminal.ts";

/** `probity loader info` and `probity loader test`. */
export function addLoaderVerbs(program: Command, terminal: Terminal): void {
  const loader = program.command("loader").description("external memory loaders (.stldr) and flash algorithms (.FLM)");
  loader
    .command("info")
    .description("say what a loader is: its memory, what it needs, which chips can run it and why others can't")
    .argument("<file>", "a .stldr or .FLM file, or the name of one in PROBITY_LOADERS")
    .option("--json", "print JSON")
    .action((file: string, options: { json?: boolean }) => {
      const found = openLoader(file, folders());
      const { json } = options;
      printResult(terminal, { json, value: loaderInfoJson(found), lines: () => loaderInfoLines(found) });
    });
  withTargetOptions(
    loader
      .command("test")
      .description("try a loader on one sector: Init, read, erase, write, verify; the content is put back")
      .argument("<file>", "a .stldr or .FLM file, or the name of one in PROBITY_LOADERS")
      .option("--address <address>", "an address in the sector to try; the last one unless given", parseAddress),
  ).action(async (file: string, options: TargetOptions & { address?: number }) => {
    await withTarget(
      { ...options, loader: [file] },
      terminal,
      async ({ loaded: [loaded], clock, session, findings }) => {
        if (loaded === undefined) {
          throw new ProbityError("loader-not-usable", `${file} cannot be tried here.`, {
            remedy: ["Take a loader for a memory outside of the chip, or a flash algorithm for the flash inside."],
          });
        }
        const say = (step: LoaderTestStep): void => {
          if (!options.json) terminal.out(`${stepWords(step)}\n`);
        };
        if (!options.json) terminal.out(`${loaded.memory.loader.fileName}: ${loaded.name}\n`);
        const { address } = options;
        const result = await session.exclusive(() => testLoader(loaded, { clock, address, onStep: say }));
        const { sector } = result;
        printResult(terminal, {
          json: options.json,
          value: { ...result, findings },
          lines: () => [`The sector at 0x${sector.address.toString(16)} works, and holds what it held before.`],
        });
      },
    );
  });
}

/** `probity flash`. */
export function addFlashVerb(program: Command, terminal: Terminal): void {
  withTargetOptions(
    program
      .command("flash")
      .description("program a file: ELF, Intel HEX, S-record, or raw binary with --address")
      .argument("<file>")
      .option("--loader <file>", "external memory loader or flash algorithm; may be given more than once", collect)
      .option("--address <address>", "where a raw binary belongs", parseAddress)
      .option("--verify", "compare afterwards")
      .option("--run", "reset and let the program run; it stays halted unless given"),
  ).action(async (file: string, options: TargetOptions & { address?: number; run?: boolean }) => {
    const image = readProgram(file, options.address);
    await withTarget(options, terminal, async ({ session, loaded, chip, findings }) => {
      const drawing = drawProgress(session.events, terminal);
      const memories: ProgrammedMemory[] = [];
      session.events.on("flash.programmed", (memory) => memories.push(memory));
      const { json, verify = false, run = false } = options;
      const done = await loadImage(session, image.segments, { loaded, verify, run, entry: image.entry }).finally(() =>
        drawing.dispose(),
      );
      const value = flashJson({ file, chip: chip.name, done, memories, verify, run, findings });
      printResult(terminal, { json, value, lines: () => flashLines(file, done, verify) });
    });
  });
}

function withTargetOptions(command: Command): Command {
  return command
    .option("--probe <probe>", "usb, usb:SERIAL or sim:BOARD[?key=value&...]", "usb")
    .option("--frequency <kHz>", "highest wire clock", parseNumber)
    .option("--under-reset", "connect under reset")
    .option("--json", "print JSON")
    .option("--findings-json <file>", "write what is found to be wrong: one JSON object a line")
    .option("--loader-timeout <seconds>", "longest time for one call of a loader's function", parseSeconds, 10);
}

function folders(): string[] {
  return loaderFolders("", process.env[loaderFoldersVariable]);
}

function readProgram(file: string, baseAddress: number | undefined): Image {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("file-unreadable", `The program ${file} cannot be read (${system}).`, {
      facts: { path: file, system },
      remedy: ["Correct the path."],
      cause,
    });
  }
  return readImage(bytes, file, { baseAddress });
}

function stepWords({ step, milliseconds, bytes }: LoaderTestStep): string {
  const time = `${milliseconds.toFixed(1).padStart(9)} ms`;
  if (bytes === 0) return `${step.padEnd(8)}${time}`;
  const rate = milliseconds > 0 ? `, ${(bytes / 1.024 / milliseconds).toFixed(0)} KiB/s` : "";
  return `${step.padEnd(8)}${time}  ${bytes} bytes${rate}`;
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function parseAddress(text: string): number {
  const value = /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value < 2 ** 32) return value;
  throw new InvalidArgumentError("Give an address such as 0x90000000.");
}

/** As the server's option of that name. */
function parseSeconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= 3600) return value;
  throw new InvalidArgumentError("Give a number of seconds from 1 to 3600.");
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}
