import type { Scheduler } from "../time/scheduler.ts";
import { SystemClock } from "./clock-tree.ts";
import { ControlStatus } from "./control-status.ts";
import { Oscillator } from "./oscillator.ts";
import { RegisterBlock } from "./register-block.ts";

/** What every family's RCC needs of the chip around it. */
export interface OscillatorSurroundings {
  readonly scheduler: Scheduler;
  /** Crystal frequencies that the board fits, in Hz; 0 for none. */
  readonly hseHz: number;
  readonly lseHz: number;
  setInterrupt(source: string, high: boolean): void;
}

/** Start-up times in ns. */
export interface StartupTimes {
  readonly hsi: number;
  readonly hse: number;
  readonly pll: number;
  readonly lsi: number;
  readonly lse: number;
}

/** CR.HSEBYP, which is fixed while HSE is on. */
const CR_HSEBYP = 1 << 18;
/** BDCR.RTCSEL. */
const BDCR_RTCSEL = 0x300;

/**
 * The part of a reset and clock control that is the same in every family: the oscillators with their flags in CIR, the
 * choice of the system clock, RCC_CSR. A family adds where the registers lie, its PLLs and its gates.
 */
export abstract class OscillatorControl extends RegisterBlock {
  protected readonly hsi: Oscillator;
  protected readonly hse: Oscillator;
  protected readonly pll: Oscillator;
  protected readonly lsi: Oscillator;
  protected readonly lse: Oscillator;
  protected readonly csr: ControlStatus;
  /** CFGR without SWS. */
  protected cfgr = 0;
  /** What SYSCLK comes from: SWS. */
  protected source: number = SystemClock.hsi;
  /** READY flags of CIR. */
  protected readyFlags = 0;
  /** READY interrupt enables of CIR. */
  protected readyEnables = 0;
  readonly #surroundings: OscillatorSurroundings;

  constructor(surroundings: OscillatorSurroundings, times: StartupTimes) {
    super("RCC", "merge");
    this.#surroundings = surroundings;
    this.lsi = this.createOscillator(times.lsi, 1 << 0);
    this.lse = this.createOscillator(times.lse, 1 << 1);
    this.hsi = this.createOscillator(times.hsi, 1 << 2);
    this.hse = this.createOscillator(times.hse, 1 << 3);
    this.pll = this.createOscillator(times.pll, 1 << 4);
    this.hse.setAlive(surroundings.hseHz > 0);
    this.lse.setAlive(surroundings.lseHz > 0);
    this.csr = new ControlStatus(this.lsi);
  }

  /** An oscillator, or a PLL, that sets `flag` in CIR when it is ready. */
  protected createOscillator(startNanoseconds: number, flag: number): Oscillator {
    const { scheduler } = this.#surroundings;
    return new Oscillator(scheduler, startNanoseconds, (ready) => this.#sourceChanged(flag, ready));
  }

  #sourceChanged(flag: number, ready: boolean): void {
    this.updatePllSource();
    if (ready) {
      this.readyFlags |= flag;
      this.trySwitch();
    }
    this.update();
    this.updateInterrupt();
  }

  /** Adds causes of a reset to CSR. */
  addResetFlags(flags: number): void {
    this.csr.addFlags(flags);
  }

  /** A running IWDG keeps LSI on. */
  forceLsi(on: boolean): void {
    this.csr.forceLsi(on);
  }

  /** SWS follows SW once the wanted source is ready. */
  protected trySwitch(): void {
    const wanted = this.cfgr & 3;
    if (wanted === this.source) return;
    const source = [this.hsi, this.hse, this.pll][wanted];
    if (source?.ready && this.canRunOn(wanted)) this.switchTo(wanted);
  }

  protected switchTo(source: number): void {
    this.source = source;
    this.update();
  }

  /** What the system clock stands on, or is to: it cannot be switched off (RM0008 7.3.1, RM0386 6.3.1). */
  protected usedSources(pllOnHse: boolean): { readonly hsi: boolean; readonly hse: boolean; readonly pll: boolean } {
    const wanted = this.cfgr & 3;
    const uses = (source: number): boolean => this.source === source || wanted === source;
    const pll = uses(SystemClock.pll);
    return { pll, hsi: uses(SystemClock.hsi) || (pll && !pllOnHse), hse: uses(SystemClock.hse) || (pll && pllOnHse) };
  }

  /** The bits of CR that are plain storage, after `value` is written: HSEBYP does not change while HSE is on. */
  protected storeControl(stored: number, value: number, writable: number): number {
    const fixed = this.hse.on ? CR_HSEBYP : 0;
    return (value & writable & ~fixed) | (stored & fixed);
  }

  /** BDCR without LSE's bits, after a write: RTCSEL can be chosen once, until the backup domain is reset. */
  protected storeBackupControl(stored: number, value: number, writable: number): number {
    const selected = stored & BDCR_RTCSEL;
    return (value & writable) | (selected === 0 ? value & BDCR_RTCSEL : selected);
  }

  /** LSEON and LSERDY as BDCR shows them. */
  protected get lseBits(): number {
    return (this.lse.on ? 1 : 0) | (this.lse.ready ? 2 : 0);
  }

  protected updateInterrupt(): void {
    this.#surroundings.setInterrupt("RCC", (this.readyFlags & this.readyEnables) !== 0);
  }

  /** The settings allow this system clock. */
  protected canRunOn(_source: number): boolean {
    return true;
  }

  /** Tells the PLLs whether what feeds them runs. */
  protected abstract updatePllSource(): void;

  /** Computes the clock tree anew. */
  protected abstract update(): void;
}
