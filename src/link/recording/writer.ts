import type { Disposable } from "../../base/events.ts";
import { systemWallTime, type WallTime } from "../../base/wall-time.ts";
import { blockType, magic, packBlock } from "./blocks.ts";
import { encodeEvent } from "./event-codec.ts";
import type { Exchange, RecordedEvent, RecordingHeader, Wait } from "./exchange.ts";

/** Where events of a link go. */
export interface RecordingSink {
  exchange(exchange: Omit<Exchange, "number">): void;
  wait(wait: Wait): void;
  /** Ends the recording; nothing comes afterwards. */
  close(): void;
}

export interface RecordingWriterOptions {
  /** Puts bytes at the end of the file, at once. */
  readonly append: (bytes: Uint8Array) => void;
  readonly header: RecordingHeader;
  readonly wallTime?: WallTime;
  /** Told once when `append` throws: the recording ends there, the work goes on. */
  readonly onFailure?: (error: unknown) => void;
}

/** A block ends at this many bytes (before they are packed) or this many milliseconds after its first event. */
const FULL = 32 * 1024;
const LONGEST = 200;

/**
 * Packs events into blocks and appends each when it is full or a fifth of a second old, so that a process that is killed
 * leaves a file that can be read up to there.
 */
export class RecordingWriter implements RecordingSink {
  readonly #append: (bytes: Uint8Array) => void;
  readonly #wallTime: WallTime;
  readonly #onFailure: (error: unknown) => void;
  #records: Uint8Array[] = [];
  #bytes = 0;
  #index = 0;
  #exchanges = 0;
  #firstExchange = 1;
  #previousEnd: number | undefined;
  #timer: Disposable | undefined;
  #ended = false;

  constructor(options: RecordingWriterOptions) {
    this.#append = options.append;
    this.#wallTime = options.wallTime ?? systemWallTime;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#write(magic);
    this.#block(blockType.header, [new TextEncoder().encode(JSON.stringify(options.header))]);
  }

  exchange(exchange: Omit<Exchange, "number">): void {
    this.#exchanges++;
    this.#add({ ...exchange, number: this.#exchanges });
    if (exchange.error !== undefined) this.flush();
  }

  wait(wait: Wait): void {
    this.#add(wait);
  }

  /** Brings everything so far into the file. */
  flush(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#records.length === 0 || this.#ended) return;
    this.#block(blockType.events, this.#records);
    this.#records = [];
    this.#bytes = 0;
    this.#previousEnd = undefined;
    this.#firstExchange = this.#exchanges + 1;
  }

  close(): void {
    this.flush();
    if (this.#ended) return;
    this.#block(blockType.end, [new TextEncoder().encode(String(this.#exchanges))]);
    this.#ended = true;
  }

  #add(event: RecordedEvent): void {
    if (this.#ended) return;
    const record = encodeEvent(event, this.#previousEnd);
    this.#previousEnd = event.ended;
    this.#records.push(record);
    this.#bytes += record.length;
    if (this.#bytes >= FULL) this.flush();
    else this.#timer ??= this.#wallTime.after(LONGEST, () => this.flush(), { background: true });
  }

  #block(type: number, records: readonly Uint8Array[]): void {
    this.#write(packBlock(type, this.#index++, this.#firstExchange, records));
  }

  #write(bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#append(bytes);
    } catch (error) {
      this.#ended = true;
      this.#onFailure(error);
    }
  }
}
