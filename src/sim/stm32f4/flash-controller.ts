import type { AccessSize } from "../cpu/cpu.ts";
import { FlashOperation } from "../stm32/flash-operation.ts";
import { KeyRegister } from "../stm32/key-register.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { WornCells } from "../stm32/worn-cells.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Stm32f4Config } from "./chip-config.ts";

/** What the flash controller needs of the chip around it. */
export interface FlashSurroundings {
  readonly scheduler: Scheduler;
  setInterrupt(source: string, high: boolean): void;
  /** Content of main flash changed, by offset: whoever decoded it must forget it. */
  flashChanged(offset: number, length: number): void;
  /** An operation on main flash begins. */
  works?(nanoseconds: number): void;
  /** Cells that an erase does not bring back. */
  readonly wornCells?: WornCells;
  /** Sectors of bank 1, a bit each, that the option bytes protect from the start. */
  readonly protectedSectors?: number;
}

const MS = 1e6;

/** STM32F469 data sheet, "Flash memory programming", typical, in ns: by PSIZE x8, x16, x32, x64. */
export const flashTimes = {
  program: 16_000,
  erase16: [400 * MS, 300 * MS, 250 * MS, 250 * MS],
  erase64: [1200 * MS, 700 * MS, 550 * MS, 550 * MS],
  erase128: [2000 * MS, 1300 * MS, 1000 * MS, 1000 * MS],
  mass: [16_000 * MS, 11_000 * MS, 8000 * MS, 8000 * MS],
  options: 40 * MS,
} as const;

const ACR = 0x00;
const KEYR = 0x04;
const OPTKEYR = 0x08;
const SR = 0x0c;
const CR = 0x10;
const OPTCR = 0x14;
const OPTCR1 = 0x18;

const SR_EOP = 1 << 0;
const SR_OPERR = 1 << 1;
const SR_WRPERR = 1 << 4;
const SR_PGAERR = 1 << 5;
const SR_PGPERR = 1 << 6;
const SR_PGSERR = 1 << 7;
const SR_BSY = 1 << 16;
const SR_ERRORS = SR_OPERR | SR_WRPERR | SR_PGAERR | SR_PGPERR | SR_PGSERR;

const CR_PG = 1 << 0;
const CR_SER = 1 << 1;
const CR_MER = 1 << 2;
const CR_MER1 = 1 << 15;
const CR_STRT = 1 << 16;
const CR_EOPIE = 1 << 24;
const CR_ERRIE = 1 << 25;
const CR_LOCK = 0x80000000;
const CR_WRITABLE = 0x030083ff;

const OPTCR_LOCK = 1 << 0;
const OPTCR_STRT = 1 << 1;
const optcrAtReset = 0x0fffaaed;
const optcr1AtReset = 0x0fff0000;

