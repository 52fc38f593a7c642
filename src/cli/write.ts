import { extname } from "node:path";
import type { Command } from "commander";
import { hex32 } from "../base/bytes.ts";
import { printResult } from "./json-output.ts";
import {
  type AddressRange,
  bareFault,
  checkAligned,
  checkWithinMemory,
  checkWraps,
  noFlashHere,
  regionAt,
} from "./memory-ranges.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { readFileOf } from "./program-file.ts";
import { Refusal } from "./refusal.ts";
import { drawProgress } from "./st-compat/progress.ts";
import { parseAddress, parseWidth, unsigned, withLoaderOption, withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";

interface WriteOptions extends TargetOptions {
  readonly width?: 8 | 16 | 32;
  readonly flash?: boolean;
  readonly verify?: boolean;
}

/** `probity write`. */
export function addWriteVerb(program: Command, terminal: Terminal): void {
  withLoaderOption(
    withTargetOptions(
      program
        .command("write")
        .description(
          "write values or a raw file into RAM or registers without halting the core; into flash with --flash",
        )
        .argument("<address>", "where to begin", parseAddress)
        .argument("<values...>", "numbers, of 32 bits unless --width says otherwise; or one raw binary file")
        .option("--width <bits>", "the size of the numbers, and of each access: 8, 16 or 32", parseWidth)
        .option("--verify", "read back and compare")
        .option("--flash", "allow flash: pages are erased and programmed, and what is around the bytes is kept"),
    ),
  ).action(async (address: number, words: string[], options: WriteOptions) => {
    const { json, flash = false, verify = false } = options;
    const { data, file } = contentOf(words, options.width ?? 32);
    const width = file === undefined ? (options.width ?? 32) : options.width;
    const range = { address, length: data.length };
    checkWraps(range);
    if (width !== undefined) checkAligned(range, width);
    // Programming flash, and a loader's Init(), need a core that is halted and just reset.
    const connect = flash || options.loader !== undefined ? "normal" : "attach";
    await withTarget({ ...options, connect, incremental: true }, terminal, async (target) => {
      const { session, chip, findings, stop } = target;
      const where = placeOf(target, range, flash);
      const drawing = drawProgress(session.events, terminal);
      try {
        if (where === "flash") {
          await stop.inOrder(async () => {
            await session.flashWrite(address, data);
            await session.flashDone(stop.asked);
            await session.reset("system", { halt: true, afterLoad: true });
          });
        } else if (options.width !== undefined) {
          const { width } = options;
          await session.exclusive(() => session.probe.writeMemory(target.target.port.ap, address, data, width));
        } else await session.writeMemory(address, data);
      } catch (error) {
        throw bareFault(target, range, error);
      } finally {
        drawing.dispose();
      }
      if (verify && where !== "flash") await compare(target, range, data, options.width);
      printResult(terminal, {
        json,
        value: { chip: chip.name, address, length: data.length, into: where, verified: verify, findings },
        lines: () => [
          `${data.length} bytes written to ${intoWords[where]} at ${hex32(address)}${verify ? " and verified" : ""}.`,
        ],
      });
    });
  });
}

type Place = "ram" | "flash" | "external" | "registers";

const intoWords: Readonly<Record<Place, string>> = {
  ram: "RAM",
  flash: "flash",
  external: "memory outside of the chip",
  registers: "registers",
};

/** Where memory controllers map what is outside of the chip (ARMv7-M B3.1: external RAM). */
const outside = { base: 0x60000000, end: 0xa0000000 } as const;

/** What is to be written: numbers, or the content of one file. */
function contentOf(words: readonly string[], width: 8 | 16 | 32): { data: Uint8Array; file?: string } {
  const [first] = words;
  if (words.length === 1 && unsigned(first) === undefined && !looksLikeNumber(first)) {
    return { data: fileContent(first), file: first };
  }
  const size = width / 8;
  const data = new Uint8Array(size * words.length);
  const view = new DataView(data.buffer);
  for (const [i, word] of words.entries()) {
    const value = numberOf(word);
    if (value === undefined || value > 2 ** width - 1 || value < -(2 ** (width - 1))) {
      throw new Refusal("value-invalid", `"${word}" is no number of ${width} bits.`, {
        facts: { value: word, width },
        remedy: [
          `Give numbers such as 10 or 0x1f, at most 0x${(2 ** width - 1).toString(16)}; --width sets their size.`,
          "Or give one file, whose bytes are written as they are.",
        ],
      });
    }
    if (width === 8) view.setUint8(i, value);
    else if (width === 16) view.setUint16(2 * i, value, true);
    else view.setUint32(4 * i, value, true);
  }
  return { data };
}

/** Words that begin like a number are none of a file's name, unless they have an ending. */
function looksLikeNumber(word: string): boolean {
  return /^[-+]?\d[\w]*$/.test(word);
}

/** Decimal, with or without a minus sign, or hexadecimal. */
function numberOf(word: string): number | undefined {
  if (!word.startsWith("-")) return unsigned(word);
  const value = unsigned(word.slice(1));
  return value === undefined ? undefined : -value;
}

function fileContent(path: string): Uint8Array {
  const ending = extname(path).toLowerCase();
  if (/^\.(elf|axf|out|hex|ihex|ihx|srec|s19|s28|s37|mot)$/.test(ending)) {
    throw new Refusal("file-has-addresses", `${path} says itself where its content belongs (${ending}).`, {
      facts: { path },
      remedy: [`Load it with probity flash ${path}, which writes what belongs into RAM there, too.`],
    });
  }
  const data = readFileOf(path, "file");
  if (data.length > 0) return data;
  throw new Refusal("file-empty", `${path} is empty.`, {
    facts: { path },
    remedy: ["Give a file with content."],
  });
}

/** What the range is; throws for what cannot be written in this way, before anything is changed. */
function placeOf(target: TargetForWork, range: AddressRange, flash: boolean): Place {
  const { address, length } = range;
  const { memoryMap } = target.session;
  const kind = regionAt(memoryMap, address)?.kind ?? "io";
  checkWithinMemory(memoryMap, range);
  const touched = memoryMap.filter(({ start, length: size }) => start < address + length && start + size > address);
  const spoiled = touched.find((each) => each.kind === "flash" || each.kind === "rom");
  if (spoiled?.kind === "rom") throw readOnly(target, spoiled.start, range);
  if (kind === "flash" || spoiled !== undefined) {
    if (!flash) {
      throw new Refusal("write-into-flash", `${hex32(address)} is flash, which has to be erased and programmed.`, {
        facts: { address, length },
        remedy: [
          "Give --flash to have its pages erased and programmed; what they hold around these bytes is kept.",
          "Or program a file: probity flash FILE --address ADDRESS.",
        ],
      });
    }
    noFlashHere(target, address, length);
    return "flash";
  }
  if (address >= outside.base && address < outside.end) return "external";
  return kind === "ram" ? "ram" : "registers";
}

function readOnly({ chip }: TargetForWork, start: number, { address, length }: AddressRange): Refusal {
  const options = start === chip.row?.optionBytes?.base;
  return new Refusal(
    "memory-read-only",
    options
      ? `${hex32(address)} is in the option bytes, which are not written like memory.`
      : `${hex32(address)} is in the system memory, which holds ST's boot loader and cannot be written.`,
    {
      facts: { address, length },
      remedy: [options ? "Use probity option-bytes set." : "Correct the address."],
    },
  );
}

async function compare(
  { session, target }: TargetForWork,
  { address, length }: AddressRange,
  data: Uint8Array,
  width: 8 | 16 | 32 | undefined,
): Promise<void> {
  const found =
    width === undefined
      ? await session.readMemory(address, length)
      : await session.exclusive(() => session.probe.readMemory(target.port.ap, address, length, width));
  const at = data.findIndex((byte, i) => byte !== found[i]);
  if (at < 0) return;
  throw new Refusal("write-not-held", `${hex32(address + at)} does not hold what was written to it.`, {
    facts: { address: address + at, expected: data[at], found: found[at] },
    remedy: [
      "A register keeps only the bits that it has, and only while its clock is on (RCC) and it is not locked.",
      "A running program may have written there since: halt it first (probity reset --halt).",
    ],
  });
}
