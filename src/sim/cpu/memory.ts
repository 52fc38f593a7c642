import type { Scheduler } from "../time/scheduler.ts";
import {
  type AccessSize,
  BUS_FAULT,
  type BusMaster,
  type CpuBus,
  type MemoryWindow,
  type RegisterPage,
} from "./cpu.ts";
import { Cfsr, fault } from "./fault.ts";
import type { CpuState } from "./state.ts";

/** The private peripheral bus as the memory system sees it; {@link BUS_FAULT} or false when nothing answers. */
export interface PrivateBus {
  read(address: number, size: AccessSize, master: BusMaster): number;
  write(address: number, size: AccessSize, value: number, master: BusMaster): boolean;
}

/** Told of every data access of the CPU while a data comparator is armed. */
export interface AccessWatcher {
  accessed(address: number, size: number, value: number, isWrite: boolean): void;
}

/** A memory window with views for aligned access. */
export class WindowView {
  readonly window: MemoryWindow | undefined;
  readonly base: number;
  /** In bytes, a multiple of four; 0 disables the view. */
  readonly size: number;
  readonly words: Int32Array;
  readonly halfWords: Uint16Array;
  readonly bytes: Uint8Array;

  constructor(window: MemoryWindow | undefined) {
    this.window = window;
    this.base = window === undefined ? 0 : window.base;
    const bytes = window === undefined ? new Uint8Array(0) : window.bytes;
    // Typed-array views need alignment, and a little-endian host.
    const usable = (bytes.byteOffset & 3) === 0 && littleEndianHost;
    this.size = usable ? bytes.length & ~3 : 0;
    this.words = usable ? new Int32Array(bytes.buffer, bytes.byteOffset, this.size >>> 2) : new Int32Array(0);
    this.halfWords = usable ? new Uint16Array(bytes.buffer, bytes.byteOffset, this.size >>> 1) : new Uint16Array(0);
    this.bytes = bytes;
  }
}

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export const emptyView = new WindowView(undefined);

/** Memory as the core reaches it: windows, bit-band aliases, the private peripherals, and the bus for the rest. */
export class Memory {
  readonly #bus: CpuBus;
  readonly #scheduler: Scheduler;
  readonly #state: CpuState;
  readonly #ppb: PrivateBus;
  readonly #registers: readonly (RegisterPage | undefined)[];
  #windows: readonly MemoryWindow[] = [];
  #views: WindowView[] = [];
  #ram = emptyView;
  /** CCR.UNALIGN_TRP. */
  unalignedTraps = false;
  /** CCR.USERSETMPEND: unprivileged code may write STIR. */
  userSetsPending = false;
  watcher: AccessWatcher | undefined;
  /** FPB literal comparators: loads of these words read another address instead. */
  literals: ReadonlyMap<number, number> = new Map();
  /** CCR.BFHFNMIGN: true when the fault of a data access at this address is to be ignored. */
  ignoresFault: (address: number) => boolean = () => false;
  /** A store of the CPU or the debugger went to a writable window. */
  onWritten: (address: number, size: number) => void = () => {};

  constructor(bus: CpuBus, scheduler: Scheduler, state: CpuState, ppb: PrivateBus) {
    this.#bus = bus;
    this.#scheduler = scheduler;
    this.#state = state;
    this.#ppb = ppb;
    this.#registers = bus.registers ?? [];
  }

  get windows(): readonly MemoryWindow[] {
    return this.#windows;
  }

