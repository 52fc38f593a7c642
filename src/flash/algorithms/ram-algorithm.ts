import { writeU32 } from "../../base/bytes.ts";

/**
 * Code that the target runs from RAM, wherever it is put. Offset 0 holds a breakpoint instruction: the address to return
 * to, where the core halts for the debugger.
 */
export interface RamAlgorithm {
  readonly code: Uint8Array;
  /** Offset of the function to call. */
  readonly entry: number;
}

/** One with further places that matter. */
export interface LabelledAlgorithm<Label extends string> extends RamAlgorithm {
  /** Offsets. */
  readonly labels: Readonly<Record<Label, number>>;
}

/** Machine code from text: 32-bit words in hexadecimal, separated by white space. */
export function wordsOf(text: string): Uint8Array {
  const words = text.trim().split(/\s+/);
  const code = new Uint8Array(4 * words.length);
  for (const [index, word] of words.entries()) writeU32(code, 4 * index, Number.parseInt(word, 16));
  return code;
}
