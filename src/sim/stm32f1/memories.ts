import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import { signature } from "./device-signature.ts";

/** Bytes with the address at which they belong: an ELF segment, or a file loaded at an offset. */
export interface MemorySegment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** Option bytes of a new part: RDP 0xA5, all else 0xFF, with their complements (PM0075 2.5). */
export const virginOptionBytes: readonly number[] = [
  0xa5, 0x5a, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00,
];

/**
 * What stands in system memory. ST's boot loader is not ours to ship, so this is a stub: a vector table that leads to
 * an endless loop. A chip that boots from system memory sits there, quiet, and a debugger can halt it.
 */
const systemMemoryStub: readonly number[] = [0x00, 0x10, 0x00, 0x20, 0x09, 0xf0, 0xff, 0x1f, 0xfe, 0xe7, 0xfe, 0xe7];

/** The arrays behind the chip's memories. They keep their content as silicon does: flash for ever, SRAM under power. */
export class ChipMemories {
  readonly config: Stm32f1Config;
  readonly flash: Uint8Array;
  readonly sram: Uint8Array;
  readonly systemMemory: Uint8Array;
  readonly optionBytes: Uint8Array;

  constructor(config: Stm32f1Config, uid: readonly number[]) {
    this.config = config;
    this.flash = new Uint8Array(config.flash.bytes).fill(0xff);
    this.sram = new Uint8Array(config.sram.bytes);
    this.optionBytes = new Uint8Array(config.optionBytes.bytes).fill(0xff);
    this.optionBytes.set(virginOptionBytes.slice(0, config.optionBytes.bytes));
    this.systemMemory = new Uint8Array(config.systemMemory.bytes).fill(0xff);
    // The reset vector and the loop move with the base of the system memory.
    this.systemMemory.set(systemMemoryStub);
    const entry = config.systemMemory.base + 9;
    this.systemMemory.set([entry & 0xff, (entry >>> 8) & 0xff, (entry >>> 16) & 0xff, entry >>> 24], 4);
    this.systemMemory.set(
      signature(config.flash.sizeRegisterKib, uid),
      config.flashSizeRegister - config.systemMemory.base,
    );
    this.powerDown();
  }

  /** SRAM after power-on holds no data worth having: a fixed pattern, so that runs repeat. */
  powerDown(): void {
    for (let i = 0; i < this.sram.length; i += 4) {
      const word = Math.imul(i + 1, 0x9e3779b1) >>> 0;
      this.sram.set([word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24], i);
    }
  }

  /**
   * Puts segments into flash, option bytes or SRAM as a programmer in the factory would: no controller, no time.
   * Segments at the boot alias (0) go to flash. Throws `segment-outside-memory` for one that fits nowhere.
   */
  load(segments: readonly MemorySegment[]): void {
    for (const { address, data } of segments) {
      if (data.length === 0) continue;
      const place = this.#places().find(
        ({ base, bytes }) => address >= base && address + data.length <= base + bytes.length,
      );
      if (place === undefined) {
        throw new ProbityError(
          "segment-outside-memory",
          `${data.length} bytes at ${hex32(address)} do not fit into a memory of the ${this.config.name}.`,
          {
            facts: { address, length: data.length, flashBase: this.config.flash.base, flashBytes: this.flash.length },
            remedy: ["Link the program for this chip: check the MEMORY section of the linker script."],
          },
        );
      }
      place.bytes.set(data, address - place.base);
    }
  }

  #places(): { base: number; bytes: Uint8Array }[] {
    const { config } = this;
    return [
      { base: config.flash.base, bytes: this.flash },
      { base: config.sram.base, bytes: this.sram },
      { base: config.optionBytes.base, bytes: this.optionBytes },
      { base: 0, bytes: this.flash },
    ];
  }
}
