import { type AccessSize, BUS_FAULT, type BusMaster, type MemoryWindow } from "../cpu/cpu.ts";
import { load, store } from "../stm32/array-access.ts";
import type { BootMemory, ChipBus } from "../stm32/chip.ts";
import type { MemoryArray } from "../stm32/memories.ts";
import { PeripheralSlots } from "../stm32/peripheral-slots.ts";
import type { Stm32f4Config } from "./chip-config.ts";
import type { FlashController } from "./flash-controller.ts";
import type { ChipMemories } from "./memories.ts";
import type { Quadspi } from "./quadspi.ts";

/** What answers at 0, as SYSCFG_MEMRMP.MEM_MODE encodes it (RM0386 9.3.1); the external memories are not there. */
export const BootMode = { flash: 0, system: 1, sram: 3 } as const;

/** SRAM1 alone is aliased at 0. */
const sram1Bytes = 160 * 1024;

const peripheralBase = 0x40000000;
const mappedBase = 0x90000000;
const mappedEnd = 0xa0000000;

/**
 * The bus matrix: memories and their alias at 0, peripherals behind their clock gates, the memory-mapped Quad-SPI flash,
 * and holes (RM0386 2). Bit-band is resolved before addresses get here.
 */
export class SystemBus implements ChipBus {
  windows: readonly MemoryWindow[] = [];
  /** The peripherals, to be attached, enabled and reset. */
  readonly peripherals = new PeripheralSlots();
  readonly registers = this.peripherals.dense;
  readonly #config: Stm32f4Config;
  readonly #memories: ChipMemories;
  readonly #flash: FlashController;
  readonly #quadspi: Quadspi;
  readonly #arrays: readonly MemoryArray[];
  #alias: Uint8Array | undefined;

  constructor(config: Stm32f4Config, memories: ChipMemories, flash: FlashController, quadspi: Quadspi) {
    this.#config = config;
    this.#memories = memories;
    this.#flash = flash;
    this.#quadspi = quadspi;
    this.#arrays = memories.arrays;
    this.setMode(BootMode.flash);
  }

  get flashBusyUntil(): number {
    return this.#flash.busyUntil;
  }

  get flashAtZero(): boolean {
    return this.#alias === this.#memories.flash;
  }

  setBoot(boot: BootMemory): void {
    this.setMode(BootMode[boot]);
  }

  /** MEM_MODE: chooses what answers at 0 and renews {@link windows}. */
  setMode(mode: number): void {
    const { flash, sram, ccm, systemMemory } = this.#memories;
    const aliases = new Map<number, Uint8Array>([
      [BootMode.flash, flash],
      [BootMode.system, systemMemory],
      [BootMode.sram, sram.subarray(0, sram1Bytes)],
    ]);
    const alias = aliases.get(mode);
    if (alias === this.#alias && this.windows.length > 0) return;
    this.#alias = alias;
    const config = this.#config;
    const windows: MemoryWindow[] = [
      { base: config.sram.base, bytes: sram, writable: true, flash: false },
      { base: config.ccm.base, bytes: ccm, writable: true, flash: false, dataOnly: true },
      { base: config.flash.base, bytes: flash, writable: false, flash: true },
      { base: config.systemMemory.base, bytes: systemMemory, writable: false, flash: true },
    ];
    if (alias !== undefined) {
      const inSram = mode === BootMode.sram;
      windows.push({ base: 0, bytes: alias, writable: inSram, flash: !inSram });
    }
    this.windows = windows;
  }

  read(address: number, size: AccessSize, master: BusMaster): number {
    if (address >= peripheralBase) {
      if (address >= mappedBase && address < mappedEnd) {
        return this.peripherals.works("QUADSPI")
          ? this.#quadspi.readMapped(address - mappedBase, size, master)
          : BUS_FAULT;
      }
      const slot = this.peripherals.at(address);
      if (slot === undefined) return BUS_FAULT;
      if (master === "cpu" && slot.enabled && slot.peripheral === this.#quadspi) {
        this.#quadspi.coreReads(address - slot.base);
      }
      return slot.read(address, size);
    }
    for (const { base, bytes } of this.#arrays) {
      const offset = address - base;
      if (offset >= 0 && offset < bytes.length) return load(bytes, offset, size);
    }
    if (this.#alias !== undefined && address < this.#alias.length) return load(this.#alias, address, size);
    return this.#readOptions(address, size);
  }

  write(address: number, size: AccessSize, value: number, _master: BusMaster): boolean {
    if (address >= peripheralBase) {
      return this.peripherals.write(address, size, value);
    }
    const { flash, sram, ccm } = this.#memories;
    const config = this.#config;
    for (const [base, bytes] of [
      [config.sram.base, sram],
      [config.ccm.base, ccm],
    ] as const) {
      const offset = address - base;
      if (offset >= 0 && offset < bytes.length) return store(bytes, offset, size, value);
    }
    const offset = this.flashAtZero && address < flash.length ? address : address - config.flash.base;
    if (offset >= 0 && offset < flash.length) {
      this.#flash.writeFlash(offset, size, value);
      return true;
    }
    if (this.#alias !== undefined && this.#alias.byteOffset === sram.byteOffset && address < this.#alias.length) {
      return store(this.#alias, address, size, value);
    }
    return false;
  }

  #readOptions(address: number, size: AccessSize): number {
    for (const bank of [1, 2] as const) {
      const { base, bytes } = bank === 1 ? this.#config.optionBytes : this.#config.optionBytes2;
      const offset = address - base;
      if (offset < 0 || offset >= bytes) continue;
      let value = 0;
      for (let i = 0; i < size; i++) value += this.#flash.optionByte(bank, offset + i) * 2 ** (8 * i);
      return value;
    }
    return BUS_FAULT;
  }
}
