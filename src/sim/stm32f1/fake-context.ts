import type { Disposable } from "../../base/events.ts";
import { type AccessSize, BUS_FAULT, type BusMaster, type CpuBus, type MemoryWindow } from "../cpu/cpu.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { Scheduler } from "../time/scheduler.ts";
import type { ChipContext, Clocks, ExtiLines, Pins, PortName, Triggers } from "./chip-context.ts";
import { Dma } from "./dma.ts";
import { stm32f103Dma1 } from "./dma-requests.ts";

/**
 * A chip around the peripheral under test, and nothing more: memory at 0x20000000, the blocks that were mapped, pins
 * that a test sets by hand, the real DMA1. For unit tests of peripherals.
 */
export class FakeChip implements ChipContext {
  readonly scheduler: Scheduler;
  readonly clocks: FakeClocks;
  readonly pins = new FakePins();
  readonly dma: Dma;
  readonly triggers = new FakeTriggers();
  readonly exti: ExtiLines & { readonly lines: Map<number, boolean> };
  readonly bus: FakeBus;
  readonly vdda = 3.3;
  /** Volts at each ADC channel. */
  readonly volts = new Map<number, number>();
  readonly #interrupts = new Map<number, Map<string, boolean>>();

  constructor(hclk = 72_000_000) {
    this.scheduler = new Scheduler(hclk);
    this.clocks = new FakeClocks(hclk, this.scheduler);
    this.bus = new FakeBus();
    const lines = new Map<number, boolean>();
    this.exti = { lines, setLine: (line, high) => void lines.set(line, high) };
    this.dma = new Dma(stm32f103Dma1, () => this);
    this.bus.map(0x40020000, this.dma);
  }

  setInterrupt(irq: number, source: string, high: boolean): void {
    const sources = this.#interrupts.get(irq) ?? new Map<string, boolean>();
    sources.set(source, high);
    this.#interrupts.set(irq, sources);
    for (const listener of this.interruptListeners) listener(irq, this.interrupt(irq));
  }

  /** Hears each change of a line: a test's handler may serve it at once. */
  readonly interruptListeners: ((irq: number, high: boolean) => void)[] = [];

