import { SystemClock } from "../stm32/clock-tree.ts";
import { ControlStatus } from "../stm32/control-status.ts";
import { Oscillator } from "../stm32/oscillator.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import { ResetFlag } from "../stm32/reset-cause.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { type ClockSettings, pllHz, Stm32f4Clocks } from "./clock-tree.ts";
import type { PeripheralBus } from "./peripheral-table.ts";

/** Start-up times in ns: STM32F469 data sheet, "clock source characteristics" and "PLL characteristics", typical. */
export const startupTimes = { hsi: 2_200, hse: 2_000_000, pll: 150_000, lsi: 15_000, lse: 2_000_000_000 } as const;

/** The buses that have enable and reset registers. */
export type GatedBus = Exclude<PeripheralBus, "ppb">;

/** What RCC needs of the chip around it. */
export interface RccSurroundings {
  readonly scheduler: Scheduler;
  /** Crystals of the board, in Hz; 0 for none. */
  readonly hseHz: number;
  readonly lseHz: number;
  /** PWR_CR.DBP. */
  readonly backupUnlocked: boolean;
  setInterrupt(source: string, high: boolean): void;
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
export class Rcc extends RegisterBlock {
  readonly clocks: Stm32f4Clocks;
  readonly #around: RccSurroundings;
  readonly #sources: Readonly<Record<Source, Oscillator>>;
  readonly #lsi: Oscillator;
  readonly #lse: Oscillator;
  readonly #csr: ControlStatus;
  readonly #stored = new Map<number, number>();
  readonly #enables = new Map<GatedBus, number>();
  readonly #resets = new Map<GatedBus, number>();
  #crStored = hsiTrimAtReset;
  #pllcfgr = pllAtReset;
  #cfgr = 0;
  #source: number = SystemClock.hsi;
  #cirFlags = 0;
  #cirEnables = 0;
  /** RTCEN, RTCSEL, LSEMOD, LSEBYP, BDRST. */
  #bdcr = 0;

