import { type AccessSize, BUS_FAULT, type RegisterPage } from "../cpu/cpu.ts";
import type { Peripheral } from "./peripheral.ts";

/** Where a block stands: what every family's peripheral table says of it. */
export interface PeripheralPlace {
  /** As in the reference manual: `USART1`. */
  readonly name: string;
  readonly base: number;
  /** Bytes of address space that it answers on, a multiple of 1 KiB. */
  readonly size: number;
  /** The bus it hangs on; NRST does not reach what hangs on `ppb`. */
  readonly bus: string;
}

/** A block on the bus, with the state of its clock gate and its reset line. */
export class PeripheralSlot implements RegisterPage {
  readonly peripheral: Peripheral;
  readonly place: PeripheralPlace;
  readonly base: number;
  readonly #resets: BusReset;
  /** The base as a signed number: offsets are then worked out without fractions. */
  readonly #base: number;
  #unclocked: boolean;
  #inReset = false;
  #losesWrites = true;

  constructor(peripheral: Peripheral, place: PeripheralPlace, enabled: boolean, resets: BusReset) {
    this.peripheral = peripheral;
    this.place = place;
    this.base = place.base;
    this.#base = place.base | 0;
    this.#unclocked = !enabled;
    this.#resets = resets;
    this.refresh();
  }

  get enabled(): boolean {
    return !this.#unclocked;
  }

  set enabled(enabled: boolean) {
    this.#unclocked = !enabled;
    this.refresh();
  }

  get inReset(): boolean {
    return this.#inReset;
  }

  set inReset(inReset: boolean) {
    this.#inReset = inReset;
    this.refresh();
  }

  /** The reset of the whole bus began or ended. */
  refresh(): void {
    const held = this.#inReset || (this.#resets.all && this.place.bus !== "ppb");
    this.#losesWrites = this.#unclocked || held;
  }

  read(address: number, size: AccessSize): number {
    return this.#unclocked ? 0 : this.peripheral.read((address - this.#base) | 0, size);
  }

  steady(address: number): number | undefined {
    return this.#unclocked ? 0 : this.peripheral.steady?.((address - this.#base) | 0);
  }

  write(address: number, size: AccessSize, value: number): unknown {
    return this.#losesWrites || this.peripheral.write((address - this.#base) | 0, size, value);
  }
}

/** NRST as every block on the bus sees it: low while `all` is set. */
interface BusReset {
  all: boolean;
}

/** The crowded part of the peripheral space, 1 KiB after 1 KiB. */
const denseBase = 0x40000000;
const denseEnd = 0x40080000;

/** The peripherals by address, behind their clock gates and reset lines. */
export class PeripheralSlots {
  readonly dense: (PeripheralSlot | undefined)[] = new Array((denseEnd - denseBase) >>> 10).fill(undefined);
  /** The rest of the address space, by KiB. */
  readonly #others = new Map<number, PeripheralSlot>();
  readonly #byName = new Map<string, PeripheralSlot>();
  readonly #resets: BusReset = { all: false };

  /** Puts a block on the bus. `gated`: RCC has an enable bit for it, clear at first; else it is always clocked. */
  attach(peripheral: Peripheral, place: PeripheralPlace, gated: boolean): void {
    const slot = new PeripheralSlot(peripheral, place, !gated, this.#resets);
    this.#byName.set(place.name, slot);
    if (gated) peripheral.setClockEnabled?.(false);
    for (let address = place.base; address < place.base + place.size; address += 0x400) {
      if (address >= denseBase && address < denseEnd) this.dense[(address - denseBase) >>> 10] = slot;
      else this.#others.set(address >>> 10, slot);
    }
  }

  /** What stands at an address at or above 0x40000000. */
  at(address: number): PeripheralSlot | undefined {
    return address < denseEnd ? this.dense[(address - denseBase) >>> 10] : this.#others.get(address >>> 10);
  }

  /** RCC xxxEN: a block without clock reads 0 and loses writes. */
  setEnabled(name: string, enabled: boolean): void {
    const slot = this.#byName.get(name);
    if (slot === undefined || slot.enabled === enabled) return;
    slot.enabled = enabled;
    slot.peripheral.setClockEnabled?.(enabled);
  }

  /** RCC xxxRST: a block held in reset shows its reset values and loses writes. */
  setInReset(name: string, inReset: boolean): void {
    const slot = this.#byName.get(name);
    if (slot === undefined || slot.inReset === inReset) return;
    slot.inReset = inReset;
    if (inReset) slot.peripheral.reset();
  }

  /** NRST is low: every block is in reset and takes no writes. */
  setAllInReset(inReset: boolean): void {
    this.#resets.all = inReset;
    for (const slot of this.#byName.values()) slot.refresh();
  }

  /** A block has its clock and is not in reset. */
  works(name: string): boolean {
    const slot = this.#byName.get(name);
    return slot?.enabled === true && !slot.inReset && !this.#resets.all;
  }

  /** {@link BUS_FAULT} where no block is. */
  read(address: number, size: AccessSize): number {
    return this.at(address)?.read(address, size) ?? BUS_FAULT;
  }

  /** False where no block is: a bus fault. */
  write(address: number, size: AccessSize, value: number): boolean {
    const slot = this.at(address);
    if (slot === undefined) return false;
    slot.write(address, size, value);
    return true;
  }
}
