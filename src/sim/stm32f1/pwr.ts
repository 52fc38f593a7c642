import { RegisterBlock } from "../stm32/register-block.ts";

const CR = 0x00;
const CSR = 0x04;

const CR_LPDS = 1 << 0;
const CR_PDDS = 1 << 1;
const CR_CWUF = 1 << 2;
const CR_CSBF = 1 << 3;
const CR_PVDE = 1 << 4;
const CR_DBP = 1 << 8;
const CR_STORED = CR_LPDS | CR_PDDS | CR_PVDE | (7 << 5) | CR_DBP;

const CSR_WUF = 1 << 0;
const CSR_SBF = 1 << 1;
const CSR_PVDO = 1 << 2;
const CSR_EWUP = 1 << 8;

/** What PWR drives and reads. */
export interface PwrSurroundings {
  /** VDD in volts. */
  readonly voltage: number;
  /** EXTI line 16. */
  setVoltageDetector(low: boolean): void;
}

/** Power control (RM0008 5.4): what deep sleep means, the voltage detector, the lock of the backup domain. */
export class Pwr extends RegisterBlock {
  readonly #around: PwrSurroundings;
  #cr = 0;
  #wakeFlag = false;
  #standbyFlag = false;
  #wakePinEnabled = false;

  constructor(around: PwrSurroundings) {
    super("PWR");
    this.#around = around;
  }

  /** WUF and SBF outlive a system reset; power-on and CR clear them. */
  reset(): void {
    this.#cr = 0;
    this.#wakePinEnabled = false;
    this.voltageChanged();
  }

  powerOn(): void {
    this.#wakeFlag = false;
    this.#standbyFlag = false;
    this.reset();
  }

  /** Leaving standby: CSR keeps EWUP and gains the flags. */
  wakeFromStandby(): void {
    const enabled = this.#wakePinEnabled;
    this.reset();
    this.#wakePinEnabled = enabled;
    this.#standbyFlag = true;
  }

  /** DBP: RTC, BKP and BDCR may be written. */
  get backupUnlocked(): boolean {
    return (this.#cr & CR_DBP) !== 0;
  }

  /** PDDS: deep sleep is standby, not stop. */
  get standbySelected(): boolean {
    return (this.#cr & CR_PDDS) !== 0;
  }

  /** LPDS: the regulator saves power in stop mode, and waking takes longer. */
  get lowPowerRegulator(): boolean {
    return (this.#cr & CR_LPDS) !== 0;
  }

  /** EWUP: PA0 wakes from standby. */
  get wakePinEnabled(): boolean {
    return this.#wakePinEnabled;
  }

  /** A wake-up event came: rising WKUP pin, RTC alarm. */
  noteWakeUp(): void {
    this.#wakeFlag = true;
  }

  /** VDD moved, or the detector was set. */
  voltageChanged(): void {
    this.#around.setVoltageDetector(this.#low);
  }

  /** PVDO: VDD is below 2.2 V + PLS × 0.1 V. */
  get #low(): boolean {
    return (this.#cr & CR_PVDE) !== 0 && this.#around.voltage < 2.2 + ((this.#cr >>> 5) & 7) * 0.1;
  }

  protected readRegister(offset: number): number {
    if (offset === CR) return this.#cr;
    if (offset !== CSR) return 0;
    return (
      (this.#wakeFlag ? CSR_WUF : 0) |
      (this.#standbyFlag ? CSR_SBF : 0) |
      (this.#low ? CSR_PVDO : 0) |
      (this.#wakePinEnabled ? CSR_EWUP : 0)
    );
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === CR) {
      this.#cr = value & CR_STORED;
      if (value & CR_CWUF) this.#wakeFlag = false;
      if (value & CR_CSBF) this.#standbyFlag = false;
      this.voltageChanged();
    } else if (offset === CSR) {
      this.#wakePinEnabled = (value & CSR_EWUP) !== 0;
    }
  }
}
