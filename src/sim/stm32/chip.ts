import { CortexM3 } from "../cpu/cortex-m3.ts";
import { type AccessSize, BUS_FAULT, type Cpu, type CpuBus, type CpuConfig, type CpuHost } from "../cpu/cpu.ts";
import type { DebugTarget } from "../dap/debug-target.ts";
import { Scheduler } from "../time/scheduler.ts";
import type { ChipOptions } from "./chip-options.ts";
import type { ClockTree } from "./clock-tree.ts";
import { InterruptLines } from "./interrupt-lines.ts";
import type { Memories, MemoryMap, MemorySegment } from "./memories.ts";
import type { Peripheral } from "./peripheral.ts";
import type { PeripheralSlots } from "./peripheral-slots.ts";
import { type ResetCause, resetFlags } from "./reset-cause.ts";

/** A chip as data, as far as every family has it. */
export interface ChipDescription extends MemoryMap {
  readonly dpidr: number;
  readonly jtagIdcode: number;
  readonly ap: DebugTarget["ap"];
}

/** What one family has otherwise than another. */
export interface FamilyTraits {
  /** Frequency after reset. */
  readonly hsiHz: number;
  /** Volts below which the chip is in power-down reset. */
  readonly powerDownVolts: number;
}

/** What answers at address 0: set by the BOOT pins at reset (RM0008 3.4, RM0386 2.4). */
export type BootMemory = "flash" | "system" | "sram";

/** A bus matrix as the chip around it sees it. */
export interface ChipBus extends CpuBus {
  readonly peripherals: PeripheralSlots;
  /** Main flash answers at 0 now. */
  readonly flashAtZero: boolean;
  /** Chooses what answers at 0. */
  setBoot(boot: BootMemory): void;
}

/** The blocks that the chip itself deals with, whatever the family. */
export interface CommonBlocks {
  /** By their manual names. */
  readonly byName: ReadonlyMap<string, Peripheral>;
  readonly rcc: Peripheral & {
    readonly clocks: Pick<ClockTree<never, { readonly hclk: number }>, "now" | "onChange">;
    powerOn(): void;
    addResetFlags(flags: number): void;
  };
  readonly dbgmcu: {
    /** DBGMCU_CR.TRACE_IOEN: SWO has its pin. */
    readonly traceIo: boolean;
    powerOn(): void;
  };
}

/** Bytes of trace kept for a probe that does not take them. */
const traceLimit = 1 << 20;

const TPIU_ACPR = 0xe0040010;

/**
 * A whole STM32 as its debug port and its board see it: power, resets and the passing of time. A family adds its blocks,
 * its bus and its deep sleeps; its constructor ends with {@link powerCycle}.
 */
export abstract class Stm32Chip<Description extends ChipDescription = ChipDescription> implements DebugTarget {
  readonly config: Description;
  readonly scheduler: Scheduler;
  readonly dpidr: number;
  readonly jtagIdcode: number | undefined;
  readonly ap: DebugTarget["ap"];
  abstract readonly memories: Memories;
  abstract readonly bus: ChipBus;
  abstract readonly cpu: Cpu;
  protected abstract readonly blocks: CommonBlocks;
  protected readonly interrupts = new InterruptLines((irq, high) => this.cpu?.setInterruptLine(irq, high));

  readonly #options: ChipOptions;
  readonly #powerDownVolts: number;
  #voltage: number;
  #boot0: boolean;
  #boot1: boolean;
  #nrstLow = false;
  /** The CPU was told to stay in reset: NRST, no power, or standby. */
  #cpuHeld = false;
  #insideCpu = false;
  #pendingReset: ResetCause | undefined;
  /** Virtual time up to which {@link advance} was asked to run, in ns. */
  #target = 0;
  #trace: number[] = [];
  #powerOns = 0;
  #dipping = false;

  constructor(config: Description, options: ChipOptions, { hsiHz, powerDownVolts }: FamilyTraits) {
    this.config = config;
    this.scheduler = new Scheduler(hsiHz);
    this.dpidr = config.dpidr;
    this.jtagIdcode = options.jtagWired ? config.jtagIdcode : undefined;
    this.ap = config.ap;
    this.#options = options;
    this.#powerDownVolts = powerDownVolts;
    this.#voltage = options.voltage ?? 3.3;
    this.#boot0 = options.boot0 ?? false;
    this.#boot1 = options.boot1 ?? false;
  }

