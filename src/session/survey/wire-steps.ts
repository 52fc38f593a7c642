import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Probe, Protocol } from "../../probe/probe.ts";
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
const mostBlocks = 600;
/** Blocks for a search after errors that something already met: one wrong bit in 20 000 shows in them. */
const searchBlocks = 240;
/** Failed reads on end after which a clock is given up. */
const silence = 24;
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
  let told: unknown;
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
      told = moreTelling(told, error);
      if (isLinkGone(error)) recordNoContact(recorder, error, khz);
      else if (attempt === tries) recordNoContact(recorder, told, khz);
      if (isLinkGone(error)) throw error;
      await probe.leaveDebug();
    }
  }
  return undefined;
}

/**
 * Of two failures the one that tells more: a garbled answer shows that something is there, which silence beside it does
 * not undo, for noise swallows whole answers, too.
 */
export function moreTelling(one: unknown, other: unknown): unknown {
  const garbled = (error: unknown): boolean =>
    factsOfError(error, "").some((each) => each.kind === "wire-answer" && each.value.answer === "error");
  return one !== undefined && garbled(one) && !garbled(other) ? one : other;
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

/** What reading a constant again and again came to, at one clock. */
interface Measured {
  readonly khz: number;
  readonly reads: number;
  readonly errors: number;
  /** Runs of errors: one wrong bit may cost several reads until the link is in order again. */
  readonly bursts: number;
  /** Reads at the end that all failed. */
  readonly trailing: number;
}

/**
 * Reads what never changes again and again, and records how many of the accesses went wrong; when some did, at lower
 * clocks too, until one is clean. Resolves to the clock that is left set, the cleanest. `search` is for what met errors
 * already: it reads more, and a target that is silent for good is not taken for disturbed wires.
 */
export async function measureQuality(
  recorder: FactRecorder,
  probe: Probe,
  clock: Clock,
  khz: number,
  search = false,
  protocol: Protocol = "swd",
): Promise<number> {
  let last = await measureAt(probe, clock, khz, search ? searchBlocks : blocks, protocol);
  const measured = [last];
  for (const wanted of slower) {
    if (last === undefined || last.errors === 0 || probe.setFrequency === undefined) break;
    if (wanted >= last.khz) continue;
    const chosen = await probe.setFrequency(protocol, wanted);
    if (chosen >= last.khz) continue;
    const least = search ? searchBlocks : blocks;
    last = await measureAt(probe, clock, chosen, Math.max(least, blocksToTell(rateOf(last))), protocol);
    measured.push(last);
  }
  const silent = search && last !== undefined && last.trailing >= silence && !(await answersAnew(probe, protocol));
  for (const each of measured) {
    if (each !== undefined) record(recorder, silent ? withoutEnd(each) : each);
  }
  const at = measured.findLast((each) => each !== undefined)?.khz ?? khz;
  recorder.read("wire-clock", { khz: at }, `${protocol.toUpperCase()} clock ${at} kHz`);
  return at;
}

function record(recorder: FactRecorder, { khz, reads, errors, bursts }: Measured): void {
  if (reads === 0) return;
  const what =
    errors === 0
      ? `${reads * (constant.length / 4)} accesses at ${khz} kHz without an error`
      : `${errors} of ${reads} reads of a constant at ${khz} kHz came back garbled, wrong or not at all`;
  recorder.read("wire-quality", { khz, accesses: reads, errors, ...(bursts !== errors && { bursts }) }, what);
}

/** What was measured before the target went silent. */
function withoutEnd(each: Measured): Measured {
  if (each.trailing === 0) return each;
  const { khz, reads, errors, bursts, trailing } = each;
  return { khz, reads: reads - trailing, errors: errors - trailing, bursts: bursts - 1, trailing: 0 };
}

/** Disturbances for each read; where nearly all reads fail they can't be told apart. */
function rateOf({ reads, errors, bursts }: Measured): number {
  return errors >= 0.9 * reads ? errors / reads : bursts / reads;
}

/** How many blocks without an error show that a rate of errors is lower than `rate`, but for one time in a thousand. */
function blocksToTell(rate: number): number {
  const needed = Math.ceil(Math.log(0.001) / Math.log(1 - Math.min(rate, 0.9)));
  return Math.min(mostBlocks, Math.max(blocks, needed));
}

/** Resolves to `undefined` when this core has no such constant. */
async function measureAt(
  probe: Probe,
  clock: Clock,
  khz: number,
  count: number,
  protocol: Protocol,
): Promise<Measured | undefined> {
  const seen = new Map<string, number>();
  /** What each read gave; `undefined` where it failed. */
  const results: (string | undefined)[] = [];
  let faults = 0;
  while (results.length < count) {
    const before = probe.badAnswers ?? 0;
    let bytes: string | undefined;
    try {
      const read = toHex(await probe.readMemory(0, constant.address, constant.length, 32));
      if ((probe.badAnswers ?? 0) === before) bytes = read;
    } catch (error) {
      if (!isProbityError(error) || isLinkGone(error)) throw error;
      // A bus fault is an answer, unless noise made it: where nothing else comes there is nothing to measure with.
      const quiet = (probe.badAnswers ?? 0) === 0 && seen.size === 0;
      if (error.code === "memory-fault" && quiet) {
        if (++faults === faultsToTell) return undefined;
        // A flipped bit may have left the access port in a state that only a new connection ends.
        await probe.leaveDebug();
      }
      await clock.sleep(1);
      await reenter(probe, protocol);
    }
    if (bytes !== undefined) seen.set(bytes, (seen.get(bytes) ?? 0) + 1);
    results.push(bytes);
    if (results.length >= silence && results.slice(-silence).every((each) => each === undefined)) break;
  }
  const most = Math.max(0, ...seen.values());
  const right = [...seen].find(([, times]) => times === most)?.[0];
  const bad = results.map((each) => each === undefined || each !== right);
  return {
    khz,
    reads: bad.length,
    errors: bad.filter((each) => each).length,
    bursts: bad.filter((each, i) => each && !bad[i - 1]).length,
    trailing: bad.length - 1 - bad.lastIndexOf(false),
  };
}

/** Whether a new connection finds the target, at the clock that is set. */
export async function answersAnew(probe: Probe, protocol: Protocol = "swd"): Promise<boolean> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    try {
      await probe.leaveDebug();
      await probe.enterDebug(protocol);
      await probe.readIdcode();
      return true;
    } catch (error) {
      if (!isProbityError(error) || isLinkGone(error)) throw error;
    }
  }
  return false;
}

async function reenter(probe: Probe, protocol: Protocol): Promise<void> {
  try {
    await probe.enterDebug(protocol);
  } catch (error) {
    if (!isProbityError(error) || isLinkGone(error)) throw error;
  }
}