  /** Follows the bus when it replaced its windows; true when it did. */
  refreshWindows(): boolean {
    if (this.#bus.windows === this.#windows) return false;
    this.#windows = this.#bus.windows;
    this.#views = this.#windows.map((window) => new WindowView(window));
    this.#ram = this.#views.find((view) => view.window!.writable && view.base !== 0) ?? emptyView;
    return true;
  }

  get flashBusy(): boolean {
    const until = this.#bus.flashBusyUntil;
    return until !== 0 && until > this.#scheduler.cycles;
  }

  get flashBusyUntil(): number {
    return this.#bus.flashBusyUntil;
  }

  /** A view of nothing. */
  get noView(): WindowView {
    return emptyView;
  }

  /** The view that holds `address`, {@link emptyView} when none does. */
  viewAt(address: number): WindowView {
    for (const view of this.#views) {
      if (address >= view.base && address < view.base + view.size) return view;
    }
    return emptyView;
  }

  /** The first window with plain stores: SRAM. */
  get ramView(): WindowView {
    return this.#ram;
  }

  /** The first flash window that is not the boot alias. */
  get romView(): WindowView {
    return this.#views.find((view) => view.window!.flash && view.base !== 0) ?? emptyView;
  }

  /** Loads for an instruction: unsigned bytes and half-words, words as signed 32-bit. Throws the fault object. */
  load(address: number, size: AccessSize): number {
    const page = (address - 0x4000_0000) >>> 10;
    if (page < this.#registers.length && (address & (size - 1)) === 0 && this.watcher === undefined) {
      const registers = this.#registers[page];
      if (registers !== undefined) return registers.read(address, size) | 0;
    }
    return this.#loadElsewhere(address, size);
  }

  /** The registers that a load of a word goes to, when it may be taken for {@link RegisterPage.read} and nothing else. */
  registersAt(address: number): RegisterPage | undefined {
    const page = (address - 0x4000_0000) >>> 10;
    if (page >= this.#registers.length || (address & 3) !== 0 || this.watcher !== undefined) return undefined;
    return this.#registers[page];
  }

  /** Stores for an instruction. Throws the fault object. True when {@link RegisterPage.write} says that nothing else changed. */
  store(address: number, size: AccessSize, value: number): boolean {
    const page = (address - 0x4000_0000) >>> 10;
    if (page < this.#registers.length && (address & (size - 1)) === 0 && this.watcher === undefined) {
      const registers = this.#registers[page];
      if (registers !== undefined) return registers.write(address, size, masked(value, size)) === true;
    }
    this.#storeElsewhere(address, size, value);
    return false;
  }

  /** As load, but the access must be aligned whatever CCR says (LDM, LDRD, exclusives: ARMv7-M A3.2.1). */
  loadAligned(address: number, size: AccessSize): number {
    if ((address & (size - 1)) !== 0) throw fault.set(Cfsr.UNALIGNED);
    return this.load(address, size);
  }

  storeAligned(address: number, size: AccessSize, value: number): void {
    if ((address & (size - 1)) !== 0) throw fault.set(Cfsr.UNALIGNED);
    this.store(address, size, value);
  }

  /** A half-word of code. Throws IACCVIOL from execute-never regions, IBUSERR where nothing answers (B3.1). */
  fetch(address: number): number {
    if (isExecuteNever(address)) throw fault.set(Cfsr.IACCVIOL);
    const value = this.viewAt(address).window?.dataOnly ? BUS_FAULT : this.#cpuReadRaw(address, 2);
    if (value === BUS_FAULT) throw fault.set(Cfsr.IBUSERR);
    return value;
  }

  /** Reads without side effects of faults: vectors and stacking. {@link BUS_FAULT} when nothing answers. */
  read(address: number, size: AccessSize, master: BusMaster): number {
    if (address >= 0xe000_0000 && address < 0xe010_0000) return this.#ppb.read(address, size, master);
    const region = address >>> 25;
    if (region === 0x11 || region === 0x21) return this.#readBit(address, size, master);
    if (master === "cpu") {
      for (const view of this.#views) {
        const offset = address - view.base;
        if (offset < 0 || offset >= view.bytes.length) continue;
        const bytes = view.bytes;
        if (size === 1) return bytes[offset];
        if (size === 2) return bytes[offset] | (bytes[offset + 1] << 8);
        return (bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)) >>> 0;
      }
    }
    return this.#bus.read(address, size, master);
  }

  /** Counterpart of {@link read}; false when nothing answers. */
  write(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    if (address >= 0xe000_0000 && address < 0xe010_0000) return this.#ppb.write(address, size, value >>> 0, master);
    const region = address >>> 25;
    if (region === 0x11 || region === 0x21) return this.#writeBit(address, size, value, master);
    for (const view of this.#views) {
      const offset = address - view.base;
      if (offset < 0 || offset >= view.bytes.length || !view.window!.writable) continue;
      const bytes = view.bytes;
      bytes[offset] = value;
      if (size > 1) bytes[offset + 1] = value >>> 8;
      if (size > 2) {
        bytes[offset + 2] = value >>> 16;
        bytes[offset + 3] = value >>> 24;
      }
      this.onWritten(address, size);
      return true;
    }
    return this.#bus.write(address, size, masked(value, size), master);
  }

  /** Several words in a row as {@link read} gives them, into `words`: stacks. False when one of them is a bus fault. */
  readWords(address: number, words: Int32Array): boolean {
    const ram = this.#ram;
    const offset = address - ram.base;
    if (offset >= 0 && offset + words.length * 4 <= ram.size && (offset & 3) === 0) {
      for (let index = 0; index < words.length; index++) words[index] = ram.words[(offset >>> 2) + index];
      return true;
    }
    for (let index = 0; index < words.length; index++) {
      const word = this.read((address + index * 4) >>> 0, 4, "cpu");
      if (word === BUS_FAULT) return false;
      words[index] = word;
    }
    return true;
  }

  /** Counterpart of {@link readWords}; those before one that nothing answers to are written. */
  writeWords(address: number, words: Int32Array): boolean {
    const ram = this.#ram;
    const offset = address - ram.base;
    if (offset >= 0 && offset + words.length * 4 <= ram.size && (offset & 3) === 0) {
      for (let index = 0; index < words.length; index++) ram.words[(offset >>> 2) + index] = words[index];
      this.onWritten(address, words.length * 4);
      return true;
    }
    for (let index = 0; index < words.length; index++) {
      if (!this.write((address + index * 4) >>> 0, 4, words[index], "cpu")) return false;
    }
    return true;
  }

  /** Waits for the flash where it must; throws a retry when an alarm comes first. */
  waitForFlash(): void {
    const until = this.#bus.flashBusyUntil;
    if (until <= this.#scheduler.cycles) return;
    if (until < this.#scheduler.deadline) {
      this.#scheduler.cycles = until;
      return;
    }
    if (this.#scheduler.cycles < this.#scheduler.deadline) this.#scheduler.cycles = Math.ceil(this.#scheduler.deadline);
    throw fault.set(0);
  }

  #loadElsewhere(address: number, size: AccessSize): number {
    if ((address & (size - 1)) !== 0) return this.#loadUnaligned(address, size);
    const value = isPeripheral(address) ? this.#peripheralRead(address, size) : this.#cpuRead(address, size);
    if (this.watcher !== undefined) this.watcher.accessed(address, size, value, false);
    return value | 0;
  }

  #storeElsewhere(address: number, size: AccessSize, value: number): void {
    if ((address & (size - 1)) !== 0) {
      this.#storeUnaligned(address, size, value);
      return;
    }
    if (isPeripheral(address)) this.#peripheralWrite(address, size, value);
    else this.#cpuWrite(address, size, value);
    if (this.watcher !== undefined) this.watcher.accessed(address, size, value, true);
  }

  #cpuReadRaw(address: number, size: AccessSize): number {
    if (this.#bus.flashBusyUntil > this.#scheduler.cycles && this.viewAt(address).window?.flash) this.waitForFlash();
    return this.read(address, size, "cpu");
  }

  #peripheralRead(address: number, size: AccessSize): number {
    const value = this.#bus.read(address, size, "cpu");
    return value === BUS_FAULT ? this.#cpuRead(address, size) : value;
  }

