import type { Scheduler } from "../time/scheduler.ts";
import type { CodeCache } from "./code-cache.ts";
import type { AccessSize } from "./cpu.ts";
import { Cfsr, type Fault, fault } from "./fault.ts";
import { emptyView, type Memory, type WindowView } from "./memory.ts";
import { Op } from "./opcodes.ts";
import { registerFile } from "./register-file.ts";
import type { CpuState } from "./state.ts";

const R = registerFile;

/**
 * Longest stretch between two looks at the scheduler, cycles. Short enough that a loop of translated code is entered
 * anew now and then: only so does it change over to the code that the host's optimizing compiler has made meanwhile.
 */
const LONGEST_STRETCH = 0x10_0000;
/** Where the rest of a budget is too short for translated code: enough for the longest way to its next look at it. */
const TAIL_STRETCH = 0x1000;

/**
 * What the inner loop does out of line: its budget of cycles, and the accesses that are not plain aligned memory. The
 * budget `left` counts down to the scheduler's deadline; after every access that may have moved that, the new budget
 * is in {@link left}.
 */
export class EngineAccess {
  protected readonly scheduler: Scheduler;
  protected readonly state: CpuState;
  protected readonly memory: Memory;
  protected readonly cache: CodeCache;
  readonly #multiple = new Int32Array(16);
  /** Something outside the instruction stream is to be looked at before the next instruction. */
  attention = false;
  /** One instruction at a time. */
  single = false;
  /** The budget did not suffice for translated code: the interpreter uses it up. */
  protected tail = false;
  /** CCR.DIV_0_TRP. */
  divideTraps = false;
  /** Data comparators are armed: every access takes the slow way, where it is compared. */
  watching = false;
  /** An EXC_RETURN value was loaded into PC in Handler mode; 0 otherwise. */
  exceptionReturn = 0;
  /** Budget after a slow access; see {@link EngineAccess.load}. */
  left = 0;
  /** Cycle at which the budget is used up, and {@link Scheduler.changes} when it was made. */
  protected endCycle = 0;
  #changes = 0;
  protected ram: WindowView = emptyView;
  /** The loop runs with flash reads sent the slow way. */
  protected flashClosed = false;

  constructor(scheduler: Scheduler, state: CpuState, memory: Memory, cache: CodeCache) {
    this.scheduler = scheduler;
    this.state = state;
    this.memory = memory;
    this.cache = cache;
  }

  /** A budget for the instructions to come; 0 when the loop is to stop. */
  refill(): number {
    const scheduler = this.scheduler;
    if (this.attention || this.single) {
      this.endCycle = scheduler.cycles;
      return 0;
    }
    this.#changes = scheduler.changes;
    const room = scheduler.deadline - scheduler.cycles;
    const longest = this.tail ? TAIL_STRETCH : LONGEST_STRETCH;
    const left = room <= 0 ? 0 : room < longest ? Math.ceil(room) | 0 : longest;
    this.endCycle = scheduler.cycles + left;
    return left;
  }

  /** A load that is not plain aligned memory: `left` in, the new budget in {@link left}. */
  load(address: number, size: AccessSize, left: number): number {
    const now = this.endCycle - left;
    this.scheduler.cycles = now;
    const value = this.memory.load(address >>> 0, size);
    this.left = this.#undisturbed(now) ? left : this.#afterAccess();
    return value;
  }

  /** The same for a store. True as {@link Memory.store} has it. */
  store(address: number, size: AccessSize, value: number, left: number): boolean {
    const now = this.endCycle - left;
    this.scheduler.cycles = now;
    const quiet = this.memory.store(address >>> 0, size, value);
    // Without an alarm the flash has not begun anything either.
    this.left = this.#undisturbed(now) ? left : this.#afterAccess();
    return quiet;
  }

  /** Cycle at which the budget that {@link refill} gave is used up. */
  get end(): number {
    return this.endCycle;
  }

  /** Translated code begins or ends: it runs only while flash answers at once. */
  openFlash(): void {
    this.flashClosed = false;
  }

  codeWritten(address: number, length: number): void {
    this.cache.invalidate(address >>> 0, length);
  }

  /** BX and loads of PC (ARMv7-M BXWritePC, LoadWritePC): bit 0 becomes T; EXC_RETURN in Handler mode returns. */
  branchTo(target: number): void {
    if (this.state.ipsr !== 0 && target >>> 28 === 15) {
      this.exceptionReturn = target >>> 0;
      return;
    }
    this.branchLinkTo(target);
  }

  /** BLX: no exception return (BLXWritePC). */
  branchLinkTo(target: number): void {
    this.state.t = target & 1;
    this.state.pc = (target & ~1) >>> 0;
  }

  /**
   * Executes one instruction that accesses memory, any memory; `w` and `imm` as the decoders packed them (opcodes.ts).
   * The budget afterwards is in {@link left}, the instruction's own cycles beyond the first taken off. Returns what it
   * loaded for PC: an address, or the distance of a table branch.
   */
  protected access(op: number, w: number, imm: number, left: number): number {
    const a = (w >>> 10) & 15;
    const b = (w >>> 14) & 15;
    const c = (w >>> 18) & 15;
    const s = w >>> 26;
    this.left = left;
    switch (op) {
      case Op.TBB:
        return this.#tableEntry((R[b] + R[c] + imm) | 0, 1);
      case Op.TBH:
        return this.#tableEntry((R[b] + (R[c] << 1) + imm) | 0, 2);
      case Op.LDRD:
      case Op.STRD: {
        const updated = (R[b] + imm) | 0;
        this.#two(op, a, (w >>> 22) & 15, s === 2 ? R[b] : updated);
        if (s !== 0) R[b] = updated;
        return 0;
      }
      case Op.LDM:
      case Op.LDM_PC:
        return this.#loadMultiple(a !== 0, b, c, imm, s !== 0);
      case Op.STM:
        this.#storeMultiple(a !== 0, b, c, imm, s !== 0);
        return 0;
      case Op.LS_WB: {
        const kind = (w >>> 22) & 15;
        const updated = (R[b] + imm) | 0;
        // The kinds are in the order of the opcodes from LDR on.
        this.#one(Op.LDR + (kind & 7), a, (kind & 8) !== 0 ? R[b] : updated);
        R[b] = b === 13 ? updated & ~3 : updated;
        return 0;
      }
      default:
        this.#one(op, a, (R[b] + (R[c] << s) + imm) | 0);
        return 0;
    }
  }

