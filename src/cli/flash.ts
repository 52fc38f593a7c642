import type { Command } from "commander";
import type { ProgrammedMemory } from "../session/debug-session.ts";
import { flashJson, flashLines } from "./flash-result.ts";
import { checkProgram } from "./image-check.ts";
import { printResult } from "./json-output.ts";
import { loadImage } from "./load-image.ts";
import { type TargetOptions, withTarget } from "./one-shot.ts";
import { readProgram } from "./program-file.ts";
import { drawProgress } from "./st-compat/progress.ts";
import { parseAddress, withLoaderOption, withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { conflict } from "./usage-error.ts";

interface FlashOptions extends TargetOptions {
  readonly address?: number;
  readonly run?: boolean;
  readonly reset?: boolean;
  readonly full?: boolean;
  readonly anyCore?: boolean;
}

/** `probity flash`. */
export function addFlashVerb(program: Command, terminal: Terminal): void {
  withLoaderOption(
    withTargetOptions(
      program
        .command("flash")
        .description("program a file: ELF, Intel HEX, S-record, or raw binary with --address")
        .argument("<file>")
        .option("--address <address>", "where a raw binary belongs", parseAddress)
        .option("--verify", "compare afterwards")
        .option("--run", "reset and let the program run, also one in RAM; it stays halted unless given")
        .option("--reset", "reset and let the chip start as it does after power-on")
        .option("--full", "program sectors that hold the right content already, too")
        .option("--any-core", "program also what was built for a core that this chip has not"),
    ),
  ).action(async (file: string, options: FlashOptions) => {
    const { json, verify = false, run = false, reset = false } = options;
    if (run && reset) throw conflict("--run", "--reset");
    const image = readProgram(file, options.address);
    await withTarget({ ...options, incremental: !options.full }, terminal, async (target) => {
      const { session, loaded, chip, findings, stop } = target;
      checkProgram(options.anyCore ? { ...image, build: undefined } : image, file, target);
      const drawing = drawProgress(session.events, terminal);
      const memories: ProgrammedMemory[] = [];
      session.events.on("flash.programmed", (memory) => memories.push(memory));
      const loading = { loaded, verify, run, entry: image.entry, cancelled: stop.asked };
      const done = await stop
        .inOrder(() => loadImage(session, image.segments, loading))
        .finally(() => drawing.dispose());
      if (reset) await session.reset("system", { halt: false, afterLoad: true });
      const value = flashJson({ file, chip: chip.name, done, memories, verify, run: run || reset, findings });
      printResult(terminal, { json, value, lines: () => flashLines(file, done, memories, verify) });
    });
  });
}
