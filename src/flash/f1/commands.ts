import { writeU32 } from "../../base/bytes.ts";

/** Commands of firmware/flash-algorithm/stm32f1.c, by their numbers there. */
const NEXT = 0;
const SELECT = 1;
const ERASE = 2;
const MASS_ERASE = 3;
const PROGRAM = 4;
const CHECKSUM = 5;
const END = 6;

export type FlashCommand =
  | { readonly kind: "select"; readonly controller: number }
  | { readonly kind: "erase"; readonly address: number; readonly pages: number; readonly pageSize: number }
  | { readonly kind: "mass-erase" }
  | { readonly kind: "program"; readonly address: number; readonly data: Uint8Array }
  /** Sums of `count` stretches of `length` bytes each, one behind the other. */
  | { readonly kind: "checksum"; readonly address: number; readonly length: number; readonly count: number };

/** What a payload makes the target do, for estimates and progress. */
export interface Work {
  readonly pages: number;
  readonly massErases: number;
  readonly halfWords: number;
  readonly checksumBytes: number;
}

/**
 * What goes into one slot: commands and, at the very end, room for the address of the first command and for the turn,
 * which the caller fills in.
 */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly work: Work;
  /** How many checksums the target makes. */
  readonly sums: number;
  /** Where in `bytes` stand addresses of sums: the caller adds the address of the payload's first one. */
  readonly sumAddresses: readonly number[];
}

/** What a payload may hold at most. */
export interface PayloadLimits {
  readonly bytes: number;
  readonly sums: number;
}

/** The address of the first command and the turn, at the end of a slot. */
export const TAIL_BYTES = 8;
/** Ends every payload. */
const CLOSING_BYTES = 4;
/** Command, address and count before the data of a program command. */
const PROGRAM_HEADER_BYTES = 12;
/** So little data takes fewer transfers, and hardly more time, when it goes together with the erasing. */
const SENT_WITH_ERASE = 2048;
/** What a payload with one piece of data has beside it. */
const OVERHEAD_BYTES = PROGRAM_HEADER_BYTES + CLOSING_BYTES + TAIL_BYTES;
/** A smaller rest of a slot is not worth the beginning of a piece. */
const SMALLEST_PIECE = 64;

/**
 * Sizes of the payloads that carry data, in bytes, where not all shall be as large as a slot: of the first ones, and of the
 * last ones, which are cut off the end of the data.
 */
export interface PayloadSizes {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const sameSizes: PayloadSizes = { first: [], last: [] };

/**
 * Packs commands into payloads within the limits, in order; data and rows of checksums that do not fit are split. Erasing is
 * put into a payload of its own, so that the rest can be sent while the target erases, unless that is very little. With
 * `end` the last payload ends the algorithm. `sizes` count when there is more data than they and a full payload hold.
 */
export function packPayloads(
  commands: readonly FlashCommand[],
  { bytes: capacity, sums: mostSums }: PayloadLimits,
  end: boolean,
  sizes: PayloadSizes = sameSizes,
): Payload[] {
  const payloads: Payload[] = [];
  const plan = new SizePlan(commands, capacity, sizes);
  let builder = new PayloadBuilder(capacity);
  const close = (isEnd: boolean): void => {
    if (builder.programs) plan.next();
    payloads.push(builder.finish(isEnd));
    builder = new PayloadBuilder(capacity);
  };
  for (const command of commands) {
    if (command.kind === "checksum") {
      if (builder.erases && !builder.programs) close(false);
      for (let done = 0; done < command.count; ) {
        if (builder.room < 4 * CHECKSUM_WORDS || builder.sums === mostSums) close(false);
        const count = Math.min(command.count - done, mostSums - builder.sums);
        builder.addChecksums({ ...command, address: command.address + done * command.length, count });
        done += count;
      }
      continue;
    }
    if (command.kind !== "program") {
      const words = wordsOf(command);
      const erases = command.kind !== "select";
      if (builder.room < 4 * words.length || (erases && builder.programs)) close(false);
      builder.add(command, words);
      continue;
    }
    if (builder.erases && plan.total > SENT_WITH_ERASE) close(false);
    for (let done = 0; done < command.data.length; ) {
      const left = command.data.length - done;
      const roomNow = (): number =>
        Math.min((builder.room - PROGRAM_HEADER_BYTES) & ~3, plan.room(builder.length + PROGRAM_HEADER_BYTES));
      let room = roomNow();
      if (room < Math.min(left, SMALLEST_PIECE) && !builder.empty) {
        close(false);
        room = roomNow();
      }
      const length = Math.min(left, room);
      builder.addData(command.address + done, command.data.subarray(done, done + length));
      done += length;
      if (plan.placed(length)) close(false);
    }
  }
  if (end || !builder.empty) close(end);
  return payloads;
}

/** How much data goes into the payload that is being filled. */
class SizePlan {
  readonly #between: number;
  readonly #first: readonly number[];
  /** How much data is left when each of the last payloads begins. */
  readonly #cuts: readonly number[];
  /** Bytes of data in all payloads. */
  readonly total: number;
  #left: number;
  #number = 0;

