import type { Scheduler } from "../time/scheduler.ts";
import { BusyTimer } from "./busy-timer.ts";
import type { NandMemory } from "./external-bus.ts";
import { SparseMemory } from "./sparse-memory.ts";

/** Geometry of the NAND512W3A2: pages of 512 bytes and 16 spare ones, 32 to a block. */
export const nandGeometry = { pageBytes: 512, spareBytes: 16, pagesPerBlock: 32, blocks: 4096 } as const;

/**
 * Times in ns (NAND512-A data sheet, "Program, erase times" typical; AC characteristics maximum for reading and reset):
 * array to page register, page program, block erase, and a reset of each.
 */
export const nandTimes = {
  read: 12_000,
  program: 200_000,
  erase: 2_000_000,
  reset: { idle: 5_000, read: 5_000, program: 10_000, erase: 500_000 },
} as const;

/** Bytes of a page with its spare area. */
const PAGE = nandGeometry.pageBytes + nandGeometry.spareBytes;
const BLOCK = nandGeometry.pagesPerBlock * PAGE;
const PAGES = nandGeometry.blocks * nandGeometry.pagesPerBlock;
/** The byte of the spare area of a block's first page that marks a bad block: anything but FFh. */
const MARKER = nandGeometry.pageBytes + 5;

const SIGNATURE = [0x20, 0x76];
const STATUS_FAIL = 1 << 0;
const STATUS_READY = 1 << 6;
const STATUS_NOT_PROTECTED = 1 << 7;

/** Column at which each area of a page begins: what commands 00h, 01h and 50h point to. */
const areas = { a: 0, b: 256, c: nandGeometry.pageBytes } as const;

/** What a read cycle puts out. */
type Output = "nothing" | "page" | "status" | "signature";

/** What address cycles are for. */
type Addressing = "none" | "read" | "program" | "copy-back" | "erase" | "signature";

/** How one specimen differs from another. */
export interface NandOptions {
  /** Blocks that were bad when it left the factory; block 0 never is. */
  readonly badBlocks?: readonly number[];
}

/** Bad blocks unless others are asked for. */
const usualBadBlocks = [37, 1290, 4001] as const;

/**
 * A small-page NAND flash with eight data lines, as the NAND512W3A2 is (data sheet sections 4–7): reads of areas A, B
 * and C, page program, copy back, block erase, status, electronic signature, reset, and blocks that are bad from the
 * factory: they keep their marker, and programming or erasing them fails.
 */
export class NandFlash implements NandMemory {
  /** What it holds: page after page of 528 bytes, the spare area of each behind its data. */
  readonly content = new SparseMemory(PAGES * PAGE);
  readonly badBlocks: ReadonlySet<number>;
  readonly #timer: BusyTimer;
  readonly #readyListeners: ((ready: boolean) => void)[] = [];
  #area: keyof typeof areas = "a";
  #addressing: Addressing = "none";
  #cycles: number[] = [];
  #output: Output = "nothing";
  /** The page register, and where the next data cycle goes. */
  readonly #register = new Uint8Array(PAGE);
  #column = 0;
  /** Row of a program or an erase whose confirmation is awaited. */
  #row: number | undefined;
  /** The register holds a page that a copy back may write elsewhere. */
  #loaded = false;
  #failed = false;
  #signatureIndex = 0;

