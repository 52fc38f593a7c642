import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import type { AccessSize } from "../cpu/cpu.ts";
import { ACK, type Ack } from "../dap/ack.ts";
import { AP_REGISTER, CSW } from "../dap/ahb-ap.ts";
import { CTRL_STAT, DP_REGISTER } from "../dap/dap.ts";
import type { DebugWires } from "../dap/debug-wires.ts";
import { STATUS, type Status } from "./status.ts";

/** CSW[31:8] of the probe's own memory accesses, when the command brings none. */
export const DEFAULT_CSW = CSW.reset & 0xffff_ff00;

/** The firmware writes TAR again at each of these boundaries: what every MEM-AP's counter can do (ADIv5.2 C2.2.2). */
const TAR_BLOCK = 0x400;

const CLEAR_STICKY = 0x1e;
const POWER_UP = CTRL_STAT.debugPowerRequest | CTRL_STAT.systemPowerRequest;
const POWER_ACKNOWLEDGED = CTRL_STAT.debugPowerAcknowledge | CTRL_STAT.systemPowerAcknowledge;

/** Transfer size to CSW.Size. */
const sizeCode = { 1: CSW.size8, 2: CSW.size16, 4: CSW.size32 } as const;

/**
 * The firmware's driver of the debug wires: DP and AP registers and memory, out of single transactions. It owns SELECT.
 * Every method answers a status code; what was read is in {@link value}.
 */
export class Wire {
  readonly #dap: DebugWires;
  protocol: "swd" | "jtag" = "swd";
  /** What the last successful read returned. */
  value = 0;
  /** Address of the access at which the last memory transfer failed. */
  faultAddress = 0;
  #select = -1;

  constructor(dap: DebugWires) {
    this.#dap = dap;
  }

