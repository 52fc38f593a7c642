import { SystemClock } from "../stm32/clock-tree.ts";
import { OscillatorControl, type OscillatorSurroundings } from "../stm32/oscillator-control.ts";
import { type ClockSettings, pllHz, Stm32f1Clocks } from "./clock-tree.ts";

/** Start-up times in ns: DS5319 "Internal/External clock source characteristics", "PLL characteristics". */
export const startupTimes = {
  hsi: 2_000,
  hse: 2_000_000,
  pll: 200_000,
  lsi: 85_000,
  lse: 2_500_000_000,
} as const;

/** What RCC needs of the chip around it. */
export interface RccSurroundings extends OscillatorSurroundings {
  /** Enable bits that exist on each bus; the reset bits of APB1 and APB2 are the same. */
  readonly gates: { readonly ahb: number; readonly apb1: number; readonly apb2: number };
  /** PWR_CR.DBP. */
  readonly backupUnlocked: boolean;
  /** Enable or reset bits of a bus changed. */
  gatesChanged(bus: "ahb" | "apb1" | "apb2", enabled: number): void;
  resetsChanged(bus: "apb1" | "apb2", reset: number): void;
  /** BDRST was set: RTC and BKP go to their reset values. */
  resetBackupDomain(): void;
  /** The clock security system caught a failing HSE: NMI. */
  clockFailed(): void;
  /** HCLK lost its source (true) or has one again. */
  setDead(dead: boolean): void;
}

const CR = 0x00;
const CFGR = 0x04;
const CIR = 0x08;
const APB2RSTR = 0x0c;
const APB1RSTR = 0x10;
const AHBENR = 0x14;
const APB2ENR = 0x18;
const APB1ENR = 0x1c;
const BDCR = 0x20;
const CSR = 0x24;

const CR_HSEBYP = 1 << 18;
const CR_CSSON = 1 << 19;
/** Bits of CR kept as plain storage: HSITRIM, HSEBYP, CSSON. */
const CR_STORED = 0xf8 | CR_HSEBYP | CR_CSSON;
/** Factory trim that HSICAL shows. */
const hsiCalibration = 0x4a00;
/** PLLSRC, PLLXTPRE, PLLMUL: fixed while the PLL is on. */
const CFGR_PLL = 0x003f0000;
const CFGR_WRITABLE = 0x077ffff3 & ~0xc;

const BDCR_BDRST = 1 << 16;

/** Reset and clock control (RM0008 7). */
export class Rcc extends OscillatorControl {
  readonly clocks: Stm32f1Clocks;
  readonly #around: RccSurroundings;
  #crStored = 0x80;
  #cssFlag = false;
  #apb2rstr = 0;
  #apb1rstr = 0;
  #ahbenr = 0x14;
  #apb2enr = 0;
  #apb1enr = 0;
  /** RTCSEL, RTCEN, LSEBYP, BDRST. */
  #bdcr = 0;
  /** The system clock's source broke, and nothing took over. */
  #dead = false;

