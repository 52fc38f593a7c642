import type { AccessSize, BusMaster } from "../cpu/cpu.ts";
import { FlashOperation } from "../stm32/flash-operation.ts";
import { KeyRegister } from "../stm32/key-register.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { WornCells } from "../stm32/worn-cells.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { FlashGeometry } from "./chip-config.ts";
import { decodeOptionBytes, type OptionState } from "./option-bytes.ts";
import type { FlashPort } from "./system-bus.ts";

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
  /** A debugger was on the port since power-on. */
  readonly debuggerAttached: boolean;
  /** Main flash answered at 0 at the last reset. */
  readonly bootedFromFlash: boolean;
}

/** DS5319 table "Flash memory characteristics": half-word typical, page and mass erase minimum, in ns. */
export const flashTimes = { halfWord: 52_500, pageErase: 20_000_000, massErase: 20_000_000 } as const;

const keys = [0x45670123, 0xcdef89ab] as const;

const ACR = 0x00;
const KEYR = 0x04;
const OPTKEYR = 0x08;
const SR = 0x0c;
const CR = 0x10;
const AR = 0x14;
const OBR = 0x1c;
const WRPR = 0x20;

const SR_BSY = 1 << 0;
const SR_PGERR = 1 << 2;
const SR_WRPRTERR = 1 << 4;
const SR_EOP = 1 << 5;

const CR_PG = 1 << 0;
const CR_PER = 1 << 1;
const CR_MER = 1 << 2;
const CR_OPTPG = 1 << 4;
const CR_OPTER = 1 << 5;
const CR_STRT = 1 << 6;
const CR_LOCK = 1 << 7;
const CR_OPTWRE = 1 << 9;
const CR_ERRIE = 1 << 10;
const CR_EOPIE = 1 << 12;
const CR_WRITABLE = CR_PG | CR_PER | CR_MER | CR_OPTPG | CR_OPTER | CR_ERRIE | CR_EOPIE;

/** Bytes at the start that read protection write-protects as well, whoever asks (PM0075 2.4.1). */
const bytesLockedByReadProtection = 4096;

