import { chipsOfPart } from "./boards.ts";
import type { Chip } from "./chip.ts";

/** What the name of an STM32 part tells (its datasheet's "Ordering information"). */
export interface PartName {
  /** `STM32F103C8`: up to the flash size, as far as the name gives it. */
  readonly name: string;
  /** Rows of the chips that it may be; several when the name leaves the size open. */
  readonly chips: readonly Chip[];
  /** Bytes of main flash; `undefined` when the name leaves it open. */
  readonly flashBytes: number | undefined;
  /** Bytes of RAM, where the size depends on more than the row. */
  readonly ramBytes: number | undefined;
}

/** Flash sizes in KiB by their letter in the name, the same for all families. */
const flashLetters: Readonly<Record<string, number>> = {
  "3": 8,
  "4": 16,
  "6": 32,
  "8": 64,
  B: 128,
  Z: 192,
  C: 256,
  D: 384,
  E: 512,
  F: 768,
  G: 1024,
  H: 1536,
  I: 2048,
};

/** RAM of the F1 lines in KiB by flash letter (DS5319, DS5792, DS13587 and the datasheets of their sisters). */
const ramOfF1: readonly (readonly [line: RegExp, sizes: Readonly<Record<string, number>>])[] = [
  [/^F100/, { "4": 4, "6": 4, "8": 8, B: 8, C: 24, D: 32, E: 32 }],
  [/^F101/, { "4": 4, "6": 6, "8": 10, B: 16, C: 32, D: 48, E: 48, F: 80, G: 80 }],
  [/^F102/, { "4": 4, "6": 6, "8": 10, B: 16 }],
  [/^F103/, { "4": 6, "6": 10, "8": 20, B: 20, C: 48, D: 64, E: 64, F: 96, G: 96 }],
  [/^F10[57]/, { "8": 64, B: 64, C: 64 }],
];

/**
 * Takes a part's name apart: `STM32F103C8T6`, `STM32F103C8Tx`, `STM32F103xB`, `STM32F103C(8-B)Tx`, `stm32f103c8`.
 * `undefined` when the text is no name of an STM32.
 */
export function partName(text: string): PartName | undefined {
  if (!/^STM32/i.test(text.trim())) return undefined;
  // The line has three characters after the letters (F103, L4R5, WB55, G0B1); pins and flash size follow.
  const stem = text.trim().toUpperCase().slice(5);
  const line = stem.match(/^(MP1\d{2}|WBA\d{2}|[A-Z]\d[0-9A-Z]{2}|W[BL]\d[0-9A-Z]|WLE\d|W[BL][0-9A-Z]{2})/)?.[0];
  if (line === undefined) return undefined;
  // `C8`, `xB`; older project files have a range of sizes in brackets: `C(8-B)`.
  const [, pins = "", low, high, single] = stem.slice(line.length).match(/^([A-Z])(?:\((\w)-(\w)\)|(\w))/) ?? [];
  const letters = [single, low, high].filter((letter) => letter !== undefined && letter in flashLetters) as string[];
  const kib = letters.length === 1 ? flashLetters[letters[0]] : undefined;
  const candidates =
    letters.length === 0 ? chipsOfPart(line) : letters.flatMap((letter) => chipsOfPart(`${line}${pins}${letter}`));
  const fitting = candidates.filter((chip) =>
    letters.some((letter) => chip.knownFlashSizesKib.includes(flashLetters[letter])),
  );
  const chips = [...new Set(fitting.length > 0 ? fitting : candidates)];
  if (chips.length === 0) return undefined;
  // A size that none of these chips comes with is no size: the letter means something else there.
  const possible = kib !== undefined && fitting.length > 0;
  const name = `STM32${line}${possible ? `${pins}${letters[0]}`.replace("X", "x") : ""}`;
  const ramKib = possible ? ramOfF1.find(([pattern]) => pattern.test(line))?.[1][letters[0]] : undefined;
  return {
    name,
    chips,
    flashBytes: possible ? kib * 1024 : undefined,
    ramBytes: ramKib === undefined ? undefined : ramKib * 1024,
  };
}
