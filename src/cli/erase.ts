import type { Command } from "commander";
import { hex32 } from "../base/bytes.ts";
import { confirm } from "./confirm.ts";
import { printResult } from "./json-output.ts";
import { noFlashHere } from "./memory-ranges.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { Refusal } from "./refusal.ts";
import { parseSectors, type SectorRange, type Stretch, sectorsOf, stretchesOf } from "./sectors.ts";
import { drawProgress } from "./st-compat/progress.ts";
import { withLoaderOption, withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";
import { conflict } from "./usage-error.ts";

interface EraseOptions extends TargetOptions {
  readonly sectors?: readonly SectorRange[];
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** `probity erase`. */
export function addEraseVerb(program: Command, terminal: Terminal): void {
  withLoaderOption(
    withTargetOptions(
      program
        .command("erase")
        .description("erase sectors of flash, or all of it; asks before, and leaves the core reset and halted")
        .option(
          "--sectors <ranges>",
          "numbers or addresses: 0-3,7 or 0x08001000-0x08001fff; sectors that are touched go as a whole",
          parseSectors,
        )
        .option("--all", "all of the chip's flash; with --loader all of the memories behind the loaders")
        .option("--yes", "don't ask"),
    ),
  ).action(async (options: EraseOptions) => {
    const { json, all = false, sectors, yes } = options;
    if (all && sectors !== undefined) throw conflict("--all", "--sectors");
    if (!all && sectors === undefined) {
      throw new Refusal("erase-what", "It is not said what to erase.", {
        remedy: ["Give --sectors RANGES, such as 0-3 or 0x08001000-0x08001fff, or --all."],
      });
    }
    await withTarget(options, terminal, async (target) => {
      const { session, chip, findings, stop } = target;
      const stretches = sectors === undefined ? everything(target) : stretchesOf(sectorsOf(target), sectors);
      for (const { address, length } of stretches) noFlashHere(target, address, length);
      await confirm(terminal, { lines: [`${chip.name}: ${lossWords(stretches)} will be erased.`], yes });
      const drawing = drawProgress(session.events, terminal);
      try {
        await stop.inOrder(async () => {
          if (sectors === undefined && target.loaded.length === 0) await session.massErase();
          else {
            for (const { address, length } of stretches) await session.flashErase(address, length);
            await session.flashDone(stop.asked);
          }
          await session.reset("system", { halt: true });
        });
      } finally {
        drawing.dispose();
      }
      const bytes = stretches.reduce((sum, { length }) => sum + length, 0);
      printResult(terminal, {
        json,
        value: {
          chip: chip.name,
          all,
          bytes,
          erased: stretches.map(({ address, length, sectors: count }) => ({ address, bytes: length, sectors: count })),
          findings,
        },
        lines: () => stretches.map((each) => `Erased: ${stretchWords(each)}.`),
      });
    });
  });
}

/** All sectors of the loaders' memories, or of the flash inside. */
function everything(target: TargetForWork): Stretch[] {
  const { loaded } = target;
  const all = sectorsOf(target).filter(
    ({ address }) => loaded.length === 0 || loaded.some((memory) => memory.contains(address)),
  );
  if (all.length === 0) {
    throw new Refusal("flash-unknown", `Of ${target.chip.name} it is not known which flash it has.`, {
      remedy: ["Give the loader or flash algorithm of the memory to erase: --loader FILE."],
    });
  }
  return stretchesOf(all, undefined);
}

function lossWords(stretches: readonly Stretch[]): string {
  return stretches.map(stretchWords).join("; ");
}

function stretchWords({ address, length, sectors }: Stretch): string {
  const count = sectors === 1 ? "1 sector" : `${sectors} sectors`;
  return `${count}, ${hex32(address)} to ${hex32(address + length - 1)} (${sizeWords(length)})`;
}

function sizeWords(bytes: number): string {
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}
