import { RegisterBlock } from "../stm32/register-block.ts";

const MEMRMP = 0x00;
const CMPCR = 0x20;

/** System configuration (RM0386 9.3): what answers at 0; the other registers keep what is written. */
export class Syscfg extends RegisterBlock {
  readonly #remapped: (mode: number) => void;
  readonly #bootMode: () => number;
  readonly #stored = new Map<number, number>();
  #memrmp = 0;

  /** `bootMode`: MEM_MODE as the BOOT pins set it at reset; `remapped` hears of every change. */
  constructor(bootMode: () => number, remapped: (mode: number) => void) {
    super("SYSCFG", "merge");
    this.#bootMode = bootMode;
    this.#remapped = remapped;
  }

  reset(): void {
    this.#stored.clear();
    this.#setMode(this.#bootMode());
  }

  protected readRegister(offset: number): number {
    if (offset === MEMRMP) return this.#memrmp;
    // The compensation cell is ready as soon as it is on.
    if (offset === CMPCR) return (this.#stored.get(CMPCR) ?? 0) & 1 ? 0x101 : 0;
    return this.#stored.get(offset) ?? 0;
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === MEMRMP) this.#setMode(value & 0xd07);
    else this.#stored.set(offset, value);
  }

  #setMode(value: number): void {
    this.#memrmp = value;
    this.#remapped(value & 7);
  }
}