  /** Level of an NVIC line. */
  interrupt(irq: number): boolean {
    return [...(this.#interrupts.get(irq)?.values() ?? [])].some((high) => high);
  }

  analogVolts(channel: number): number {
    return this.volts.get(channel) ?? 0;
  }

  /** Lets HCLK cycles pass, firing alarms at their time. */
  run(cycles: number): void {
    const end = this.scheduler.cycles + cycles;
    while (this.scheduler.next <= end) {
      this.scheduler.cycles = Math.max(this.scheduler.cycles, this.scheduler.next);
      this.scheduler.fireDue();
    }
    this.scheduler.cycles = end;
  }

  /** Runs until `condition` holds; false when `limit` HCLK cycles were not enough. Polls like a CPU, every 4 cycles. */
  runUntil(condition: () => boolean, limit = 1_000_000): boolean {
    for (let spent = 0; spent < limit; spent += 4) {
      if (condition()) return true;
      this.run(4);
    }
    return condition();
  }
}

/** Clocks of the usual 72 MHz set-up, changed by {@link FakeClocks.set}. */
export class FakeClocks implements Clocks {
  sysclk: number;
  hclk: number;
  pclk1: number;
  pclk2: number;
  tim1: number;
  timApb1: number;
  adc: number;
  lsi = 40_000;
  lse = 32_768;
  rtc = 0;
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();

  constructor(hclk: number, scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.sysclk = this.hclk = this.pclk2 = this.tim1 = this.timApb1 = hclk;
    this.pclk1 = hclk / 2;
    this.adc = hclk / 6;
  }

  set(changes: Partial<Omit<Clocks, "onChange">>): void {
    Object.assign(this, changes);
    this.#scheduler.setHclk(this.hclk);
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }
}

/** Pins that are all alternate outputs unless a test says otherwise; a level is what a test or an alternate drives. */
export class FakePins implements Pins {
  mapr = 0;
  /** Pins (`A9`) that are not configured as alternate-function output. */
  readonly notAlternate = new Set<string>();
  readonly analog = new Set<string>();
  readonly #levels = new Map<string, boolean>();
  readonly #listeners = new Map<string, Set<(level: boolean) => void>>();

  level(port: PortName, pin: number): boolean {
    return this.#levels.get(port + pin) ?? false;
  }

  setAlternate(port: PortName, pin: number, level: boolean): void {
    if (!this.notAlternate.has(port + pin)) this.#set(port + pin, level);
  }

  isAlternateOutput(port: PortName, pin: number): boolean {
    return !this.notAlternate.has(port + pin);
  }

  isAnalog(port: PortName, pin: number): boolean {
    return this.analog.has(port + pin);
  }

  driveExternal(port: PortName, pin: number, level: boolean | undefined): void {
    this.#set(port + pin, level ?? false);
  }

  onChange(port: PortName, pin: number, listener: (level: boolean) => void): Disposable {
    const set = this.#listeners.get(port + pin) ?? new Set();
    this.#listeners.set(port + pin, set);
    set.add(listener);
    return { dispose: () => void set.delete(listener) };
  }

  onConfigured(): Disposable {
    return { dispose: () => {} };
  }

  #set(name: string, level: boolean): void {
    if ((this.#levels.get(name) ?? false) === level) return;
    this.#levels.set(name, level);
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(level);
  }
}

export class FakeTriggers implements Triggers {
  /** Every pulse, in order. */
  readonly pulses: string[] = [];
  readonly #levels = new Map<string, boolean>();
  readonly #onPulse = new Map<string, Set<() => void>>();
  readonly #onLevel = new Map<string, Set<(high: boolean) => void>>();

  pulse(line: string): void {
    this.pulses.push(line);
    for (const listener of [...(this.#onPulse.get(line) ?? [])]) listener();
  }

  setLevel(line: string, high: boolean): void {
    if (this.level(line) === high) return;
    this.#levels.set(line, high);
    for (const listener of [...(this.#onLevel.get(line) ?? [])]) listener(high);
  }

  level(line: string): boolean {
    return this.#levels.get(line) ?? false;
  }

  onPulse(line: string, listener: () => void): Disposable {
    return add(this.#onPulse, line, listener);
  }

  onLevel(line: string, listener: (high: boolean) => void): Disposable {
    return add(this.#onLevel, line, listener);
  }
}

/** Memory of 20 KiB at 0x20000000 and the blocks that {@link FakeBus.map} put somewhere; a bus fault elsewhere. */
export class FakeBus implements CpuBus {
  readonly memory = new Uint8Array(20 * 1024);
  readonly windows: readonly MemoryWindow[] = [{ base: 0x20000000, bytes: this.memory, writable: true, flash: false }];
  readonly flashBusyUntil = 0;
  readonly #blocks = new Map<number, Peripheral>();

  map(base: number, block: Peripheral): void {
    this.#blocks.set(base, block);
  }

  read(address: number, size: AccessSize, _master: BusMaster): number {
    const offset = address - 0x20000000;
    if (offset >= 0 && offset + size <= this.memory.length) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + this.memory[offset + i];
      return value;
    }
    const block = this.#blocks.get((address & ~0x3ff) >>> 0);
    return block === undefined ? BUS_FAULT : block.read(address & 0x3ff, size);
  }

  write(address: number, size: AccessSize, value: number, _master: BusMaster): boolean {
    const offset = address - 0x20000000;
    if (offset >= 0 && offset + size <= this.memory.length) {
      for (let i = 0; i < size; i++) this.memory[offset + i] = value >>> (8 * i);
      return true;
    }
    const block = this.#blocks.get((address & ~0x3ff) >>> 0);
    block?.write(address & 0x3ff, size, value);
    return block !== undefined;
  }
}

function add<Listener>(all: Map<string, Set<Listener>>, line: string, listener: Listener): Disposable {
  const set = all.get(line) ?? new Set();
  all.set(line, set);
  set.add(listener);
  return { dispose: () => void set.delete(listener) };
}
