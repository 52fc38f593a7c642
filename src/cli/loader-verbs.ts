import type { Command } from "commander";
import { ProbityError } from "../base/errors.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
import { printResult } from "./json-output.ts";
import { loaderInfoJson, loaderInfoLines } from "./loader-info.ts";
import { type LoaderTestStep, testLoader } from "./loader-test.ts";
import { type TargetOptions, withTarget } from "./one-shot.ts";
import { parseAddress, withTargetOptions } from "./target-options.ts";
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
      async ({ loaded: [loaded], clock, session, findings, stop }) => {
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
        const trial = { clock, address, onStep: say };
        const result = await stop.inOrder(() => session.exclusive(() => testLoader(loaded, trial)));
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

function folders(): string[] {
  return loaderFolders("", process.env[loaderFoldersVariable]);
}

function stepWords({ step, milliseconds, bytes }: LoaderTestStep): string {
  const time = `${milliseconds.toFixed(1).padStart(9)} ms`;
  if (bytes === 0) return `${step.padEnd(8)}${time}`;
  const rate = milliseconds > 0 ? `, ${(bytes / 1.024 / milliseconds).toFixed(0)} KiB/s` : "";
  return `${step.padEnd(8)}${time}  ${bytes} bytes${rate}`;
}
