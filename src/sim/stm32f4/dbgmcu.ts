import { RegisterBlock } from "../stm32/register-block.ts";

const IDCODE = 0x00;
const CR = 0x04;
const APB1_FZ = 0x08;
const APB2_FZ = 0x0c;

const CR_TRACE_IOEN = 1 << 5;

/** The debug MCU block (RM0386 37.16): the chip's id, and what stands still with the core. Power-on alone resets it. */
export class Dbgmcu extends RegisterBlock {
  readonly #idcode: number;
  readonly #changed: () => void;
  #cr = 0;
  #freeze = { apb1: 0, apb2: 0 };

  constructor(idcode: number, changed: () => void) {
    super("DBGMCU", "merge");
    this.#idcode = idcode;
    this.#changed = changed;
  }

  /** APB1_FZ and APB2_FZ. */
  get freeze(): { readonly apb1: number; readonly apb2: number } {
    return this.#freeze;
  }

  /** TRACE_IOEN: SWO has its pin. */
  get traceIo(): boolean {
    return (this.#cr & CR_TRACE_IOEN) !== 0;
  }

  /** A system reset leaves this block alone. */
  reset(): void {}

  powerOn(): void {
    this.#cr = 0;
    this.#freeze = { apb1: 0, apb2: 0 };
    this.#changed();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case IDCODE:
        return this.#idcode;
      case CR:
        return this.#cr;
      case APB1_FZ:
        return this.#freeze.apb1;
      case APB2_FZ:
        return this.#freeze.apb2;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === CR) this.#cr = value & 0xe7;
    else if (offset === APB1_FZ) this.#freeze = { ...this.#freeze, apb1: value & 0x06e01dff };
    else if (offset === APB2_FZ) this.#freeze = { ...this.#freeze, apb2: value & 0x00070003 };
    this.#changed();
  }
}