  /** One register loaded or stored. */
  #one(op: number, register: number, address: number): void {
    const left = this.left;
    switch (op) {
      case Op.LDR:
        R[register] = this.load(address, 4, left);
        break;
      case Op.LDRB:
        R[register] = this.load(address, 1, left);
        break;
      case Op.LDRSB:
        R[register] = (this.load(address, 1, left) << 24) >> 24;
        break;
      case Op.LDRH:
        R[register] = this.load(address, 2, left);
        break;
      case Op.LDRSH:
        R[register] = (this.load(address, 2, left) << 16) >> 16;
        break;
      case Op.STR:
        this.#put(address, 4, R[register], left);
        break;
      case Op.STRB:
        this.#put(address, 1, R[register], left);
        break;
      default:
        this.#put(address, 2, R[register], left);
    }
    this.left--;
  }

  /** A store; one to memory that holds code comes here too. */
  #put(address: number, size: AccessSize, value: number, left: number): void {
    const { base, bytes, halfWords, words, size: ramSize } = this.ram;
    const offset = (address - base) >>> 0;
    if (offset >= ramSize || (address & (size - 1)) !== 0 || this.watching) {
      this.store(address, size, value, left);
      return;
    }
    if (size === 4) words[offset >>> 2] = value;
    else if (size === 2) halfWords[offset >>> 1] = value;
    else bytes[offset] = value;
    this.codeWritten(address, size);
  }

  #tableEntry(address: number, size: AccessSize): number {
    const distance = this.load(address, size, this.left);
    this.left -= 3;
    return distance;
  }

  #two(op: number, first: number, second: number, address: number): void {
    if (op === Op.LDRD) {
      const low = this.#loadAligned(address);
      const upper = this.#loadAligned((address + 4) | 0);
      R[first] = low;
      R[second] = upper;
    } else {
      this.#storeAligned(address, R[first]);
      this.#storeAligned((address + 4) | 0, R[second]);
    }
    this.left -= 2;
  }

  #loadAligned(address: number): number {
    this.scheduler.cycles = this.endCycle - this.left;
    if ((address & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    const value = this.memory.load(address >>> 0, 4);
    this.left = this.#afterAccess();
    return value;
  }

  #storeAligned(address: number, value: number): void {
    this.scheduler.cycles = this.endCycle - this.left;
    if ((address & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    this.memory.store(address >>> 0, 4, value);
    this.left = this.#afterAccess();
  }

  #loadMultiple(writesBack: boolean, base: number, count: number, list: number, decrement: boolean): number {
    const start = (decrement ? R[base] - count * 4 : R[base]) | 0;
    this.scheduler.cycles = this.endCycle - this.left;
    if ((start & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    const values = this.#multiple;
    for (let index = 0; index < count; index++) {
      values[index] = this.memory.load((start + index * 4) >>> 0, 4);
    }
    this.left = this.#afterAccess() - count;
    let at = 0;
    for (let rest = list & 0x7fff, register = 0; rest !== 0; rest >>>= 1, register++) {
      if ((rest & 1) !== 0) R[register] = values[at++];
    }
    if (writesBack) R[base] = decrement ? start : start + count * 4;
    if ((list & 0x8000) === 0) return 0;
    this.left -= 2;
    return values[at];
  }

  #storeMultiple(writesBack: boolean, base: number, count: number, list: number, decrement: boolean): void {
    const start = (decrement ? R[base] - count * 4 : R[base]) | 0;
    this.scheduler.cycles = this.endCycle - this.left;
    if ((start & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    let address = start >>> 0;
    for (let register = 0; register < 15; register++) {
      if (((list >>> register) & 1) === 0) continue;
      this.memory.store(address >>> 0, 4, R[register]);
      address += 4;
    }
    this.left = this.#afterAccess() - count;
    if (writesBack) R[base] = decrement ? start : start + count * 4;
  }

  /** The fault object, with the cycles brought up to date. */
  protected failed(cfsr: number, left: number): Fault {
    this.scheduler.cycles = this.endCycle - left;
    return fault.set(cfsr);
  }

  /** The access took place at cycle `now` and left nothing behind that the loop has to heed: its budget stands. */
  #undisturbed(now: number): boolean {
    const scheduler = this.scheduler;
    return !this.attention && scheduler.changes === this.#changes && scheduler.cycles === now;
  }

  /** Peripherals may have moved the deadline, raised an interrupt, or made the flash busy. */
  #afterAccess(): number {
    const left = this.refill();
    if (left === 0 || this.flashClosed || !this.memory.flashBusy) return left;
    // From here on fetches and reads of flash have to wait; the loop begins anew and sees to it.
    this.endCycle = this.scheduler.cycles;
    return 0;
  }
}
