import { cortexM3Components, stRomTable } from "../cpu/component-ids.ts";
import { cortexM3F103 } from "../cpu/cortex-m3-f103.ts";
import type { AccessSize, BusMaster, Cpu, CpuBus } from "../cpu/cpu.ts";
import { Stm32Chip } from "../stm32/chip.ts";
import { defaultUid } from "../stm32/chip-options.ts";
import type { ResetCause } from "../stm32/reset-cause.ts";
import { type ChipBlocks, createBlocks } from "./blocks.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import type { ChipContext } from "./chip-context.ts";
import type { Stm32f1Options } from "./chip-options.ts";
import { hsiHz } from "./clock-tree.ts";
import { DbgmcuControl } from "./dbgmcu.ts";
import type { Fsmc } from "./fsmc.ts";
import { ChipMemories } from "./memories.ts";
import { PinMatrix } from "./pin-matrix.ts";
import { SystemBus } from "./system-bus.ts";
import { TriggerLines } from "./trigger-lines.ts";

/** Deep sleep the chip is in. */
type PowerMode = "run" | "stop" | "standby";

/** Wake-up from stop in ns with the regulator in normal and low-power mode: DS5319 "Low-power mode wakeup timings". */
const stopWakeUp = { normal: 3_600, lowPower: 5_400 } as const;

/** DS5319 "Embedded reset and power control block": falling threshold, typical. */
const powerDownVolts = 1.88;

/** A whole STM32F1: memories, buses, peripherals and CPU, as its debug port and its board see it. */
export class Stm32f1Chip extends Stm32Chip<Stm32f1Config> {
  readonly pins: PinMatrix;
  readonly triggers = new TriggerLines();
  readonly memories: ChipMemories;
  readonly bus: SystemBus;
  readonly cpu: Cpu;
  readonly context: ChipContext;
  protected readonly blocks: ChipBlocks;

  readonly #analog = new Float64Array(16);
  /** A debugger was on the port since power-on (PM0075: read protection remembers it), and whether it is there now. */
  #debuggerSeen = false;
  #debuggerPresent = false;
  #mode: PowerMode = "run";
  #deepSleepAsked = false;

