import { crc32 } from "../../base/crc32.ts";
import { isProbityError, ProbityError } from "../../base/errors.ts";
import { crc32Algorithm } from "../algorithms/crc32.ts";
import type { ImageSegment } from "../programmer.ts";
import { CallQueue, PREVIOUS_DATA, type QueuedCall } from "./call-queue.ts";
import { LoaderCalls } from "./loader-calls.ts";
import { CHECKSUM_BYTES } from "./placement.ts";
import type { Sandbox } from "./sandbox.ts";

/** Fewer bytes than this are read rather than summed. */
const SMALL = 512;
/** One sum covers no more, so that the time limit of a call holds, and progress is seen. */
const LARGEST_SUM = 64 * 1024;

/** Reads and checksums the memory behind an initialised loader. */
export class MemoryReader {
  readonly #sandbox: Sandbox;
  readonly #calls: LoaderCalls;
  readonly #queue: CallQueue;
  readonly #mapped: boolean;
  #summing: { readonly entry: number; readonly table: number } | undefined;

  constructor(sandbox: Sandbox, mapped: boolean) {
    this.#sandbox = sandbox;
    this.#calls = new LoaderCalls(sandbox);
    this.#queue = new CallQueue(sandbox);
    this.#mapped = mapped;
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    if (this.#mapped) return this.#direct(() => this.#sandbox.core.port.read(address, length));
    const bytes = new Uint8Array(length);
    await this.#queue.run(
      this.#chunks(address, length).map((chunk) => ({
        ...this.#calls.read(chunk.address, chunk.length)!,
        onRoom: (found) => bytes.set(found, chunk.address - address),
      })),
    );
    return bytes;
  }

  /** Whether the memory holds each of these pieces; summed on the target where that is quicker than reading. */
  async matches(
    pieces: readonly ImageSegment[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<boolean[]> {
    const equal = pieces.map(() => true);
    const total = pieces.reduce((sum, { data }) => sum + data.length, 0);
    let done = 0;
    const advance = (bytes: number): void => {
      done += bytes;
      onProgress?.(done, total);
    };
    const calls: QueuedCall[] = [];
    for (const [i, { address, data }] of pieces.entries()) {
      const summed = data.length >= SMALL ? await this.#prepareSums() : undefined;
      if (summed === undefined) {
        const found = await this.read(address, data.length);
        equal[i] = found.every((byte, j) => byte === data[j]);
        advance(data.length);
        continue;
      }
      for (const chunk of this.#mapped
        ? stretches(address, data.length, LARGEST_SUM)
        : this.#chunks(address, data.length)) {
        const from = chunk.address - address;
        const expected = crc32(data.subarray(from, from + chunk.length)) >>> 0;
        const parameters = [this.#mapped ? chunk.address : PREVIOUS_DATA, chunk.length, summed.table] as const;
        if (!this.#mapped) calls.push(this.#calls.read(chunk.address, chunk.length)!);
        calls.push({
          name: "checksum",
          entry: summed.entry,
          parameters,
          onResult: ({ r0 }) => {
            if (r0 >>> 0 !== expected) equal[i] = false;
          },
          onDone: () => advance(chunk.length),
        });
      }
    }
    await this.#queue.run(calls);
    return equal;
  }

  /** The checksum algorithm in RAM; undefined where there is no room for it. */
  async #prepareSums(): Promise<{ readonly entry: number; readonly table: number } | undefined> {
    if (this.#summing !== undefined) return this.#summing;
    const { placement, runner, core } = this.#sandbox;
    const { checksum, cells } = placement;
    if (checksum === undefined || (!this.#mapped && cells.count < 2)) return undefined;
    await runner.memory.save(checksum, CHECKSUM_BYTES);
    await core.port.write(checksum, crc32Algorithm.code);
    const table = checksum + ((crc32Algorithm.code.length + 3) & ~3);
    this.#summing = { entry: checksum + crc32Algorithm.entry, table };
    return this.#summing;
  }

  #chunks(address: number, length: number): { address: number; length: number }[] {
    return stretches(address, length, this.#queue.dataBytes);
  }

  /** A mapped memory that does not answer is no fault of the address. */
  async #direct<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      return await read();
    } catch (error) {
      if (!isProbityError(error, "memory-fault")) throw error;
      const { device, fileName } = this.#sandbox.loader;
      throw new ProbityError(
        "loader-memory-unreadable",
        `${device.name} does not answer at its addresses, although Init() of the loader ${fileName} reported success.`,
        {
          facts: error.facts,
          remedy: ["The loader has no Read function and does not map the memory: use one that does either."],
          cause: error,
        },
      );
    }
  }
}

function stretches(address: number, length: number, most: number): { address: number; length: number }[] {
  const found: { address: number; length: number }[] = [];
  for (let done = 0; done < length; done += most) {
    found.push({ address: address + done, length: Math.min(most, length - done) });
  }
  return found;
}
