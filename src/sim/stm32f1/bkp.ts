import { RegisterBlock } from "../stm32/register-block.ts";
import type { Pins } from "./chip-context.ts";

const DR1 = 0x04;
const DR10 = 0x28;
const RTCCR = 0x2c;
const CR = 0x30;
const CSR = 0x34;

const CR_TPE = 1 << 0;
const CR_TPAL = 1 << 1;
const CSR_CTE = 1 << 0;
const CSR_CTI = 1 << 1;
const CSR_TPIE = 1 << 2;
const CSR_TEF = 1 << 8;
const CSR_TIF = 1 << 9;

/** What BKP needs of the chip. */
export interface BkpSurroundings {
  readonly pins: Pins;
  readonly backupUnlocked: boolean;
  setInterrupt(source: string, high: boolean): void;
}

/** Backup registers and tamper detection on PC13 (RM0008 6). They outlive every reset but the backup domain's own. */
export class Bkp extends RegisterBlock {
  readonly #around: BkpSurroundings;
  readonly #data = new Uint16Array(10);
  #rtccr = 0;
  #cr = 0;
  #tamperInterrupt = false;
  #eventFlag = false;
  #interruptFlag = false;

  constructor(around: BkpSurroundings) {
    super("BKP");
    this.#around = around;
    around.pins.onChange("C", 13, () => this.#checkTamper());
  }

  /** A system reset clears TPIE and its flag alone (RM0008 6.4.4). */
  reset(): void {
    this.#tamperInterrupt = false;
    this.#interruptFlag = false;
    this.#updateInterrupt();
  }

  /** BDRST, or VDD and VBAT both gone. */
  resetBackup(): void {
    this.#data.fill(0);
    this.#rtccr = 0;
    this.#cr = 0;
    this.#eventFlag = false;
    this.reset();
  }

  /** RTC calibration: clock cycles dropped of every 2^20. */
  get calibration(): number {
    return this.#rtccr & 0x7f;
  }

  protected readRegister(offset: number): number {
    if (offset >= DR1 && offset <= DR10) return this.#data[(offset - DR1) >> 2];
    if (offset === RTCCR) return this.#rtccr;
    if (offset === CR) return this.#cr;
    if (offset !== CSR) return 0;
    return (
      (this.#tamperInterrupt ? CSR_TPIE : 0) | (this.#eventFlag ? CSR_TEF : 0) | (this.#interruptFlag ? CSR_TIF : 0)
    );
  }

  protected writeRegister(offset: number, value: number): void {
    if (!this.#around.backupUnlocked) return;
    if (offset >= DR1 && offset <= DR10) {
      // While the tamper event flag stands, the data registers stay cleared.
      if (!this.#eventFlag) this.#data[(offset - DR1) >> 2] = value;
    } else if (offset === RTCCR) {
      this.#rtccr = value & 0x3ff;
    } else if (offset === CR) {
      this.#cr = value & (CR_TPE | CR_TPAL);
      this.#checkTamper();
    } else if (offset === CSR) {
      this.#tamperInterrupt = (value & CSR_TPIE) !== 0;
      if (value & CSR_CTE) this.#eventFlag = false;
      if (value & CSR_CTI) this.#interruptFlag = false;
      this.#updateInterrupt();
    }
  }

  #checkTamper(): void {
    if (!(this.#cr & CR_TPE)) return;
    const active = this.#around.pins.level("C", 13) !== ((this.#cr & CR_TPAL) !== 0);
    if (!active) return;
    this.#data.fill(0);
    this.#eventFlag = true;
    if (this.#tamperInterrupt) this.#interruptFlag = true;
    this.#updateInterrupt();
  }

  #updateInterrupt(): void {
    this.#around.setInterrupt("TAMPER", this.#interruptFlag && this.#tamperInterrupt);
  }
}
