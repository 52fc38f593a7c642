import { readU32 } from "../base/bytes.ts";
import type { MemoryPort, WordOperation } from "../coresight/memory-port.ts";

interface Stretch {
  readonly address: number;
  readonly data: Uint8Array;
}

/** Target RAM that is borrowed: what was there is read before it is overwritten, and written back. */
export class SavedMemory {
  readonly #port: MemoryPort;
  /** In address order, none touching another twice. */
  #stretches: Stretch[] = [];

  constructor(port: MemoryPort) {
    this.#port = port;
  }

  /** Reads what is not yet saved of [address, address+length). Whole words, so that the reads are full ones. */
  async save(address: number, length: number): Promise<void> {
    for (const gap of gaps(this.#stretches, address, address + length)) {
      const data = await this.#port.read(gap.start, gap.end - gap.start);
      this.#stretches.push({ address: gap.start, data });
    }
    this.#stretches.sort((a, b) => a.address - b.address);
  }

  /** Takes words that were read in another way as saved. */
  put(address: number, data: Uint8Array): void {
    this.#stretches.push({ address, data });
    this.#stretches.sort((a, b) => a.address - b.address);
  }

  /** Takes out stretches of at most two words that stand alone, as writes that put them back. */
  takeWords(): WordOperation[] {
    const small = this.#stretches.filter(
      ({ address, data }) =>
        data.length <= 8 &&
        address % 4 === 0 &&
        data.length % 4 === 0 &&
        !this.#stretches.some((each) => each.address === address + data.length || end(each) === address),
    );
    this.#stretches = this.#stretches.filter((each) => !small.includes(each));
    return small.flatMap(({ address, data }) =>
      Array.from(
        { length: data.length / 4 },
        (_, index): WordOperation => ({
          kind: "write",
          address: address + 4 * index,
          value: readU32(data, 4 * index),
        }),
      ),
    );
  }

  /** Writes back what was saved of [start, end), in as few writes as possible, and forgets it. */
  async restore(start = 0, end = 2 ** 32): Promise<void> {
    const chosen = this.#stretches.flatMap((stretch) => part(stretch, start, end));
    this.#stretches = this.#stretches.flatMap((stretch) => [
      ...part(stretch, 0, start),
      ...part(stretch, end, 2 ** 32),
    ]);
    for (const { address, data } of joined(chosen)) await this.#port.write(address, data);
  }
}

function end({ address, data }: Stretch): number {
  return address + data.length;
}

/** What of a stretch lies in [start, end). */
function part({ address, data }: Stretch, start: number, end: number): Stretch[] {
  const from = Math.max(address, start);
  const to = Math.min(address + data.length, end);
  return from < to ? [{ address: from, data: data.subarray(from - address, to - address) }] : [];
}

function gaps(stretches: readonly Stretch[], start: number, end: number): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let at = start;
  for (const { address, data } of stretches) {
    if (address + data.length <= at || address >= end) continue;
    if (address > at) found.push({ start: at, end: address });
    at = address + data.length;
  }
  if (at < end) found.push({ start: at, end });
  return found;
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const last = result.at(-1);
    if (last === undefined || last.address + last.data.length !== stretch.address) {
      result.push(stretch);
      continue;
    }
    const data = new Uint8Array(last.data.length + stretch.data.length);
    data.set(last.data);
    data.set(stretch.data, last.data.length);
    result[result.length - 1] = { address: last.address, data };
  }
  return result;
}
