import { isProbityError } from "../base/errors.ts";
import type { Core, CoreRegisters, HaltReason, ReadWords, StopRegisters } from "../cortexm/core.ts";
import type { BreakpointTable } from "./breakpoint-table.ts";
import type { MemoryCache } from "./memory-cache.ts";

/** A bit that is set while a flash controller is locked: then nothing can change what the flash holds. */
export interface FlashLock {
  readonly address: number;
  readonly mask: number;
}

/** Stores to unlock a flash controller, change its flash, and lock it again: two keys, a command, data, the lock. */
const CHANGE_UNSEEN = 5;

export interface StepperParts {
  readonly core: Core;
  readonly cache: MemoryCache;
  readonly breakpoints: BreakpointTable;
  /** Of every flash controller of the chip; absent where they are not known. */
  readonly flashLocks: readonly FlashLock[] | undefined;
}

/** Addresses around which a debugger reads first. */
function whereToLook({ sp, lr, pc }: StopRegisters): number[] {
  // A frame reaches upwards from SP.
  return [pc, sp, (sp & 0x20) === 0 ? lr : sp + 0x40];
}

/** Single steps, and the look at a core that has stopped: what is asked for next comes with them. */
export class Stepper {
  readonly #core: Core;
  readonly #cache: MemoryCache;
  readonly #breakpoints: BreakpointTable;
  readonly #flashLocks: readonly FlashLock[];
  /** The flash was locked when the core stopped last. */
  #locked = false;

  constructor({ core, cache, breakpoints, flashLocks }: StepperParts) {
    this.#core = core;
    this.#cache = cache;
    this.#breakpoints = breakpoints;
    this.#flashLocks = flashLocks ?? [];
  }

  /** The core ran, was reset, or its memory was changed by another way. */
  forget(): void {
    this.#locked = false;
    this.#cache.clear();
  }

  /** One instruction. */
  async step(): Promise<HaltReason> {
    if (!(await this.stepOffSoftwareBreakpoint())) {
      const pc = await this.#core.readRegister("pc");
      const wasLocked = this.#locked;
      // Who steps off a breakpoint goes on from there: the rest of the line's code, where it is not known yet.
      const also = this.#isQuick(pc) ? [...this.#worthReading(), ...this.#cache.missing([pc + 0x40])] : undefined;
      this.#locked = false;
      try {
        const words = await this.#core.step({ also });
        this.#locked = this.#isLocked(words);
        // One instruction cannot unlock the flash, change it, and lock it again.
        this.#cache.clear({ keepFlash: wasLocked && this.#locked });
        this.#cache.put(words);
      } catch (error) {
        this.#cache.clear();
        throw error;
      }
    }
    return this.#core.haltReason();
  }

  /** A BKPT of ours under PC is taken out for one step, then put back. True when a step was made. */
  async stepOffSoftwareBreakpoint(): Promise<boolean> {
    const pc = await this.#core.readRegister("pc");
    const original = this.#breakpoints.originalAt(pc);
    if (original === undefined) return false;
    this.forget();
    const breakpoint = await this.#core.port.read(pc, 2);
    await this.#core.port.write(pc, original);
    await this.#core.step();
    await this.#core.port.write(pc, breakpoint);
    return true;
  }

  /**
   * The core stopped after a run: fetches why, and what will be asked for. `stores`: how often it can have stored on the way,
   * where that is known; `expected`: where it may stand.
   */
  async stopped(stores = Number.POSITIVE_INFINITY, expected: readonly number[] = []): Promise<HaltReason> {
    const wasLocked = this.#locked;
    const keepsFlash = wasLocked && stores < CHANGE_UNSEEN;
    const also = [...this.#worthReading(), ...(keepsFlash ? [] : this.#cache.around(expected))];
    return this.#lookedAt(() => this.#core.lookAtStop(also), keepsFlash);
  }

  /**
   * The core stopped by itself after a run, wherever that led: fetches why, all registers, and what a debugger reads next,
   * where they point to.
   */
  async stoppedAnywhere(): Promise<HaltReason> {
    this.forget();
    const around = (registers: StopRegisters): number[] => {
      const likely = this.#worthReading();
      const known = new Set(likely);
      return [...likely, ...this.#cache.missing(whereToLook(registers)).filter((address) => !known.has(address))];
    };
    try {
      return await this.#lookedAt(() => this.#core.lookAroundStop(around), false);
    } catch (error) {
      // Read-protected flash, say: who asks for that memory will be told; why the core stopped can be read all the same.
      if (!isProbityError(error, "memory-fault")) throw error;
      return this.#lookedAt(() => this.#core.lookAtStop([]), false);
    }
  }

  async #lookedAt(look: () => Promise<ReadWords>, keepsFlash: boolean): Promise<HaltReason> {
    this.#locked = false;
    try {
      const words = await look();
      this.#locked = this.#isLocked(words);
      this.#cache.clear({ keepFlash: keepsFlash && this.#locked });
      this.#cache.put(words);
    } catch (error) {
      this.#cache.clear();
      throw error;
    }
    return this.#core.haltReason();
  }

  /** All registers of the halted core, and into the cache what a debugger reads next: code at PC and LR, and the stack. */
  async registers(): Promise<CoreRegisters> {
    const registers = await this.#core.registers();
    const { wordQueue } = this.#core.port;
    if (wordQueue === undefined) return registers;
    const [sp, lr, pc] = [...registers.r.subarray(13)];
    const words = this.#cache.missing(whereToLook({ sp, lr, pc })).slice(0, wordQueue - 1);
    if (words.length === 0) return registers;
    try {
      const values = await this.#core.port.words(words.map((address) => ({ kind: "read", address })));
      this.#cache.put(new Map(words.map((address, index) => [address, values[index]])));
    } catch (error) {
      // Who asks for this memory will be told; the registers are there.
      if (!isProbityError(error, "memory-fault")) throw error;
    }
    return registers;
  }

  #worthReading(): number[] {
    return [...this.#flashLocks.map(({ address }) => address), ...this.#cache.likely()];
  }

  #isLocked(words: ReadWords): boolean {
    return (
      this.#flashLocks.length > 0 &&
      this.#flashLocks.every(({ address, mask }) => ((words.get(address) ?? 0) & mask) !== 0)
    );
  }

  /** Surely over before the next access of the probe: neither WFI nor WFE, which may sleep on. */
  #isQuick(pc: number): boolean {
    const bytes = this.#cache.peek(pc, 2);
    if (bytes === undefined) return false;
    const op = bytes[0] | (bytes[1] << 8);
    return op !== 0xbf20 && op !== 0xbf30 && op !== 0xf3af;
  }
}
