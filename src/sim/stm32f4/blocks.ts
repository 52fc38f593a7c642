import type { QspiDevice } from "../parts/qspi-wire.ts";
import { CrcUnit } from "../stm32/crc-unit.ts";
import { Iwdg } from "../stm32/iwdg.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import type { WornCells } from "../stm32/worn-cells.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { BasicTimer } from "./basic-timer.ts";
import type { Stm32f4Config } from "./chip-config.ts";
import { lsiHz } from "./clock-tree.ts";
import { Dbgmcu } from "./dbgmcu.ts";
import { FlashController } from "./flash-controller.ts";
import { Gpio } from "./gpio.ts";
import type { ChipMemories } from "./memories.ts";
import type { PeripheralDescription } from "./peripheral-table.ts";
import { Pwr } from "./pwr.ts";
import { Quadspi } from "./quadspi.ts";
import { type GatedBus, Rcc } from "./rcc.ts";
import { RegisterFile } from "./register-file.ts";
import { Syscfg } from "./syscfg.ts";
import type { SystemBus } from "./system-bus.ts";
import { Usart } from "./usart.ts";

/** What the chip gives its blocks to work with. */
export interface BlockSurroundings {
  readonly scheduler: Scheduler;
  readonly memories: ChipMemories;
  readonly hseHz: number;
  readonly lseHz: number;
  /** MEM_MODE as the BOOT pins say. */
  bootMode(): number;
  getBus(): SystemBus;
  setInterrupt(irq: number, source: string, high: boolean): void;
  flashChanged(offset: number, length: number): void;
  flashWorks(nanoseconds: number): void;
  readonly wornCells: WornCells | undefined;
  /** Sectors of bank 1, a bit each, that the option bytes protect. */
  readonly protectedSectors: number;
  watchdogExpired(): void;
  debugControlChanged(): void;
  /** The Quad-SPI part, if the pins for a command on this many lines lead to it. */
  quadspiDevice(lines: number): QspiDevice | undefined;
}

/** The blocks of one chip, wired among themselves. */
export class ChipBlocks {
  readonly byName = new Map<string, Peripheral>();
  readonly rcc: Rcc;
  readonly pwr: Pwr;
  readonly flash: FlashController;
  readonly quadspi: Quadspi;
  readonly syscfg: Syscfg;
  readonly dbgmcu: Dbgmcu;
  readonly #config: Stm32f4Config;
  readonly #around: BlockSurroundings;

  constructor(config: Stm32f4Config, around: BlockSurroundings) {
    this.#config = config;
    this.#around = around;
    const { scheduler } = around;
    const blocks = this;
    this.rcc = new Rcc({
      scheduler,
      hseHz: around.hseHz,
      lseHz: around.lseHz,
      get backupUnlocked() {
        return blocks.pwr?.backupUnlocked ?? false;
      },
      setInterrupt: this.#interruptOf("RCC"),
      gatesChanged: (bus, enabled) =>
        this.#forBus(bus, ({ name, enable }) => {
          if (enable !== 0) around.getBus()?.peripherals.setEnabled(name, (enabled & enable) !== 0);
        }),
      resetsChanged: (bus, reset) =>
        this.#forBus(bus, (row) => {
          if (row.reset !== 0) around.getBus()?.peripherals.setInReset(row.name, (reset & row.reset) !== 0);
        }),
    });
    this.pwr = new Pwr({
      scheduler,
      get pllReady() {
        return blocks.rcc.pllReady;
      },
    });
    this.flash = new FlashController(
      {
        scheduler,
        setInterrupt: this.#interruptOf("FLASH"),
        flashChanged: (offset, length) => around.flashChanged(offset, length),
        works: (nanoseconds) => around.flashWorks(nanoseconds),
        ...(around.wornCells !== undefined && { wornCells: around.wornCells }),
        protectedSectors: around.protectedSectors,
      },
      config,
      around.memories.flash,
    );
    this.quadspi = new Quadspi({
      scheduler,
      setInterrupt: this.#interruptOf("QUADSPI"),
      deviceFor: (lines) => around.quadspiDevice(lines),
    });
    this.syscfg = new Syscfg(
      () => around.bootMode(),
      (mode) => around.getBus()?.setMode(mode),
    );
    this.dbgmcu = new Dbgmcu(config.idcode, () => around.debugControlChanged());
    for (const row of config.peripherals) this.byName.set(row.name, this.#create(row));
    this.rcc.clocks.onChange(() => {
      for (const block of this.byName.values()) if (block instanceof BasicTimer) block.clockChanged();
    });
  }

  #create(row: PeripheralDescription): Peripheral {
    const { scheduler } = this.#around;
    const setInterrupt = this.#interruptOf(row.name);
    const clocks = () => this.rcc.clocks.now;
    switch (row.kind) {
      case "rcc":
        return this.rcc;
      case "pwr":
        return this.pwr;
      case "flash":
        return this.flash;
      case "quadspi":
        return this.quadspi;
      case "syscfg":
        return this.syscfg;
      case "dbgmcu":
        return this.dbgmcu;
      case "gpio":
        return new Gpio(row.name);
      case "crc":
        return new CrcUnit();
      case "iwdg":
        return new Iwdg(
          {
            scheduler,
            forceLsi: (on) => this.rcc.forceLsi(on),
            expired: () => this.#around.watchdogExpired(),
          },
          lsiHz,
        );
      case "usart":
        return new Usart(row.name, {
          scheduler,
          pclk: () => (row.bus === "apb1" ? clocks().pclk1 : clocks().pclk2),
          setInterrupt,
        });
      case "basic-timer":
        return new BasicTimer(row.name, {
          scheduler,
          clock: () => (row.bus === "apb1" ? clocks().timers1 : clocks().timers2),
          setInterrupt,
        });
      case "plain":
        return new RegisterFile(row.name);
    }
  }

  /** Puts every block on the bus. */
  attach(bus: SystemBus): void {
    for (const row of this.#config.peripherals) {
      bus.peripherals.attach(this.byName.get(row.name) as Peripheral, row, row.enable !== 0);
    }
  }

  /** Every block at its reset values; RCC and DBGMCU have their own ways. */
  systemReset(): void {
    for (const block of this.byName.values()) if (block !== this.rcc) block.reset();
  }

  /** Lets blocks stand still, or go on, as DBGMCU and the core's state say. */
  freeze(halted: boolean): void {
    const frozen = this.dbgmcu.freeze;
    for (const { name, bus, freeze } of this.#config.peripherals) {
      if (freeze === undefined) continue;
      const bits = bus === "apb1" ? frozen.apb1 : frozen.apb2;
      this.byName.get(name)?.setFrozen?.(halted && ((bits >>> freeze) & 1) !== 0);
    }
  }

  #interruptOf(name: string): (source: string, high: boolean) => void {
    const line = this.#config.peripherals.find((row) => row.name === name)?.interrupt;
    return (source, high) => {
      if (line !== undefined) this.#around.setInterrupt(line, source, high);
    };
  }

  #forBus(bus: GatedBus, act: (row: PeripheralDescription) => void): void {
    for (const row of this.#config.peripherals) if (row.bus === bus) act(row);
  }
}
