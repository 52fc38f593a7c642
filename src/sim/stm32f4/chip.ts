import { CortexM3 } from "../cpu/cortex-m3.ts";
import { type AccessSize, BUS_FAULT, type Cpu, type CpuHost } from "../cpu/cpu.ts";
import type { DebugTarget } from "../dap/debug-target.ts";
import type { QspiDevice } from "../parts/qspi-wire.ts";
import { type ChipOptions, defaultUid } from "../stm32/chip-options.ts";
import type { BusFrequencies } from "../stm32/clock-tree.ts";
import { InterruptLines } from "../stm32/interrupt-lines.ts";
import type { MemorySegment } from "../stm32/memories.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { type ResetCause, resetFlags } from "../stm32/reset-cause.ts";
import { Scheduler } from "../time/scheduler.ts";
import { ChipBlocks } from "./blocks.ts";
import type { Stm32f4Config } from "./chip-config.ts";
import { hsiHz } from "./clock-tree.ts";
import { Gpio } from "./gpio.ts";
import { ChipMemories } from "./memories.ts";
import { BootMode, SystemBus } from "./system-bus.ts";

/** STM32F469 data sheet, "Embedded reset and power control block": power-down threshold, falling, typical. */
export const powerDownVolts = 1.68;

/** Bytes of trace kept for a probe that does not take them. */
const traceLimit = 1 << 20;

const TPIU_ACPR = 0xe0040010;

/** The debug port's pins on port A and the alternate function that keeps them: SWDIO PA13, SWCLK PA14. */
const debugPins = [13, 14] as const;

/**
 * A whole STM32F4 as its debug port and its board see it. Stop and standby are sleeps like any other here: clocks and
 * debug port go on.
 */
export class Stm32f4Chip implements DebugTarget {
  readonly config: Stm32f4Config;
  readonly scheduler = new Scheduler(hsiHz);
  readonly memories: ChipMemories;
  readonly bus: SystemBus;
  readonly cpu: Cpu;
  readonly dpidr: number;
  readonly jtagIdcode: number | undefined;
  readonly boundaryScanIdcode: number | undefined;
  readonly ap: DebugTarget["ap"];
  /** The part on the Quad-SPI pins; the board puts it there. */
  quadspiDevice: (lines: number) => QspiDevice | undefined = () => undefined;

  readonly #interrupts: InterruptLines;
  readonly #blocks: ChipBlocks;
  #voltage: number;
  #boot0: boolean;
  #boot1: boolean;
  #nrstLow = false;
  /** The CPU was told to stay in reset. */
  #cpuHeld = false;
  #insideCpu = false;
  #pendingReset: ResetCause | undefined;
  /** Virtual time up to which {@link advance} was asked to run, in ns. */
  #target = 0;
  #trace: number[] = [];

