import type { AccessSize } from "../cpu/cpu.ts";
import { BUS_FAULT } from "../cpu/cpu.ts";
import type { DebugTarget } from "./debug-target.ts";

/** Register addresses of a MEM-AP (ADIv5.2 C2.2). */
export const AP_REGISTER = {
  csw: 0x00,
  tar: 0x04,
  drw: 0x0c,
  bd0: 0x10,
  bd3: 0x1c,
  cfg: 0xf4,
  base: 0xf8,
  idr: 0xfc,
} as const;

/** Fields of CSW (ADIv5.2 C2.6.4, Cortex-M3 TRM "AHB-AP"). */
export const CSW = {
  sizeMask: 0x7,
  size8: 0,
  size16: 1,
  size32: 2,
  incrementMask: 0x30,
  incrementSingle: 0x10,
  incrementPacked: 0x20,
  /** DeviceEn: transfers are possible; read-only. */
  deviceEnable: 0x40,
  /** After reset: master type debug, HPROT privileged data. */
  reset: 0x2300_0040,
  /** MasterType, HPROT, AddrInc and Size keep what is written. */
  writable: 0x2f00_0037,
} as const;

/** The counter behind TAR has 12 bits in a Cortex-M3 (TRM "AHB-AP"); the architecture promises 10 of them. */
const TAR_WRAP = 0x1000;

/**
 * Access port 0 of a Cortex-M3: an AHB-AP. Registers are addressed by their full 8-bit address. A faulting access leaves
 * TAR where it is.
 */
export class AhbAp {
  readonly #target: DebugTarget;
  #csw: number = CSW.reset;
  #tar = 0;

  constructor(target: DebugTarget) {
    this.#target = target;
  }

  /** The debug power domain was off: registers are back at their reset values. */
  reset(): void {
    this.#csw = CSW.reset;
    this.#tar = 0;
  }

  /** The register's value, or {@link BUS_FAULT} when the access that it started failed. */
  read(register: number): number {
    switch (register) {
      case AP_REGISTER.csw:
        return this.#csw;
      case AP_REGISTER.tar:
        return this.#tar;
      case AP_REGISTER.drw:
        return this.#readData();
      case AP_REGISTER.cfg:
        return this.#target.ap.cfg >>> 0;
      case AP_REGISTER.base:
        return this.#target.ap.base >>> 0;
      case AP_REGISTER.idr:
        return this.#target.ap.idr >>> 0;
      default:
        return isBanked(register) ? this.#target.busRead(this.#bankedAddress(register), 4) : 0;
    }
  }

  /** False when the access that the write started failed. */
  write(register: number, value: number): boolean {
    switch (register) {
      case AP_REGISTER.csw:
        this.#csw = ((value & CSW.writable) | CSW.deviceEnable) >>> 0;
        return true;
      case AP_REGISTER.tar:
        this.#tar = value >>> 0;
        return true;
      case AP_REGISTER.drw:
        return this.#writeData(value >>> 0);
      default:
        return isBanked(register) ? this.#target.busWrite(this.#bankedAddress(register), 4, value >>> 0) : true;
    }
  }

  #bankedAddress(register: number): number {
    return ((this.#tar & ~0xf) | (register & 0xc)) >>> 0;
  }

  /** Bytes of one bus access. Sizes that an AHB-AP of a 32-bit core has not got act as a word. */
  get #size(): AccessSize {
    const size = this.#csw & CSW.sizeMask;
    return size === CSW.size8 ? 1 : size === CSW.size16 ? 2 : 4;
  }

  /** Bus accesses of one DRW access: several when packed (ADIv5.2 C2.2.3). */
  get #accesses(): number {
    return (this.#csw & CSW.incrementMask) === CSW.incrementPacked ? 4 / this.#size : 1;
  }

  #readData(): number {
    const size = this.#size;
    let value = 0;
    for (let left = this.#accesses; left > 0; left--) {
      const address = aligned(this.#tar, size);
      const read = this.#target.busRead(address, size);
      if (read === BUS_FAULT) return BUS_FAULT;
      value |= read << laneShift(address, size);
      this.#increment(size);
    }
    return value >>> 0;
  }

  #writeData(value: number): boolean {
    const size = this.#size;
    const mask = size === 4 ? 0xffff_ffff : size === 2 ? 0xffff : 0xff;
    for (let left = this.#accesses; left > 0; left--) {
      const address = aligned(this.#tar, size);
      if (!this.#target.busWrite(address, size, ((value >>> laneShift(address, size)) & mask) >>> 0)) return false;
      this.#increment(size);
    }
    return true;
  }

  #increment(size: AccessSize): void {
    if ((this.#csw & CSW.incrementMask) === 0) return;
    const next = (this.#tar + size) & (TAR_WRAP - 1);
    this.#tar = ((this.#tar & ~(TAR_WRAP - 1)) | next) >>> 0;
  }
}

function isBanked(register: number): boolean {
  return register >= AP_REGISTER.bd0 && register <= AP_REGISTER.bd3;
}

function aligned(address: number, size: AccessSize): number {
  return (address & ~(size - 1)) >>> 0;
}

/** Narrow data travels on the byte lanes that its address selects (ADIv5.2 C2.2.6). */
function laneShift(address: number, size: AccessSize): number {
  return size === 4 ? 0 : (address & 3) * 8;
}