  constructor(around: RccSurroundings) {
    super("RCC", "merge");
    this.#around = around;
    const source = (time: number, flag: number): Oscillator =>
      new Oscillator(around.scheduler, time, (ready) => this.#sourceChanged(flag, ready));
    this.#lsi = source(startupTimes.lsi, 1 << 0);
    this.#lse = source(startupTimes.lse, 1 << 1);
    this.#csr = new ControlStatus(this.#lsi);
    this.#sources = {
      hsi: source(startupTimes.hsi, 1 << 2),
      hse: source(startupTimes.hse, 1 << 3),
      pll: source(startupTimes.pll, 1 << 4),
      plli2s: source(startupTimes.pll, 1 << 5),
      pllsai: source(startupTimes.pll, 1 << 6),
    };
    this.#sources.hse.setAlive(around.hseHz > 0);
    this.#lse.setAlive(around.lseHz > 0);
    this.clocks = new Stm32f4Clocks(around.scheduler, this.#settings());
    this.#sources.hsi.set(true, true);
    this.#cirFlags = 0;
  }

  /** The main PLL is locked; PWR's voltage scaling takes effect then. */
  get pllReady(): boolean {
    return this.#sources.pll.ready;
  }

  /** PLL is the system clock. */
  get runsOnPll(): boolean {
    return this.#source === SystemClock.pll;
  }

  /** System reset: HSI, no PLL, gates closed. Reset flags, LSION and the backup domain stay. */
  reset(): void {
    this.#crStored = hsiTrimAtReset;
    this.#cfgr = 0;
    this.#cirEnables = 0;
    this.#sources.hsi.set(true, true);
    this.#switchTo(SystemClock.hsi);
    for (const name of ["pll", "plli2s", "pllsai", "hse"] as const) this.#sources[name].set(false);
    this.#pllcfgr = pllAtReset;
    this.#updatePllSource();
    this.#cirFlags = 0;
    this.#stored.clear();
    for (const [offset, value] of storedAtReset) this.#stored.set(offset, value);
    for (const bus of resetRegisters.values()) this.#setResets(bus, 0);
    for (const bus of enableRegisters.values()) this.#setGates(bus, bus === "ahb1" ? ahb1AtReset : 0);
    this.#update();
    this.#updateInterrupt();
  }

  /** Power-on: also the flags and LSION, and the backup domain. */
  powerOn(): void {
    this.#csr.powerOn();
    this.#csr.addFlags(ResetFlag.brownOut);
    this.#bdcr = 0;
    this.#lse.set(false);
    this.reset();
  }

  addResetFlags(flags: number): void {
    this.#csr.addFlags(flags);
  }

  /** A running IWDG keeps LSI on (RM0386 22.3). */
  forceLsi(on: boolean): void {
    this.#csr.forceLsi(on);
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case CR:
        return this.#readControl();
      case PLLCFGR:
        return this.#pllcfgr;
      case CFGR:
        return (this.#cfgr | (this.#source << 2)) >>> 0;
      case CIR:
        return this.#cirFlags | (this.#cirEnables << 8);
      case BDCR:
        return this.#bdcr | (this.#lse.on ? 1 : 0) | (this.#lse.ready ? 2 : 0);
      case CSR:
        return this.#csr.read();
    }
    const resets = resetRegisters.get(offset);
    if (resets !== undefined) return this.#resets.get(resets) ?? 0;
    const enables = enableRegisters.get(offset);
    return enables === undefined ? (this.#stored.get(offset) ?? 0) : (this.#enables.get(enables) ?? 0);
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case CR:
        this.#writeControl(value);
        return;
      case PLLCFGR:
        // Fixed while the PLL is on (RM0386 6.3.2).
        if (!this.#sources.pll.on) this.#pllcfgr = value & 0x7f437fff;
        this.#updatePllSource();
        return;
      case CFGR:
        this.#cfgr = (value & ~0x30c) >>> 0;
        this.#trySwitch();
        this.#update();
        return;
      case CIR:
        this.#cirEnables = (value >>> 8) & 0x7f;
        this.#cirFlags &= ~((value >>> 16) & 0xff);
        this.#updateInterrupt();
        return;
      case BDCR:
        this.#writeBackupControl(value);
        return;
      case CSR:
        this.#csr.write(value);
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

  /** What the system clock stands on, or is to, cannot be switched off (RM0386 6.3.1). */
  #writeControl(value: number): void {
    const wanted = this.#cfgr & 3;
    const uses = (source: number): boolean => this.#source === source || wanted === source;
    const pllOnHse = (this.#pllcfgr & (1 << 22)) !== 0;
    const used: Partial<Record<Source, boolean>> = {
      pll: uses(SystemClock.pll),
      hsi: uses(SystemClock.hsi) || (uses(SystemClock.pll) && !pllOnHse),
      hse: uses(SystemClock.hse) || (uses(SystemClock.pll) && pllOnHse),
    };
    const bypassFixed = this.#sources.hse.on ? CR_HSEBYP : 0;
    this.#crStored = (value & CR_STORED & ~bypassFixed) | (this.#crStored & bypassFixed);
    for (const [name, bit] of Object.entries(ON) as [Source, number][]) {
      const on = ((value >>> bit) & 1) !== 0;
      if (on || !used[name]) this.#sources[name].set(on);
    }
    this.#trySwitch();
  }

  #writeBackupControl(value: number): void {
    if (!this.#around.backupUnlocked) return;
    if (value & BDCR_BDRST) {
      this.#bdcr = BDCR_BDRST;
      this.#lse.set(false);
      return;
    }
    // RTCSEL can be chosen once; only a reset of the backup domain takes it back (RM0386 6.3.20).
    const selected = this.#bdcr & 0x300;
    this.#bdcr = (value & 0x800c) | (selected === 0 ? value & 0x300 : selected);
    this.#lse.set((value & 1) !== 0);
  }

  /** SWS follows SW once the wanted source is ready. */
  #trySwitch(): void {
    const wanted = this.#cfgr & 3;
    if (wanted === this.#source) return;
    const { hsi, hse, pll } = this.#sources;
    if (![hsi, hse, pll][wanted]?.ready) return;
    if (wanted === SystemClock.pll && pllHz(this.#pllcfgr, this.#around.hseHz) === 0) return;
    this.#switchTo(wanted);
  }

  #switchTo(source: number): void {
    this.#source = source;
    this.#update();
  }

  /** The PLLs lock only while their common source runs. */
  #updatePllSource(): void {
    const { hsi, hse, pll, plli2s, pllsai } = this.#sources;
    const source = this.#pllcfgr & (1 << 22) ? hse : hsi;
    for (const fed of [pll, plli2s, pllsai]) fed.setAlive(source.ready);
  }

  #sourceChanged(flag: number, ready: boolean): void {
    if (this.#sources === undefined) return;
    this.#updatePllSource();
    if (ready) {
      this.#cirFlags |= flag;
      this.#trySwitch();
    }
    this.#update();
    this.#updateInterrupt();
  }

  #settings(): ClockSettings {
    return { hseHz: this.#around.hseHz, cfgr: this.#cfgr, pllcfgr: this.#pllcfgr, source: this.#source };
  }

  #update(): void {
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

  #updateInterrupt(): void {
    this.#around.setInterrupt("RCC", (this.#cirFlags & this.#cirEnables) !== 0);
  }
}
