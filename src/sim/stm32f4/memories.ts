import { erased, Memories, type MemoryArray } from "../stm32/memories.ts";
import type { Stm32f4Config } from "./chip-config.ts";

/** The arrays behind an STM32F4's memories. */
export class ChipMemories extends Memories {
  readonly ccm: Uint8Array;
  readonly oneTime: Uint8Array;
  readonly #config: Stm32f4Config;

  constructor(config: Stm32f4Config, uid: readonly number[]) {
    super(config, [config.ccm.bytes]);
    this.#config = config;
    this.ccm = this.further[0];
    this.oneTime = erased(config.oneTime);
    this.oneTime.set(uid.slice(0, 12), config.uidRegister - config.oneTime.base);
    const size = config.flash.sizeRegisterKib;
    this.oneTime.set([size & 0xff, size >>> 8], config.flashSizeRegister - config.oneTime.base);
    this.powerDown();
  }

  /** Every memory that is read as an array. */
  get arrays(): readonly MemoryArray[] {
    const { systemMemory, oneTime } = this.#config;
    return [
      ...this.loadable,
      { base: systemMemory.base, bytes: this.systemMemory },
      { base: oneTime.base, bytes: this.oneTime },
    ];
  }

  protected override get volatile(): readonly Uint8Array[] {
    return [this.sram, this.ccm];
  }

  protected get loadable(): readonly MemoryArray[] {
    const { flash, sram, ccm } = this.#config;
    return [
      { base: flash.base, bytes: this.flash },
      { base: sram.base, bytes: this.sram },
      { base: ccm.base, bytes: this.ccm },
    ];
  }
}
