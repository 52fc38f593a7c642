import type { Piece } from "./held-pieces.ts";

/** The bytes of a log, in pieces, to its lines. */
export class LineSplitter {
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  /** The unfinished last line. */
  #rest = "";
  readonly #take: (line: string) => void;

  /** `take` is called with each line, without its end. */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#decoder ??= new TextDecoder(encodingOf(bytes));
    this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Whether a newline is one byte, as far as the encoding is known. */
  get bytewise(): boolean {
    return this.#decoder !== undefined && !this.#decoder.encoding.startsWith("utf-16");
  }

  /** Passes over a piece whose lines nobody reads. Only where a newline is one byte. */
  skip({ bytes, lines }: Piece): void {
    if (lines > 0) {
      // What the unfinished line began with is over, and so is a character that the last piece ended in.
      this.#decoder?.decode();
      this.#rest = "";
    }
    this.push(lines > 0 ? bytes.subarray(bytes.lastIndexOf(0x0a) + 1) : bytes);
  }

  end(): void {
    this.#split(this.#decoder?.decode() ?? "");
    if (this.#rest !== "") this.#take(this.#rest);
    this.#rest = "";
  }

  #split(text: string): void {
    if (text === "") return;
    const whole = this.#rest === "" ? text : this.#rest + text;
    // A file of carriage returns alone has its lines ended by them.
    const lines = whole.includes("\n") || whole.length < LONGEST_REST ? whole.split("\n") : whole.split("\r");
    const last = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    // What never ends is no line; its start is kept.
    this.#rest = last.length > LONGEST_REST ? last.slice(0, LONGEST_REST) : last;
  }
}

const LONGEST_REST = 0x10000;

/** By the byte order mark, else by where zero bytes stand, else UTF-8 if it is that. */
export function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, 0x10000);
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < sample.length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const pairs = sample.length / 2;
  if (odd > pairs * 0.4 && even < pairs * 0.1) return "utf-16le";
  if (even > pairs * 0.4 && odd < pairs * 0.1) return "utf-16be";
  try {
    // A sample may end in the middle of a character: as a stream that is no error.
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}
