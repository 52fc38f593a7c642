import { type AccessSize, BUS_FAULT, type BusMaster, type MemoryWindow } from "../cpu/cpu.ts";
import type { NandMemory, ParallelMemory } from "../parts/external-bus.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { ChipContext } from "./chip-context.ts";
import { interruptLine, type SignalLine } from "./communication-lines.ts";
import { NandEcc } from "./fsmc-ecc.ts";
import { type FsmcSignals, fsmcSignals, nandInterruptPads } from "./fsmc-pins.ts";
import { BCR, BCR1, BTR1, BWTR1, ECCR2, fsmcRegisters, PATT2, PCR, PCR2, PMEM2, SR, SR2 } from "./fsmc-registers.ts";
import type { ExternalPort } from "./system-bus.ts";

/** NAND banks 2 and 3, by index. */
interface NandBank {
  device: NandMemory | undefined;
  readonly ecc: NandEcc;
  /** Level of its interrupt input. */
  level: boolean;
}

const BANK_BYTES = 0x4000000;
const bankBase = 0x60000000;
/** CLE and ALE are A16 and A17 (RM0008 21.4.2). */
const COMMAND_AREA = 0x10000;
const ADDRESS_AREA = 0x20000;
const ATTRIBUTE_SPACE = 0x8000000;
const RESERVED_SPACE = 0x4000000;

/**
 * Flexible static memory controller (RM0008 21) of the high-density parts: asynchronous accesses to what a board
 * connects to NE1–NE4 and to the NAND banks, in 8 and 16 bits, with the time that the timing registers ask for. Burst
 * and multiplexed modes and the PC card bank have their registers and no more. Without FSMCEN the banks read 0 and lose
 * writes, as the registers do; RM0008 says the latter (7.3.6) and is silent on the former.
 */
export class Fsmc extends RegisterBlock implements ExternalPort {
  readonly #context: ChipContext;
  readonly #windowsChanged: () => void;
  readonly #interrupt: SignalLine;
  readonly #values = new Map<number, number>();
  readonly #writable = new Map<number, number>();
  readonly #memories: (ParallelMemory | undefined)[] = [undefined, undefined, undefined, undefined];
  readonly #nand: readonly NandBank[];
  #signals: FsmcSignals;
  #clocked = true;
  #windows: readonly MemoryWindow[] = [];

