import { SystemClock } from "../stm32/clock-tree.ts";
import type { Oscillator } from "../stm32/oscillator.ts";
import { OscillatorControl, type OscillatorSurroundings } from "../stm32/oscillator-control.ts";
import { ResetFlag } from "../stm32/reset-cause.ts";
import { type ClockSettings, pllHz, Stm32f4Clocks } from "./clock-tree.ts";
import type { PeripheralBus } from "./peripheral-table.ts";

/** Start-up times in ns: STM32F469 data sheet, "clock source characteristics" and "PLL characteristics", typical. */
export const startupTimes = { hsi: 2_200, hse: 2_000_000, pll: 150_000, lsi: 15_000, lse: 2_000_000_000 } as const;

/** The buses that have enable and reset registers. */
export type GatedBus = Exclude<PeripheralBus, "ppb">;

/** What RCC needs of the chip around it. */
export interface RccSurroundings extends OscillatorSurroundings {
  /** PWR_CR.DBP. */
  readonly backupUnlocked: boolean;
  gatesChanged(bus: GatedBus, enabled: number): void;
  resetsChanged(bus: GatedBus, reset: number): void;
}

const CR = 0x00;
const PLLCFGR = 0x04;
const CFGR = 0x08;
const CIR = 0x0c;
const BDCR = 0x70;
const CSR = 0x74;

const resetRegisters = new Map<number, GatedBus>([
  [0x10, "ahb1"],
  [0x14, "ahb2"],
  [0x18, "ahb3"],
  [0x20, "apb1"],
  [0x24, "apb2"],
]);
const enableRegisters = new Map<number, GatedBus>([
  [0x30, "ahb1"],
  [0x34, "ahb2"],
  [0x38, "ahb3"],
  [0x40, "apb1"],
  [0x44, "apb2"],
]);

/** Registers that only keep what is written: low-power enables, SSCGR, PLLI2SCFGR, PLLSAICFGR, DCKCFGR; values after reset. */
const storedAtReset: readonly (readonly [number, number])[] = [
  [0x50, 0x7e6791ff],
  [0x54, 0x000000f1],
  [0x58, 0x00000003],
  [0x60, 0xf7fec9ff],
  [0x64, 0x0c777f33],
  [0x80, 0],
  [0x84, 0x24003000],
  [0x88, 0x24003000],
  [0x8c, 0],
];

/** AHB1ENR after reset: CCMDATARAMEN. */
const ahb1AtReset = 0x00100000;
const pllAtReset = 0x24003010;
/** HSITRIM 16, and the calibration that HSICAL shows. */
const hsiTrimAtReset = 0x80;
const hsiCalibration = 0x7a00;
const CR_HSEBYP = 1 << 18;
const CR_CSSON = 1 << 19;
const CR_STORED = 0xf8 | CR_HSEBYP | CR_CSSON;
const BDCR_BDRST = 1 << 16;

/** The oscillators by their ON bit in CR; READY is the bit above. */
const ON = { hsi: 0, hse: 16, pll: 24, plli2s: 26, pllsai: 28 } as const;
type Source = keyof typeof ON;

/** Reset and clock control (RM0386 6). */
export class Rcc extends OscillatorControl {
  readonly clocks: Stm32f4Clocks;
  readonly #around: RccSurroundings;
  readonly #plli2s: Oscillator;
  readonly #pllsai: Oscillator;
  readonly #sources: Readonly<Record<Source, Oscillator>>;
  readonly #stored = new Map<number, number>();
  readonly #enables = new Map<GatedBus, number>();
  readonly #resets = new Map<GatedBus, number>();
  #crStored = hsiTrimAtReset;
  #pllcfgr = pllAtReset;
  /** RTCEN, RTCSEL, LSEMOD, LSEBYP, BDRST. */
  #bdcr = 0;

