import type { Command } from "commander";
import { hex, hex32 } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import type { ImageSegment } from "../flash/programmer.ts";
import { printResult } from "./json-output.ts";
import { checkWithinMemory, regionAt } from "./memory-ranges.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { readProgram } from "./program-file.ts";
import { Refusal } from "./refusal.ts";
import { drawBar } from "./st-compat/progress.ts";
import { parseAddress, withLoaderOption, withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";

/** Bytes summed at once; between two such pieces progress is told. */
const STRIDE = 64 * 1024;
/** Where the map knows no unit of erasing, differences are counted by this one. */
const PAGE = 1024;

/** `probity verify`. */
export function addVerifyVerb(program: Command, terminal: Terminal): void {
  withLoaderOption(
    withTargetOptions(
      program
        .command("verify")
        .description(
          "compare a file with memory by checksums made on the target; a running core stops for that time only",
        )
        .argument("<file>", "ELF, Intel HEX, S-record, or raw binary with --address")
        .option("--address <address>", "where a raw binary belongs", parseAddress),
    ),
  ).action(async (file: string, options: TargetOptions & { address?: number }) => {
    const { segments } = readProgram(file, options.address);
    const { json } = options;
    const connect = options.loader === undefined ? "attach" : "normal";
    await withTarget({ ...options, connect }, terminal, async (target) => {
      const { session, chip, findings } = target;
      for (const { address, data } of segments) {
        checkWithinMemory(session.memoryMap, { address, length: data.length });
      }
      const ran = session.runState === "running";
      if (ran) await session.halt();
      const result = await compare(target, segments, terminal).finally(() => (ran ? session.resume() : undefined));
      const bytes = segments.reduce((sum, { data }) => sum + data.length, 0);
      if (result.differing > 0) throw mismatch(file, result, bytes);
      printResult(terminal, {
        json,
        value: {
          file,
          chip: chip.name,
          bytes,
          segments: segments.map(({ address, data }) => ({ address, bytes: data.length, crc32: crc32(data) })),
          verified: true,
          findings,
        },
        lines: () => [`${bytes} bytes of ${file} are as in the file.`],
      });
    });
  });
}

/** What differs between file and memory. */
interface Differences {
  readonly first?: { readonly address: number; readonly expected: number; readonly found: number };
  /** Bytes. */
  readonly differing: number;
  /** Units of erasing that have a difference. */
  readonly pages: number;
  /** All that differs reads as erased flash. */
  readonly blank: boolean;
}

async function compare(
  { session }: TargetForWork,
  segments: readonly ImageSegment[],
  terminal: Terminal,
): Promise<Differences> {
  const total = segments.reduce((sum, { data }) => sum + data.length, 0);
  const pages = new Set<number>();
  let [done, differing, blank]: [number, number, boolean] = [0, 0, true];
  let first: Differences["first"];
  for (const { address, data } of segments) {
    for (let offset = 0; offset < data.length; offset += STRIDE) {
      const wanted = data.subarray(offset, offset + STRIDE);
      const at = address + offset;
      if ((await session.crc32(at, wanted.length)) !== crc32(wanted)) {
        const found = await session.readMemory(at, wanted.length);
        for (const [i, expected] of wanted.entries()) {
          if (found[i] === expected) continue;
          first ??= { address: at + i, expected, found: found[i] };
          differing++;
          blank &&= found[i] === 0xff;
          const region = regionAt(session.memoryMap, at + i);
          const size = region?.blockSize ?? PAGE;
          const base = region?.start ?? 0;
          pages.add(base + Math.floor((at + i - base) / size) * size);
        }
      }
      done += wanted.length;
      drawBar(terminal, "Verifying  ", done, total);
    }
  }
  return { first, differing, pages: pages.size, blank };
}

function mismatch(file: string, { first, differing, pages, blank }: Differences, bytes: number): Refusal {
  const { address = 0, expected = 0, found = 0 } = first ?? {};
  const where = `${differing} of ${bytes} bytes in ${pages === 1 ? "1 page" : `${pages} pages`}`;
  return new Refusal(
    "verify-failed",
    `Memory differs from ${file} in ${where}, first at ${hex32(address)}: ${hex(found, 2)} instead of ${hex(expected, 2)}.`,
    {
      facts: { address, expected, found, differing, pages, bytes },
      remedy: [
        blank
          ? "What differs is erased: program the file (probity flash FILE)."
          : "Program the file (probity flash FILE); what is on the chip is another build, or was changed since.",
        "If it differs again at the same address, that page is worn out, or the program writes there itself.",
      ],
    },
  );
}
