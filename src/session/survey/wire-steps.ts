import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import { factsOfError } from "./error-facts.ts";
import { type FactRecorder, isLinkGone } from "./fact-recorder.ts";

/** Wire clocks that are tried, in kHz, fastest first: what a probe takes for them depends on its kind. */
const clocks = [4000, 950, 240, 100, 25, 5] as const;
/** Clocks at which a signal is measured again when it is not clean. */
const slower = [950, 480, 240, 100] as const;
/** Tries at each clock: on a disturbed wire one may fail. */
const tries = 3;

/** ROM table's identification registers: constant, 12 words, on every Cortex-M (ARMv7-M D1.2; ADIv5 D1.2). */
const constant = { address: 0xe00fffd0, length: 48 } as const;
/** Blocks that are read for the measure: 288 words, some 13 000 bits on the wires, in about 50 transfers. */
const blocks = 24;
/** So many at most, where errors are rare. */
const mostBlocks = 240;
/** Blocks for a search after errors that something already met: one wrong bit in 20 000 shows in them. */
export const searchingBlocks = mostBlocks;
/** Bus faults at the start from which it is clear that this core has no such table. */
const faultsToTell = 3;

/** The clock of a V2 whose firmware can't be told another (SWD_SET_FREQ came with V2J22), in kHz. */
export const fixedClock = 1800;

/** The clock at which the target answers, and its DPIDR. */
export interface WireContact {
  readonly khz: number;
  readonly dpidr: number;
}

/** Looks for a clock at which something answers on SWD; resolves to `undefined` when there is none. */
export async function findContact(
  recorder: FactRecorder,
  probe: Probe,
  most?: number,
): Promise<WireContact | undefined> {
  if (probe.setFrequency === undefined) return contactAt(recorder, probe, fixedClock);
  const done = new Set<number>();
  for (const wanted of [...(most === undefined ? [] : [most]), ...clocks]) {
    if (most !== undefined && wanted > most) continue;
    const khz = await probe.setFrequency("swd", wanted);
    if (done.has(khz)) continue;
    done.add(khz);
    const contact = await contactAt(recorder, probe, khz);
    if (contact !== undefined) return contact;
  }
  return undefined;
}

async function contactAt(recorder: FactRecorder, probe: Probe, khz: number): Promise<WireContact | undefined> {
  const at = ` at ${khz} kHz`;
  for (let attempt = 1; attempt <= tries; attempt++) {
    try {
      await probe.enterDebug("swd");
      const dpidr = await probe.readIdcode();
      const what = `SWD answers${at}: DPIDR 0x${dpidr.toString(16).padStart(8, "0")}`;
      recorder.read("wire-answer", { answer: "ok", manner: "attach", protocol: "swd", khz }, what);
      recorder.read("wire-clock", { khz }, what);
      return { khz, dpidr };
    } catch (error) {
      if (!isProbityError(error)) throw error;
      if (isLinkGone(error) || attempt === tries) recordNoContact(recorder, error, khz);
      if (isLinkGone(error)) throw error;
      await probe.leaveDebug();
    }
  }
  return undefined;
}

function recordNoContact(recorder: FactRecorder, error: unknown, khz: number): void {
  const at = `SWD at ${khz} kHz`;
  for (const each of factsOfError(error, at)) {
    if (each.kind === "wire-answer") {
      const found = each.value.answer === "none" ? "nothing answers" : `the answer is bad (${each.value.answer})`;
      const value = { ...each.value, manner: "attach" as const, khz };
      recorder.read("wire-answer", value, `${at}: ${found}`);
    } else if (each.kind !== "error-code") {
      recorder.add(each);
    }
  }
}

/**
 * Reads what never changes again and again, and records how many of the accesses went wrong; when some did, at lower
 * clocks too, until one is clean. Resolves to the clock that is left set, the cleanest.
 */
export async function measureQuality(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  khz: number,
  atFirst: number = blocks,
): Promise<number> {
  let errors = await measureAt(recorder, probe, clock, khz, atFirst);
  let count: number = atFirst;
  let at = khz;
  for (const wanted of slower) {
    if (errors === 0 || probe.setFrequency === undefined) break;
    if (wanted >= at) continue;
    const chosen = await probe.setFrequency("swd", wanted);
    if (chosen >= at) continue;
    at = chosen;
    count = blocksToTell(errors / count);
    errors = await measureAt(recorder, probe, clock, at, count);
  }
  recorder.read("wire-clock", { khz: at }, `SWD clock ${at} kHz`);
  return at;
}

/** How many blocks without an error show that a rate of errors is lower than `rate`, but for one time in a thousand. */
function blocksToTell(rate: number): number {
  const needed = Math.ceil(Math.log(0.001) / Math.log(1 - Math.min(rate, 0.9)));
  return Math.min(mostBlocks, Math.max(blocks, needed));
}

async function measureAt(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  khz: number,
  count: number,
): Promise<number> {
  const seen = new Map<string, number>();
  let faults = 0;
  for (let block = 0; block < count; block++) {
    const before = probe.badAnswers ?? 0;
    try {
      const bytes = toHex(await probe.readMemory(0, constant.address, constant.length, 32));
      if ((probe.badAnswers ?? 0) === before) seen.set(bytes, (seen.get(bytes) ?? 0) + 1);
    } catch (error) {
      if (!isProbityError(error) || isLinkGone(error)) throw error;
      // A bus fault is an answer, unless noise made it: where nothing else comes there is nothing to measure with.
      const quiet = (probe.badAnswers ?? 0) === 0 && seen.size === 0;
      if (error.code === "memory-fault" && quiet && ++faults === faultsToTell) return 0;
      await clock.sleep(1);
      await reenter(probe);
    }
  }
  const right = Math.max(0, ...seen.values());
  const errors = count - right;
  const what =
    errors === 0
      ? `${count * (constant.length / 4)} accesses at ${khz} kHz without an error`
      : `${errors} of ${count} reads of a constant at ${khz} kHz came back garbled, wrong or not at all`;
  recorder.read("wire-quality", { khz, accesses: count, errors }, what);
  return errors;
}

async function reenter(probe: Probe): Promise<void> {
  try {
    await probe.enterDebug("swd");
  } catch (error) {
    if (!isProbityError(error) || isLinkGone(error)) throw error;
  }
}
