import { cortexM3Components, stRomTable } from "../cpu/component-ids.ts";
import { CortexM3 } from "../cpu/cortex-m3.ts";
import { cortexM3F103 } from "../cpu/cortex-m3-f103.ts";
import { type AccessSize, BUS_FAULT, type BusMaster, type Cpu, type CpuBus, type CpuHost } from "../cpu/cpu.ts";
import type { DebugTarget } from "../dap/debug-target.ts";
import { defaultUid } from "../stm32/chip-options.ts";
import { InterruptLines } from "../stm32/interrupt-lines.ts";
import type { MemorySegment } from "../stm32/memories.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { type ResetCause, resetFlags } from "../stm32/reset-cause.ts";
import { Scheduler } from "../time/scheduler.ts";
import { type ChipBlocks, createBlocks } from "./blocks.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import type { ChipContext } from "./chip-context.ts";
import type { Stm32f1Options } from "./chip-options.ts";
import { DbgmcuControl } from "./dbgmcu.ts";
import type { Fsmc } from "./fsmc.ts";
import { ChipMemories } from "./memories.ts";
import { PinMatrix } from "./pin-matrix.ts";
import { type BootMemory, SystemBus } from "./system-bus.ts";
import { TriggerLines } from "./trigger-lines.ts";

/** Deep sleep the chip is in. */
type PowerMode = "run" | "stop" | "standby";

/** Wake-up from stop in ns with the regulator in normal and low-power mode: DS5319 "Low-power mode wakeup timings". */
const stopWakeUp = { normal: 3_600, lowPower: 5_400 } as const;

/** DS5319 "Embedded reset and power control block": falling threshold, typical. */
export const powerDownVolts = 1.88;

/** Bytes of trace kept for a probe that does not take them. */
const traceLimit = 1 << 20;

const TPIU_ACPR = 0xe0040010;

/** A whole STM32F1: memories, buses, peripherals and CPU, as its debug port and its board see it. */
export class Stm32f1Chip implements DebugTarget {
  readonly config: Stm32f1Config;
  readonly scheduler: Scheduler;
  readonly pins: PinMatrix;
  readonly triggers = new TriggerLines();
  readonly memories: ChipMemories;
  readonly bus: SystemBus;
  readonly cpu: Cpu;
  readonly context: ChipContext;
  readonly dpidr: number;
  readonly jtagIdcode: number | undefined;
  readonly ap: DebugTarget["ap"];

  readonly #options: Stm32f1Options;
  readonly #interrupts: InterruptLines;
  readonly #blocks: ChipBlocks;
  readonly #analog = new Float64Array(16);
  #voltage: number;
  #boot0: boolean;
  #boot1: boolean;
  /** A debugger was on the port since power-on (PM0075: read protection remembers it), and whether it is there now. */
  #debuggerSeen = false;
  #debuggerPresent = false;
  #nrstLow = false;
  /** The CPU was told to stay in reset: NRST, or standby. */
  #cpuHeld = false;
  #mode: PowerMode = "run";
  #deepSleepAsked = false;
  #insideCpu = false;
  #pendingReset: ResetCause | undefined;
  /** Virtual time up to which {@link advance} was asked to run, in ns. */
  #target = 0;
  #trace: number[] = [];

