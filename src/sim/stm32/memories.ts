import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import { GuestMemory } from "../cpu/translator/guest-memory.ts";

/** A stretch of address space with its size. */
export interface MemoryRange {
  readonly base: number;
  readonly bytes: number;
}

/** Bytes with the address at which they answer. */
export interface MemoryArray {
  readonly base: number;
  readonly bytes: Uint8Array;
}

/** Bytes with the address at which they belong: an ELF segment, or a file loaded at an offset. */
export interface MemorySegment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** The memories that every STM32 has, as data. */
export interface MemoryMap {
  /** Part number: `STM32F103C8`. */
  readonly name: string;
  readonly flash: MemoryRange;
  readonly sram: MemoryRange;
  readonly systemMemory: MemoryRange;
}

/**
 * What stands in system memory at `base`. ST's boot loader is not ours to ship, so this is a stub: a vector table that
 * leads to an endless loop (`b .` at offset 8). A chip that boots from system memory sits there, quiet, and a debugger
 * can halt it.
 */
function systemMemoryStub(base: number): number[] {
  const entry = base + 9;
  return [0x00, 0x10, 0x00, 0x20, entry & 0xff, (entry >>> 8) & 0xff, (entry >>> 16) & 0xff, entry >>> 24, 0xfe, 0xe7];
}

/** An array of erased flash or one-time memory. */
export function erased({ bytes }: MemoryRange): Uint8Array {
  return new Uint8Array(bytes).fill(0xff);
}

/** The arrays behind a chip's memories. They keep their content as silicon does: flash for ever, SRAM under power. */
export abstract class Memories {
  readonly flash: Uint8Array;
  readonly sram: Uint8Array;
  readonly systemMemory: Uint8Array;
  /** Further memories that the core reaches directly, in the order of their sizes. */
  protected readonly further: readonly Uint8Array[];
  readonly #map: MemoryMap;

  constructor(map: MemoryMap, furtherSizes: readonly number[] = []) {
    this.#map = map;
    const [flash, sram, ...further] = new GuestMemory([map.flash.bytes, map.sram.bytes, ...furtherSizes]).arrays;
    this.flash = flash.fill(0xff);
    this.sram = sram;
    this.further = further;
    this.systemMemory = erased(map.systemMemory);
    this.systemMemory.set(systemMemoryStub(map.systemMemory.base));
  }

  /** The memories that {@link load} puts segments into, beside the boot alias of flash at 0. */
  protected abstract get loadable(): readonly MemoryArray[];

  /** The memories that lose their content with the power. */
  protected get volatile(): readonly Uint8Array[] {
    return [this.sram];
  }

  /** SRAM after power-on holds no data worth having: a fixed pattern, so that runs repeat. */
  powerDown(): void {
    for (const { buffer, byteOffset, length } of this.volatile) {
      const words = new Uint32Array(buffer, byteOffset, length >>> 2);
      for (let i = 0; i < words.length; i++) words[i] = Math.imul(i * 4 + 1, 0x9e3779b1);
    }
  }

  /**
   * Puts segments into the memories as a programmer in the factory would: no controller, no time. Segments at the boot
   * alias (0) go to flash. Throws `segment-outside-memory` for one that fits nowhere.
   */
  load(segments: readonly MemorySegment[]): void {
    const places = [...this.loadable, { base: 0, bytes: this.flash }];
    for (const { address, data } of segments) {
      if (data.length === 0) continue;
      const place = places.find(({ base, bytes }) => address >= base && address + data.length <= base + bytes.length);
      if (place === undefined) {
        const { name, flash } = this.#map;
        throw new ProbityError(
          "segment-outside-memory",
          `${data.length} bytes at ${hex32(address)} do not fit into a memory of the ${name}.`,
          {
            facts: { address, length: data.length, flashBase: flash.base, flashBytes: this.flash.length },
            remedy: ["Link the program for this chip: check the MEMORY section of the linker script."],
          },
        );
      }
      place.bytes.set(data, address - place.base);
    }
  }
}
