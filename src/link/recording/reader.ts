import { ProbityError } from "../../base/errors.ts";
import { type Block, blockType, findBlock, magic, unpackBlock } from "./blocks.ts";
import { decodeEvent } from "./event-codec.ts";
import type { Exchange, RecordedEvent, RecordingHeader } from "./exchange.ts";

/** A place where a recording is not what was written. */
export interface Damage {
  /** The first exchange that is missing or wrong. */
  readonly exchange: number;
  /** Number of the next exchange that can be read again, if there is one. */
  readonly resumes?: number;
  /** What is wrong, a sentence without a full stop. */
  readonly cause: string;
  /** Offset in the file of the block that it lies in. */
  readonly offset: number;
}

/** A recording, as far as it can be read. */
export interface Recording {
  readonly header: RecordingHeader;
  /** In order; where {@link damage} says so some are missing. */
  readonly events: readonly RecordedEvent[];
  readonly exchanges: readonly Exchange[];
  readonly damage: readonly Damage[];
}

/**
 * Reads a recording. One that was cut or edited is read as far as possible, and `damage` says where it is not what was
 * written. Throws `recording-invalid` for a file that is none, or whose header can't be read; `recording-version` for one
 * of a later version.
 */
export function readRecording(bytes: Uint8Array): Recording {
  const named = magic.length - 1;
  if (!magic.subarray(0, named).every((byte, i) => bytes[i] === byte) || bytes.length <= named) {
    throw new ProbityError("recording-invalid", "The file is no recording of a link.", {
      remedy: ["Give a file that was made with --record."],
    });
  }
  if (bytes[named] !== magic[named]) {
    throw new ProbityError("recording-version", `The recording has version ${bytes[named]} of the format.`, {
      facts: { version: bytes[named], known: magic[named] },
      remedy: ["Read it with the version of Probity that recorded it, or with a later one."],
    });
  }
  const first = unpackBlock(bytes, magic.length);
  const header = first?.type === blockType.header && first.damage === undefined ? headerIn(first) : undefined;
  if (first === undefined || header === undefined) {
    throw new ProbityError("recording-invalid", "The header of the recording is damaged.", {
      facts: { offset: magic.length },
      remedy: ["Copy the file anew from where it was made, as binary."],
    });
  }
  return { header, ...new Body(bytes, first.next).read() };
}

class Body {
  readonly #bytes: Uint8Array;
  #offset: number;
  readonly #events: RecordedEvent[] = [];
  readonly #exchanges: Exchange[] = [];
  readonly #damage: Damage[] = [];
  #next = 1;
  #index = 1;
  #ended = false;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  read(): Omit<Recording, "header"> {
    while (this.#offset < this.#bytes.length) {
      const block = unpackBlock(this.#bytes, this.#offset);
      if (block === undefined) this.#skip("bytes were changed here");
      else this.#take(block);
    }
    if (!this.#ended && this.#damage.at(-1)?.resumes !== undefined) this.#end();
    else if (!this.#ended && this.#damage.length === 0) this.#end();
    return { events: this.#events, exchanges: this.#exchanges, damage: this.#damage };
  }

  #end(): void {
    const cause = "the recording was not ended: its process was killed, or the file is cut off";
    this.#damage.push({ exchange: this.#next, cause, offset: this.#bytes.length });
  }

  #skip(cause: string): void {
    const next = findBlock(this.#bytes, this.#offset + 1);
    this.#broken(cause, this.#offset);
    this.#offset = next ?? this.#bytes.length;
  }

  /** Notes that from the next exchange on something is wrong, unless that is known. */
  #broken(cause: string, offset: number): void {
    const last = this.#damage.at(-1);
    if (last !== undefined && last.resumes === undefined) return;
    this.#damage.push({ exchange: this.#next, cause, offset });
  }

  #take(block: Block): void {
    const later = block.damage === undefined && block.index >= this.#index && block.firstExchange >= this.#next;
    if (block.damage === undefined && !later) {
      this.#broken("a block stands out of order here", block.offset);
      this.#offset = block.next;
      return;
    }
    if (later) {
      if (block.index !== this.#index || block.firstExchange !== this.#next) {
        this.#broken("a part is missing here", block.offset);
        this.#next = block.firstExchange;
      }
      const last = this.#damage.at(-1);
      if (last !== undefined && last.resumes === undefined) {
        this.#damage[this.#damage.length - 1] = { ...last, resumes: block.firstExchange };
      }
      this.#index = block.index + 1;
    } else if (block.index !== this.#index || block.firstExchange !== this.#next) {
      // Its head is wrong itself: what is in it belongs nowhere.
      this.#skip(block.damage ?? "bytes were changed here");
      return;
    }
    if (block.type === blockType.end && block.damage === undefined) this.#checkCount(block);
    else if (block.type === blockType.events) this.#unpack(block);
    else if (block.damage === undefined) this.#broken("a block of an unknown kind stands here", block.offset);
    if (block.damage === undefined) this.#offset = block.next;
    else {
      this.#index = block.index + 1;
      this.#skip(block.damage);
    }
  }

  #unpack(block: Block): void {
    let previousEnd: number | undefined;
    for (const record of block.records) {
      const event = decodeEvent(record, this.#next, previousEnd);
      if (event === undefined) {
        this.#broken("an entry can't be read", block.offset);
        return;
      }
      previousEnd = event.ended;
      this.#events.push(event);
      if (event.kind === "wait") continue;
      this.#exchanges.push(event);
      this.#next++;
    }
  }

  #checkCount(block: Block): void {
    this.#ended = true;
    const count = Number(new TextDecoder().decode(block.records[0]));
    if (count !== this.#next - 1) this.#broken("exchanges are missing before the end", block.offset);
    if (block.next < this.#bytes.length) this.#broken("something stands behind the end", block.next);
  }
}

function headerIn(block: Block): RecordingHeader | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(block.records[0])) as RecordingHeader;
    const { link } = value;
    const texts = [value.tool, value.date, link.name, link.serial, ...value.command];
    const right = texts.every((text) => typeof text === "string") && typeof value.redacted === "boolean";
    if (!right || !sensible(link)) return undefined;
    return Number.isInteger(link.vendorId) && Number.isInteger(link.productId) ? value : undefined;
  } catch {
    return undefined;
  }
}

function sensible({ limits, others }: RecordingHeader["link"]): boolean {
  const counts = others === undefined || (Number.isInteger(others) && others >= 0);
  if (limits === undefined) return counts;
  const { dataBytes, keepsPairs } = limits;
  return counts && typeof keepsPairs === "boolean" && (dataBytes === undefined || dataBytes >= 64);
}