  /** The CPU on this chip, with the engine that the options name. */
  protected createCpu(config: CpuConfig): Cpu {
    const host: CpuHost = {
      scheduler: this.scheduler,
      bus: this.bus,
      requestSystemReset: () => this.reset("software"),
      haltChanged: () => this.freeze(),
      sleepChanged: (sleeping, deep) => this.sleepChanged(sleeping, deep),
      traceByte: (byte) => this.#traceByte(byte),
    };
    const settings = this.#options.engine === undefined ? config : { ...config, engine: this.#options.engine };
    return this.#options.createCpu?.(host, settings) ?? new CortexM3(host, settings);
  }

  /** Part number: `STM32F103C8`. */
  get name(): string {
    return this.config.name;
  }

  /** Virtual nanoseconds since the board was made. */
  get nanoseconds(): number {
    return this.scheduler.nanoseconds;
  }

  /** VDD and VTref in volts. */
  get voltage(): number {
    return this.#voltage;
  }

  /**
   * Moves VDD. Below its power-down threshold the chip is in reset, and it starts from power-on when VDD is above again
   * (RM0008 5.2.1).
   */
  setVoltage(volts: number): void {
    const wasPowered = this.powered;
    this.#voltage = volts;
    this.voltageChanged();
    if (this.powered !== wasPowered) this.powerCycle();
  }

  /** How often power came. */
  get powerOns(): number {
    return this.#powerOns;
  }

