import type { Scheduler } from "../time/scheduler.ts";
import { BusyTimer } from "./busy-timer.ts";
import type { ParallelMemory } from "./external-bus.ts";
import { norCfi } from "./nor-cfi.ts";
import { SparseMemory } from "./sparse-memory.ts";

/** Geometry of the M29W128GL: 128 uniform blocks, a write buffer of 32 words. */
export const norGeometry = { bytes: 16 << 20, blockBytes: 128 << 10, bufferWords: 32 } as const;

/**
 * Typical times in ns (M29W128GH/GL data sheet, "Program/erase times", without VPPH): one word, a write buffer however
 * full it is, a block, the chip; and the time during which further blocks may join an erase.
 */
export const norTimes = {
  word: 16_000,
  buffer: 78_000,
  block: 500_000_000,
  chip: 40_000_000_000,
  eraseWindow: 50_000,
} as const;

/** Auto select: manufacturer (ST, Numonyx) and the three device codes of the M29W128GL, by word address. */
const signature = new Map([
  [0x00, 0x0020],
  [0x01, 0x227e],
  [0x0e, 0x2221],
  [0x0f, 0x2200],
]);

const BLOCK_WORDS = norGeometry.blockBytes / 2;

const DQ1 = 1 << 1;
const DQ2 = 1 << 2;
const DQ3 = 1 << 3;
const DQ5 = 1 << 5;
const DQ6 = 1 << 6;
const DQ7 = 1 << 7;

/** How far a command has come: which bus write is due next. */
type Step =
  | "command"
  | "unlock-2"
  | "unlocked"
  | "program"
  | "erase-unlock-1"
  | "erase-unlock-2"
  | "erase-command"
  | "buffer-count"
  | "buffer-data"
  | "buffer-confirm"
  | "bypass-erase"
  | "bypass-exit";

interface WriteBuffer {
  readonly block: number;
  readonly words: Map<number, number>;
  left: number;
  last: number;
}

interface Erase {
  readonly blocks: Set<number>;
  state: "window" | "erasing" | "suspended";
  /** What is left to do when it is suspended, in ns. */
  remaining: number;
}

/**
 * A NOR flash with the AMD command set, x16, as the M29W128GL is (data sheet sections 4–5): reading, auto select, CFI,
 * word and write-buffer program, unlock bypass, block and chip erase, erase suspend, status by DQ7, DQ6, DQ5, DQ3, DQ2
 * and DQ1 and by RY/BY. There is no block protection. Addresses count words.
 */
export class NorFlash implements ParallelMemory {
  readonly dataBits = 16;
  readonly byteLanes = false;
  readonly addressBits = 23;
  /** What it holds, low byte of each word first. */
  readonly content = new SparseMemory(norGeometry.bytes);
  readonly #timer: BusyTimer;
  readonly #readyListeners: ((ready: boolean) => void)[] = [];
  #mode: "array" | "autoselect" | "cfi" = "array";
  #modeBeforeQuery: "array" | "autoselect" = "array";
  #step: Step = "command";
  #bypass = false;
  #buffer: WriteBuffer = { block: 0, words: new Map(), left: 0, last: 0 };
  #erase: Erase | undefined;
  /** DQ7 of a program operation under way or failed is the complement of this word's. */
  #lastWord = 0;
  /** The last program operation wanted ones where there were zeros (DQ5), or its buffer was misused (DQ1). */
  #fault: "failed" | "aborted" | undefined;
  #toggle6 = 0;
  #toggle2 = 0;

