import type { Disposable } from "../../base/events.ts";
import { type AccessSize, BUS_FAULT, type CpuBus } from "../cpu/cpu.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { Alarm } from "../time/scheduler.ts";
import type { ChipContext, DmaRequests } from "./chip-context.ts";

export interface DmaOptions {
  /** As in the reference manual; `DMA1` unless given. */
  readonly name?: string;
  readonly channels: number;
  /** Request lines of each channel, channel 1 first. */
  readonly requestMap: readonly (readonly string[])[];
  /** NVIC line of each channel, channel 1 first. */
  readonly irqs: readonly number[];
}

type ServedListener = (last: boolean, remaining: number) => void;

interface Line {
  readonly name: string;
  high: boolean;
  pulsed: boolean;
  readonly listeners: Set<ServedListener>;
}

interface Channel {
  readonly index: number;
  readonly lines: readonly Line[];
  ccr: number;
  remaining: number;
  /** CNDTR as last written: what a circular channel starts again with. */
  reload: number;
  cpar: number;
  cmar: number;
  /** Addresses of the next item. */
  peripheral: number;
  memory: number;
}

const EN = 1 << 0;
const DIR = 1 << 4;
const CIRC = 1 << 5;
const PINC = 1 << 6;
const MINC = 1 << 7;
const MEM2MEM = 1 << 14;
/** CCR bits that must not change while EN is set (RM0008 13.4.3): everything but EN and the interrupt enables. */
const LOCKED = 0x7ff0;

const GIF = 1;
const TCIF = 2;
const HTIF = 4;
const TEIF = 8;

/** HCLK cycles of one item: arbitration, address phase, read on one side, write on the other (AN2548 1.2). */
const ITEM_CYCLES = 6;
/** Memory to memory stays on AHB. */
const MEMORY_ITEM_CYCLES = 5;
/** Items of a memory-to-memory transfer between two alarms; a register access in between sees the exact count all the same. */
const MEMORY_BATCH = 64;

/**
 * A DMA controller (RM0008 13). Requests come by name through {@link DmaRequests}; transfers go over the bus matrix as
 * bus master `dma`, a few HCLK cycles an item, the highest priority first.
 */
export class Dma extends RegisterBlock implements DmaRequests {
  readonly #options: DmaOptions;
  readonly #context: () => ChipContext;
  readonly #channels: readonly Channel[];
  readonly #lines = new Map<string, { line: Line; channel: Channel }>();
  #isr = 0;
  #alarm: Alarm | undefined;
  #clocked = true;
  #working = false;
  readonly #onAlarm = (): void => this.#work();
  /** Cycle up to which the bus time of the controller is spent. */
  #freeAt = 0;

