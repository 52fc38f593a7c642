import { concat } from "../../src/base/bytes.ts";

/** Numbers that look random and are the same each time. */
export class Noise {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)];
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Sub-commands that a server knows of, and some that it does not. */
const subs = [
  ...[0x01, 0x02, 0x05, 0x07, 0x08, 0x0c, 0x0d, 0x0f, 0x20, 0x21, 0x22, 0x30, 0x31, 0x32, 0x33, 0x35, 0x36, 0x3a, 0x3b],
  ...[0x3c, 0x3e, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4b, 0x4c, 0x50, 0x51, 0x52, 0x53, 0x54, 0x56],
  ...[0x61, 0x62, 0x63, 0x10, 0x3d, 0x49, 0x55, 0x7f, 0xff],
] as const;

/** Where hostile accesses go: RAM that nobody minds, places that fault, debug registers. */
const places = [0x20001000, 0x20001ffc, 0x20001003, 0x00000000, 0x30000000, 0xffffffff, 0xe000ed30] as const;

/**
 * One request of a hostile client: often nearly right, sometimes with a length that lies, sometimes nothing but noise.
 * `connectId`: one that was given to it; it also tries others.
 */
export function hostileRequest(noise: Noise, connectId: number): Uint8Array {
  const kind = noise.below(20);
  if (kind === 0) return noise.bytes(1 + noise.below(64));
  if (kind === 1) return Uint8Array.of(0x00, noise.below(2));
  if (kind === 2) return Uint8Array.of(0x06, noise.below(256), 0, 0);
  if (kind === 3) return words(0x02 | (noise.below(4) << 8), noise.of([0, 1, 40, 41, 42, 0xffffffff]));
  if (kind === 4) return words(0x03, noise.of([0xcafe0001, 0xcafe0001, 0, 0xffffffff]));
  if (kind === 5) return words(0x04, noise.of([connectId, 0, 1, noise.below(2 ** 32)]));
  if (kind === 6) return words(0x07, noise.of([0xcafe0001, 7]));
  const block = new Uint8Array(16);
  block[0] = noise.of([
    0xf2,
    0xf2,
    0xf2,
    0xf2,
    0xf2,
    0xf1,
    0xf3,
    0xf4,
    0xf5,
    0xf7,
    0xf9,
    0xfb,
    0xfc,
    0xfd,
    noise.below(256),
  ]);
  block[1] = noise.of(subs);
  block.set(noise.bytes(14), 2);
  let length = noise.of([0, 2, 4, 8, 12, 64, 1024, 6144, 10_236]);
  if (noise.below(3) > 0) {
    block.set(words(noise.of(places)), 2);
    if ([0x07, 0x08, 0x0c, 0x0d, 0x47, 0x48, 0x50, 0x54].includes(block[1])) {
      length = noise.of([0, 1, 3, 4, 8, 64, 256]);
      block.set([length & 0xff, length >> 8, 0], 6);
    } else if (block[1] === 0x51) {
      const items = noise.of([1, 2, 5, 64, 1227]);
      block.set(words(items), 2);
      length = noise.of([Math.ceil(items / 4) * 4 + items * 4, 8]);
    } else if (block[1] === 0x30) {
      block[2] = noise.of([0xa3, 0xa3, 0xa4, 0x00]);
    }
  }
  if (noise.below(200) === 0) length = noise.of([10_209, 0x7fffffff, 0xffffffff]);
  const direction = noise.of([0, 0, 1, 1, 1, 1, 3, 2]);
  const id = noise.below(10) === 0 ? noise.below(2 ** 32) : connectId;
  const header = concat(words(0x05, id), block, words(direction, length));
  return direction === 0 && length <= 10_208 ? concat(header, noise.bytes(length)) : header;
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return bytes;
}