  constructor(commands: readonly FlashCommand[], capacity: number, { first, last }: PayloadSizes) {
    this.#left = commands.reduce((sum, each) => sum + (each.kind === "program" ? each.data.length : 0), 0);
    this.total = this.#left;
    const special = [...first.map((size) => size - OVERHEAD_BYTES), ...last].reduce((sum, size) => sum + size, 0);
    const between = this.#left - special;
    const used = special > 0 && between > capacity;
    // The payloads between are alike, so that none of them is a small rest.
    const count = Math.ceil(between / (capacity - OVERHEAD_BYTES));
    this.#between = used ? Math.ceil(between / count / 4) * 4 + OVERHEAD_BYTES : capacity;
    this.#first = used ? first : [];
    this.#cuts = used ? last.map((_, index) => last.slice(index).reduce((sum, size) => sum + size, 0)) : [];
  }

  /** Bytes of data that may still go into a payload that has `length` bytes; a multiple of four. */
  room(length: number): number {
    const size = (this.#first[this.#number] ?? this.#between) - length - CLOSING_BYTES - TAIL_BYTES;
    const cut = this.#cuts.find((each) => each < this.#left) ?? 0;
    return Math.max(0, Math.min(size, this.#left - cut) + 3) & ~3;
  }

  /** Whether the payload ends here, although it has room. */
  placed(length: number): boolean {
    const before = this.#left;
    this.#left -= length;
    return this.#cuts.some((cut) => before > cut && this.#left <= cut);
  }

  /** A payload with data is full. */
  next(): void {
    this.#number++;
  }
}

type Checksums = Extract<FlashCommand, { kind: "checksum" }>;

/** Command, address, bytes, count and address of the sums. */
const CHECKSUM_WORDS = 5;

function wordsOf(command: Exclude<FlashCommand, { kind: "program" | "checksum" }>): number[] {
  switch (command.kind) {
    case "select":
      return [SELECT, command.controller];
    case "erase":
      return [ERASE, command.address, command.pages, command.pageSize];
    case "mass-erase":
      return [MASS_ERASE];
  }
}

class PayloadBuilder {
  readonly #bytes: Uint8Array;
  #length = 0;
  readonly #sumAddresses: number[] = [];
  #sums = 0;
  readonly #work = { pages: 0, massErases: 0, halfWords: 0, checksumBytes: 0 };

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  get length(): number {
    return this.#length;
  }

  get erases(): boolean {
    return this.#work.pages + this.#work.massErases > 0;
  }

  get programs(): boolean {
    return this.#work.halfWords > 0;
  }

  get sums(): number {
    return this.#sums;
  }

  get room(): number {
    return this.#bytes.length - TAIL_BYTES - CLOSING_BYTES - this.#length;
  }

  add(command: FlashCommand, words: readonly number[]): void {
    for (const word of words) this.#word(word);
    if (command.kind === "erase") this.#work.pages += command.pages;
    if (command.kind === "mass-erase") this.#work.massErases++;
  }

  addChecksums({ address, length, count }: Checksums): void {
    for (const word of [CHECKSUM, address, length, count]) this.#word(word);
    this.#sumAddresses.push(this.#length);
    this.#word(4 * this.#sums);
    this.#sums += count;
    this.#work.checksumBytes += length * count;
  }

  /** `data` has an even length; it is padded to whole words. */
  addData(address: number, data: Uint8Array): void {
    for (const word of [PROGRAM, address, data.length / 2]) this.#word(word);
    this.#bytes.set(data, this.#length);
    this.#length = (this.#length + data.length + 3) & ~3;
    this.#work.halfWords += data.length / 2;
  }

  finish(end: boolean): Payload {
    this.#word(end ? END : NEXT);
    const bytes = this.#bytes.slice(0, this.#length + TAIL_BYTES);
    return { bytes, work: { ...this.#work }, sums: this.#sums, sumAddresses: [...this.#sumAddresses] };
  }

  #word(value: number): void {
    writeU32(this.#bytes, this.#length, value);
    this.#length += 4;
  }
}