  constructor(around: RccSurroundings) {
    super(around, startupTimes);
    this.#around = around;
    this.clocks = new Stm32f1Clocks(around.scheduler, this.#settings());
    this.hsi.set(true, true);
    this.readyFlags = 0;
  }

  /** Frequency on the MCO pin (PA8 as alternate output) in Hz, 0 when off. */
  get mcoHz(): number {
    const { hseHz } = this.#around;
    const mco = (this.cfgr >>> 24) & 7;
    if (mco === 4) return this.clocks.sysclk;
    if (mco === 5) return this.hsi.ready ? 8_000_000 : 0;
    if (mco === 6) return this.hse.ready ? hseHz : 0;
    return mco === 7 && this.pll.ready ? pllHz(this.cfgr, hseHz) / 2 : 0;
  }

  /** System reset: HSI, no PLL, gates closed. Reset flags and the backup domain stay. */
  reset(): void {
    this.#dead = false;
    this.#crStored = 0x80;
    this.cfgr = 0;
    this.readyEnables = 0;
    this.hsi.set(true, true);
    this.switchTo(SystemClock.hsi);
    this.pll.set(false);
    this.hse.set(false);
    this.updatePllSource();
    this.readyFlags = 0;
    this.#cssFlag = false;
    this.#setResets(0, 0);
    this.#setGates(0x14, 0, 0);
    // LSION is reset by a power reset and by software alone; the IWDG's hold on it ends with the IWDG.
    this.update();
    this.updateInterrupt();
  }

  /** Power-on: also the flags and LSION. */
  powerOn(): void {
    this.csr.powerOn();
    this.reset();
  }

  /** Backup domain at reset values: BDCR. */
  resetBackup(): void {
    this.#bdcr &= BDCR_BDRST;
    this.lse.set(false);
    this.update();
  }

  /** Stop mode: HSE and PLL go off, and HSI is the system clock when the core wakes (RM0008 5.3.4). */
  enterStop(): void {
    this.hsi.set(true, true);
    this.switchTo(SystemClock.hsi);
    this.cfgr &= ~3;
    this.pll.set(false);
    this.hse.set(false);
    this.#crStored &= ~CR_CSSON;
    this.readyFlags &= ~(1 << 2);
    this.update();
  }

  /** The crystal breaks, or is mended. With CSS on, HSI takes over and NMI says so; else what ran on it stands still. */
  setHseAlive(alive: boolean): void {
    if (alive === this.hse.alive) return;
    const used = this.source === SystemClock.hse || (this.source === SystemClock.pll && this.cfgr & (1 << 16)) ? 1 : 0;
    const watched = this.hse.ready && (this.#crStored & CR_CSSON) !== 0;
    this.hse.setAlive(alive && this.#around.hseHz > 0);
    if (alive) {
      if (this.#dead) this.#setDead(false);
      return;
    }
    if (watched) {
      if (used) {
        this.hsi.set(true, true);
        this.switchTo(SystemClock.hsi);
        this.cfgr &= ~3;
        this.pll.set(false);
      }
      this.hse.set(false);
      this.#crStored &= ~CR_CSSON;
      this.#cssFlag = true;
      this.update();
      this.#around.clockFailed();
    } else if (used) {
      this.#setDead(true);
    }
  }

  #setDead(dead: boolean): void {
    this.#dead = dead;
    this.#around.setDead(dead);
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case CR:
        return this.#readControl();
      case CFGR:
        return this.cfgr | (this.source << 2);
      case CIR:
        return this.readyFlags | (this.#cssFlag ? 0x80 : 0) | (this.readyEnables << 8);
      case APB2RSTR:
        return this.#apb2rstr;
      case APB1RSTR:
        return this.#apb1rstr;
      case AHBENR:
        return this.#ahbenr;
      case APB2ENR:
        return this.#apb2enr;
      case APB1ENR:
        return this.#apb1enr;
      case BDCR:
        return this.#bdcr | this.lseBits;
      case CSR:
        return this.csr.read();
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    return offset === CR || offset === CFGR ? this.readRegister(offset) : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case CR:
        this.#writeControl(value);
        break;
      case CFGR:
        this.#writeConfiguration(value);
        break;
      case CIR:
        this.readyEnables = (value >>> 8) & 0x1f;
        this.readyFlags &= ~((value >>> 16) & 0x1f);
        if (value & (1 << 23)) this.#cssFlag = false;
        this.updateInterrupt();
        break;
      case APB2RSTR:
        this.#setResets(value & this.#around.gates.apb2, this.#apb1rstr);
        break;
      case APB1RSTR:
        this.#setResets(this.#apb2rstr, value & this.#around.gates.apb1);
        break;
      case AHBENR:
        this.#setGates(value & this.#around.gates.ahb, this.#apb2enr, this.#apb1enr);
        break;
      case APB2ENR:
        this.#setGates(this.#ahbenr, value & this.#around.gates.apb2, this.#apb1enr);
        break;
      case APB1ENR:
        this.#setGates(this.#ahbenr, this.#apb2enr, value & this.#around.gates.apb1);
        break;
      case BDCR:
        this.#writeBackupControl(value);
        break;
      case CSR:
        this.csr.write(value);
        break;
    }
  }

  #readControl(): number {
    let value = this.#crStored | hsiCalibration;
    if (this.hsi.on) value |= 1 << 0;
    if (this.hsi.ready) value |= 1 << 1;
    if (this.hse.on) value |= 1 << 16;
    if (this.hse.ready) value |= 1 << 17;
    if (this.pll.on) value |= 1 << 24;
    if (this.pll.ready) value |= 1 << 25;
    return value;
  }

  #writeControl(value: number): void {
    const pllOnHse = (this.cfgr & (1 << 16)) !== 0;
    const used = this.usedSources(pllOnHse);
    this.#crStored = this.storeControl(this.#crStored, value, CR_STORED);
    if (value & 1 || !used.hsi) this.hsi.set((value & 1) !== 0);
    if (value & (1 << 16) || !used.hse) this.hse.set((value & (1 << 16)) !== 0);
    if (value & (1 << 24) || !used.pll) this.pll.set((value & (1 << 24)) !== 0);
    this.trySwitch();
  }

  #writeConfiguration(value: number): void {
    const fixed = this.pll.on ? CFGR_PLL : 0;
    this.cfgr = (value & CFGR_WRITABLE & ~fixed) | (this.cfgr & fixed);
    this.updatePllSource();
    this.trySwitch();
    this.update();
  }