/** Flash program and erase controller of the F1 and its interface register ACR (PM0075, RM0008 3.3.3). */
export class FlashController extends RegisterBlock implements FlashPort {
  readonly #around: FlashSurroundings;
  readonly #geometry: FlashGeometry;
  readonly #flash: Uint8Array;
  readonly #optionBytes: Uint8Array;
  #acr = 0x30;
  #cr = CR_LOCK;
  #flags = 0;
  #ar = 0;
  readonly #keys = new KeyRegister(keys, () => {
    this.#cr &= ~CR_LOCK;
  });
  readonly #optionKeys = new KeyRegister(keys, () => {
    this.#cr |= CR_OPTWRE;
  });
  #options: OptionState;
  readonly #operation: FlashOperation;
  /** An operation under way will report EOP. */
  #succeeds = false;

  constructor(around: FlashSurroundings, geometry: FlashGeometry, flash: Uint8Array, optionBytes: Uint8Array) {
    super("FLASH", "merge");
    this.#around = around;
    this.#operation = new FlashOperation(around.scheduler, () => this.#finish());
    this.#geometry = geometry;
    this.#flash = flash;
    this.#optionBytes = optionBytes;
    this.#options = decodeOptionBytes(optionBytes);
  }

  /** The option bytes as loaded at the last reset. */
  get options(): OptionState {
    return this.#options;
  }

  get busyUntil(): number {
    return this.#operation.busyUntil;
  }

  /** Wait states as set: LATENCY. */
  get latency(): number {
    return this.#acr & 7;
  }

  readable(master: BusMaster): boolean {
    if (!this.#options.readProtected) return true;
    // A program that came in from SRAM or system memory is an outsider too (PM0075 2.4.1).
    return master !== "debug" && this.#around.bootedFromFlash;
  }

  /** System reset: an operation is cut off, keys are needed again, and the option bytes are loaded anew. */
  reset(): void {
    this.#operation.cancel();
    this.#acr = 0x30;
    this.#cr = CR_LOCK;
    this.#flags = 0;
    this.#ar = 0;
    this.#keys.reset();
    this.#optionKeys.reset();
    this.#options = decodeOptionBytes(this.#optionBytes);
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
        return this.#cr;
      case OBR:
        return this.#options.obr;
      case WRPR:
        return this.#options.wrpr;
      default:
        return 0;
    }
  }

  protected writeRegister(offset: number, value: number): void {
    this.#operation.settle();
    switch (offset) {
      case ACR:
        // PRFTBS follows PRFTBE at once.
        this.#acr = (value & 0x1f) | (value & 0x10 ? 0x20 : 0);
        break;
      case KEYR:
        this.#keys.write(value);
        if (this.#keys.deaf) this.#cr |= CR_LOCK;
        break;
      case OPTKEYR:
        this.#optionKeys.write(value);
        if (this.#optionKeys.deaf) this.#cr &= ~CR_OPTWRE;
        break;
      case SR:
        this.#flags &= ~(value & (SR_PGERR | SR_WRPRTERR | SR_EOP));
        this.#updateInterrupt();
        break;
      case CR:
        this.#writeControl(value);
        break;
      case AR:
        this.#ar = value;
        break;
    }
  }

  #writeControl(value: number): void {
    if (this.#cr & CR_LOCK) return;
    const optionsOpen = this.#cr & value & CR_OPTWRE;
    this.#cr = (this.#cr & CR_STRT) | (value & CR_WRITABLE) | optionsOpen;
    if (value & CR_LOCK) {
      this.#cr |= CR_LOCK;
      this.#keys.reset();
    } else if (value & CR_STRT) {
      this.#start();
    }
    this.#updateInterrupt();
  }

  #start(): void {
    this.#cr |= CR_STRT;
    if (this.#cr & CR_MER) {
      // A page that the user write-protected keeps the whole array; protection by RDP does not stop a mass erase.
      if (this.#options.wrpr !== 0xffffffff) this.#fail(SR_WRPRTERR);
      else this.#eraseFlash(0, this.#flash.length, flashTimes.massErase);
    } else if (this.#cr & CR_PER) {
      this.#erasePage(this.#ar - this.#geometry.base);
    } else if (this.#cr & CR_OPTER && this.#cr & CR_OPTWRE) {
      this.#optionBytes.fill(0xff);
      this.#begin(flashTimes.pageErase, true);
    } else {
      this.#cr &= ~CR_STRT;
    }
  }

  #erasePage(offset: number): void {
    const { pageBytes } = this.#geometry;
    if (offset < 0 || offset >= this.#flash.length) {
      this.#begin(0, false);
      return;
    }
    const page = Math.floor(offset / pageBytes);
    if (this.#writeProtected(page)) this.#fail(SR_WRPRTERR);
    else this.#eraseFlash(page * pageBytes, pageBytes, flashTimes.pageErase);
  }

  writeFlash(offset: number, size: AccessSize, value: number): boolean {
    this.#operation.settle();
    if (size === 4 && this.#geometry.programsWords) {
      return this.writeFlash(offset, 2, value & 0xffff) && this.writeFlash(offset + 2, 2, value >>> 16);
    }
    if (size !== 2 || !(this.#cr & CR_PG) || this.#cr & CR_LOCK) return false;
    const page = Math.floor(offset / this.#geometry.pageBytes);
    if (this.#writeProtected(page)) {
      this.#fail(SR_WRPRTERR);
      return true;
    }
    // A cell can only lose ones; the controller compares with 0xFFFF first, and lets 0x0000 pass.
    const erased = this.#flash[offset] === 0xff && this.#flash[offset + 1] === 0xff;
    if (!erased && (value & 0xffff) !== 0) {
      this.#fail(SR_PGERR);
      return true;
    }
    this.#flash[offset] = value;
    this.#flash[offset + 1] = value >>> 8;
    this.#around.flashChanged(offset, 2);
    this.#begin(flashTimes.halfWord, true);
    return true;
  }

  writeOption(offset: number, size: AccessSize, value: number): boolean {
    this.#operation.settle();
    const open = CR_OPTPG | CR_OPTWRE;
    if (size !== 2 || (this.#cr & open) !== open || this.#cr & CR_LOCK) return false;
    if (this.#optionBytes[offset] !== 0xff || this.#optionBytes[offset + 1] !== 0xff) {
      this.#fail(SR_PGERR);
      return true;
    }
    const data = value & 0xff;
    if (offset === 0 && data === 0xa5 && this.#options.readProtected) {
      // Taking read protection away costs the content (PM0075 2.4.2).
      this.#eraseFlash(0, this.#flash.length, flashTimes.massErase);
    }
    this.#optionBytes[offset] = data;
    this.#optionBytes[offset + 1] = ~data;
    this.#begin(flashTimes.halfWord, true);
    return true;
  }

  #writeProtected(page: number): boolean {
    const bit = Math.min(31, Math.floor(page / this.#geometry.pagesPerProtectionBit));
    if (!((this.#options.wrpr >>> bit) & 1)) return true;
    if (!this.#options.readProtected) return false;
    const locked = page * this.#geometry.pageBytes < bytesLockedByReadProtection;
    return locked || this.#around.debuggerAttached || !this.#around.bootedFromFlash;
  }

  #eraseFlash(offset: number, length: number, time: number): void {
    this.#flash.fill(0xff, offset, offset + length);
    this.#around.wornCells?.erased(this.#flash, offset, length);
    this.#around.works?.(time);
    this.#around.flashChanged(offset, length);
    this.#begin(time, true);
  }

  #begin(duration: number, succeeds: boolean): void {
    this.#succeeds = succeeds;
    this.#operation.begin(duration);
  }

  #fail(flag: number): void {
    this.#flags |= flag;
    this.#cr &= ~CR_STRT;
    this.#updateInterrupt();
  }

  #finish(): void {
    this.#cr &= ~CR_STRT;
    if (this.#succeeds) this.#flags |= SR_EOP;
    this.#updateInterrupt();
  }

  #updateInterrupt(): void {
    const end = (this.#flags & SR_EOP) !== 0 && (this.#cr & CR_EOPIE) !== 0;
    const error = (this.#flags & (SR_PGERR | SR_WRPRTERR)) !== 0 && (this.#cr & CR_ERRIE) !== 0;
    this.#around.setInterrupt("FLASH", end || error);
  }
}