  /** An operation on main flash begins that takes `nanoseconds`; a weak supply gives way under it. */
  protected flashWorks(nanoseconds: number): void {
    const weak = this.#options.weakSupply;
    if (weak === undefined || this.#dipping || nanoseconds < weak.after) return;
    this.#dipping = true;
    const { scheduler } = this;
    scheduler.afterNanoseconds(weak.after, () => {
      const volts = this.#voltage;
      this.setVoltage(weak.volts);
      scheduler.afterNanoseconds(weak.lasts, () => {
        this.#dipping = false;
        this.setVoltage(volts);
      });
    });
  }

  /** VDD is high enough to run. */
  get powered(): boolean {
    return this.#voltage >= this.#powerDownVolts;
  }

  /** Levels at BOOT0 and BOOT1; they count at the next reset. */
  setBootPins(boot0: boolean, boot1: boolean): void {
    this.#boot0 = boot0;
    this.#boot1 = boot1;
  }

  /** What the BOOT pins choose. */
  protected get bootMemory(): BootMemory {
    if (!this.#boot0) return "flash";
    return this.#boot1 ? "sram" : "system";
  }

  /** A block by its manual name (`USART1`); undefined when the chip has none of that name. */
  peripheral(name: string): Peripheral | undefined {
    return this.blocks.byName.get(name);
  }

  /** Puts segments into the memories as a factory programmer would. The CPU goes on; reset it to start the program. */
  loadFlash(segments: readonly MemorySegment[]): void {
    this.memories.load(segments);
    this.flashChanged(0, this.memories.flash.length);
    this.#sramChanged();
  }

  /** Content of main flash changed, by offset: the CPU forgets what it decoded there. */
  protected flashChanged(offset: number, length: number): void {
    this.cpu?.invalidateCode(this.config.flash.base + offset, length);
    if (this.bus?.flashAtZero) this.cpu?.invalidateCode(offset, length);
  }

  #sramChanged(): void {
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
    const { rcc } = this.blocks;
    this.resetBlocks(cause);
    if (cause === "power") rcc.powerOn();
    else rcc.reset();
    rcc.addResetFlags(resetFlags[cause]);
    this.bus.peripherals.setAllInReset(this.#held);
    this.bus.setBoot(this.bootMemory);
    if (cause === "power" || cause === "standby") {
      this.memories.powerDown();
      this.#sramChanged();
    }
    this.#resetCpu(cause);
    this.interrupts.redrive();
    this.afterReset();
    this.freeze();
  }

  #resetCpu(cause: ResetCause): void {
    const wasHeld = this.#cpuHeld;
    this.#cpuHeld = this.#held;
    if (this.takesDebugPower(cause)) {
      this.cpu.powerOn();
      this.cpu.setHeldInReset(this.#held);
    } else if (this.#held !== wasHeld) {
      // Going low resets the core, going high is the reset exception.
      this.cpu.setHeldInReset(this.#held);
    } else if (!this.#held) {
      this.cpu.reset();
    }
  }

  /** The core loses its clock and its state until the next reset: standby. */
  protected holdCpu(): void {
    this.#cpuHeld = true;
    this.cpu.setHeldInReset(true);
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
    this.#powerOns++;
    this.blocks.dbgmcu.powerOn();
    this.reset("power");
  }

  debugPortAnswers(protocol: "swd" | "jtag"): boolean {
    if (!this.powered) return false;
    if (protocol === "jtag" && this.jtagIdcode === undefined) return false;
    return this.debugPinsConnect(protocol);
  }

  busRead(address: number, size: AccessSize): number {
    this.debugAccess(address);
    return this.cpu.debugRead(address, size);
  }

  busWrite(address: number, size: AccessSize, value: number): boolean {
    this.debugAccess(address);
    return this.cpu.debugWrite(address, size, value);
  }

  /** A debugger is about to work on the bus: it waits for a busy flash as the bus would. */
  protected debugAccess(address: number): void {
    const { flash, systemMemory } = this.config;
    // The option bytes and the signature lie with system memory.
    const inFlash = address < flash.base + flash.bytes || address >>> 16 === systemMemory.base >>> 16;
    if (!inFlash) return;
    const { scheduler } = this;
    const busy = this.bus.flashBusyUntil;
    if (busy > scheduler.cycles) this.waitFor(((busy - scheduler.cycles) * 1e9) / scheduler.hclkHz);
  }

  /** Lets time pass while a debugger's access is held up. */
  protected waitFor(nanoseconds: number): void {
    if (this.scheduler.stopped) return;
    this.#target = Math.max(this.#target, this.nanoseconds + nanoseconds);
    this.#runTo(this.#target);
  }

  takeTrace(limit: number): Uint8Array {
    return Uint8Array.from(this.#trace.splice(0, limit));
  }

  get traceBaud(): number {
    if (!this.blocks.dbgmcu.traceIo) return 0;
    const prescaler = this.cpu.debugRead(TPIU_ACPR, 4);
    return prescaler === BUS_FAULT ? 0 : this.blocks.rcc.clocks.now.hclk / ((prescaler & 0x1fff) + 1);
  }

  /** A byte leaves on SWO, if DBGMCU gave it the pin; what nobody takes is lost at some point. */
  #traceByte(byte: number): void {
    if (this.blocks.dbgmcu.traceIo && this.#trace.length < traceLimit) this.#trace.push(byte);
  }

  /** Lets virtual time pass. What the CPU overshot last time counts. */
  advance(nanoseconds: number): void {
    this.#target += nanoseconds;
    this.#runTo(this.#target);
  }

  /** Another HCLK, while the CPU runs: the time asked for ends at another cycle. */
  protected clockChanged(): void {
    if (this.#insideCpu) this.scheduler.setLimit(this.scheduler.cyclesAt(this.#target));
  }

  #runTo(target: number): void {
    const { scheduler } = this;
    for (;;) {
      this.#servePendingReset();
      if (scheduler.nanoseconds >= target) return;
      if (scheduler.stopped) {
        if (this.wakesFromStop()) continue;
        scheduler.skipNanoseconds(Math.min(target, scheduler.nextNanoseconds));
        scheduler.fireDue();
        continue;
      }
      const limit = scheduler.cyclesAt(target);
      if (scheduler.cycles >= limit) return;
      scheduler.setLimit(limit);
      const idle = this.runCpu() === "idle";
      const asleep = this.#pendingReset === undefined && this.entersDeepSleep();
      if (idle && !asleep) scheduler.cycles = Math.max(scheduler.cycles, Math.min(scheduler.next, limit));
      scheduler.fireDue();
    }
  }

  /** Runs the CPU to the deadline; `idle` when it has nothing to execute before the next alarm. */
  protected runCpu(): "ran" | "idle" {
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

  /** DBGMCU and the core's state decide which blocks stand still. */
  protected freeze(): void {
    if (this.cpu !== undefined) this.freezeBlocks(this.cpu.halted);
  }

  /** Every block but RCC and DBGMCU at the reset values that this cause gives it. */
  protected abstract resetBlocks(cause: ResetCause): void;

  /** Lets blocks stand still, or go on, as DBGMCU says for a core that is halted or not. */
  protected abstract freezeBlocks(halted: boolean): void;

  /** The pins lead to the debug port, and the port has a clock. */
  protected abstract debugPinsConnect(protocol: "swd" | "jtag"): boolean;

  /** The core runs again: what the reset starts by itself. */
  protected afterReset(): void {}

  /** This reset takes the power of the debug logic too. */
  protected takesDebugPower(cause: ResetCause): boolean {
    return cause === "power";
  }

  protected voltageChanged(): void {}

  /** The core went to sleep or woke; `deep` is SCR.SLEEPDEEP. */
  protected sleepChanged(_sleeping: boolean, _deep: boolean): void {}

  /** Enters a deep sleep that is due; true if it did. */
  protected entersDeepSleep(): boolean {
    return false;
  }

  /** Starts a stopped clock again if something woke the core meanwhile; true if it did. */
  protected wakesFromStop(): boolean {
    return false;
  }
}