/** One sector, by its number in CR.SNB and its offset in flash. */
interface Sector {
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Flash controller (RM0386 3.9): keys, sector and mass erase, programming by PSIZE, write protection of sectors. While
 * it works all of flash waits, also the bank that silicon could read meanwhile. Option bytes keep what is written; of
 * them write protection alone has an effect. After a wrong key the bus does not fault, but the lock stays to the reset.
 */
export class FlashController extends RegisterBlock {
  readonly #around: FlashSurroundings;
  readonly #flash: Uint8Array;
  readonly #sectors: readonly Sector[];
  #acr = 0;
  #cr = CR_LOCK;
  #flags = 0;
  #optcr: number = optcrAtReset;
  #optcr1 = optcr1AtReset;
  readonly #keys = new KeyRegister([0x45670123, 0xcdef89ab], () => {
    this.#cr = (this.#cr & ~CR_LOCK) >>> 0;
  });
  readonly #optionKeys = new KeyRegister([0x08192a3b, 0x4c5d6e7f], () => {
    this.#optcr &= ~OPTCR_LOCK;
  });
  readonly #operation: FlashOperation;

  constructor(around: FlashSurroundings, config: Stm32f4Config, flash: Uint8Array) {
    super("FLASH", "merge");
    this.#around = around;
    this.#operation = new FlashOperation(around.scheduler, () => this.#finish());
    this.#flash = flash;
    this.#optcr &= ~((around.protectedSectors ?? 0) << 16);
    this.#sectors = sectorsOf(config);
  }

  /** HCLK cycle until which the array is busy, 0 when idle. */
  get busyUntil(): number {
    return this.#operation.busyUntil;
  }

  /** The option bytes of a bank as its 16 bytes in the memory map show them (RM0386 3.6, table 14). */
  optionByte(bank: 1 | 2, offset: number): number {
    const low = offset < 8;
    const user = this.#optcr & 0xffec;
    const half = bank === 1 ? (low ? user : this.#optcr >>> 16) : low ? 0xffff : this.#optcr1 >>> 16;
    const lane = offset & 7;
    if (lane > 1) return 0xff;
    return (half >>> (lane * 8)) & 0xff;
  }

  reset(): void {
    this.#operation.cancel();
    this.#acr = 0;
    this.#cr = CR_LOCK;
    this.#flags = 0;
    this.#keys.reset();
    this.#optionKeys.reset();
    this.#optcr |= OPTCR_LOCK;
    this.#updateInterrupt();
  }

  protected readRegister(offset: number): number {
    this.#operation.settle();
    switch (offset) {
      case ACR:
        return this.#acr;
      case SR:
        return this.#flags | (this.#operation.busy ? SR_BSY : 0);
      case CR:
        return this.#cr >>> 0;
      case OPTCR:
        return this.#optcr >>> 0;
      case OPTCR1:
        return this.#optcr1 >>> 0;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#operation.settle();
    switch (offset) {
      case ACR:
        this.#acr = value & 0x1f0f;
        break;
      case KEYR:
        this.#keys.write(value);
        if (this.#keys.deaf) this.#cr = (this.#cr | CR_LOCK) >>> 0;
        break;
      case OPTKEYR:
        this.#optionKeys.write(value);
        break;
      case SR:
        this.#flags &= ~(value & (SR_EOP | SR_ERRORS));
        break;
      case CR:
        this.#writeControl(value);
        break;
      case OPTCR:
        this.#writeOptions(value);
        break;
      case OPTCR1:
        if (!(this.#optcr & OPTCR_LOCK)) this.#optcr1 = value & 0x0fff0000;
        break;
    }
    this.#updateInterrupt();
  }

  /** A write into main flash, by its offset. Errors show in SR; the bus does not fault. */
  writeFlash(offset: number, size: AccessSize, value: number): void {
    this.#operation.settle();
    const width = 1 << ((this.#cr >>> 8) & 3);
    if (this.#cr & CR_LOCK || !(this.#cr & CR_PG) || this.#flags & SR_ERRORS) this.#fail(SR_PGSERR);
    else if (size !== width) this.#fail(SR_PGPERR);
    else if (this.#protected(offset)) this.#fail(SR_WRPERR);
    else {
      // No compare with the erased state: a cell can only lose ones (RM0386 3.6.5).
      for (let i = 0; i < size; i++) this.#flash[offset + i] &= value >>> (8 * i);
      this.#around.flashChanged(offset, size);
      this.#operation.begin(flashTimes.program);
    }
  }

  #writeControl(value: number): void {
    if (this.#cr & CR_LOCK) return;
    if (value & CR_LOCK) this.#keys.reset();
    this.#cr = ((value & CR_WRITABLE) | (value & CR_LOCK) | (this.#operation.busy ? CR_STRT : 0)) >>> 0;
    if (value & CR_STRT && !this.#operation.busy && !(value & CR_LOCK)) this.#start();
  }

  #start(): void {
    const parallelism = (this.#cr >>> 8) & 3;
    if (this.#cr & (CR_MER | CR_MER1)) {
      const half = this.#flash.length / 2;
      const from = this.#cr & CR_MER ? 0 : half;
      const to = this.#cr & CR_MER1 ? this.#flash.length : half;
      for (const sector of this.#sectors) {
        // One protected sector keeps the whole bank.
        if (sector.offset < from || sector.offset >= to || !this.#protected(sector.offset)) continue;
        this.#fail(SR_WRPERR);
        return;
      }
      this.#erase(from, to - from, flashTimes.mass[parallelism]);
    } else if (this.#cr & CR_SER) {
      const number = (this.#cr >>> 3) & 31;
      const sector = this.#sectors.find((candidate) => candidate.number === number);
      if (sector === undefined) this.#fail(SR_PGSERR);
      else if (this.#protected(sector.offset)) this.#fail(SR_WRPERR);
      else this.#erase(sector.offset, sector.bytes, eraseTimes(sector.bytes)[parallelism]);
    }
  }

  #erase(offset: number, length: number, time: number): void {
    this.#flash.fill(0xff, offset, offset + length);
    this.#around.wornCells?.erased(this.#flash, offset, length);
    this.#around.works?.(time);
    this.#around.flashChanged(offset, length);
    this.#cr = (this.#cr | CR_STRT) >>> 0;
    this.#operation.begin(time);
  }

  #writeOptions(value: number): void {
    if (this.#optcr & OPTCR_LOCK) return;
    this.#optcr = (value & 0xcfffffed) | (value & OPTCR_LOCK);
    if (value & OPTCR_LOCK) this.#optionKeys.reset();
    if (value & OPTCR_STRT) this.#operation.begin(flashTimes.options);
  }

  /** nWRP: a bit for each sector, those of bank 2 in OPTCR1; 0 protects. */
  #protected(offset: number): boolean {
    const sector = this.#sectors.find((candidate) => offset < candidate.offset + candidate.bytes);
    if (sector === undefined) return true;
    const register = sector.number < 16 ? this.#optcr : this.#optcr1;
    return ((register >>> (16 + (sector.number & 15))) & 1) === 0;
  }

  #fail(flag: number): void {
    this.#flags |= flag;
    if (this.#cr & CR_ERRIE) this.#flags |= SR_OPERR;
    this.#cr = (this.#cr & ~CR_STRT) >>> 0;
    this.#updateInterrupt();
  }

  #finish(): void {
    this.#cr = (this.#cr & ~CR_STRT) >>> 0;
    this.#optcr &= ~OPTCR_STRT;
    // EOP is set with its interrupt enabled alone (RM0386 3.9.5).
    if (this.#cr & CR_EOPIE) this.#flags |= SR_EOP;
    this.#updateInterrupt();
  }

  #updateInterrupt(): void {
    const end = (this.#flags & SR_EOP) !== 0 && (this.#cr & CR_EOPIE) !== 0;
    const error = (this.#flags & SR_OPERR) !== 0 && (this.#cr & CR_ERRIE) !== 0;
    this.#around.setInterrupt("FLASH", end || error);
  }
}

function eraseTimes(bytes: number): readonly number[] {
  if (bytes <= 0x4000) return flashTimes.erase16;
  return bytes <= 0x10000 ? flashTimes.erase64 : flashTimes.erase128;
}

function sectorsOf({ flash }: Stm32f4Config): Sector[] {
  const list: Sector[] = [];
  let offset = 0;
  for (const { number, count, bytes } of flash.sectors) {
    for (let i = 0; i < count; i++, offset += bytes) list.push({ number: number + i, offset, bytes });
  }
  return list;
}
