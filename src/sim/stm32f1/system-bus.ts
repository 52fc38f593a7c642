import { type AccessSize, BUS_FAULT, type BusMaster, type MemoryWindow } from "../cpu/cpu.ts";
import { load, store } from "../stm32/array-access.ts";
import type { BootMemory, ChipBus } from "../stm32/chip.ts";
import { PeripheralSlots } from "../stm32/peripheral-slots.ts";
import type { Stm32f1Config } from "./chip-config.ts";
import type { ChipMemories } from "./memories.ts";

/** The flash controller as the bus sees it. */
export interface FlashPort {
  /** HCLK cycle until which the array is busy, 0 when idle. */
  readonly busyUntil: number;
  /** A write into main flash, by its offset; false is a bus fault. */
  writeFlash(offset: number, size: AccessSize, value: number): boolean;
  /** A write into the option bytes, by its offset; false is a bus fault. */
  writeOption(offset: number, size: AccessSize, value: number): boolean;
  /** False while read protection hides main flash and option bytes from this master. */
  readable(master: BusMaster): boolean;
}

/** The memory banks 0x60000000–0x9FFFFFFF as the bus sees them: the FSMC, where the chip has one. */
export interface ExternalPort {
  readonly windows: readonly MemoryWindow[];
  /** {@link BUS_FAULT} for an AHB error. */
  readMemory(address: number, size: AccessSize, master: BusMaster): number;
  /** False for an AHB error. */
  writeMemory(address: number, size: AccessSize, value: number, master: BusMaster): boolean;
  /** Virtual time in ns up to which an access to this address holds its master up, beyond the access itself; 0 for none. */
  heldUntil(address: number): number;
}

const peripheralBase = 0x40000000;
const externalBase = 0x60000000;
const externalEnd = 0xa0000000;

/**
 * The bus matrix and its bridges: memories, their aliases, peripherals behind their clock gates, and holes
 * (RM0008 3.1–3.3). Bit-band is resolved before addresses get here.
 */
export class SystemBus implements ChipBus {
  windows: readonly MemoryWindow[] = [];
  /** The peripherals, to be attached, enabled and reset. */
  readonly peripherals = new PeripheralSlots();
  readonly registers = this.peripherals.dense;
  readonly #config: Stm32f1Config;
  readonly #memories: ChipMemories;
  readonly #flash: FlashPort;
  #external: ExternalPort | undefined;
  #boot: BootMemory = "flash";

  constructor(config: Stm32f1Config, memories: ChipMemories, flash: FlashPort) {
    this.#config = config;
    this.#memories = memories;
    this.#flash = flash;
    this.setBoot("flash");
  }

  get flashBusyUntil(): number {
    return this.#flash.busyUntil;
  }

  get flashAtZero(): boolean {
    return this.#boot === "flash";
  }

  /** Gives the external memory banks to a controller. */
  attachExternal(external: ExternalPort): void {
    this.#external = external;
    this.refreshWindows();
  }

  /** Virtual time in ns up to which an access to `address` is held up by what lies behind it. */
  heldUntil(address: number): number {
    if (address < externalBase || address >= externalEnd) return 0;
    return this.#external?.heldUntil(address) ?? 0;
  }

  /** Chooses what answers at 0 and renews {@link windows}. */
  setBoot(boot: BootMemory): void {
    this.#boot = boot;
    this.refreshWindows();
  }

  /** Renews {@link windows}: after the boot alias, the read protection of flash or the external memories changed. */
  refreshWindows(): void {
    const { flash, sram, systemMemory } = this.#config;
    const { flash: flashBytes, sram: sramBytes, systemMemory: systemBytes } = this.#memories;
    const windows: MemoryWindow[] = [
      { base: sram.base, bytes: sramBytes, writable: true, flash: false },
      { base: systemMemory.base, bytes: systemBytes, writable: false, flash: true },
    ];
    if (this.#flash.readable("cpu")) {
      windows.push({ base: flash.base, bytes: flashBytes, writable: false, flash: true });
      if (this.#boot === "flash") windows.push({ base: 0, bytes: flashBytes, writable: false, flash: true });
    }
    if (this.#boot === "system") windows.push({ base: 0, bytes: systemBytes, writable: false, flash: true });
    if (this.#boot === "sram") windows.push({ base: 0, bytes: sramBytes, writable: true, flash: false });
    if (this.#external !== undefined) windows.push(...this.#external.windows);
    this.windows = windows;
  }

  read(address: number, size: AccessSize, master: BusMaster): number {
    // Every memory lies below the peripherals.
    if (address >= peripheralBase) {
      if (address >= externalBase && address < externalEnd) {
        return this.#external?.readMemory(address, size, master) ?? BUS_FAULT;
      }
      return this.peripherals.read(address, size);
    }
    const { sram, flash, systemMemory, optionBytes } = this.#config;
    const memories = this.#memories;
    let offset = address - sram.base;
    if (offset >= 0 && offset < memories.sram.length) return load(memories.sram, offset, size);
    offset = this.#flashOffset(address);
    if (offset >= 0) {
      return this.#flash.readable(master) ? load(memories.flash, offset, size) : BUS_FAULT;
    }
    if (address < flash.base) {
      if (this.#boot === "sram" && address < memories.sram.length) return load(memories.sram, address, size);
      if (this.#boot === "system" && address < systemMemory.bytes) return load(memories.systemMemory, address, size);
      return BUS_FAULT;
    }
    offset = address - systemMemory.base;
    if (offset >= 0 && offset < systemMemory.bytes) return load(memories.systemMemory, offset, size);
    offset = address - optionBytes.base;
    if (offset >= 0 && offset < optionBytes.bytes) {
      return this.#flash.readable(master) ? load(memories.optionBytes, offset, size) : BUS_FAULT;
    }
    return BUS_FAULT;
  }

  write(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    if (address >= peripheralBase) {
      if (address >= externalBase && address < externalEnd) {
        return this.#external?.writeMemory(address, size, value, master) ?? false;
      }
      return this.peripherals.write(address, size, value);
    }
    const { sram, optionBytes } = this.#config;
    const memories = this.#memories;
    let offset = address - sram.base;
    if (offset >= 0 && offset < memories.sram.length) return store(memories.sram, offset, size, value);
    offset = this.#flashOffset(address);
    if (offset >= 0) return this.#flash.writeFlash(offset, size, value);
    if (this.#boot === "sram" && address < memories.sram.length) return store(memories.sram, address, size, value);
    offset = address - optionBytes.base;
    if (offset >= 0 && offset < optionBytes.bytes) return this.#flash.writeOption(offset, size, value);
    return false;
  }

  /** Offset into main flash of an address in it or in its boot alias; negative for any other. */
  #flashOffset(address: number): number {
    const { flash } = this.#config;
    const length = this.#memories.flash.length;
    const offset = address - flash.base;
    if (offset >= 0 && offset < length) return offset;
    if (this.#boot === "flash" && address < length) return address;
    return -1;
  }
}
