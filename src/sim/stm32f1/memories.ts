import { erased, Memories, type MemoryArray } from "../stm32/memories.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import { signature } from "./device-signature.ts";

/** Option bytes of a new part: RDP 0xA5, all else 0xFF, with their complements (PM0075 2.5). */
export const virginOptionBytes: readonly number[] = [
  0xa5, 0x5a, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00,
];

/** The arrays behind an STM32F1's memories. */
export class ChipMemories extends Memories {
  readonly config: Stm32f1Config;
  readonly optionBytes: Uint8Array;

  constructor(config: Stm32f1Config, uid: readonly number[]) {
    super(config);
    this.config = config;
    this.optionBytes = erased(config.optionBytes);
    this.optionBytes.set(virginOptionBytes.slice(0, config.optionBytes.bytes));
    const { flash, flashSizeRegister, systemMemory } = config;
    const signed = signature(flash.sizeRegisterKib, uid, flash.sizeRegisterUpper);
    this.systemMemory.set(signed, flashSizeRegister - systemMemory.base);
    this.powerDown();
  }

  protected get loadable(): readonly MemoryArray[] {
    const { flash, sram, optionBytes } = this.config;
    return [
      { base: flash.base, bytes: this.flash },
      { base: sram.base, bytes: this.sram },
      { base: optionBytes.base, bytes: this.optionBytes },
    ];
  }
}
