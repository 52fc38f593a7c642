import { RegisterBlock } from "../stm32/register-block.ts";
import type { PinMatrix } from "./pin-matrix.ts";

const EVCR = 0x00;
const MAPR = 0x04;
const EXTICR1 = 0x08;
const EXTICR4 = 0x14;

const SWJ_CFG = 7 << 24;
/** Remap bits of a medium-density part. */
const MAPR_REMAPS = 0x001effff & ~(1 << 4);

/** SWJ_CFG values that mean something: full, full without NJTRST, SWD alone, both off. */
const swjSettings = [0, 1, 2, 4];

/** Alternate-function remap, EXTI port choice, and the switch of the debug port (RM0008 9.4). */
export class Afio extends RegisterBlock {
  readonly #pins: PinMatrix;
  readonly #portChanged: (line: number) => void;
  #evcr = 0;
  #mapr = 0;
  #exticr = [0, 0, 0, 0];

  /** `portChanged` is told each EXTI line whose port choice changed. */
  constructor(pins: PinMatrix, portChanged: (line: number) => void) {
    super("AFIO");
    this.#pins = pins;
    this.#portChanged = portChanged;
  }

  reset(): void {
    this.#evcr = 0;
    this.#mapr = 0;
    this.#pins.setMapr(0);
    for (let i = 0; i < 4; i++) this.#setPorts(i, 0);
  }

  /** SWJ_CFG in force: 0 or 1 JTAG and SWD, 2 SWD alone, 4 neither. */
  get swjConfiguration(): number {
    return (this.#mapr >>> 24) & 7;
  }

  /** Port of an EXTI line, 0 = A. */
  portOf(line: number): number {
    return (this.#exticr[line >> 2] >>> ((line & 3) * 4)) & 15;
  }

  protected readRegister(offset: number): number {
    if (offset === EVCR) return this.#evcr;
    // SWJ_CFG is write-only: it reads 0.
    if (offset === MAPR) return this.#mapr & ~SWJ_CFG;
    if (offset >= EXTICR1 && offset <= EXTICR4) return this.#exticr[(offset - EXTICR1) >> 2];
    return 0;
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === EVCR) {
      this.#evcr = value & 0xff;
    } else if (offset === MAPR) {
      const wanted = (value >>> 24) & 7;
      const swj = swjSettings.includes(wanted) ? wanted : this.swjConfiguration;
      this.#mapr = (value & MAPR_REMAPS) | (swj << 24);
      this.#pins.setMapr(this.#mapr);
    } else if (offset >= EXTICR1 && offset <= EXTICR4) {
      this.#setPorts((offset - EXTICR1) >> 2, value & 0xffff);
    }
  }

  #setPorts(index: number, value: number): void {
    const changed = this.#exticr[index] ^ value;
    this.#exticr[index] = value;
    for (let i = 0; i < 4; i++) {
      if ((changed >>> (i * 4)) & 15) this.#portChanged(index * 4 + i);
    }
  }
}
