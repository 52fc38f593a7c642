import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { RamPiece } from "./placement.ts";

/** So much RAM is kept whole for every run: it costs a tenth of a second or two. */
const ALWAYS = 24 * 1024;
/** So much at most, in the middle of a program, or when a loader was found to write where it should not. */
const AT_MOST = 64 * 1024;

/** Whether all RAM of a chip is to be kept while a loader runs, not just what the loader is given. */
export function keepsAllRam(ram: readonly RamPiece[], matters: boolean): boolean {
  const total = ram.reduce((sum, { size }) => sum + size, 0);
  return total <= (matters ? AT_MOST : ALWAYS);
}

/** RAM that a loader was not given: kept, compared after it ran, and put back where it differs. */
export class RestOfRam {
  readonly #port: MemoryPort;
  readonly #kept: { readonly address: number; readonly data: Uint8Array }[] = [];

  private constructor(port: MemoryPort) {
    this.#port = port;
  }

  /** Reads all of `ram` but what `given` covers. */
  static async keep(port: MemoryPort, ram: readonly RamPiece[], given: readonly RamPiece[]): Promise<RestOfRam> {
    const rest = new RestOfRam(port);
    for (const { base, size } of without(ram, given)) {
      rest.#kept.push({ address: base, data: await port.read(base, size) });
    }
    return rest;
  }

  /** Puts back what differs; resolves to where that was, [start, end) each. */
  async putBack(): Promise<{ readonly start: number; readonly end: number }[]> {
    const changed: { start: number; end: number }[] = [];
    for (const { address, data } of this.#kept) {
      const now = await this.#port.read(address, data.length);
      for (const { start, end } of differences(data, now)) {
        await this.#port.write(address + start, data.subarray(start, end));
        changed.push({ start: address + start, end: address + end });
      }
    }
    return changed;
  }
}

/** Closer than this, two changes are put back in one write. */
const NEAR = 64;

function differences(one: Uint8Array, other: Uint8Array): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let at = 0; at < one.length; at++) {
    if (one[at] === other[at]) continue;
    const last = found.at(-1);
    if (last !== undefined && at - last.end < NEAR) last.end = (at & ~3) + 4;
    else found.push({ start: at & ~3, end: (at & ~3) + 4 });
  }
  return found.map(({ start, end }) => ({ start, end: Math.min(end, one.length) }));
}

function without(ram: readonly RamPiece[], given: readonly RamPiece[]): RamPiece[] {
  let rest = ram.map(({ base, size }) => ({ base, size }));
  for (const { base, size } of given) {
    rest = rest.flatMap((piece) => {
      const end = piece.base + piece.size;
      if (base >= end || base + size <= piece.base) return [piece];
      return [
        { base: piece.base, size: base - piece.base },
        { base: base + size, size: end - base - size },
      ].filter((part) => part.size > 0);
    });
  }
  return rest;
}