  constructor(scheduler: Scheduler) {
    this.#timer = new BusyTimer(scheduler, (busy) => {
      for (const listener of this.#readyListeners) listener(!busy);
    });
  }

  /** RY/BY: high while no operation goes on. */
  get ready(): boolean {
    return this.#timer.kind === undefined;
  }

  onReady(listener: (ready: boolean) => void): void {
    this.#readyListeners.push(listener);
  }

  /** Nanoseconds of virtual time that it spent erasing and programming, in all and by kind. */
  get busyNanoseconds(): number {
    return this.eraseNanoseconds + this.programNanoseconds;
  }

  get eraseNanoseconds(): number {
    return this.#timer.spent("erase");
  }

  get programNanoseconds(): number {
    return this.#timer.spent("program");
  }

  /** Power-on, or RP low: what goes on is cut off, and the array is read. */
  reset(): void {
    this.#timer.stop();
    this.#erase = undefined;
    this.#fault = undefined;
    this.#mode = "array";
    this.#step = "command";
    this.#bypass = false;
  }

  read(address: number): number {
    const kind = this.#timer.kind;
    if (kind === "program" || this.#fault !== undefined) return this.#programStatus();
    if (kind === "erase") return this.#eraseStatus(address);
    const suspended = this.#erase?.state === "suspended" && this.#erase.blocks.has(blockOf(address));
    if (this.#mode === "array" && suspended) {
      this.#toggle2 ^= DQ2;
      return DQ7 | this.#toggle2;
    }
    if (this.#mode === "autoselect") return signature.get(address & 0xff) ?? 0;
    return this.#mode === "cfi" ? norCfi(address) : this.#word(address);
  }

  write(address: number, value: number): void {
    const command = value & 0xff;
    const kind = this.#timer.kind;
    if (kind === "program") return;
    if (kind === "erase") this.#writeDuringErase(address, command);
    else if (this.#step === "program") this.#program(new Map([[address, value & 0xffff]]), norTimes.word);
    else if (this.#step === "buffer-count" || this.#step === "buffer-data" || this.#step === "buffer-confirm") {
      this.#fillBuffer(address, value & 0xffff);
    } else this.#command(address, command);
  }

  #command(address: number, command: number): void {
    const step = this.#step;
    const low = address & 0x7ff;
    this.#step = "command";
    if (step === "bypass-exit") {
      if (command === 0x00) this.#bypass = false;
    } else if (step === "unlock-2") {
      if (low === 0x2aa && command === 0x55) this.#step = "unlocked";
      else if (command === 0xf0) this.#readArray();
    } else if (step === "erase-unlock-1") {
      if (low === 0x555 && command === 0xaa) this.#step = "erase-unlock-2";
    } else if (step === "erase-unlock-2") {
      if (low === 0x2aa && command === 0x55) this.#step = "erase-command";
    } else if (step === "erase-command" || step === "bypass-erase") {
      if (command === 0x30) this.#beginErase(address);
      else if (command === 0x10 && (step === "bypass-erase" || low === 0x555)) this.#beginChipErase();
    } else if (step === "unlocked") {
      this.#unlockedCommand(address, command);
    } else {
      this.#firstCommand(address, command);
    }
  }

  #firstCommand(address: number, command: number): void {
    const low = address & 0x7ff;
    if (low === 0x555 && command === 0xaa) this.#step = "unlock-2";
    else if (command === 0xf0) this.#readArray();
    else if (this.#fault !== undefined) return;
    else if ((low & 0xff) === 0x55 && command === 0x98 && this.#mode !== "cfi") {
      this.#modeBeforeQuery = this.#mode;
      this.#mode = "cfi";
    } else if (command === 0x30 && this.#erase?.state === "suspended") this.#resumeErase();
    else if (this.#bypass) this.#bypassCommand(address, command);
  }

  /** After AA at 555 and 55 at 2AA. An aborted write buffer takes the reset alone. */
  #unlockedCommand(address: number, command: number): void {
    if (command === 0xf0) {
      this.#fault = undefined;
      this.#readArray();
      return;
    }
    if (this.#fault !== undefined) return;
    if (command === 0x25) {
      this.#expectBuffer(address);
      return;
    }
    if ((address & 0x7ff) !== 0x555) return;
    if (command === 0x90) this.#mode = "autoselect";
    else if (command === 0xa0) this.#step = "program";
    else if (command === 0x80) this.#step = "erase-unlock-1";
    else if (command === 0x20) this.#bypass = true;
  }

  #bypassCommand(address: number, command: number): void {
    if (command === 0xa0) this.#step = "program";
    else if (command === 0x25) this.#expectBuffer(address);
    else if (command === 0x80) this.#step = "bypass-erase";
    else if (command === 0x90) this.#step = "bypass-exit";
  }

  /** Read/Reset: back to the array, from CFI to where that was entered; an aborted buffer needs the long form. */
  #readArray(): void {
    if (this.#fault === "aborted") return;
    this.#fault = undefined;
    this.#mode = this.#mode === "cfi" ? this.#modeBeforeQuery : "array";
  }

  #expectBuffer(address: number): void {
    this.#buffer = { block: blockOf(address), words: new Map(), left: 0, last: address };
    this.#step = "buffer-count";
  }

  /** Count less one, the words of one 32-word page, and 29h in the same block; anything else aborts. */
  #fillBuffer(address: number, value: number): void {
    const buffer = this.#buffer;
    const step = this.#step;
    this.#step = "command";
    let valid = blockOf(address) === buffer.block;
    if (step === "buffer-count") {
      buffer.left = value + 1;
      valid &&= value < norGeometry.bufferWords;
      if (valid) this.#step = "buffer-data";
    } else if (step === "buffer-data") {
      valid &&= buffer.words.size === 0 || pageOf(address) === pageOf(buffer.last);
      if (valid) {
        buffer.words.set(address, value);
        buffer.last = address;
        this.#lastWord = value;
        buffer.left--;
        this.#step = buffer.left === 0 ? "buffer-confirm" : "buffer-data";
      }
    } else {
      valid &&= (value & 0xff) === 0x29;
      if (valid) this.#program(buffer.words, norTimes.buffer);
    }
    if (!valid) this.#fault = "aborted";
  }

  #program(words: ReadonlyMap<number, number>, nanoseconds: number): void {
    this.#step = "command";
    this.#mode = "array";
    for (const [address, value] of words) {
      this.#lastWord = value;
      // A block whose erasure is suspended can't be programmed: the command is ignored.
      if (this.#erase?.blocks.has(blockOf(address))) return;
    }
    this.#timer.start("program", nanoseconds, () => {
      for (const [address, value] of words) {
        // A cell can only lose ones.
        this.content.clearBits(address * 2, value & 0xff);
        this.content.clearBits(address * 2 + 1, value >>> 8);
        if (this.#word(address) !== value) {
          this.#lastWord = value;
          this.#fault = "failed";
        }
      }
    });
  }

  #beginErase(address: number): void {
    if (this.#erase !== undefined) return;
    this.#mode = "array";
    this.#erase = { blocks: new Set([blockOf(address)]), state: "window", remaining: 0 };
    this.#openWindow();
  }

  #openWindow(): void {
    this.#timer.start("erase", norTimes.eraseWindow, () => {
      this.#continueErase((this.#erase?.blocks.size ?? 0) * norTimes.block);
    });
  }

  #continueErase(nanoseconds: number): void {
    const erase = this.#erase;
    if (erase === undefined) return;
    erase.state = "erasing";
    this.#timer.start("erase", nanoseconds, () => {
      for (const block of erase.blocks) this.content.erase(block * norGeometry.blockBytes, norGeometry.blockBytes);
      this.#erase = undefined;
    });
  }

  #beginChipErase(): void {
    if (this.#erase !== undefined) return;
    this.#mode = "array";
    const all = Array.from({ length: norGeometry.bytes / norGeometry.blockBytes }, (_, block) => block);
    this.#erase = { blocks: new Set(all), state: "erasing", remaining: 0 };
    this.#continueErase(norTimes.chip);
  }

  #writeDuringErase(address: number, command: number): void {
    const erase = this.#erase;
    if (erase === undefined) return;
    const whole = erase.blocks.size * norGeometry.blockBytes === norGeometry.bytes;
    if (command === 0xb0 && !whole) {
      const left = this.#timer.stop();
      erase.remaining = erase.state === "window" ? erase.blocks.size * norTimes.block : left;
      erase.state = "suspended";
    } else if (erase.state !== "window") {
      return;
    } else if (command === 0x30) {
      erase.blocks.add(blockOf(address));
      this.#openWindow();
    } else {
      // Any other command before the controller starts gives the erasure up.
      this.#timer.stop();
      this.#erase = undefined;
    }
  }

  #resumeErase(): void {
    this.#continueErase(this.#erase?.remaining ?? 0);
  }

  #programStatus(): number {
    this.#toggle6 ^= DQ6;
    const error = this.#fault === "failed" ? DQ5 : this.#fault === "aborted" ? DQ1 : 0;
    return (~this.#lastWord & DQ7) | this.#toggle6 | error;
  }

  /** DQ7 low, DQ6 toggling, DQ3 high once no block may join, DQ2 toggling in a block that is being erased. */
  #eraseStatus(address: number): number {
    this.#toggle6 ^= DQ6;
    if (this.#erase?.blocks.has(blockOf(address))) this.#toggle2 ^= DQ2;
    return this.#toggle6 | this.#toggle2 | (this.#erase?.state === "window" ? 0 : DQ3);
  }

  #word(address: number): number {
    return this.content.byte(address * 2) | (this.content.byte(address * 2 + 1) << 8);
  }
}

function blockOf(address: number): number {
  return (address / BLOCK_WORDS) | 0;
}

function pageOf(address: number): number {
  return (address / norGeometry.bufferWords) | 0;
}
