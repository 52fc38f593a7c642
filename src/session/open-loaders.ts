import { hex32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { isProbityError } from "../base/errors.ts";
import { resetFlagAddress, resetFlagNames } from "../chips/reset-cause.ts";
import type { Core } from "../cortexm/core.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { LoaderTarget } from "../diagnose/loader/loader-facts.ts";
import { prejudgeLoader } from "../diagnose/loader/prejudge-loader.ts";
import { ExternalMemory } from "../flash/loader/external-memory.ts";
import { isLoaderFailed } from "../flash/loader/loader-failed.ts";
import type { LoaderFile } from "../formats/loader-file.ts";
import type { IdentifiedChip } from "../stm32/identify.ts";
import { feedWatchdog } from "../stm32/watchdog.ts";
import { FindingError } from "./finding-error.ts";
import { LoadedMemory } from "./loaded-memory.ts";
import { type LoaderLog, LoaderStepLog } from "./loader-log.ts";
import type { SinceReset } from "./session-parts.ts";

const source = "initExternalMemory";
/** Where RAM begins, and what stack, vector table and buffers need, on a chip of which nothing is known. */
const ASSUMED_ALIGNMENT = 0x10000;
const ASSUMED_ROOM = 8 * 1024;
/** Every Cortex-M STM32 but a few has RAM here. */
const USUAL_RAM = 0x20000000;

/** The loaders that the user named, and how they are to be treated. */
export interface LoaderChoice {
  readonly files: readonly { readonly loader: LoaderFile; readonly initAfterReset: boolean }[];
  /** Milliseconds that one call of a loader's function may take. */
  readonly timeout: number;
  /** A loader whose Init() fails ends the start, as with ST's server. */
  readonly strict: boolean;
  /** Init() at the start: not for one-shot work, which begins with Init() anyway. */
  readonly initAtStart: boolean;
  /** Told of a failed Init() when the session goes on without that memory. */
  readonly onFailure?: (finding: Finding) => void;
}

export interface LoaderSurroundings {
  readonly core: Core;
  readonly clock: Clock;
  readonly chip: IdentifiedChip;
  readonly sinceReset: SinceReset;
  readonly log: LoaderLog;
  readonly note: (text: string) => void;
  /** Brings a target back that a loader made vanish: under reset, halted at its reset vector. */
  readonly recover?: () => Promise<void>;
}

/**
 * Makes memories of the loaders and calls each one's Init(), if the core stands where a reset left it: in the middle of
 * a program, which an attach leaves alone, Init() would change clocks and pins under its feet, and waits until the
 * memory is asked for. With `strict` rejects with {@link FindingError} for the first that fails.
 */
export async function openLoaders(
  choice: LoaderChoice | undefined,
  around: LoaderSurroundings,
): Promise<LoadedMemory[]> {
  if (choice === undefined) return [];
  const { core, clock, chip, sinceReset, note, recover } = around;
  const target: LoaderTarget = { chip: chip.row, chipName: chip.name, deviceId: chip.deviceId, ram: chip.ramRegions };
  const flags = resetFlagAddress(chip.row);
  const memories: LoadedMemory[] = [];
  for (const { loader, initAfterReset } of choice.files) {
    const taken = takenBy(
      loader,
      chip,
      memories.filter(({ failed }) => !failed),
    );
    if (taken !== undefined) {
      note(`Warning: the loader ${loader.fileName} is not used: its memory ${rangeOf(loader)} is ${taken}.`);
      continue;
    }
    const steps = new LoaderStepLog(around.log);
    let starting = false;
    const memory = new ExternalMemory({
      core,
      clock,
      loader,
      ram: chip.ramRegions.length > 0 ? chip.ramRegions : [assumedRam(loader)],
      limit: choice.timeout,
      feed: feedWatchdog(chip.row),
      ...(flags !== undefined && {
        resetFlags: { address: flags, names: (value: number) => resetFlagNames(chip.row, value) },
      }),
      ...(chip.row !== undefined && { chip: chip.row }),
      ...(recover !== undefined && { recover }),
      onStray: (changed) => {
        const where = `${hex32(changed[0].start)} to ${hex32(changed[changed.length - 1].end - 1)}`;
        note(`Warning: ${loader.fileName} wrote to RAM that is not its own (${where}); it was put back.`);
      },
      onReset: () => {
        for (const each of memories) each.forgetInit();
      },
      pristine: () => sinceReset.pristine,
      onStep: (step) => {
        if (starting) steps.step(step);
      },
    });
    const loaded = new LoadedMemory(memory, target, initAfterReset);
    memories.push(loaded);
    const doubtful = prejudgeLoader(loader, target);
    if (doubtful !== undefined) note(`Warning: ${doubtful.cause}`);
    // Flash inside the chip needs no Init() to be read, and its algorithm is initialised for each job.
    if (!choice.initAtStart || loader.format === "flm") continue;
    if (!sinceReset.pristine) {
      around.log.file(source, `Init() of ${loader.fileName} waits until the memory is asked for: a program is running`);
      continue;
    }
    starting = true;
    steps.found(loader.functions.get("Init") ?? 0);
    try {
      await loaded.init();
    } catch (error) {
      if (!isProbityError(error)) throw error;
      if (isLoaderFailed(error.cause)) steps.failed(error.cause.failure);
      // Without a target there is nothing to go on with.
      const lost = isLoaderFailed(error.cause) && error.cause.failure.vanished?.recovered === false;
      if (choice.strict || lost || !(error instanceof FindingError)) throw error;
      choice.onFailure?.(error.finding);
    } finally {
      starting = false;
      core.invalidate();
    }
  }
  return withoutRivals(memories, note);
}

/** Of several loaders for the same addresses all but one failed: that one has them. If all did, the first stands for all. */
function withoutRivals(memories: readonly LoadedMemory[], note: (text: string) => void): LoadedMemory[] {
  const kept: LoadedMemory[] = [];
  for (const memory of [...memories].sort((a, b) => Number(a.failed) - Number(b.failed))) {
    const rival = kept.find((each) => meets(each, memory));
    if (rival === undefined) {
      kept.push(memory);
    } else if (!rival.failed) {
      note(`${rival.file} takes the place of ${memory.file}, whose Init() failed: ${rangeOf(rival.memory.loader)}.`);
    }
  }
  return memories.filter((memory) => kept.includes(memory));
}

/** Regions of ARMv7-M (B3.1) in which no external memory can be: peripherals, and the system from its private bus on. */
const reserved = [
  { name: "the chip's peripherals", base: 0x40000000, size: 0x20000000 },
  { name: "the core's own registers", base: 0xe0000000, size: 0x20000000 },
] as const;

/** What else lies where a loader says its memory is, so that reads and writes there are not the loader's. */
function takenBy({ device }: LoaderFile, chip: IdentifiedChip, memories: readonly LoadedMemory[]): string | undefined {
  const other = memories.find((memory) => meets(memory, device));
  if (other !== undefined) return `that of ${other.file}, which was named first`;
  const ram = chip.ramRegions.find(({ base, size }) => meets({ start: base, size }, device));
  if (ram !== undefined) return `the chip's own ${ram.name}`;
  return reserved.find(({ base, size }) => meets({ start: base, size }, device))?.name;
}

interface Stretch {
  readonly start: number;
  readonly size: number;
}

function meets(a: Stretch, b: Stretch): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

function rangeOf({ device }: LoaderFile): string {
  return `${hex32(device.start)} to ${hex32(device.start + device.size - 1)}`;
}

/** RAM of a chip that is not known: what the loader is linked to, and room for its stack. It answers, or it does not. */
function assumedRam({ format, span }: LoaderFile): { readonly base: number; readonly size: number } {
  if (format === "flm") return { base: USUAL_RAM, size: span.length + ASSUMED_ROOM };
  const base = span.start - (span.start % ASSUMED_ALIGNMENT);
  return { base, size: span.start - base + span.length + ASSUMED_ROOM };
}