  /** `windowsChanged` is called when {@link windows} was replaced. */
  constructor(context: ChipContext, irq: number, windowsChanged: () => void) {
    super("FSMC", "merge");
    this.#context = context;
    this.#windowsChanged = windowsChanged;
    this.#interrupt = interruptLine(context, irq, "FSMC");
    this.#signals = fsmcSignals(context.pins);
    this.#nand = nandInterruptPads.map(([port, pin], bank) => {
      context.pins.onChange(port, pin, (level) => this.#readyChanged(bank, level));
      return { device: undefined, ecc: new NandEcc(), level: context.pins.level(port, pin) };
    });
    for (const { offset, writable } of fsmcRegisters) this.#writable.set(offset, writable);
    context.pins.onConfigured(() => {
      this.#signals = fsmcSignals(context.pins);
      this.#updateWindows();
    });
    this.reset();
  }

  get windows(): readonly MemoryWindow[] {
    return this.#windows;
  }

  /** Solders a memory to NE1–NE4 (`select` 1–4) and to as many address and data lines as it has. */
  connect(select: 1 | 2 | 3 | 4, memory: ParallelMemory): void {
    this.#memories[select - 1] = memory;
    this.#updateWindows();
  }

  /** Solders a NAND flash to NCE2 or NCE3, with A16 as CLE, A17 as ALE and R/B on NWAIT. */
  connectNand(bank: 2 | 3, nand: NandMemory): void {
    this.#nand[bank - 2].device = nand;
  }

  reset(): void {
    for (const { offset, reset } of fsmcRegisters) this.#values.set(offset, reset);
    for (const bank of this.#nand) bank.ecc.restart(256);
    this.#updateInterrupt();
    this.#updateWindows();
  }

  setClockEnabled(enabled: boolean): void {
    this.#clocked = enabled;
    this.#updateWindows();
  }

  readMemory(address: number, size: AccessSize, master: BusMaster): number {
    if (!this.#clocked) return 0;
    const bank = address >>> 28;
    if (bank === 6) return this.#readParallel(address, size, master);
    // The PC card bank errs while no card is there (RM0008 21.3.1).
    return bank === 9 ? BUS_FAULT : this.#readNand(bank - 7, address, size, master);
  }

  writeMemory(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    if (!this.#clocked) return true;
    const bank = address >>> 28;
    if (bank === 6) return this.#writeParallel(address, size, value, master);
    return bank !== 9 && this.#writeNand(bank - 7, address, size, value, master);
  }

  heldUntil(address: number): number {
    const index = (address >>> 28) - 7;
    const bank = this.#nand[index];
    if (bank?.device === undefined || !this.#clocked) return 0;
    const wanted = PCR.PBKEN | PCR.PWAITEN;
    return (this.#value(PCR2 + index * 0x20) & wanted) === wanted ? bank.device.readyAt : 0;
  }

  protected readRegister(offset: number): number {
    if (offset === ECCR2 || offset === ECCR2 + 0x20) return this.#nand[(offset - ECCR2) / 0x20].ecc.value;
    return this.#values.get(offset) ?? 0;
  }

  protected writeRegister(offset: number, value: number): void {
    const writable = this.#writable.get(offset);
    if (writable === undefined) return;
    const before = this.#value(offset);
    const kept = before & ~writable;
    this.#values.set(offset, ((value & writable) | kept) >>> 0);
    const index = (offset - PCR2) >> 5;
    if (offset >= SR2 && (offset & 0x1f) === 0x04) {
      const bank = this.#nand[index];
      if (bank !== undefined && offset < 0x100) {
        if (bank.level) this.#raise(index, SR.ILS);
        this.#updateInterrupt();
      }
    } else if ((offset === PCR2 || offset === PCR2 + 0x20) && !(before & value & PCR.ECCEN)) {
      this.#nand[index].ecc.restart(256 << Math.min(5, (value >>> 17) & 7));
    }
    if (offset < PCR2) this.#updateWindows();
  }

  #value(offset: number): number {
    return this.#values.get(offset) ?? 0;
  }

  /** BCR of an enabled bank; undefined when an access is an AHB error (RM0008 21.3.1). */
  #openBank(bank: number): number | undefined {
    const bcr = this.#value(BCR1 + bank * 8);
    if (!(bcr & BCR.MBKEN)) return undefined;
    return (bcr & BCR.MTYP) === BCR.MTYP_NOR && !(bcr & BCR.FACCEN) ? undefined : bcr;
  }

  #readParallel(address: number, size: AccessSize, master: BusMaster): number {
    const bank = (address >>> 26) & 3;
    const bcr = this.#openBank(bank);
    if (bcr === undefined) return BUS_FAULT;
    const memory = this.#memories[bank];
    const signals = this.#signals;
    const wide = (bcr & BCR.MWID) === BCR.MWID_16;
    const selected = signals.outputEnable && (signals.selects >>> bank) & 1;
    const first = wide ? (address & ~1) >>> 0 : address;
    const step = wide ? 2 : 1;
    let value = 0;
    let accesses = 0;
    for (let done = 0; done < size; done += step, accesses++) {
      let word = 0xffff;
      if (memory !== undefined && selected) {
        const lanes = memory.byteLanes ? lanesMask(signals.lanes) : 0xffff;
        word = memory.read(this.#address(memory, first + done, bcr)) | ~(lanes & signals.data);
      }
      value |= (word & (wide ? 0xffff : 0xff)) << (done * 8);
    }
    const timing = this.#value(BTR1 + bank * 8);
    // Two more cycles until the data is sampled (RM0008 21.5.4).
    this.#charge(master, accesses * (parallelCycles(timing) + 2));
    return wide && size === 1 ? (value >>> ((address & 1) * 8)) & 0xff : value >>> 0;
  }

  #writeParallel(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    const bank = (address >>> 26) & 3;
    const bcr = this.#openBank(bank);
    if (bcr === undefined || !(bcr & BCR.WREN)) return false;
    const memory = this.#memories[bank];
    const signals = this.#signals;
    const wide = (bcr & BCR.MWID) === BCR.MWID_16;
    const selected = signals.writeEnable && (signals.selects >>> bank) & 1;
    const first = wide ? (address & ~1) >>> 0 : address;
    const step = wide ? 2 : 1;
    let accesses = 0;
    for (let done = 0; done < size; done += step, accesses++) {
      // A byte stands on both halves of the bus; NBL says which one is meant.
      let word = size === 1 ? value * 0x101 : value >>> (done * 8);
      if (!wide) word &= 0xff;
      const lanes = wide ? (size === 1 ? 1 << (address & 1) : 3) : 1;
      if (memory !== undefined && selected) {
        memory.write(this.#address(memory, first + done, bcr), (word | ~signals.data) & 0xffff, lanes & signals.lanes);
      }
    }
    const timing = this.#value((bcr & BCR.EXTMOD ? BWTR1 : BTR1) + bank * 8);
    this.#charge(master, accesses * parallelCycles(timing));
    return true;
  }

  /** What stands on the memory's address lines: byte addresses count words in 16-bit mode (RM0008 table 100). */
  #address(memory: ParallelMemory, address: number, bcr: number): number {
    const offset = address & (BANK_BYTES - 1);
    let lines = (bcr & BCR.MWID) === BCR.MWID_16 ? offset >>> 1 : offset;
    // Multiplexed, A0–A15 go out on the data lines, where no memory of ours looks for them.
    if (bcr & BCR.MUXEN) lines &= ~0xffff;
    return lines & this.#signals.address & ((1 << memory.addressBits) - 1);
  }

  #readNand(index: number, address: number, size: AccessSize, master: BusMaster): number {
    const pcr = this.#value(PCR2 + index * 0x20);
    if (!(pcr & PCR.PBKEN) || address & RESERVED_SPACE) return BUS_FAULT;
    const { device, ecc } = this.#nand[index];
    const signals = this.#signals;
    this.#stall(address, master);
    const step = (pcr & PCR.PWID) === PCR.PWID_16 ? 2 : 1;
    const selected = signals.outputEnable && (signals.nandSelects >>> index) & 1;
    let value = 0;
    let accesses = 0;
    for (let done = 0; done < size; done += step, accesses++) {
      const byte = device !== undefined && selected && this.#areaOf(address) === "data" ? device.read() : 0xff;
      const seen = (byte | ~signals.data) & 0xff;
      if (pcr & PCR.ECCEN) ecc.take(seen);
      value |= (step === 2 ? seen | 0xff00 : seen) << (done * 8);
    }
    this.#charge(master, accesses * this.#nandCycles(index, address));
    return size === 1 ? value & 0xff : value >>> 0;
  }

  #writeNand(index: number, address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    const pcr = this.#value(PCR2 + index * 0x20);
    if (!(pcr & PCR.PBKEN) || address & RESERVED_SPACE) return false;
    const { device, ecc } = this.#nand[index];
    const signals = this.#signals;
    this.#stall(address, master);
    const step = (pcr & PCR.PWID) === PCR.PWID_16 ? 2 : 1;
    const selected = signals.writeEnable && (signals.nandSelects >>> index) & 1;
    const area = this.#areaOf(address);
    let accesses = 0;
    for (let done = 0; done < size; done += step, accesses++) {
      const byte = ((value >>> (done * 8)) | ~signals.data) & 0xff;
      if (area === "data" && pcr & PCR.ECCEN) ecc.take(byte);
      if (device === undefined || !selected) continue;
      if (area === "address") device.address(byte);
      else if (area === "command") device.command(byte);
      else device.write(byte);
    }
    this.#charge(master, accesses * this.#nandCycles(index, address));
    return true;
  }

  /** What CLE and ALE say, as far as their pins are outputs of the FSMC. */
  #areaOf(address: number): "data" | "command" | "address" {
    const lines = address & this.#signals.address;
    if (lines & ADDRESS_AREA) return "address";
    return lines & COMMAND_AREA ? "command" : "data";
  }

  #nandCycles(index: number, address: number): number {
    const timing = this.#value((address & ATTRIBUTE_SPACE ? PATT2 : PMEM2) + index * 0x20);
    return (timing & 0xff) + 1 + ((timing >>> 8) & 0xff) + 1 + Math.max(1, (timing >>> 16) & 0xff);
  }

  /** With PWAITEN the access lasts until R/B on NWAIT is high (RM0008 21.6.5). */
  #stall(address: number, master: BusMaster): void {
    const { scheduler } = this.#context;
    const until = master === "cpu" && !scheduler.stopped ? this.heldUntil(address) : 0;
    if (until > scheduler.nanoseconds) scheduler.cycles = Math.max(scheduler.cycles, scheduler.cyclesAt(until));
  }

  /** The CPU waits for an access; a debugger's is slow anyway, and the DMA controller keeps its own account. */
  #charge(master: BusMaster, cycles: number): void {
    if (master === "cpu") this.#context.scheduler.cycles += cycles;
  }

  #readyChanged(index: number, level: boolean): void {
    this.#nand[index].level = level;
    this.#raise(index, level ? SR.IRS | SR.ILS : SR.IFS);
    this.#updateInterrupt();
  }

  #raise(index: number, flags: number): void {
    if (!this.#clocked) return;
    const offset = SR2 + index * 0x20;
    this.#values.set(offset, this.#value(offset) | flags);
  }

  #updateInterrupt(): void {
    const pending = [SR2, SR2 + 0x20].some((offset) => {
      const sr = this.#value(offset);
      return (sr & ((sr & SR.ENABLES) >>> 3)) !== 0;
    });
    this.#interrupt.set(pending);
  }

  /** Memories that the CPU may go to directly: plain ones, fully wired and enabled in their own width. */
  #updateWindows(): void {
    const windows: MemoryWindow[] = [];
    this.#memories.forEach((memory, bank) => {
      if (memory?.bytes === undefined || !this.#clocked) return;
      const bcr = this.#openBank(bank);
      const width = memory.dataBits === 16 ? BCR.MWID_16 : 0;
      if (bcr === undefined || bcr & BCR.MUXEN || (bcr & BCR.MWID) !== width || !this.#wired(memory, bank)) return;
      const base = bankBase + bank * BANK_BYTES;
      const writable = (bcr & BCR.WREN) !== 0;
      const known = this.#windows.find((window) => window.base === base && window.writable === writable);
      windows.push(known ?? { base, bytes: memory.bytes, writable, flash: false });
    });
    const same = windows.length === this.#windows.length && windows.every((window, i) => window === this.#windows[i]);
    if (same) return;
    this.#windows = windows;
    this.#windowsChanged();
  }

  #wired(memory: ParallelMemory, bank: number): boolean {
    const signals = this.#signals;
    const address = (1 << memory.addressBits) - 1;
    const data = (1 << memory.dataBits) - 1;
    const lanes = memory.byteLanes ? 3 : 0;
    return (
      signals.outputEnable &&
      signals.writeEnable &&
      ((signals.selects >>> bank) & 1) !== 0 &&
      (signals.address & address) === address &&
      (signals.data & data) === data &&
      (signals.lanes & lanes) === lanes
    );
  }
}

/** ADDSET + 1 and DATAST + 1 HCLK cycles (RM0008 21.5.4). */
function parallelCycles(timing: number): number {
  return (timing & 15) + 1 + ((timing >>> 8) & 0xff) + 1;
}

function lanesMask(lanes: number): number {
  return (lanes & 1 ? 0x00ff : 0) | (lanes & 2 ? 0xff00 : 0);
}
