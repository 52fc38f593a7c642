import { type WasmMemory, webAssembly } from "./web-assembly.ts";

/** Bytes from the start of the memory to each item of the state block, which translated code shares with the core. */
export const Slot = {
  /** R0 to R14, then a zero. */
  R: 0,
  NF: 64,
  ZF: 68,
  CF: 72,
  VF: 76,
  /** Operands of the last instruction that set flags, where they are not worked out yet. */
  FA: 80,
  FB: 84,
  /** Where the flags are in this block: APART in their own words, or still in FA and FB; see flags.ts. */
  KIND: 88,
  /** Cycles left and instructions counted, as one 64-bit word; see {@link Budget}. */
  LEFT: 96,
  /** What became of the last access that went out of line. */
  STATUS: 104,
  /** Cycles left after it. */
  NEW_LEFT: 108,
  /** The region that was left in the middle and the site where, or what exit-info.ts has instead. */
  REGION: 112,
  SITE: 116,
  /** Registers of a region that was left in the middle, and its flags in the order of the locals from NF on. */
  LEFT_R: 128,
  LEFT_FLAGS: 192,
  /** Registers of peripherals that are steady: address and value, by bits of the address; see steady-registers.ts. */
  STEADY: 256,
} as const;

/**
 * Cycles left and instructions counted as one signed 64-bit word, the instructions below: a block pays with one sum, and
 * the constants of short ones fit into an instruction of the host.
 */
export const Budget = {
  COUNT_BITS: 21,
  COUNT_MASK: 0x1f_ffff,
  /** Cycles after which translated code is left, whatever remains: so that the instructions fit. */
  LONGEST: 0x8_0000,
  get(block: Int32Array): number {
    return (block[Slot.LEFT / 4 + 1] << 11) | (block[Slot.LEFT / 4] >>> 21);
  },
  count(block: Int32Array): number {
    return block[Slot.LEFT / 4] & 0x1f_ffff;
  },
  set(block: Int32Array, cycles: number, count: number): void {
    block[Slot.LEFT / 4] = (cycles << 21) | count;
    block[Slot.LEFT / 4 + 1] = cycles >> 11;
  },
} as const;

/** Entries of the table that leads from a branch target (bit 0 set) to its region: the target, then the function's number. */
export const LOOKUP_ENTRIES = 16384;
/** Entries of {@link Slot.STEADY}, a power of two. */
export const STEADY_ENTRIES = 16;
const STATE_BYTES = Slot.STEADY + STEADY_ENTRIES * 8;
const LOOKUP = STATE_BYTES;
const MEMORIES = LOOKUP + LOOKUP_ENTRIES * 8;
const WASM_PAGE = 0x1_0000;

/** Bytes from the start of the memory to the look-up table. */
export const LOOKUP_BASE = LOOKUP;

/** Marks for a memory of `size` bytes: one for each word, and one for an instruction that runs off the end. */
export function marksFor(size: number): number {
  return (size >>> 2) + 2;
}

const owners = new WeakMap<ArrayBufferLike, GuestMemory>();

/**
 * One WebAssembly memory that holds a board's memories, so that translated code reaches them without a call, and the
 * state block of its core.
 */
export class GuestMemory {
  readonly memory: WasmMemory;
  readonly state: Int32Array;
  readonly lookup: Int32Array;
  readonly #parts: { readonly bytes: Uint8Array; readonly marks: Uint8Array }[] = [];
  #taken = false;

  /** Makes memories of these sizes, zeroed; {@link arrays} has them in the same order. */
  constructor(sizes: readonly number[]) {
    const places: { at: number; marksAt: number; size: number }[] = [];
    let end = MEMORIES;
    for (const size of sizes) {
      const marksAt = end;
      const at = (marksAt + marksFor(size) + 15) & ~15;
      places.push({ at, marksAt, size });
      end = (at + size + 15) & ~15;
    }
    this.memory = new webAssembly.Memory({ initial: Math.ceil(end / WASM_PAGE), maximum: Math.ceil(end / WASM_PAGE) });
    const { buffer } = this.memory;
    this.state = new Int32Array(buffer, 0, STATE_BYTES >>> 2);
    this.lookup = new Int32Array(buffer, LOOKUP, LOOKUP_ENTRIES * 2);
    for (const { at, marksAt, size } of places) {
      this.#parts.push({
        bytes: new Uint8Array(buffer, at, size),
        marks: new Uint8Array(buffer, marksAt, marksFor(size)),
      });
    }
    owners.set(buffer, this);
  }

  get arrays(): readonly Uint8Array[] {
    return this.#parts.map(({ bytes }) => bytes);
  }

  /** The guest memory that these bytes are part of. */
  static of(bytes: Uint8Array | undefined): GuestMemory | undefined {
    return bytes === undefined ? undefined : owners.get(bytes.buffer);
  }

  /** One byte for each word of a whole memory: not zero where it holds code. Undefined for a part of a memory. */
  marksOf(bytes: Uint8Array): Uint8Array | undefined {
    return this.#parts.find((part) => part.bytes.byteOffset === bytes.byteOffset && part.bytes.length === bytes.length)
      ?.marks;
  }

  /** One core alone may use the state block: true for the first that asks. */
  claim(): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    return true;
  }
}

/** The guest memory behind a chip's SRAM, for the first core that asks; undefined where there is none. */
export function claimGuestMemory(
  windows: readonly { readonly writable: boolean; readonly bytes: Uint8Array }[],
): GuestMemory | undefined {
  const guest = GuestMemory.of(windows.find(({ writable }) => writable)?.bytes);
  return guest?.claim() ? guest : undefined;
}