  constructor(config: Stm32f4Config, options: ChipOptions = {}) {
    this.config = config;
    this.#voltage = options.voltage ?? 3.3;
    this.#boot0 = options.boot0 ?? false;
    this.#boot1 = options.boot1 ?? false;
    this.dpidr = config.dpidr;
    this.jtagIdcode = options.jtagWired ? config.jtagIdcode : undefined;
    this.boundaryScanIdcode = options.jtagWired ? config.boundaryScanIdcode : undefined;
    this.ap = config.ap;
    this.memories = new ChipMemories(config, options.uid ?? defaultUid);
    this.memories.load(options.flash ?? []);
    this.#interrupts = new InterruptLines((irq, high) => this.cpu?.setInterruptLine(irq, high));
    this.#blocks = new ChipBlocks(config, {
      scheduler: this.scheduler,
      memories: this.memories,
      hseHz: options.hseHz ?? 0,
      lseHz: options.lseHz ?? 0,
      bootMode: () => this.#bootMode(),
      getBus: () => this.bus,
      setInterrupt: (irq, source, high) => this.#interrupts.set(irq, source, high),
      flashChanged: (offset, length) => this.#flashChanged(offset, length),
      watchdogExpired: () => this.reset("independent-watchdog"),
      debugControlChanged: () => this.#freeze(),
      quadspiDevice: (lines) => this.quadspiDevice(lines),
    });
    this.bus = new SystemBus(config, this.memories, this.#blocks.flash, this.#blocks.quadspi);
    this.#blocks.attach(this.bus);
    this.#blocks.rcc.clocks.onChange(() => {
      if (this.#insideCpu) this.scheduler.setLimit(this.scheduler.cyclesAt(this.#target));
    });
    const host: CpuHost = {
      scheduler: this.scheduler,
      bus: this.bus,
      requestSystemReset: () => this.reset("software"),
      haltChanged: () => this.#freeze(),
      traceByte: (byte) => this.#traceByte(byte),
    };
    this.cpu = options.createCpu?.(host, config.core) ?? new CortexM3(host, config.core);
    this.powerCycle();
  }

  get name(): string {
    return this.config.name;
  }

  get nanoseconds(): number {
    return this.scheduler.nanoseconds;
  }

  /** VDD and VTref in volts. */
  get voltage(): number {
    return this.#voltage;
  }

  /** Moves VDD; below {@link powerDownVolts} the chip is in reset, and starts from power-on when it is above again. */
  setVoltage(volts: number): void {
    const wasPowered = this.powered;
    this.#voltage = volts;
    if (this.powered !== wasPowered) this.powerCycle();
  }

  /** VDD is high enough to run. */
  get powered(): boolean {
    return this.#voltage >= powerDownVolts;
  }

  /** Levels at BOOT0 and BOOT1; they count at the next reset. */
  setBootPins(boot0: boolean, boot1: boolean): void {
    this.#boot0 = boot0;
    this.#boot1 = boot1;
  }

  /** A block by its manual name (`USART1`); undefined when the chip has none of that name. */
  peripheral(name: string): Peripheral | undefined {
    return this.#blocks.byName.get(name);
  }

  /** A port by its letter. */
  gpio(letter: string): Gpio {
    const port = this.peripheral(`GPIO${letter}`);
    if (port instanceof Gpio) return port;
    throw new Error(`${this.name} has no port ${letter}`);
  }

  /** Frequencies of the clock tree, in Hz. */
  get clocks(): BusFrequencies {
    return this.#blocks.rcc.clocks.now;
  }

  /** Puts segments into flash or RAM as a factory programmer would. The CPU goes on; reset it to start the program. */
  loadFlash(segments: readonly MemorySegment[]): void {
    this.memories.load(segments);
    this.#flashChanged(0, this.memories.flash.length);
    this.cpu.invalidateCode(this.config.sram.base, this.config.sram.bytes);
  }

  /**
   * Resets the chip for a reason; RCC_CSR shows it. Asked for while the CPU executes (a watchdog, AIRCR), it takes place
   * at the end of the instruction.
   */
  reset(cause: ResetCause): void {
    if (this.#insideCpu) {
      this.#pendingReset ??= cause;
      this.scheduler.interruptRun();
      return;
    }
    const { rcc } = this.#blocks;
    this.#blocks.systemReset();
    if (cause === "power") rcc.powerOn();
    else rcc.reset();
    rcc.addResetFlags(resetFlags[cause]);
    this.bus.peripherals.setAllInReset(this.#held);
    this.bus.setMode(this.#bootMode());
    if (cause === "power") {
      this.memories.powerDown();
      this.cpu.invalidateCode(this.config.sram.base, this.config.sram.bytes);
    }
    this.#resetCpu(cause);
    this.#interrupts.redrive();
    this.#freeze();
  }

  #resetCpu(cause: ResetCause): void {
    const wasHeld = this.#cpuHeld;
    this.#cpuHeld = this.#held;
    if (cause === "power") {
      this.cpu.powerOn();
      this.cpu.setHeldInReset(this.#held);
    } else if (this.#held !== wasHeld) {
      // Going low resets the core, going high is the reset exception.
      this.cpu.setHeldInReset(this.#held);
    } else if (!this.#held) {
      this.cpu.reset();
    }
  }

  /** The NRST pin, from the probe or a button. While low, the core executes nothing and every block is in reset. */
  driveNrst(low: boolean): void {
    if (low === this.#nrstLow) return;
    this.#nrstLow = low;
    this.reset("pin");
  }

  /** NRST is low, or there is no power. */
  get #held(): boolean {
    return this.#nrstLow || !this.powered;
  }

  /** Takes VDD away and gives it back. */
  powerCycle(): void {
    this.#trace = [];
    this.#blocks.dbgmcu.powerOn();
    this.reset("power");
  }

  debugPortAnswers(protocol: "swd" | "jtag"): boolean {
    if (!this.powered) return false;
    if (protocol === "jtag" && this.jtagIdcode === undefined) return false;
    // A program that gives the pins another function closes the port until the next reset (RM0386 37.4.2).
    return debugPins.every((pin) => this.gpio("A").alternateFunction(pin) === 0);
  }

  busRead(address: number, size: AccessSize): number {
    this.#waitForFlash(address);
    return this.cpu.debugRead(address, size);
  }

  busWrite(address: number, size: AccessSize, value: number): boolean {
    this.#waitForFlash(address);
    return this.cpu.debugWrite(address, size, value);
  }

  takeTrace(limit: number): Uint8Array {
    return Uint8Array.from(this.#trace.splice(0, limit));
  }

  get traceBaud(): number {
    if (!this.#blocks.dbgmcu.traceIo) return 0;
    const prescaler = this.cpu.debugRead(TPIU_ACPR, 4);
    return prescaler === BUS_FAULT ? 0 : this.clocks.hclk / ((prescaler & 0x1fff) + 1);
  }

  /** Lets virtual time pass. What the CPU overshot last time counts. */
  advance(nanoseconds: number): void {
    this.#target += nanoseconds;
    this.#runTo(this.#target);
  }

  #runTo(target: number): void {
    const { scheduler } = this;
    for (;;) {
      this.#servePendingReset();
      if (scheduler.nanoseconds >= target) return;
      const limit = scheduler.cyclesAt(target);
      if (scheduler.cycles >= limit) return;
      scheduler.setLimit(limit);
      if (this.#runCpu() === "idle") scheduler.cycles = Math.max(scheduler.cycles, Math.min(scheduler.next, limit));
      scheduler.fireDue();
    }
  }

  /** Runs the CPU to the deadline; `idle` when it has nothing to execute before the next alarm. */
  #runCpu(): "ran" | "idle" {
    const { cpu } = this;
    if (this.#cpuHeld || cpu.halted) return "idle";
    this.#insideCpu = true;
    const result = cpu.run();
    this.#insideCpu = false;
    return result === "deadline" || result === "reset" ? "ran" : "idle";
  }

  #servePendingReset(): void {
    const cause = this.#pendingReset;
    if (cause === undefined) return;
    this.#pendingReset = undefined;
    this.reset(cause);
  }

  /** What answers at 0 after reset (RM0386 2.4). */
  #bootMode(): number {
    if (!this.#boot0) return BootMode.flash;
    return this.#boot1 ? BootMode.sram : BootMode.system;
  }

  /** A debugger's access waits for a busy flash as the bus would. */
  #waitForFlash(address: number): void {
    const { flash, systemMemory } = this.config;
    const inFlash = address < flash.base + flash.bytes || address >>> 16 === systemMemory.base >>> 16;
    if (!inFlash) return;
    const busy = this.bus.flashBusyUntil;
    if (busy <= this.scheduler.cycles) return;
    const wait = ((busy - this.scheduler.cycles) * 1e9) / this.scheduler.hclkHz;
    this.#target = Math.max(this.#target, this.nanoseconds + wait);
    this.#runTo(this.#target);
  }

  #flashChanged(offset: number, length: number): void {
    this.cpu?.invalidateCode(this.config.flash.base + offset, length);
    if (this.bus?.flashAtZero) this.cpu?.invalidateCode(offset, length);
  }

  #freeze(): void {
    if (this.cpu !== undefined) this.#blocks.freeze(this.cpu.halted);
  }

  /** A byte leaves on SWO, if DBGMCU gave it the pin; what nobody takes is lost at some point. */
  #traceByte(byte: number): void {
    if (this.#blocks.dbgmcu.traceIo && this.#trace.length < traceLimit) this.#trace.push(byte);
  }
}
