import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm, Scheduler } from "../time/scheduler.ts";

/** What PWR needs of the chip around it. */
export interface PwrSurroundings {
  readonly scheduler: Scheduler;
  /** The main PLL is locked: only then the voltage scaling chosen in VOS is in force (RM0386 5.1.4). */
  readonly pllReady: boolean;
}

const CR = 0x00;
const CSR = 0x04;

const CR_AT_RESET = 0xc000;
const CR_WRITABLE = 0x000fefff;
const CR_DBP = 1 << 8;
const CR_ODEN = 1 << 16;
const CR_ODSWEN = 1 << 17;
const CSR_BRE = 1 << 9;
const CSR_STORED = (1 << 8) | CSR_BRE;

/** Time for the over-drive, and the switch to it, to become ready: STM32F469 data sheet, "over-drive switching", typical. */
const overdriveNanoseconds = 45_000;

/** Power controller (RM0386 5.5): voltage scaling, over-drive, access to the backup domain. No low-power modes. */
export class Pwr extends RegisterBlock {
  readonly #around: PwrSurroundings;
  #cr = CR_AT_RESET;
  #csr = 0;
  #ready = 0;
  #alarms: (Alarm | undefined)[] = [];

  constructor(around: PwrSurroundings) {
    super("PWR", "merge");
    this.#around = around;
  }

  /** DBP: BDCR and the backup registers may be written. */
  get backupUnlocked(): boolean {
    return (this.#cr & CR_DBP) !== 0;
  }

  reset(): void {
    for (const alarm of this.#alarms) this.#around.scheduler.cancel(alarm);
    this.#alarms = [];
    this.#cr = CR_AT_RESET;
    this.#csr = 0;
    this.#ready = 0;
  }

  protected readRegister(offset: number): number {
    if (offset === CR) return this.#cr;
    if (offset !== CSR) return 0;
    const regulator = this.#around.pllReady ? 1 << 14 : 0;
    // BRR follows BRE at once.
    const backup = this.#csr & CSR_BRE ? 1 << 3 : 0;
    return this.#csr | this.#ready | regulator | backup;
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === CSR) {
      this.#csr = value & CSR_STORED;
      return;
    }
    if (offset !== CR) return;
    this.#cr = value & CR_WRITABLE;
    this.#follow(CR_ODEN, 0);
    // The switch needs an over-drive that is ready.
    if (this.#ready & CR_ODEN || !(value & CR_ODSWEN)) this.#follow(CR_ODSWEN, 1);
  }

  /** The READY bits in CSR stand where their enable bits stand in CR. */
  #follow(bit: number, index: number): void {
    const { scheduler } = this.#around;
    if (!(this.#cr & bit)) {
      scheduler.cancel(this.#alarms[index]);
      this.#alarms[index] = undefined;
      this.#ready &= ~bit;
      return;
    }
    if (this.#ready & bit || this.#alarms[index] !== undefined) return;
    this.#alarms[index] = scheduler.afterNanoseconds(overdriveNanoseconds, () => {
      this.#alarms[index] = undefined;
      this.#ready |= bit;
    });
  }
}
