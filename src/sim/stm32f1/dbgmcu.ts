import type { AccessSize } from "../cpu/cpu.ts";
import { RegisterBlock } from "../stm32/register-block.ts";

const IDCODE = 0x00;
const CR = 0x04;

const CR_WRITABLE = 0x001fffe7;

/** Bits of DBGMCU_CR that keep clocks in the low-power modes. */
export const DbgmcuControl = { sleep: 1 << 0, stop: 1 << 1, standby: 1 << 2, traceIo: 1 << 5 } as const;

/** The debug MCU block (RM0008 31.16): the chip's id, and what goes on while the core stands. Power-on alone resets it. */
export class Dbgmcu extends RegisterBlock {
  readonly #idcode: number;
  readonly #visible: () => boolean;
  readonly #changed: () => void;
  #cr = 0;

  /** `visible`: a debugger is attached; without one the block reads 0 (errata of medium density, 2.3). */
  constructor(idcode: number, visible: () => boolean, changed: () => void) {
    super("DBGMCU", "merge");
    this.#idcode = idcode;
    this.#visible = visible;
    this.#changed = changed;
  }

  /** DBGMCU_CR. */
  get control(): number {
    return this.#cr;
  }

  get traceIo(): boolean {
    return (this.#cr & DbgmcuControl.traceIo) !== 0;
  }

  /** A system reset leaves this block alone. */
  reset(): void {}

  powerOn(): void {
    this.#cr = 0;
    this.#changed();
  }

  override read(offset: number, size: AccessSize): number {
    return this.#visible() ? super.read(offset, size) : 0;
  }

  protected readRegister(offset: number): number {
    if (offset === IDCODE) return this.#idcode;
    return offset === CR ? this.#cr : 0;
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset !== CR) return;
    this.#cr = value & CR_WRITABLE;
    this.#changed();
  }
}
