import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { FlashRegion, ImageSegment } from "../flash/programmer.ts";

/** A stretch of memory that can be programmed. */
export type FlashArea = Pick<FlashRegion, "base" | "size"> & {
  /** In words, where it is not the chip's own flash. */
  readonly name?: string;
};

/**
 * What a GDB `load` asks of flash, gathered until `vFlashDone`: nothing is erased before everything was said, so an
 * image that does not fit changes nothing.
 */
export class FlashJobs {
  readonly #areas: readonly FlashArea[];
  #writes: ImageSegment[] = [];
  #erases: { readonly address: number; readonly length: number }[] = [];

  /** The first area is the one that an address outside all of them is compared with. */
  constructor(...areas: readonly FlashArea[]) {
    this.#areas = areas;
  }

  get empty(): boolean {
    return this.#writes.length === 0 && this.#erases.length === 0;
  }

  erase(address: number, length: number): void {
    this.#refuseOutside(address, length);
    this.#erases.push({ address, length });
  }

  write(address: number, data: Uint8Array): void {
    this.#refuseOutside(address, data.length);
    if (data.length > 0) this.#writes.push({ address, data: data.slice() });
  }

  /** Hands over what was gathered (pieces joined where they touch, later ones winning) and starts afresh. */
  take(): { readonly image: ImageSegment[]; readonly erases: readonly { address: number; length: number }[] } {
    const taken = { image: joined(this.#writes), erases: this.#erases };
    this.clear();
    return taken;
  }

  clear(): void {
    this.#writes = [];
    this.#erases = [];
  }

  #refuseOutside(address: number, length: number): void {
    let at = address;
    // Areas may touch: the runs of sectors of one memory do, and so may two memories.
    for (;;) {
      const area = this.#areas.find(({ base, size }) => at >= base && at < base + size);
      if (area === undefined) break;
      at = area.base + area.size;
      if (at >= address + length) return;
    }
    const started = this.#areas.find(({ base, size }) => address >= base && address < base + size);
    if (started !== undefined) throw imageTooLarge(started, address, address + length);
    const [first] = this.#areas;
    const behind = address >= first.base + first.size && address < first.base + LARGEST_FLASH;
    throw first.name === undefined && behind
      ? imageTooLarge(first, address, address + length)
      : noSuchMemory(address, length, this.#areas);
  }
}

/** No STM32 has more flash inside: beyond it nobody means the flash of a larger chip. */
export const LARGEST_FLASH = 4 << 20;
/** Where memory controllers map what is outside of the chip (ARMv7-M B3.1: external RAM). */
const EXTERNAL = { base: 0x60000000, size: 0x40000000 } as const;

/** The error for what is to be programmed where nothing can be. */
function noSuchMemory(address: number, length: number, areas: readonly FlashArea[]): ProbityError {
  const known = areas.map(
    ({ name, base, size }) => `${name ?? "internal flash"} (${hex32(base)} to ${hex32(base + size - 1)})`,
  );
  const external = address >= EXTERNAL.base && address < EXTERNAL.base + EXTERNAL.size;
  return new ProbityError(
    "flash-image-outside",
    `The image has ${length} bytes at ${hex32(address)}, in none of the memories that can be programmed here: ${known.join(", ")}.`,
    {
      facts: { address, length },
      remedy: [
        external
          ? "Give the loader of the memory at this address, if the board has one: --loader FILE, or -el FILE for the GDB server."
          : "Check the addresses in the linker script: this chip has no memory there that a program can be put into.",
        "Or connect the board that the program was built for.",
      ],
    },
  );
}

/** The pieces of an image that lie in an area, cut at its ends. */
export function clippedTo({ base, size }: FlashArea, image: readonly ImageSegment[]): ImageSegment[] {
  return image.flatMap(({ address, data }) => {
    const start = Math.max(address, base);
    const end = Math.min(address + data.length, base + size);
    return start >= end ? [] : [{ address: start, data: data.subarray(start - address, end - address) }];
  });
}

/** The error for an image that reaches beyond flash, naming both sizes. */
export function imageTooLarge(region: FlashArea, address: number, end: number): ProbityError {
  const flashEnd = region.base + region.size;
  const size = region.size >= 1 << 20 ? `${region.size / (1 << 20)} MiB` : `${region.size / 1024} KiB`;
  return new ProbityError(
    "flash-image-too-large",
    `The image reaches from ${hex32(address)} to ${hex32(end - 1)}, but ${region.name ?? "this chip's flash"} is ${size} and ends at ${hex32(flashEnd - 1)}.`,
    {
      facts: { address, end, flashBase: region.base, flashBytes: region.size },
      remedy: [
        "Build for this chip: check the FLASH length in the linker script and the part number in the project.",
        "Or connect the board that the program was built for.",
      ],
    },
  );
}

function joined(writes: readonly ImageSegment[]): ImageSegment[] {
  const result: { address: number; data: Uint8Array }[] = [];
  // Later writes win, so each piece is cut out of what came before it.
  for (const write of writes) {
    const end = write.address + write.data.length;
    for (let i = result.length - 1; i >= 0; i--) {
      const old = result[i];
      const oldEnd = old.address + old.data.length;
      if (oldEnd <= write.address || old.address >= end) continue;
      result.splice(i, 1);
      if (old.address < write.address) {
        result.push({ address: old.address, data: old.data.subarray(0, write.address - old.address) });
      }
      if (oldEnd > end) result.push({ address: end, data: old.data.subarray(end - old.address) });
    }
    result.push({ address: write.address, data: write.data });
  }
  result.sort((a, b) => a.address - b.address);
  const merged: ImageSegment[] = [];
  for (let i = 0; i < result.length; ) {
    let j = i + 1;
    while (j < result.length && result[j].address === result[j - 1].address + result[j - 1].data.length) j++;
    const data = new Uint8Array(result.slice(i, j).reduce((sum, piece) => sum + piece.data.length, 0));
    let offset = 0;
    for (const piece of result.slice(i, j)) {
      data.set(piece.data, offset);
      offset += piece.data.length;
    }
    merged.push({ address: result[i].address, data });
    i = j;
  }
  return merged;
}