  /** Line reset, identification, sticky bits cleared, debug and system domain powered up. */
  connect(protocol: "swd" | "jtag"): Status {
    this.protocol = protocol;
    this.#dap.selectProtocol(protocol);
    this.#select = -1;
    const identified = this.readIdcode();
    if (identified !== STATUS.ok) return identified;
    this.clearSticky();
    if (this.#select8(0) !== ACK.ok || this.#dap.writeDp(DP_REGISTER.ctrlStat, POWER_UP) !== ACK.ok) {
      return STATUS.dpError;
    }
    if (this.#dap.readDp(DP_REGISTER.ctrlStat) !== ACK.ok) return STATUS.dpError;
    return (this.#dap.data & POWER_ACKNOWLEDGED) === POWER_ACKNOWLEDGED ? STATUS.ok : STATUS.debugPowerError;
  }

  /** Takes the power-up requests back. */
  disconnect(): void {
    this.clearSticky();
    if (this.#select8(0) === ACK.ok) this.#dap.writeDp(DP_REGISTER.ctrlStat, 0);
  }

  /** DPIDR over SWD, the TAP's IDCODE over JTAG. */
  readIdcode(): Status {
    if (this.protocol === "jtag") {
      const idcode = this.#dap.scanIdcode();
      if (idcode === undefined) return STATUS.getIdcodeError;
      this.value = idcode >>> 0;
      return STATUS.ok;
    }
    if (this.#dap.readDp(DP_REGISTER.dpidr) !== ACK.ok) return STATUS.getIdcodeError;
    this.value = this.#dap.data;
    return STATUS.ok;
  }

  clearSticky(): void {
    this.#dap.writeDp(DP_REGISTER.abort, CLEAR_STICKY);
  }

  readDp(register: number, bank: number): Status {
    if (register === DP_REGISTER.ctrlStat) {
      const selected = this.#select8(bank);
      if (selected !== ACK.ok) return dpStatus(selected);
    }
    const ack = this.#dap.readDp(register);
    this.value = this.#dap.data;
    return dpStatus(ack);
  }

  writeDp(register: number, bank: number, value: number): Status {
    if (register === DP_REGISTER.ctrlStat) {
      const selected = this.#select8(bank);
      if (selected !== ACK.ok) return dpStatus(selected);
    }
    if (register === DP_REGISTER.select) this.#select = -1; // not ours any more: written again before the next use
    return dpStatus(this.#dap.writeDp(register, value));
  }

  /** A register of an access port by its 8-bit address. A sticky error from before is reported, not cleared. */
  readAp(ap: number, register: number): Status {
    const started = this.#startAp(ap, register, () => this.#dap.readAp(register & 0xc));
    if (started !== STATUS.ok) return started;
    const ack = this.#dap.readDp(DP_REGISTER.rdbuff);
    this.value = this.#dap.data;
    return apStatus(ack);
  }

  /** The write is posted: whether it failed shows in CTRL/STAT. */
  writeAp(ap: number, register: number, value: number): Status {
    return this.#startAp(ap, register, () => this.#dap.writeAp(register & 0xc, value));
  }

  /**
   * Reads `into.length` bytes by accesses of `size` bytes. From the access that failed on, `into` keeps zeros and
   * {@link faultAddress} says where. Clears what an earlier fault left behind, as drivers that never write ABORT
   * depend on.
   */
  readMemory(address: number, into: Uint8Array, size: AccessSize, csw: number, increment: boolean): Status {
    const ready = this.#startMemory(size, csw, increment);
    if (ready !== STATUS.ok) return ready;
    for (let offset = 0; offset < into.length; ) {
      const start = increment ? address + offset : address;
      const run = increment ? Math.min(TAR_BLOCK - (start & (TAR_BLOCK - 1)), into.length - offset) : into.length;
      let ack = this.#dap.writeAp(AP_REGISTER.tar, start);
      // Posted reads: each transaction delivers the word before, RDBUFF the last.
      for (let at = 0; ack === ACK.ok && at <= run; at += size) {
        ack = at < run ? this.#dap.readAp(AP_REGISTER.drw) : this.#dap.readDp(DP_REGISTER.rdbuff);
        const done = at - size;
        if (done < 0) continue;
        if (ack !== ACK.ok) this.faultAddress = (increment ? start + done : address) >>> 0;
        else storeLane(into, offset + done, size, this.#dap.data, increment ? start + done : address);
      }
      if (ack !== ACK.ok) return apStatus(ack);
      offset += run;
    }
    return STATUS.ok;
  }

  /** Writes `data` by accesses of `size` bytes, then waits for the last one. */
  writeMemory(address: number, data: Uint8Array, size: AccessSize, csw: number, increment: boolean): Status {
    const ready = this.#startMemory(size, csw, increment);
    if (ready !== STATUS.ok) return ready;
    let ack: Ack = ACK.ok;
    let at = address;
    for (let offset = 0; offset < data.length && ack === ACK.ok; offset += size) {
      at = increment ? (address + offset) >>> 0 : address;
      if (offset === 0 || (increment && (at & (TAR_BLOCK - 1)) === 0)) {
        ack = this.#dap.writeAp(AP_REGISTER.tar, at);
        if (ack !== ACK.ok) break; // the access before it failed
      }
      ack = this.#dap.writeAp(AP_REGISTER.drw, loadLane(data, offset, size, at));
    }
    if (ack === ACK.ok) {
      ack = this.#dap.readDp(DP_REGISTER.rdbuff);
      if (ack !== ACK.ok) at += increment ? size : 0;
    }
    if (ack === ACK.ok) return STATUS.ok;
    this.faultAddress = (increment ? Math.max(address, at - size) : address) >>> 0;
    return apStatus(ack);
  }

  readWord(address: number): Status {
    const word = new Uint8Array(4);
    const status = this.readMemory(address, word, 4, DEFAULT_CSW, true);
    this.value = readU32(word, 0);
    return status;
  }

  writeWord(address: number, value: number): Status {
    const word = new Uint8Array(4);
    writeU32(word, 0, value);
    return this.writeMemory(address, word, 4, DEFAULT_CSW, true);
  }

  #startMemory(size: AccessSize, csw: number, increment: boolean): Status {
    let ack = this.#select8(0);
    const control = (csw & 0xffff_ff00) | (increment ? CSW.incrementSingle : 0) | sizeCode[size];
    if (ack === ACK.ok) ack = this.#dap.writeAp(AP_REGISTER.csw, control);
    if (ack === ACK.fault) {
      // An access before this one left its sticky error behind.
      this.clearSticky();
      ack = this.#select8(0);
      if (ack === ACK.ok) ack = this.#dap.writeAp(AP_REGISTER.csw, control);
    }
    this.faultAddress = 0;
    return ack === ACK.ok ? STATUS.ok : apStatus(ack);
  }

  #startAp(ap: number, register: number, transaction: () => Ack): Status {
    let ack = this.#select8((ap << 24) | (register & 0xf0));
    if (ack === ACK.ok) ack = transaction();
    return ack === ACK.fault ? STATUS.apStickyError : apStatus(ack);
  }

  #select8(value: number): Ack {
    if (this.#select === value) return ACK.ok;
    const ack = this.#dap.writeDp(DP_REGISTER.select, value);
    this.#select = ack === ACK.ok ? value : -1;
    return ack;
  }
}

function dpStatus(ack: Ack): Status {
  if (ack === ACK.ok) return STATUS.ok;
  if (ack === ACK.wait) return STATUS.dpWait;
  if (ack === ACK.parity) return STATUS.dpParityError;
  return ack === ACK.fault ? STATUS.dpFault : STATUS.dpError;
}

/** FAULT to an AP access or its flush: the access before it failed. */
function apStatus(ack: Ack): Status {
  if (ack === ACK.ok) return STATUS.ok;
  if (ack === ACK.wait) return STATUS.apWait;
  if (ack === ACK.parity) return STATUS.apParityError;
  return ack === ACK.fault ? STATUS.apFault : STATUS.apError;
}

function storeLane(into: Uint8Array, offset: number, size: AccessSize, word: number, address: number): void {
  if (size === 4) writeU32(into, offset, word);
  else if (size === 2) writeU16(into, offset, word >>> ((address & 2) * 8));
  else into[offset] = word >>> ((address & 3) * 8);
}

function loadLane(data: Uint8Array, offset: number, size: AccessSize, address: number): number {
  if (size === 4) return readU32(data, offset);
  if (size === 2) return (readU16(data, offset) << ((address & 2) * 8)) >>> 0;
  return (data[offset] << ((address & 3) * 8)) >>> 0;
}
