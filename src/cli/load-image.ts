import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { ImageSegment } from "../flash/programmer.ts";
import type { DebugSession } from "../session/debug-session.ts";
import { clippedTo } from "../session/flash-jobs.ts";
import { rangesOutside } from "../session/ranges.ts";

export interface LoadOptions {
  /** Memories behind loaders: what belongs there is theirs, though it be RAM. */
  readonly loaded: readonly { readonly start: number; readonly size: number }[];
  readonly verify: boolean;
  /** Lets the program run afterwards; else the core is left halted at its reset vector. */
  readonly run: boolean;
  /** Where the file says that its program begins. */
  readonly entry?: number;
  /** When it says so, flash is left between two pages, and {@link loadImage} rejects with `flash-cancelled`. */
  readonly cancelled?: () => boolean;
}

/** What was loaded where. */
export interface Loaded {
  readonly programmed: number;
  readonly intoRam: readonly ImageSegment[];
}

/**
 * Programs what of an image belongs into flash, resets, and then writes what belongs into the chip's RAM, as a debugger's
 * `load` does. Rejects as {@link DebugSession.flashDone} does, or with `ram-verify-failed`.
 */
export async function loadImage(
  session: DebugSession,
  segments: readonly ImageSegment[],
  { loaded, verify, run, entry, cancelled }: LoadOptions,
): Promise<Loaded> {
  const ram = session.memoryMap
    .filter(({ kind }) => kind === "ram")
    .map(({ start, length }) => ({ start, size: length }))
    .filter(({ start }) => !loaded.some((memory) => start >= memory.start && start < memory.start + memory.size));
  const intoRam = ram.flatMap(({ start, size }) => clippedTo({ base: start, size }, segments));
  const rest = segments.flatMap(({ address, data }) =>
    rangesOutside(address, address + data.length, ram).map(({ start, end }) => ({
      address: start,
      data: data.subarray(start - address, end - address),
    })),
  );
  for (const { address, data } of rest) await session.flashWrite(address, data);
  await session.flashDone(cancelled);
  const runs = run && intoRam.length === 0;
  await session.reset("system", { halt: !runs, afterLoad: true });
  for (const part of intoRam) await writeRam(session, part, verify);
  if (run && !runs) {
    // A reset begins at the vector table in flash: a program in RAM has to be begun by hand.
    if (entry !== undefined && contains(intoRam, entry)) await session.writeRegister("pc", (entry & ~1) >>> 0);
    await session.resume();
  }
  return { programmed: rest.reduce((sum, { data }) => sum + data.length, 0), intoRam };
}

async function writeRam(session: DebugSession, { address, data }: ImageSegment, verify: boolean): Promise<void> {
  await session.writeMemory(address, data);
  if (!verify) return;
  const found = await session.readMemory(address, data.length);
  const at = data.findIndex((byte, i) => byte !== found[i]);
  if (at < 0) return;
  throw new ProbityError("ram-verify-failed", `RAM at ${hex32(address + at)} does not hold what was written to it.`, {
    facts: { address: address + at, expected: data[at], found: found[at] },
    remedy: ["Check that the chip has RAM there: its part number, and the RAM length in the linker script."],
  });
}

function contains(segments: readonly ImageSegment[], address: number): boolean {
  return segments.some((part) => address >= part.address && address < part.address + part.data.length);
}
