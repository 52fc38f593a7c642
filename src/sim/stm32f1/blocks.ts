import { CrcUnit } from "../stm32/crc-unit.ts";
import { Iwdg } from "../stm32/iwdg.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import type { ResetCause } from "../stm32/reset-cause.ts";
import type { WornCells } from "../stm32/worn-cells.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { Afio } from "./afio.ts";
import { Bkp } from "./bkp.ts";
import { extiInterrupts, type PeripheralDescription, type Stm32f1Config } from "./chip-config.ts";
import type { ChipContext, DmaRequests, Triggers } from "./chip-context.ts";
import { lsiHz } from "./clock-tree.ts";
import { createCommunicationPeripherals } from "./communication-peripherals.ts";
import { Dbgmcu } from "./dbgmcu.ts";
import { Dma } from "./dma.ts";
import { DmaRequestLines, highDensityDma2, stm32f103Dma1 } from "./dma-requests.ts";
import { Exti } from "./exti.ts";
import { FlashController } from "./flash-controller.ts";
import { Fsmc } from "./fsmc.ts";
import { Gpio } from "./gpio.ts";
import type { ChipMemories } from "./memories.ts";
import type { PinMatrix } from "./pin-matrix.ts";
import { Pwr } from "./pwr.ts";
import { Rcc } from "./rcc.ts";
import { Rtc } from "./rtc.ts";
import type { SystemBus } from "./system-bus.ts";
import { Wwdg } from "./wwdg.ts";

/** What the chip gives its blocks to work with. */
export interface BlockSurroundings {
  readonly scheduler: Scheduler;
  readonly pins: PinMatrix;
  readonly triggers: Triggers;
  readonly memories: ChipMemories;
  readonly hseHz: number;
  readonly lseHz: number;
  readonly voltage: number;
  readonly wornCells: WornCells | undefined;
  readonly debuggerAttached: boolean;
  readonly debuggerPresent: boolean;
  readonly bootedFromFlash: boolean;
  getContext(): ChipContext;
  getBus(): SystemBus;
  setInterrupt(irq: number, source: string, high: boolean): void;
  signalEvent(): void;
  clockFailed(): void;
  flashChanged(offset: number, length: number): void;
  flashWorks(nanoseconds: number): void;
  requestReset(cause: ResetCause): void;
  debugControlChanged(): void;
  wakeFromStandby(): void;
}

/** SRAMEN and FLITFEN: gates of AHBENR that no block of the table owns. */
const ahbMemoryGates = (1 << 2) | (1 << 4);

const TIM_EGR = 0x14;
const EGR_BG = 1 << 7;
const TIM_BDTR = 0x44;
const BDTR_BKE = 1 << 12;

const WKUP_PORT = 0;
const WKUP_PIN = 0;

/** The blocks of one chip, wired among themselves. */
export class ChipBlocks {
  readonly byName = new Map<string, Peripheral>();
  readonly rcc: Rcc;
  readonly flash: FlashController;
  readonly pwr: Pwr;
  readonly afio: Afio;
  readonly exti: Exti;
  readonly dbgmcu: Dbgmcu;
  /** The request lines of every DMA controller. */
  readonly dma: DmaRequests;
  /** The controller of external memories; the chips of low and medium density have none. */
  fsmc: Fsmc | undefined;
  readonly iwdg: Iwdg;
  readonly rtc: Rtc;
  readonly bkp: Bkp;
  readonly #config: Stm32f1Config;
  readonly #around: BlockSurroundings;