  #peripheralWrite(address: number, size: AccessSize, value: number): void {
    if (!this.#bus.write(address, size, masked(value, size), "cpu")) this.#cpuWrite(address, size, value);
  }

  #cpuRead(address: number, size: AccessSize): number {
    if (this.#forbidden(address)) throw fault.set(Cfsr.PRECISERR, address);
    const literal = this.literals.size === 0 ? undefined : this.literals.get(address - (address & 3));
    const value = this.#cpuReadRaw(literal === undefined ? address : literal + (address & 3), size);
    if (value !== BUS_FAULT) return value;
    if (this.ignoresFault(address)) return 0;
    throw fault.set(Cfsr.PRECISERR, address);
  }

  #cpuWrite(address: number, size: AccessSize, value: number): void {
    if (!this.#forbidden(address) && this.write(address, size, value, "cpu")) return;
    // Silicon buffers stores, and a fault of one that was let go is imprecise; here every store is waited for.
    if (!this.ignoresFault(address)) throw fault.set(Cfsr.PRECISERR, address);
  }

  /** Unprivileged code may use the stimulus ports of the ITM, which check further, and STIR if CCR allows it (B3.1.2). */
  #forbidden(address: number): boolean {
    if (address < 0xe000_0000 || address >= 0xe010_0000 || this.#state.privileged) return false;
    return address >= 0xe000_0080 && (address !== 0xe000_ef00 || !this.userSetsPending);
  }

