import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { MemorySegment } from "../stm32f1/memories.ts";
import type { MemoryRange, Stm32f4Config } from "./chip-config.ts";

/** Endless loop behind a vector table, in place of ST's boot loader: `b .` at offset 8. */
function systemMemoryStub(base: number): number[] {
  const entry = base + 9;
  return [0x00, 0x10, 0x00, 0x20, entry & 0xff, (entry >>> 8) & 0xff, (entry >>> 16) & 0xff, entry >>> 24, 0xfe, 0xe7];
}

/** Bytes with the address at which they answer. */
export interface MemoryArray {
  readonly base: number;
  readonly bytes: Uint8Array;
}

/** The arrays behind the chip's memories: flash keeps its content for ever, SRAM while there is power. */
export class ChipMemories {
  readonly flash: Uint8Array;
  readonly sram: Uint8Array;
  readonly ccm: Uint8Array;
  readonly systemMemory: Uint8Array;
  readonly oneTime: Uint8Array;
  readonly #config: Stm32f4Config;

  constructor(config: Stm32f4Config, uid: readonly number[]) {
    this.#config = config;
    const erased = ({ bytes }: MemoryRange): Uint8Array => new Uint8Array(bytes).fill(0xff);
    this.flash = erased(config.flash);
    this.sram = new Uint8Array(config.sram.bytes);
    this.ccm = new Uint8Array(config.ccm.bytes);
    this.systemMemory = erased(config.systemMemory);
    this.systemMemory.set(systemMemoryStub(config.systemMemory.base));
    this.oneTime = erased(config.oneTime);
    this.oneTime.set(uid.slice(0, 12), config.uidRegister - config.oneTime.base);
    const size = config.flash.sizeRegisterKib;
    this.oneTime.set([size & 0xff, size >>> 8], config.flashSizeRegister - config.oneTime.base);
    this.powerDown();
  }

  /** After power-on SRAM holds no data worth having: a fixed pattern, so that runs repeat. */
  powerDown(): void {
    for (const { buffer } of [this.sram, this.ccm]) {
      const words = new Uint32Array(buffer);
      for (let i = 0; i < words.length; i++) words[i] = Math.imul(i * 4 + 1, 0x9e3779b1);
    }
  }

  /** Every memory, those that a program may be put into first. */
  get arrays(): readonly MemoryArray[] {
    const { flash, sram, ccm, systemMemory, oneTime } = this.#config;
    return [
      { base: flash.base, bytes: this.flash },
      { base: sram.base, bytes: this.sram },
      { base: ccm.base, bytes: this.ccm },
      { base: systemMemory.base, bytes: this.systemMemory },
      { base: oneTime.base, bytes: this.oneTime },
    ];
  }

  /**
   * Puts segments into flash or RAM as a programmer in the factory would. Those at the boot alias (0) go to flash.
   * Throws `segment-outside-memory` for one that fits nowhere.
   */
  load(segments: readonly MemorySegment[]): void {
    const places = [...this.arrays.slice(0, 3), { base: 0, bytes: this.flash }];
    for (const { address, data } of segments) {
      if (data.length === 0) continue;
      const place = places.find(({ base, bytes }) => address >= base && address + data.length <= base + bytes.length);
      if (place === undefined) {
        throw new ProbityError(
          "segment-outside-memory",
          `${data.length} bytes at ${hex32(address)} do not fit into a memory of the ${this.#config.name}.`,
          {
            facts: { address, length: data.length, flashBase: this.#config.flash.base, flashBytes: this.flash.length },
            remedy: ["Link the program for this chip: check the MEMORY section of the linker script."],
          },
        );
      }
      place.bytes.set(data, address - place.base);
    }
  }
}