  constructor(around: RccSurroundings) {
    super(around, startupTimes);
    this.#around = around;
    this.#plli2s = this.createOscillator(startupTimes.pll, 1 << 5);
    this.#pllsai = this.createOscillator(startupTimes.pll, 1 << 6);
    const { hsi, hse, pll } = this;
    this.#sources = { hsi, hse, pll, plli2s: this.#plli2s, pllsai: this.#pllsai };
    this.clocks = new Stm32f4Clocks(around.scheduler, this.#settings());
    this.hsi.set(true, true);
    this.readyFlags = 0;
  }

  /** The main PLL is locked; PWR's voltage scaling takes effect then. */
  get pllReady(): boolean {
    return this.pll.ready;
  }

  /** PLL is the system clock. */
  get runsOnPll(): boolean {
    return this.source === SystemClock.pll;
  }

  /** System reset: HSI, no PLL, gates closed. Reset flags, LSION and the backup domain stay. */
  reset(): void {
    this.#crStored = hsiTrimAtReset;
    this.cfgr = 0;
    this.readyEnables = 0;
    this.hsi.set(true, true);
    this.switchTo(SystemClock.hsi);
    for (const name of ["pll", "plli2s", "pllsai", "hse"] as const) this.#sources[name].set(false);
    this.#pllcfgr = pllAtReset;
    this.updatePllSource();
    this.readyFlags = 0;
    this.#stored.clear();
    for (const [offset, value] of storedAtReset) this.#stored.set(offset, value);
    for (const bus of resetRegisters.values()) this.#setResets(bus, 0);
    for (const bus of enableRegisters.values()) this.#setGates(bus, bus === "ahb1" ? ahb1AtReset : 0);
    this.update();
    this.updateInterrupt();
  }

  /** Power-on: also the flags and LSION, and the backup domain. */
  powerOn(): void {
    this.csr.powerOn();
    this.csr.addFlags(ResetFlag.brownOut);
    this.#bdcr = 0;
    this.lse.set(false);
    this.reset();
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case CR:
        return this.#readControl();
      case PLLCFGR:
        return this.#pllcfgr;
      case CFGR:
        return (this.cfgr | (this.source << 2)) >>> 0;
      case CIR:
        return this.readyFlags | (this.readyEnables << 8);
      case BDCR:
        return this.#bdcr | this.lseBits;
      case CSR:
        return this.csr.read();
    }
    const resets = resetRegisters.get(offset);
    if (resets !== undefined) return this.#resets.get(resets) ?? 0;
    const enables = enableRegisters.get(offset);
    return enables === undefined ? (this.#stored.get(offset) ?? 0) : (this.#enables.get(enables) ?? 0);
  }

  steady(offset: number): number | undefined {
    return offset === CR || offset === CFGR ? this.readRegister(offset) : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case CR:
        this.#writeControl(value);
        return;
      case PLLCFGR:
        // Fixed while the PLL is on (RM0386 6.3.2).
        if (!this.pll.on) this.#pllcfgr = value & 0x7f437fff;
        this.updatePllSource();
        return;
      case CFGR:
        this.cfgr = (value & ~0x30c) >>> 0;
        this.trySwitch();
        this.update();
        return;
      case CIR:
        this.readyEnables = (value >>> 8) & 0x7f;
        this.readyFlags &= ~((value >>> 16) & 0xff);
        this.updateInterrupt();
        return;
      case BDCR:
        this.#writeBackupControl(value);
        return;
      case CSR:
        this.csr.write(value);
        return;
    }
    const resets = resetRegisters.get(offset);
    const enables = enableRegisters.get(offset);
    if (resets !== undefined) this.#setResets(resets, value);
    else if (enables !== undefined) this.#setGates(enables, value);
    else if (this.#stored.has(offset)) this.#stored.set(offset, value);
  }

  #readControl(): number {
    let value = this.#crStored | hsiCalibration;
    for (const [name, bit] of Object.entries(ON) as [Source, number][]) {
      if (this.#sources[name].on) value |= 1 << bit;
      if (this.#sources[name].ready) value |= 2 << bit;
    }
    return value >>> 0;
  }

  #writeControl(value: number): void {
    const pllOnHse = (this.#pllcfgr & (1 << 22)) !== 0;
    const used: Partial<Record<Source, boolean>> = this.usedSources(pllOnHse);
    this.#crStored = this.storeControl(this.#crStored, value, CR_STORED);
    for (const [name, bit] of Object.entries(ON) as [Source, number][]) {
      const on = ((value >>> bit) & 1) !== 0;
      if (on || !used[name]) this.#sources[name].set(on);
    }
    this.trySwitch();
  }

  #writeBackupControl(value: number): void {
    if (!this.#around.backupUnlocked) return;
    if (value & BDCR_BDRST) {
      this.#bdcr = BDCR_BDRST;
      this.lse.set(false);
      return;
    }
    this.#bdcr = this.storeBackupControl(this.#bdcr, value, 0x800c);
    this.lse.set((value & 1) !== 0);
  }

  protected override canRunOn(source: number): boolean {
    return source !== SystemClock.pll || pllHz(this.#pllcfgr, this.#around.hseHz) !== 0;
  }

  /** The PLLs lock only while their common source runs. */
  protected updatePllSource(): void {
    const source = this.#pllcfgr & (1 << 22) ? this.hse : this.hsi;
    for (const fed of [this.pll, this.#plli2s, this.#pllsai]) fed.setAlive(source.ready);
  }

  #settings(): ClockSettings {
    return { hseHz: this.#around.hseHz, cfgr: this.cfgr, pllcfgr: this.#pllcfgr, source: this.source };
  }

  protected update(): void {
    this.clocks?.update(this.#settings());
  }

  #setGates(bus: GatedBus, enabled: number): void {
    if (this.#enables.get(bus) === enabled) return;
    this.#enables.set(bus, enabled);
    this.#around.gatesChanged(bus, enabled);
  }

  #setResets(bus: GatedBus, reset: number): void {
    if ((this.#resets.get(bus) ?? 0) === reset) return;
    this.#resets.set(bus, reset);
    this.#around.resetsChanged(bus, reset);
  }
}