  constructor(scheduler: Scheduler, options: NandOptions = {}) {
    this.badBlocks = new Set(options.badBlocks ?? usualBadBlocks);
    for (const block of this.badBlocks) this.content.clearBits(block * BLOCK + MARKER, 0x00);
    this.#timer = new BusyTimer(scheduler, (busy) => {
      for (const listener of this.#readyListeners) listener(!busy);
    });
  }

  /** R/B: high while no operation goes on. */
  get ready(): boolean {
    return this.#timer.kind === undefined;
  }

  get readyAt(): number {
    return this.#timer.endsAt;
  }

  onReady(listener: (ready: boolean) => void): void {
    this.#readyListeners.push(listener);
  }

  /** Nanoseconds of virtual time that it was busy, in all and by kind. */
  get busyNanoseconds(): number {
    return this.eraseNanoseconds + this.programNanoseconds + this.readNanoseconds;
  }

  get eraseNanoseconds(): number {
    return this.#timer.spent("erase");
  }

  get programNanoseconds(): number {
    return this.#timer.spent("program");
  }

  /** Spent on getting pages into the page register, and on resets. */
  get readNanoseconds(): number {
    return this.#timer.spent("read");
  }

  /** Data and spare area of a page, by its row address. */
  page(row: number): Uint8Array {
    return this.content.read(row * PAGE, PAGE);
  }

  /** Power-on: what goes on is cut off. */
  reset(): void {
    this.#timer.stop();
    this.#area = "a";
    this.#addressing = "none";
    this.#output = "nothing";
    this.#row = undefined;
    this.#loaded = false;
    this.#failed = false;
  }

  command(value: number): void {
    const kind = this.#timer.kind;
    if (value === 0x70) {
      this.#output = "status";
      return;
    }
    if (value === 0xff) {
      this.reset();
      this.#timer.start("read", nandTimes.reset[kind ?? "idle"], () => {});
      return;
    }
    if (kind !== undefined) return;
    if (value === 0x10) this.#programPage();
    else if (value === 0xd0) this.#eraseBlock();
    else this.#firstCommand(value);
  }

  #firstCommand(value: number): void {
    this.#row = undefined;
    this.#cycles = [];
    this.#addressing = "none";
    if (value === 0x00 || value === 0x01 || value === 0x50) {
      this.#area = value === 0x00 ? "a" : value === 0x01 ? "b" : "c";
      this.#addressing = "read";
      // Without an address this goes back from status to the page that was being read.
      this.#output = this.#loaded ? "page" : "nothing";
    } else if (value === 0x80) {
      this.#addressing = "program";
      this.#output = "nothing";
      this.#register.fill(0xff);
      this.#loaded = false;
    } else if (value === 0x8a) {
      if (this.#loaded) this.#addressing = "copy-back";
      this.#output = "nothing";
    } else if (value === 0x60) {
      this.#addressing = "erase";
      this.#output = "nothing";
    } else if (value === 0x90) {
      this.#addressing = "signature";
      this.#output = "nothing";
    }
  }

  address(value: number): void {
    if (this.#timer.kind !== undefined || this.#addressing === "none") return;
    const cycles = this.#cycles;
    cycles.push(value & 0xff);
    const addressing = this.#addressing;
    if (addressing === "signature") {
      this.#output = "signature";
      this.#signatureIndex = cycles[0];
      this.#addressing = "none";
    } else if (addressing === "erase") {
      if (cycles.length === 3) this.#row = rowOf(cycles);
    } else if (cycles.length === 4) {
      this.#addressing = "none";
      this.#point(cycles[0]);
      const row = rowOf(cycles.slice(1));
      if (addressing === "read") this.#loadPage(row);
      else this.#row = row;
    }
  }

  write(value: number): void {
    if (this.#timer.kind !== undefined || this.#row === undefined || this.#column >= PAGE) return;
    this.#register[this.#column++] = value;
  }

  read(): number {
    const busy = this.#timer.kind !== undefined;
    switch (this.#output) {
      case "status":
        return STATUS_NOT_PROTECTED | (busy ? 0 : STATUS_READY) | (this.#failed ? STATUS_FAIL : 0);
      case "signature":
        return SIGNATURE[this.#signatureIndex++] ?? 0xff;
      case "page":
        // What stands on the bus while the page is still on its way is no data.
        return busy || this.#column >= PAGE ? 0xff : this.#register[this.#column++];
      case "nothing":
        return 0xff;
    }
  }

  /** Sets the column; 01h holds for one operation, 00h and 50h until the next (data sheet "Pointer operations"). */
  #point(low: number): void {
    this.#column = this.#area === "c" ? areas.c + (low & (nandGeometry.spareBytes - 1)) : areas[this.#area] + low;
    if (this.#area === "b") this.#area = "a";
  }

  #loadPage(row: number): void {
    this.#output = "page";
    this.#timer.start("read", nandTimes.read, () => {
      this.#register.set(this.page(row));
      this.#loaded = true;
    });
  }

  #programPage(): void {
    const row = this.#row;
    if (row === undefined || this.#cycles.length !== 4) return;
    this.#row = undefined;
    const wanted = this.#register.slice();
    this.#loaded = false;
    this.#failed = false;
    this.#timer.start("program", nandTimes.program, () => {
      this.#failed = this.badBlocks.has(blockOf(row));
      if (this.#failed) return;
      // A cell can only lose ones; nobody checks whether it had them.
      for (let i = 0; i < PAGE; i++) this.content.clearBits(row * PAGE + i, wanted[i]);
    });
  }

  #eraseBlock(): void {
    const row = this.#row;
    if (row === undefined || this.#addressing !== "erase") return;
    this.#row = undefined;
    this.#addressing = "none";
    this.#failed = false;
    const block = blockOf(row);
    this.#timer.start("erase", nandTimes.erase, () => {
      this.#failed = this.badBlocks.has(block);
      if (!this.#failed) this.content.erase(block * BLOCK, BLOCK);
    });
  }
}

function rowOf(cycles: readonly number[]): number {
  return (cycles[0] | (cycles[1] << 8) | (cycles[2] << 16)) % PAGES;
}

function blockOf(row: number): number {
  return Math.floor(row / nandGeometry.pagesPerBlock);
}
