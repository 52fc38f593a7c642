import type { AccessSize } from "../cpu/cpu.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import { lane, RegisterBlock } from "./register-block.ts";

/** Debug components of a medium-density F1, by their 4 KiB page: SCS, DWT, FPB, ITM, TPIU (RM0008 31.6.5, PM0056). */
const components: readonly number[] = [0xe000e000, 0xe0001000, 0xe0002000, 0xe0000000, 0xe0040000];

/** The ROM table at the AP's base address: what is on the debug bus, and whose chip this is (CoreSight v1.0, 5.5). */
export class RomTable extends RegisterBlock {
  readonly #words = new Map<number, number>();

  constructor(romTable: Stm32f1Config["romTable"]) {
    super("ROM_TABLE");
    const { base, part, designer } = romTable;
    for (const [index, address] of components.entries()) {
      this.#words.set(index * 4, (((address - base) & 0xfffff000) | 3) >>> 0);
    }
    // MEMTYPE: system memory is on this bus.
    this.#words.set(0xfcc, 1);
    // ST is code 0x20 in JEP106 bank 0, with the JEDEC bit.
    this.#words.set(0xfd0, 0);
    this.#words.set(0xfe0, part & 0xff);
    this.#words.set(0xfe4, ((designer & 15) << 4) | (part >>> 8));
    this.#words.set(0xfe8, 0x8 | (designer >>> 4));
    this.#words.set(0xfec, 0);
    for (const [index, byte] of [0x0d, 0x10, 0x05, 0xb1].entries()) this.#words.set(0xff0 + index * 4, byte);
  }

  reset(): void {}

  override read(offset: number, size: AccessSize): number {
    return lane(this.#words.get(offset & ~3) ?? 0, offset, size);
  }

  protected readRegister(offset: number): number {
    return this.#words.get(offset) ?? 0;
  }

  protected writeRegister(): void {}
}