  constructor(config: Stm32f1Config, options: Stm32f1Options = {}) {
    const geometry = {
      ...config.flash,
      ...(options.hiddenFlash && { bytes: 128 * 1024 }),
      ...(options.sizeRegisterKib !== undefined && { sizeRegisterKib: options.sizeRegisterKib }),
    };
    super({ ...config, flash: geometry }, options, { hsiHz, powerDownVolts });
    this.pins = new PinMatrix(!config.ownPadsOfPd0Pd1);
    this.memories = new ChipMemories(this.config, options.uid ?? defaultUid);
    if (options.optionBytes !== undefined) this.memories.optionBytes.set(options.optionBytes);
    this.memories.load(options.flash ?? []);
    const chip = this;
    this.blocks = createBlocks(this.config, {
      scheduler: this.scheduler,
      pins: this.pins,
      triggers: this.triggers,
      memories: this.memories,
      hseHz: options.hseHz ?? 8_000_000,
      lseHz: options.lseHz ?? 32_768,
      getContext: () => this.context,
      getBus: () => this.bus,
      setInterrupt: (irq, source, high) => this.interrupts.set(irq, source, high),
      signalEvent: () => this.cpu?.signalEvent(),
      clockFailed: () => this.cpu?.raiseNmi(),
      flashChanged: (offset, length) => this.flashChanged(offset, length),
      flashWorks: (nanoseconds) => this.flashWorks(nanoseconds),
      wornCells: options.wornCells,
      requestReset: (cause) => this.reset(cause),
      debugControlChanged: () => this.freeze(),
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
        return chip.bus === undefined || chip.bus.flashAtZero;
      },
    });
    this.bus = new SystemBus(this.config, this.memories, this.blocks.flash);
    this.context = this.#createContext();
    this.blocks.attach(this.bus, this.context);
    this.blocks.rcc.clocks.onChange(() => this.clockChanged());
    const { core, interrupts, idcode, romTable = stRomTable(idcode & 0xfff) } = this.config;
    const components = { ...(core?.components ?? cortexM3Components), romTable };
    this.cpu = this.createCpu({ ...cortexM3F103, ...core, interrupts, components });
    this.powerCycle();
  }

  /** Drives ADC channel 0–15 with a voltage. */
  setAnalog(channel: number, volts: number): void {
    this.#analog[channel] = volts;
  }

  /** Breaks (false) or mends the HSE crystal. */
  setHseAlive(alive: boolean): void {
    this.blocks.rcc.setHseAlive(alive);
  }

  /** The controller of external memories, to connect them to; undefined on chips of low and medium density. */
  get fsmc(): Fsmc | undefined {
    return this.blocks.fsmc;
  }

  /** Frequencies of the clock tree. */
  get clocks(): ChipContext["clocks"] {
    return this.blocks.rcc.clocks;
  }

  /** Frequency that the MCO pin puts out (PA8 as alternate output), in Hz; 0 when off. */
  get mcoHz(): number {
    return this.pins.isAlternateOutput("A", 8) ? this.blocks.rcc.mcoHz : 0;
  }

  /** Mode of the power controller: `stop` and `standby` are the deep sleeps. */
  get powerMode(): PowerMode {
    return this.#mode;
  }

  protected resetBlocks(cause: ResetCause): void {
    const { pwr, flash } = this.blocks;
    this.scheduler.setStopped(false);
    this.#mode = "run";
    this.#deepSleepAsked = false;
    for (const block of this.blocks.systemReset) block.reset();
    if (cause === "standby") pwr.wakeFromStandby();
    else if (cause === "power") pwr.powerOn();
    else pwr.reset();
    flash.reset();
  }

  protected override afterReset(): void {
    this.blocks.afterReset();
  }

  /** Standby takes the debug logic's power away too, unless DBGMCU keeps it. */
  protected override takesDebugPower(cause: ResetCause): boolean {
    return cause === "power" || (cause === "standby" && !(this.blocks.dbgmcu.control & DbgmcuControl.standby));
  }

  protected override voltageChanged(): void {
    this.blocks.pwr.voltageChanged();
  }

  /** Takes VDD away and gives it back; the backup domain loses its content unless VBAT holds it. */
  override powerCycle(options: { vbat?: boolean } = {}): void {
    this.#debuggerSeen = false;
    this.#debuggerPresent = false;
    if (!options.vbat) this.blocks.resetBackupDomain();
    super.powerCycle();
  }

  protected debugPinsConnect(protocol: "swd" | "jtag"): boolean {
    // NRST low ends every sleep and puts AFIO back to its reset value, so the port answers again.
    const { control } = this.blocks.dbgmcu;
    if (this.#mode === "stop" && !(control & DbgmcuControl.stop)) return false;
    if (this.#mode === "standby" && !(control & DbgmcuControl.standby)) return false;
    const swj = this.blocks.afio.swjConfiguration;
    return protocol === "swd" ? swj !== 4 : swj < 2;
  }

  debugPowerChanged(on: boolean): void {
    this.#debuggerPresent = on;
    if (on) this.#debuggerSeen = true;
  }

  protected override debugAccess(address: number): void {
    this.#debuggerSeen = true;
    this.#debuggerPresent = true;
    super.debugAccess(address);
    const held = this.bus.heldUntil(address);
    if (held > this.nanoseconds) this.waitFor(held - this.nanoseconds);
  }

  protected override wakesFromStop(): boolean {
    const { scheduler } = this;
    if (this.#mode !== "stop") return false;
    // The core wakes by itself when it is run; then it starts the clock again.
    scheduler.setLimit(scheduler.cycles + 1);
    this.runCpu();
    return !scheduler.stopped;
  }

  protected override entersDeepSleep(): boolean {
    // Stop waits for the end of a flash operation (RM0008 5.3.4).
    if (!this.#deepSleepAsked || this.bus.flashBusyUntil > this.scheduler.cycles) return false;
    this.#enterDeepSleep();
    return true;
  }

  /** Deep sleep: stop or standby, as PWR says; option bytes may turn it into a reset (RM0008 5.3, 7.1.1). */
  #enterDeepSleep(): void {
    this.#deepSleepAsked = false;
    const { rcc, pwr, flash, dbgmcu } = this.blocks;
    const standby = pwr.standbySelected;
    if (standby ? !flash.options.standbyWithoutReset : !flash.options.stopWithoutReset) {
      this.reset("low-power");
      return;
    }
    rcc.enterStop();
    this.#mode = standby ? "standby" : "stop";
    if (standby) {
      this.blocks.floatPins();
      this.holdCpu();
    }
    const clocked = dbgmcu.control & (standby ? DbgmcuControl.standby : DbgmcuControl.stop);
    this.scheduler.setStopped(!clocked);
  }

  protected override sleepChanged(sleeping: boolean, deep: boolean): void {
    this.#deepSleepAsked = sleeping && deep;
    if (sleeping || this.#mode !== "stop") return;
    this.#mode = "run";
    if (!this.scheduler.stopped) return;
    const delay = this.blocks.pwr.lowPowerRegulator ? stopWakeUp.lowPower : stopWakeUp.normal;
    this.scheduler.skipNanoseconds(this.scheduler.nanoseconds + delay);
    this.scheduler.setStopped(false);
  }

  #wakeFromStandby(): void {
    if (this.#mode === "standby") this.reset("standby");
  }

  protected freezeBlocks(halted: boolean): void {
    for (const { freeze, name } of this.config.peripherals) {
      if (freeze === undefined) continue;
      const frozen = halted && ((this.blocks.dbgmcu.control >>> freeze) & 1) !== 0;
      this.blocks.byName.get(name)?.setFrozen?.(frozen);
    }
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
      clocks: this.blocks.rcc.clocks,
      pins: this.pins,
      dma: this.blocks.dma,
      triggers: this.triggers,
      exti: this.blocks.exti,
      bus,
      setInterrupt: (irq, source, high) => this.interrupts.set(irq, source, high),
      analogVolts: (channel) => this.#analog[channel] ?? 0,
      get vdda() {
        return chip.voltage;
      },
    };
  }
}