  constructor(config: Stm32f1Config, around: BlockSurroundings) {
    this.#config = config;
    this.#around = around;
    const { scheduler, pins } = around;
    const irq = (name: string, signal = "global"): ((source: string, high: boolean) => void) => {
      const line = this.#describe(name).interrupts[signal];
      return (source, high) => around.setInterrupt(line, source, high);
    };
    const blocks = this;
    this.exti = new Exti({
      setInterrupt: (line, high) => around.setInterrupt(extiInterrupts[line], `EXTI${line}`, high),
      signalEvent: () => around.signalEvent(),
      triggered: (line) => around.triggers.pulse(`EXTI${line}`),
    });
    this.pwr = new Pwr({
      get voltage() {
        return around.voltage;
      },
      setVoltageDetector: (low) => this.exti.setLine(16, low),
    });
    this.rcc = new Rcc({
      scheduler,
      hseHz: around.hseHz,
      lseHz: around.lseHz,
      gates: {
        ahb: this.#gates("ahb") | ahbMemoryGates | (config.extraAhbGates ?? 0),
        apb1: this.#gates("apb1"),
        apb2: this.#gates("apb2"),
      },
      setInterrupt: irq("RCC"),
      get backupUnlocked() {
        return blocks.pwr.backupUnlocked;
      },
      gatesChanged: (bus, enabled) =>
        this.#forBus(bus, "enable", (name, bit) => {
          around.getBus().peripherals.setEnabled(name, ((enabled >>> bit) & 1) !== 0);
        }),
      resetsChanged: (bus, reset) =>
        this.#forBus(bus, "reset", (name, bit) => {
          around.getBus().peripherals.setInReset(name, ((reset >>> bit) & 1) !== 0);
        }),
      resetBackupDomain: () => this.#resetBackupBlocks(),
      clockFailed: () => {
        this.#breakTimers();
        around.clockFailed();
      },
      setDead: (dead) => scheduler.setStopped(dead),
    });
    this.flash = new FlashController(
      {
        scheduler,
        setInterrupt: irq("FLASH"),
        flashChanged: (offset, length) => around.flashChanged(offset, length),
        works: (nanoseconds) => around.flashWorks(nanoseconds),
        ...(around.wornCells !== undefined && { wornCells: around.wornCells }),
        get debuggerAttached() {
          return around.debuggerAttached;
        },
        get bootedFromFlash() {
          return around.bootedFromFlash;
        },
      },
      config.flash,
      around.memories.flash,
      around.memories.optionBytes,
    );
    this.afio = new Afio(pins, (line) => this.exti.setLevelQuietly(line, pins.levelAt(this.afio.portOf(line), line)));
    pins.onAnyChange((port, pin, level) => {
      if (this.afio.portOf(pin) === port) this.exti.setLine(pin, level);
      if (level && port === WKUP_PORT && pin === WKUP_PIN && this.pwr.wakePinEnabled) this.#wakeUp();
    });
    this.dbgmcu = new Dbgmcu(
      config.idcode,
      () => config.idcodeAlwaysReadable === true || around.debuggerPresent,
      () => around.debugControlChanged(),
    );
    const dmas = [stm32f103Dma1, highDensityDma2]
      .filter(({ name }) => config.peripherals.some((row) => row.name === name))
      .map((options) => new Dma(options, () => around.getContext()));
    this.dma = dmas.length === 1 ? dmas[0] : new DmaRequestLines(dmas);
    this.iwdg = new Iwdg(
      {
        scheduler,
        forceLsi: (on) => this.rcc.forceLsi(on),
        expired: () => around.requestReset("independent-watchdog"),
      },
      lsiHz,
    );
    const wwdg = new Wwdg({
      scheduler,
      clocks: this.rcc.clocks,
      setInterrupt: irq("WWDG"),
      expired: () => around.requestReset("window-watchdog"),
    });
    this.bkp = new Bkp({
      pins,
      get backupUnlocked() {
        return blocks.pwr.backupUnlocked;
      },
      setInterrupt: irq("BKP", "TAMPER"),
    });
    this.rtc = new Rtc({
      scheduler,
      clocks: this.rcc.clocks,
      get backupUnlocked() {
        return blocks.pwr.backupUnlocked;
      },
      setInterrupt: irq("RTC"),
      alarm: (high) => {
        this.exti.setLine(17, high);
        if (high) this.#wakeUp();
      },
    });
    const own: Peripheral[] = [
      this.exti,
      this.pwr,
      this.rcc,
      this.flash,
      this.afio,
      this.dbgmcu,
      ...dmas,
      this.iwdg,
      wwdg,
      this.bkp,
      this.rtc,
      new CrcUnit(),
      ...config.peripherals.filter(({ kind }) => kind === "gpio").map(({ name }) => new Gpio(name, pins)),
    ];
    for (const block of own) this.byName.set(block.name, block);
  }

  /** Blocks that a system reset resets, in the order of the table; RCC, PWR and FLASH have their own ways. */
  get systemReset(): readonly Peripheral[] {
    const special: readonly Peripheral[] = [this.rcc, this.pwr, this.flash, this.dbgmcu];
    return [...this.byName.values()].filter((block) => !special.includes(block));
  }

  /** Puts every block on the bus; the communication blocks are made here, as they need the whole context. */
  attach(bus: SystemBus, context: ChipContext): void {
    const has = (name: string): boolean => this.#config.peripherals.some((row) => row.name === name);
    for (const block of createCommunicationPeripherals(context, has)) {
      if (has(block.name)) this.byName.set(block.name, block);
    }
    if (has("FSMC")) {
      this.fsmc = new Fsmc(context, this.#describe("FSMC").interrupts.global, () => {
        bus.refreshWindows();
        // The CPU looks at the windows when it is called.
        context.scheduler.interruptRun();
      });
      this.byName.set("FSMC", this.fsmc);
      bus.attachExternal(this.fsmc);
    }
    for (const description of this.#config.peripherals) {
      const block = this.byName.get(description.name);
      if (block !== undefined) bus.peripherals.attach(block, description, description.enable !== undefined);
    }
  }

  /** After any reset: a hardware watchdog starts by itself (option byte WDG_SW = 0). */
  afterReset(): void {
    if (!this.flash.options.softwareWatchdog) this.iwdg.start();
  }

  /** RTC, BKP and BDCR at their reset values: power-on of the backup domain. */
  resetBackupDomain(): void {
    this.#resetBackupBlocks();
    this.rcc.resetBackup();
  }

  /** Standby: every pin lets go. */
  floatPins(): void {
    this.afio.reset();
    for (const block of this.byName.values()) if (block instanceof Gpio) block.reset();
  }

  #resetBackupBlocks(): void {
    this.rtc.resetBackup();
    this.bkp.resetBackup();
  }

  /** A clock failure is a break for the advanced timers that have BKE set (RM0008 14.3.12). */
  #breakTimers(): void {
    for (const { kind, name } of this.#config.peripherals) {
      const timer = kind === "tim-advanced" ? this.byName.get(name) : undefined;
      if (timer !== undefined && timer.read(TIM_BDTR, 4) & BDTR_BKE) timer.write(TIM_EGR, 4, EGR_BG);
    }
  }

  #wakeUp(): void {
    this.pwr.noteWakeUp();
    this.#around.wakeFromStandby();
  }

  #describe(name: string): PeripheralDescription {
    const found = this.#config.peripherals.find((row) => row.name === name);
    if (found === undefined) throw new Error(`${this.#config.name}: the peripheral table has no ${name}`);
    return found;
  }

  #gates(bus: PeripheralDescription["bus"]): number {
    return this.#config.peripherals
      .filter((row) => row.bus === bus)
      .reduce((mask, { enable }) => (enable === undefined ? mask : mask | (1 << enable)), 0);
  }

  #forBus(bus: string, key: "enable" | "reset", act: (name: string, bit: number) => void): void {
    for (const row of this.#config.peripherals) {
      const bit = row[key];
      if (row.bus === bus && bit !== undefined) act(row.name, bit);
    }
  }
}

/** Makes the blocks of a chip. */
export function createBlocks(config: Stm32f1Config, around: BlockSurroundings): ChipBlocks {
  return new ChipBlocks(config, around);
}
