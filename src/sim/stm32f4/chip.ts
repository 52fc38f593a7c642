import type { Cpu } from "../cpu/cpu.ts";
import type { QspiDevice } from "../parts/qspi-wire.ts";
import { Stm32Chip } from "../stm32/chip.ts";
import { defaultUid } from "../stm32/chip-options.ts";
import type { BusFrequencies } from "../stm32/clock-tree.ts";
import { ChipBlocks } from "./blocks.ts";
import type { Stm32f4Config } from "./chip-config.ts";
import type { Stm32f4Options } from "./chip-options.ts";
import { hsiHz } from "./clock-tree.ts";
import { Gpio } from "./gpio.ts";
import { ChipMemories } from "./memories.ts";
import { BootMode, SystemBus } from "./system-bus.ts";

/** STM32F469 data sheet, "Embedded reset and power control block": power-down threshold, falling, typical. */
const powerDownVolts = 1.68;

/** The debug port's pins on port A and the alternate function that keeps them: SWDIO PA13, SWCLK PA14. */
const debugPins = [13, 14] as const;

/**
 * A whole STM32F4 as its debug port and its board see it. Stop and standby are sleeps like any other here: clocks and
 * debug port go on.
 */
export class Stm32f4Chip extends Stm32Chip<Stm32f4Config> {
  readonly memories: ChipMemories;
  readonly bus: SystemBus;
  readonly cpu: Cpu;
  readonly boundaryScanIdcode: number | undefined;
  protected readonly blocks: ChipBlocks;
  /** The part on the Quad-SPI pins; the board puts it there. */
  quadspiDevice: (lines: number) => QspiDevice | undefined = () => undefined;

  /** There are only the crystals that the options name. */
  constructor(part: Stm32f4Config, options: Stm32f4Options = {}) {
    const { sizeRegisterKib = part.flash.sizeRegisterKib } = options;
    const config = { ...part, flash: { ...part.flash, sizeRegisterKib } };
    super(config, options, { hsiHz, powerDownVolts });
    this.boundaryScanIdcode = options.jtagWired ? config.boundaryScanIdcode : undefined;
    this.memories = new ChipMemories(config, options.uid ?? defaultUid);
    this.memories.load(options.flash ?? []);
    this.blocks = new ChipBlocks(config, {
      scheduler: this.scheduler,
      memories: this.memories,
      hseHz: options.hseHz ?? 0,
      lseHz: options.lseHz ?? 0,
      bootMode: () => BootMode[this.bootMemory],
      getBus: () => this.bus,
      setInterrupt: (irq, source, high) => this.interrupts.set(irq, source, high),
      flashChanged: (offset, length) => this.flashChanged(offset, length),
      flashWorks: (nanoseconds) => this.flashWorks(nanoseconds),
      wornCells: options.wornCells,
      protectedSectors: options.protectedSectors ?? 0,
      watchdogExpired: () => this.reset("independent-watchdog"),
      debugControlChanged: () => this.freeze(),
      quadspiDevice: (lines) => this.quadspiDevice(lines),
    });
    this.bus = new SystemBus(config, this.memories, this.blocks.flash, this.blocks.quadspi);
    this.blocks.attach(this.bus);
    this.blocks.rcc.clocks.onChange(() => this.clockChanged());
    this.cpu = this.createCpu(config.core);
    this.powerCycle();
  }

  /** A port by its letter. */
  gpio(letter: string): Gpio {
    const port = this.peripheral(`GPIO${letter}`);
    if (port instanceof Gpio) return port;
    throw new Error(`${this.name} has no port ${letter}`);
  }

  /** Frequencies of the clock tree, in Hz. */
  get clocks(): BusFrequencies {
    return this.blocks.rcc.clocks.now;
  }

  protected resetBlocks(): void {
    this.blocks.systemReset();
  }

  protected freezeBlocks(halted: boolean): void {
    this.blocks.freeze(halted);
  }

  /** A program that gives the pins another function closes the port until the next reset (RM0386 37.4.2). */
  protected debugPinsConnect(): boolean {
    return debugPins.every((pin) => this.gpio("A").alternateFunction(pin) === 0);
  }
}