  #loadUnaligned(address: number, size: AccessSize): number {
    if (this.unalignedTraps) throw fault.set(Cfsr.UNALIGNED);
    let value = 0;
    // The bus interface splits into bytes and half-words; the order is by rising address.
    for (let done = 0; done < size; ) {
      const at = (address + done) >>> 0;
      const step = (at & 1) === 0 && size - done >= 2 ? 2 : 1;
      value |= this.#cpuRead(at, step) << (done * 8);
      done += step;
    }
    if (this.watcher !== undefined) this.watcher.accessed(address, size, value, false);
    return value;
  }

  #storeUnaligned(address: number, size: AccessSize, value: number): void {
    if (this.unalignedTraps) throw fault.set(Cfsr.UNALIGNED);
    for (let done = 0; done < size; ) {
      const at = (address + done) >>> 0;
      const step = (at & 1) === 0 && size - done >= 2 ? 2 : 1;
      this.#cpuWrite(at, step, (value >>> (done * 8)) & (step === 2 ? 0xffff : 0xff));
      done += step;
    }
    if (this.watcher !== undefined) this.watcher.accessed(address, size, value, true);
  }

  /** A bit-band alias reads one bit of the word behind it (ARMv7-M B3.1 and the Cortex-M3 TRM on bit-banding). */
  #readBit(address: number, size: AccessSize, master: BusMaster): number {
    const value = this.read(bitTarget(address, size), size, master);
    return value === BUS_FAULT ? BUS_FAULT : (value >>> bitNumber(address, size)) & 1;
  }

  #writeBit(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    const target = bitTarget(address, size);
    const before = this.read(target, size, master);
    if (before === BUS_FAULT) return false;
    const mask = 1 << bitNumber(address, size);
    return this.write(target, size, (value & 1) !== 0 ? before | mask : before & ~mask, master);
  }
}

/** As much of a value as an access carries, unsigned. */
function masked(value: number, size: AccessSize): number {
  return size === 4 ? value >>> 0 : size === 2 ? value & 0xffff : value & 0xff;
}

/** Registers of the chip's blocks: no window, alias, literal or flash stands between the core and the bus there. */
function isPeripheral(address: number): boolean {
  return (address >= 0x4000_0000 && address < 0x4200_0000) || address >>> 28 === 0xa;
}

/** Regions that the default memory map marks execute-never (ARMv7-M B3.1.1). */
export function isExecuteNever(address: number): boolean {
  return (address >= 0x4000_0000 && address < 0x6000_0000) || address >= 0xa000_0000;
}

/** The transfer behind an alias has the size of the transfer to the alias. */
function bitTarget(alias: number, size: AccessSize): number {
  return ((alias & 0xf000_0000) >>> 0) + (((alias & 0x01ff_ffff) >>> 5) & ~(size - 1));
}

function bitNumber(alias: number, size: AccessSize): number {
  return (((alias >>> 5) & (size - 1)) << 3) | ((alias >>> 2) & 7);
}