  constructor(config: Stm32f1Config, options: Stm32f1Options = {}) {
    const geometry = options.hiddenFlash ? { ...config.flash, bytes: 128 * 1024 } : config.flash;
    this.config = { ...config, flash: geometry };
    this.pins = new PinMatrix(!config.ownPadsOfPd0Pd1);
    this.#options = options;
    this.#voltage = options.voltage ?? 3.3;
    this.#boot0 = options.boot0 ?? false;
    this.#boot1 = options.boot1 ?? false;
    this.dpidr = config.dpidr;
    this.jtagIdcode = options.jtagWired ? config.jtagIdcode : undefined;
    this.ap = config.ap;
    this.scheduler = new Scheduler(8_000_000);
    this.memories = new ChipMemories(this.config, options.uid ?? defaultUid);
    if (options.optionBytes !== undefined) this.memories.optionBytes.set(options.optionBytes);
    this.memories.load(options.flash ?? []);
    this.#interrupts = new InterruptLines((irq, high) => this.cpu?.setInterruptLine(irq, high));
    const chip = this;
    this.#blocks = createBlocks(this.config, {
      scheduler: this.scheduler,
      pins: this.pins,
      triggers: this.triggers,
      memories: this.memories,
      hseHz: options.hseHz ?? 8_000_000,
      lseHz: options.lseHz ?? 32_768,
      getContext: () => this.context,
      getBus: () => this.bus,
      setInterrupt: (irq, source, high) => this.#interrupts.set(irq, source, high),
      signalEvent: () => this.cpu?.signalEvent(),
      clockFailed: () => this.cpu?.raiseNmi(),
      flashChanged: (offset, length) => this.#flashChanged(offset, length),
      requestReset: (cause) => this.reset(cause),
      debugControlChanged: () => this.#freeze(),
      wakeFromStandby: () => this.#wakeFromStandby(),
      get voltage() {
        return chip.voltage;
      },
      get debuggerAttached() {
        return chip.#debuggerSeen;
      },
      get debuggerPresent() {
        return chip.#debuggerPresent;
      },
      get bootedFromFlash() {
        return chip.bus === undefined || chip.bus.boot === "flash";
      },
    });
    this.bus = new SystemBus(this.config, this.memories, this.#blocks.flash);
    this.context = this.#createContext();
    this.#blocks.attach(this.bus, this.context);
    this.#blocks.rcc.clocks.onChange(() => {
      if (this.#insideCpu) this.scheduler.setLimit(this.scheduler.cyclesAt(this.#target));
    });
    this.cpu = this.#createCpu();
    this.powerCycle();
  }

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
   * Moves VDD. The voltage detector sees it; below {@link powerDownVolts} the chip is in power-down reset, and starts
   * from power-on when it is above again (RM0008 5.2.1).
   */
  setVoltage(volts: number): void {
    const wasPowered = this.powered;
    this.#voltage = volts;
    this.#blocks.pwr.voltageChanged();
    if (this.powered !== wasPowered) this.powerCycle();
  }

  /** VDD is high enough to run. */
  get powered(): boolean {
    return this.#voltage >= powerDownVolts;
  }

  /** Drives ADC channel 0–15 with a voltage. */
  setAnalog(channel: number, volts: number): void {
    this.#analog[channel] = volts;
  }

  /** Levels at BOOT0 and BOOT1; they count at the next reset. */
  setBootPins(boot0: boolean, boot1: boolean): void {
    this.#boot0 = boot0;
    this.#boot1 = boot1;
  }

  /** Breaks (false) or mends the HSE crystal. */
  setHseAlive(alive: boolean): void {
    this.#blocks.rcc.setHseAlive(alive);
  }

  /** A block by its manual name (`USART1`); undefined when the chip has none of that name. */
  peripheral(name: string): Peripheral | undefined {
    return this.#blocks.byName.get(name);
  }

  /** The controller of external memories, to connect them to; undefined on chips of low and medium density. */
  get fsmc(): Fsmc | undefined {
    return this.#blocks.fsmc;
  }

  /** Frequencies of the clock tree. */
  get clocks(): ChipContext["clocks"] {
    return this.#blocks.rcc.clocks;
  }

  /** Frequency that the MCO pin puts out (PA8 as alternate output), in Hz; 0 when off. */
  get mcoHz(): number {
    return this.pins.isAlternateOutput("A", 8) ? this.#blocks.rcc.mcoHz : 0;
  }

  /** Mode of the power controller: `stop` and `standby` are the deep sleeps. */
  get powerMode(): PowerMode {
    return this.#mode;
  }

  /** Puts segments into the memories as a factory programmer would. The CPU goes on; reset it to start the program. */
  loadFlash(segments: readonly MemorySegment[]): void {
    this.memories.load(segments);
    this.#flashChanged(0, this.memories.flash.length);
    this.cpu.invalidateCode(this.config.sram.base, this.config.sram.bytes);
  }

  /**
   * Resets the chip for a reason; RCC_CSR shows it. Asked for while the CPU executes (a watchdog register, AIRCR), it
   * takes place at the end of the instruction.
   */
  reset(cause: ResetCause): void {
    if (this.#insideCpu) {
      this.#pendingReset ??= cause;
      this.scheduler.interruptRun();
      return;
    }
    const { rcc, pwr, flash } = this.#blocks;
    this.scheduler.setStopped(false);
    this.#mode = "run";
    this.#deepSleepAsked = false;
    for (const block of this.#blocks.systemReset) block.reset();
    if (cause === "standby") pwr.wakeFromStandby();
    else if (cause === "power") pwr.powerOn();
    else pwr.reset();
    if (cause === "power") rcc.powerOn();
    else rcc.reset();
    rcc.addResetFlags(resetFlags[cause]);
    flash.reset();
    this.bus.peripherals.setAllInReset(this.#held);
    this.bus.setBoot(this.#bootMemory());
    if (cause === "power" || cause === "standby") {
      this.memories.powerDown();
      this.cpu.invalidateCode(this.config.sram.base, this.config.sram.bytes);
    }
    this.#resetCpu(cause);
    this.#interrupts.redrive();
    this.#blocks.afterReset();
    this.#freeze();
  }

  #resetCpu(cause: ResetCause): void {
    const wasHeld = this.#cpuHeld;
    this.#cpuHeld = this.#held;
    // Standby takes the debug logic's power away too, unless DBGMCU keeps it.
    const unpowered = cause === "standby" && !(this.#blocks.dbgmcu.control & DbgmcuControl.standby);
    if (cause === "power" || unpowered) {
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

  /** Takes VDD away and gives it back; the backup domain loses its content unless VBAT holds it. */
  powerCycle(options: { vbat?: boolean } = {}): void {
    this.#debuggerSeen = false;
    this.#debuggerPresent = false;
    this.#trace = [];
    if (!options.vbat) this.#blocks.resetBackupDomain();
    this.#blocks.dbgmcu.powerOn();
    this.reset("power");
  }

  debugPortAnswers(protocol: "swd" | "jtag"): boolean {
    if (!this.powered) return false;
    if (protocol === "jtag" && this.jtagIdcode === undefined) return false;
    // NRST low ends every sleep and puts AFIO back to its reset value, so the port answers again.
    const { control } = this.#blocks.dbgmcu;
    if (this.#mode === "stop" && !(control & DbgmcuControl.stop)) return false;
    if (this.#mode === "standby" && !(control & DbgmcuControl.standby)) return false;
    const swj = this.#blocks.afio.swjConfiguration;
    return protocol === "swd" ? swj !== 4 : swj < 2;
  }

  debugPowerChanged(on: boolean): void {
    this.#debuggerPresent = on;
    if (on) this.#debuggerSeen = true;
  }

  busRead(address: number, size: AccessSize): number {
    this.#debugAccess(address);
    return this.cpu.debugRead(address, size);
  }

  busWrite(address: number, size: AccessSize, value: number): boolean {
    this.#debugAccess(address);
    return this.cpu.debugWrite(address, size, value);
  }

  takeTrace(limit: number): Uint8Array {
    return Uint8Array.from(this.#trace.splice(0, limit));
  }

  get traceBaud(): number {
    if (!(this.#blocks.dbgmcu.control & DbgmcuControl.traceIo)) return 0;
    const prescaler = this.cpu.debugRead(TPIU_ACPR, 4);
    return prescaler === BUS_FAULT ? 0 : this.clocks.hclk / ((prescaler & 0x1fff) + 1);
  }

  /** Lets virtual time pass. What the CPU overshot last time counts. */
  advance(nanoseconds: number): void {
    this.#target = Math.max(this.#target, 0) + nanoseconds;
    this.#runTo(this.#target);
  }

  #runTo(target: number): void {
    const { scheduler } = this;
    for (;;) {
      this.#servePendingReset();
      if (scheduler.nanoseconds >= target) return;
      if (scheduler.stopped) {
        if (this.#mode === "stop") {
          // Something may have woken the core meanwhile; then it starts the clock again.
          scheduler.setLimit(scheduler.cycles + 1);
          this.#runCpu();
          if (!scheduler.stopped) continue;
        }
        scheduler.skipNanoseconds(Math.min(target, scheduler.nextNanoseconds));
        scheduler.fireDue();
        continue;
      }
      const limit = scheduler.cyclesAt(target);
      if (scheduler.cycles >= limit) return;
      scheduler.setLimit(limit);
      const idle = this.#runCpu() === "idle";
      // Stop waits for the end of a flash operation (RM0008 5.3.4).
      if (this.#deepSleepAsked && this.#pendingReset === undefined && this.bus.flashBusyUntil <= scheduler.cycles) {
        this.#enterDeepSleep();
      } else if (idle) {
        scheduler.cycles = Math.max(scheduler.cycles, Math.min(scheduler.next, limit));
      }
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

  /** Deep sleep: stop or standby, as PWR says; option bytes may turn it into a reset (RM0008 5.3, 7.1.1). */
  #enterDeepSleep(): void {
    this.#deepSleepAsked = false;
    const { rcc, pwr, flash, dbgmcu } = this.#blocks;
    const standby = pwr.standbySelected;
    if (standby ? !flash.options.standbyWithoutReset : !flash.options.stopWithoutReset) {
      this.reset("low-power");
      return;
    }
    rcc.enterStop();
    this.#mode = standby ? "standby" : "stop";
    if (standby) {
      this.#blocks.floatPins();
      this.#cpuHeld = true;
      this.cpu.setHeldInReset(true);
    }
    const clocked = dbgmcu.control & (standby ? DbgmcuControl.standby : DbgmcuControl.stop);
    this.scheduler.setStopped(!clocked);
  }

  #sleepChanged(sleeping: boolean, deep: boolean): void {
    this.#deepSleepAsked = sleeping && deep;
    if (sleeping || this.#mode !== "stop") return;
    this.#mode = "run";
    if (!this.scheduler.stopped) return;
    const delay = this.#blocks.pwr.lowPowerRegulator ? stopWakeUp.lowPower : stopWakeUp.normal;
    this.scheduler.skipNanoseconds(this.scheduler.nanoseconds + delay);
    this.scheduler.setStopped(false);
  }

  #wakeFromStandby(): void {
    if (this.#mode === "standby") this.reset("standby");
  }

  #bootMemory(): BootMemory {
    if (!this.#boot0) return "flash";
    return this.#boot1 ? "sram" : "system";
  }

  /** A debugger works on the bus: note it, and let it wait for a busy flash as the bus would. */
  #debugAccess(address: number): void {
    this.#debuggerSeen = true;
    this.#debuggerPresent = true;
    const { flash, systemMemory } = this.config;
    const inFlash = address < flash.base + flash.bytes || address >>> 12 === systemMemory.base >>> 12;
    if (inFlash) {
      const busy = this.bus.flashBusyUntil;
      if (busy > this.scheduler.cycles) this.#waitFor(((busy - this.scheduler.cycles) * 1e9) / this.scheduler.hclkHz);
    } else {
      const held = this.bus.heldUntil(address);
      if (held > this.nanoseconds) this.#waitFor(held - this.nanoseconds);
    }
  }

  #waitFor(nanoseconds: number): void {
    if (this.scheduler.stopped) return;
    this.#target = Math.max(this.#target, this.nanoseconds + nanoseconds);
    this.#runTo(this.#target);
  }

  #flashChanged(offset: number, length: number): void {
    this.cpu?.invalidateCode(this.config.flash.base + offset, length);
    if (this.bus?.boot === "flash") this.cpu?.invalidateCode(offset, length);
  }

  /** DBGMCU_CR and the core's state decide which blocks stand still. */
  #freeze(): void {
    if (this.cpu === undefined) return;
    const { halted } = this.cpu;
    for (const { freeze, name } of this.config.peripherals) {
      if (freeze === undefined) continue;
      const frozen = halted && ((this.#blocks.dbgmcu.control >>> freeze) & 1) !== 0;
      this.#blocks.byName.get(name)?.setFrozen?.(frozen);
    }
  }

  /** A byte leaves on TRACESWO (PB3), if DBGMCU gave it the pin; what nobody takes is lost at some point. */
  #traceByte(byte: number): void {
    if (!(this.#blocks.dbgmcu.control & DbgmcuControl.traceIo) || this.#trace.length >= traceLimit) return;
    this.#trace.push(byte);
  }

  #createContext(): ChipContext {
    const chip = this;
    const bus: CpuBus = {
      get windows() {
        return chip.bus.windows;
      },
      get flashBusyUntil() {
        return chip.bus.flashBusyUntil;
      },
      read: (address: number, size: AccessSize, master: BusMaster) => chip.bus.read(address, size, master),
      write: (address, size, value, master) => {
        const done = chip.bus.write(address, size, value, master);
        // DMA may write code into SRAM, inside or outside, behind the CPU's back.
        if (done && (address < 0x40000000 || address >= 0x60000000)) chip.cpu.invalidateCode(address, size);
        return done;
      },
    };
    return {
      scheduler: this.scheduler,
      clocks: this.#blocks.rcc.clocks,
      pins: this.pins,
      dma: this.#blocks.dma,
      triggers: this.triggers,
      exti: this.#blocks.exti,
      bus,
      setInterrupt: (irq, source, high) => this.#interrupts.set(irq, source, high),
      analogVolts: (channel) => this.#analog[channel] ?? 0,
      get vdda() {
        return chip.voltage;
      },
    };
  }

  #createCpu(): Cpu {
    const host: CpuHost = {
      scheduler: this.scheduler,
      bus: this.bus,
      requestSystemReset: () => this.reset("software"),
      haltChanged: () => this.#freeze(),
      sleepChanged: (sleeping, deep) => this.#sleepChanged(sleeping, deep),
      traceByte: (byte) => this.#traceByte(byte),
    };
    const components = { ...cortexM3Components, romTable: stRomTable(this.config.idcode & 0xfff) };
    const config = { ...cortexM3F103, interrupts: this.config.interrupts, components };
    return this.#options.createCpu?.(host, config) ?? new CortexM3(host, config);
  }
}