  #writeBackupControl(value: number): void {
    if (!this.#around.backupUnlocked) return;
    const resetBegins = (value & BDCR_BDRST) !== 0 && !(this.#bdcr & BDCR_BDRST);
    if (resetBegins) this.#around.resetBackupDomain();
    if (value & BDCR_BDRST) {
      this.#bdcr = BDCR_BDRST;
      this.resetBackup();
      return;
    }
    this.#bdcr = this.storeBackupControl(this.#bdcr, value, 0x8004);
    this.lse.set((value & 1) !== 0);
    this.update();
  }

  /** The PLL locks only while its source runs. */
  protected updatePllSource(): void {
    const source = this.cfgr & (1 << 16) ? this.hse : this.hsi;
    this.pll.setAlive(source.ready);
  }

  #settings(): ClockSettings {
    return {
      hseHz: this.#around.hseHz,
      lseHz: this.#around.lseHz,
      cfgr: this.cfgr,
      source: this.source,
      hseReady: this.hse.ready,
      lsiReady: this.lsi.ready,
      lseReady: this.lse.ready,
      rtcSource: this.#bdcr & 0x8000 ? (this.#bdcr >>> 8) & 3 : 0,
    };
  }

  protected update(): void {
    this.clocks?.update(this.#settings());
  }

  #setGates(ahb: number, apb2: number, apb1: number): void {
    const changed = { ahb: ahb !== this.#ahbenr, apb2: apb2 !== this.#apb2enr, apb1: apb1 !== this.#apb1enr };
    this.#ahbenr = ahb;
    this.#apb2enr = apb2;
    this.#apb1enr = apb1;
    if (changed.ahb) this.#around.gatesChanged("ahb", ahb);
    if (changed.apb2) this.#around.gatesChanged("apb2", apb2);
    if (changed.apb1) this.#around.gatesChanged("apb1", apb1);
  }

  #setResets(apb2: number, apb1: number): void {
    const changed = { apb2: apb2 !== this.#apb2rstr, apb1: apb1 !== this.#apb1rstr };
    this.#apb2rstr = apb2;
    this.#apb1rstr = apb1;
    if (changed.apb2) this.#around.resetsChanged("apb2", apb2);
    if (changed.apb1) this.#around.resetsChanged("apb1", apb1);
  }
}
