import { hex32 } from "../base/bytes.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { ProgrammedMemory } from "../session/debug-session.ts";
import type { Loaded } from "./load-image.ts";

/** What `probity flash` did. */
export interface FlashResult {
  readonly file: string;
  readonly chip: string;
  readonly done: Loaded;
  readonly memories: readonly ProgrammedMemory[];
  readonly verify: boolean;
  readonly run: boolean;
  readonly findings: readonly Finding[];
}

/** For people. */
export function flashLines(
  file: string,
  { programmed, intoRam }: Loaded,
  memories: readonly ProgrammedMemory[],
  verify: boolean,
): string[] {
  const verified = verify ? " and verified" : "";
  const skipped = memories.reduce((sum, { pagesSkipped }) => sum + pagesSkipped, 0);
  const isThere = skipped > 0 && memories.every(({ bytesProgrammed }) => bytesProgrammed === 0);
  const lines: string[] = [];
  if (isThere) lines.push(`All ${programmed} bytes of ${file} were there already: nothing was erased or programmed.`);
  else if (programmed > 0) lines.push(`${programmed} bytes of ${file} programmed${verified}.`);
  if (!isThere && skipped > 0) lines.push(`${sectors(skipped)} held the right content already.`);
  for (const { address, data } of intoRam) {
    const where = `${hex32(address)} to ${hex32(address + data.length - 1)}`;
    lines.push(`${data.length} bytes written to RAM${verified}, ${where}: they last until the power goes.`);
  }
  return lines;
}

function sectors(count: number): string {
  return count === 1 ? "1 sector" : `${count} sectors`;
}

/** For programs (docs/json.md). */
export function flashJson({ file, chip, done, memories, verify, run, findings }: FlashResult): Record<string, unknown> {
  return {
    file,
    chip,
    imageBytes: done.programmed + done.intoRam.reduce((sum, { data }) => sum + data.length, 0),
    memories: memories.map(({ memory, pagesErased, pagesSkipped, bytesProgrammed }) => ({
      memory,
      sectorsErased: pagesErased,
      sectorsSkipped: pagesSkipped,
      bytesProgrammed,
    })),
    ram: done.intoRam.map(({ address, data }) => ({ address, bytes: data.length })),
    verified: verify,
    running: run,
    findings,
  };
}