  /** `getContext` is called once the chip stands: the chip's own context holds this controller. */
  constructor(options: DmaOptions, getContext: () => ChipContext) {
    super(options.name ?? "DMA1");
    this.#options = options;
    this.#context = getContext;
    this.#channels = Array.from({ length: options.channels }, (_, index) => {
      const lines = (options.requestMap[index] ?? []).map((name) => ({
        name,
        high: false,
        pulsed: false,
        listeners: new Set<ServedListener>(),
      }));
      return { index, lines, ccr: 0, remaining: 0, reload: 0, cpar: 0, cmar: 0, peripheral: 0, memory: 0 };
    });
    for (const channel of this.#channels) {
      for (const line of channel.lines) this.#lines.set(line.name, { line, channel });
    }
  }

  setRequest(name: string, high: boolean): void {
    const wired = this.#lines.get(name);
    if (wired === undefined || wired.line.high === high) return;
    // Transfers that were due before now must still see the old level.
    this.#work();
    wired.line.high = high;
    if (high) this.#work();
  }

  pulse(name: string): void {
    const wired = this.#lines.get(name);
    // A channel that is off takes no request, and does not remember one.
    if (wired === undefined || !isOn(wired.channel)) return;
    this.#work();
    wired.line.pulsed = true;
    this.#work();
  }

  onServed(name: string, listener: ServedListener): Disposable {
    const listeners = this.#lines.get(name)?.line.listeners;
    listeners?.add(listener);
    return { dispose: () => void listeners?.delete(listener) };
  }

  override reset(): void {
    this.#context().scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    for (const channel of this.#channels) {
      Object.assign(channel, { ccr: 0, remaining: 0, reload: 0, cpar: 0, cmar: 0, peripheral: 0, memory: 0 });
      for (const line of channel.lines) line.pulsed = false;
    }
    this.#isr = 0;
    for (const channel of this.#channels) this.#updateInterrupt(channel);
  }

  setClockEnabled(enabled: boolean): void {
    if (enabled === this.#clocked) return;
    if (!enabled) this.#work();
    this.#clocked = enabled;
    this.#work();
  }

  protected readRegister(offset: number): number {
    this.#work();
    if (offset === 0x00) return this.#isr;
    const channel = this.#channels[Math.floor((offset - 0x08) / 20)];
    if (offset < 0x08 || channel === undefined) return 0;
    switch ((offset - 0x08) % 20) {
      case 0x00:
        return channel.ccr;
      case 0x04:
        return channel.remaining;
      case 0x08:
        return channel.cpar;
      case 0x0c:
        return channel.cmar;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#work();
    if (offset === 0x04) this.#clearFlags(value);
    const channel = this.#channels[Math.floor((offset - 0x08) / 20)];
    if (offset < 0x08 || channel === undefined) return;
    const off = (channel.ccr & EN) === 0;
    switch ((offset - 0x08) % 20) {
      case 0x00:
        this.#writeControl(channel, value & 0x7fff);
        break;
      case 0x04:
        if (off) channel.remaining = channel.reload = value & 0xffff;
        break;
      case 0x08:
        if (off) channel.cpar = value;
        break;
      case 0x0c:
        if (off) channel.cmar = value;
        break;
    }
  }

  #writeControl(channel: Channel, value: number): void {
    const wasOn = (channel.ccr & EN) !== 0;
    const stays = wasOn && (value & EN) !== 0;
    channel.ccr = stays ? (channel.ccr & LOCKED) | (value & ~LOCKED) : value;
    if (!wasOn && (value & EN) !== 0) {
      channel.peripheral = channel.cpar;
      channel.memory = channel.cmar;
    }
    if ((value & EN) === 0) for (const line of channel.lines) line.pulsed = false;
    this.#updateInterrupt(channel);
    this.#work();
  }

  #clearFlags(value: number): void {
    for (const channel of this.#channels) {
      const bits = (value >>> (channel.index * 4)) & 15;
      if (bits === 0) continue;
      let flags = (this.#isr >>> (channel.index * 4)) & 15;
      // CGIF clears all four; GIF falls with the last of the others (RM0008 13.4.1).
      flags = bits & GIF ? 0 : flags & ~bits;
      if ((flags & (TCIF | HTIF | TEIF)) === 0) flags = 0;
      this.#setFlags(channel, flags);
    }
  }

  #setFlags(channel: Channel, flags: number): void {
    const shift = channel.index * 4;
    this.#isr = ((this.#isr & ~(15 << shift)) | (flags << shift)) >>> 0;
    this.#updateInterrupt(channel);
  }

  #raise(channel: Channel, flag: number): void {
    this.#setFlags(channel, ((this.#isr >>> (channel.index * 4)) & 15) | flag | GIF);
  }

  #updateInterrupt(channel: Channel): void {
    // TCIE, HTIE and TEIE stand at the same bit positions as their flags.
    const high = ((this.#isr >>> (channel.index * 4)) & channel.ccr & (TCIF | HTIF | TEIF)) !== 0;
    this.#context().setInterrupt(this.#options.irqs[channel.index], `${this.name}_CH${channel.index + 1}`, high);
  }

  /** Moves every item that is due by now, then sets the alarm for the next one. */
  #work(): void {
    if (this.#working) return;
    const { scheduler } = this.#context();
    this.#working = true;
    let next = this.#clocked ? this.#arbitrate() : undefined;
    if (next !== undefined && this.#alarm === undefined) this.#freeAt = Math.max(this.#freeAt, scheduler.now);
    while (next !== undefined && this.#freeAt + itemCycles(next) <= scheduler.now) {
      this.#freeAt += itemCycles(next);
      this.#transfer(next);
      next = this.#arbitrate();
    }
    this.#working = false;
    if (next === undefined) {
      scheduler.cancel(this.#alarm);
      this.#alarm = undefined;
      return;
    }
    const items = next.ccr & MEM2MEM ? Math.min(next.remaining, MEMORY_BATCH) : 1;
    const due = this.#freeAt + items * itemCycles(next);
    if (this.#alarm?.due === due) return;
    scheduler.cancel(this.#alarm);
    this.#alarm = scheduler.afterCycles(due - scheduler.now, this.#onAlarm);
  }

  /** The channel that gets the bus next: PL first, then the lower number (RM0008 13.3.2). */
  #arbitrate(): Channel | undefined {
    let best: Channel | undefined;
    for (const channel of this.#channels) {
      if (!isOn(channel) || !wants(channel)) continue;
      if (best === undefined || priority(channel) > priority(best)) best = channel;
    }
    return best;
  }

  #transfer(channel: Channel): void {
    const { bus } = this.#context();
    const requesting = channel.ccr & MEM2MEM ? undefined : takeRequests(channel);
    const peripheralSize = itemSize((channel.ccr >> 8) & 3);
    const memorySize = itemSize((channel.ccr >> 10) & 3);
    const peripheral = (channel.peripheral & -peripheralSize) >>> 0;
    const memory = (channel.memory & -memorySize) >>> 0;
    const moved =
      channel.ccr & DIR
        ? move(bus, memory, memorySize, peripheral, peripheralSize)
        : move(bus, peripheral, peripheralSize, memory, memorySize);
    if (!moved) {
      channel.ccr &= ~EN;
      this.#raise(channel, TEIF);
      return;
    }

    if (channel.ccr & PINC) channel.peripheral += peripheralSize;
    if (channel.ccr & MINC) channel.memory += memorySize;
    channel.remaining--;
    const left = channel.remaining;
    if (left === channel.reload >> 1) this.#raise(channel, HTIF);
    if (left === 0) {
      if (channel.ccr & CIRC && !(channel.ccr & MEM2MEM)) {
        channel.remaining = channel.reload;
        channel.peripheral = channel.cpar;
        channel.memory = channel.cmar;
      }
      this.#raise(channel, TCIF);
    }
    if (requesting === undefined) return;
    for (const line of requesting) for (const listener of [...line.listeners]) listener(left === 0, left);
  }
}

/** The lines that ask now and that somebody wants to hear of; a pulse is used up. */
function takeRequests(channel: Channel): Line[] | undefined {
  let found: Line[] | undefined;
  for (const line of channel.lines) {
    if ((line.high || line.pulsed) && line.listeners.size > 0) {
      found ??= [];
      found.push(line);
    }
    line.pulsed = false;
  }
  return found;
}

function move(bus: CpuBus, from: number, fromSize: AccessSize, to: number, toSize: AccessSize): boolean {
  const value = bus.read(from, fromSize, "dma");
  return value !== BUS_FAULT && bus.write(to, toSize, truncate(value, toSize), "dma");
}

function isOn(channel: Channel): boolean {
  return (channel.ccr & EN) !== 0 && channel.remaining > 0;
}

function wants(channel: Channel): boolean {
  if (channel.ccr & MEM2MEM) return true;
  for (const line of channel.lines) if (line.high || line.pulsed) return true;
  return false;
}

function priority(channel: Channel): number {
  return ((channel.ccr >> 12) & 3) * 16 + (15 - channel.index);
}

function itemCycles(channel: Channel): number {
  return channel.ccr & MEM2MEM ? MEMORY_ITEM_CYCLES : ITEM_CYCLES;
}

function itemSize(code: number): AccessSize {
  return code === 0 ? 1 : code === 1 ? 2 : 4;
}

/** A wider source loses its upper bytes; a narrower one is extended with zeros (RM0008 table 77). */
function truncate(value: number, size: AccessSize): number {
  return size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
}
