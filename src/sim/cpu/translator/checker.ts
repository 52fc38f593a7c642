import { hex32 } from "../../../base/bytes.ts";
import { ProbityError } from "../../../base/errors.ts";
import { Scheduler } from "../../time/scheduler.ts";
import { CodeCache } from "../code-cache.ts";
import { type AccessSize, BUS_FAULT, type CpuBus, type MemoryWindow } from "../cpu.ts";
import { Engine } from "../execute.ts";
import { type InstructionEvents, RareInstructions } from "../execute-rare.ts";
import { fault } from "../fault.ts";
import { Memory, type PrivateBus } from "../memory.ts";
import { CpuState } from "../state.ts";
import type { BusAccess, BusRecorder } from "./recording-bus.ts";

/** What the core is set to beside its registers. */
export interface Traps {
  readonly divide: boolean;
  readonly unaligned: boolean;
  readonly ignoresFault: (address: number) => boolean;
}

/** Flash that was programmed or erased by an access, and what it holds since. */
interface FlashChange {
  /** Number of the access in the log. */
  readonly access: number;
  readonly address: number;
  readonly bytes: Uint8Array;
}

const nothing = (): void => undefined;
const noEvents: InstructionEvents = {
  supervisorCall: nothing,
  waitForInterrupt: nothing,
  waitForEvent: nothing,
  sendEvent: nothing,
  masksChanged: nothing,
};

/**
 * Compares every run of translated code with the interpreter: a second core, with copies of the memories, executes the
 * same stretch, and what the first one met on its buses is played to it again. Throws `engine-differs` at the first
 * difference in registers, flags, time, instructions counted, bus accesses or memory.
 */
export class Checker {
  readonly #recorder: BusRecorder;
  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #scheduler: Scheduler;
  readonly #traps: () => Traps;
  readonly #shadowState = new CpuState();
  readonly #shadowScheduler = new Scheduler(1_000_000);
  readonly #shadowMemory: Memory;
  readonly #shadowEngine: Engine;
  readonly #cache: CodeCache;
  #sources: readonly MemoryWindow[] = [];
  #windows: readonly MemoryWindow[] = [];
  #log: BusAccess[] = [];
  #flashChanges: FlashChange[] = [];
  #played = 0;
  /** Cycle at which the translated code stopped. */
  #stop = 0;
  #difference = "";

  constructor(
    recorder: BusRecorder,
    state: CpuState,
    memory: Memory,
    scheduler: Scheduler,
    cache: CodeCache,
    dsp: boolean,
    traps: () => Traps,
  ) {
    this.#recorder = recorder;
    this.#state = state;
    this.#memory = memory;
    this.#scheduler = scheduler;
    this.#traps = traps;
    const checker = this;
    const bus: CpuBus = {
      get windows() {
        return checker.#windows;
      },
      flashBusyUntil: 0,
      ...this.#player("system"),
    };
    this.#shadowMemory = new Memory(bus, this.#shadowScheduler, this.#shadowState, this.#player("private"));
    this.#cache = new CodeCache((address) => this.#shadowMemory.fetch(address), dsp);
    this.#shadowMemory.onWritten = (address, size) => this.#cache.invalidate(address, size);
    const rare = new RareInstructions(this.#shadowState, this.#shadowMemory, noEvents);
    this.#shadowEngine = new Engine(this.#shadowScheduler, this.#shadowState, this.#shadowMemory, this.#cache, rare);
    cache.onForgotten = (address, length) => this.#codeChanged(address, length);
    cache.onRemapped = (remaps) => this.#cache.setRemaps(remaps);
  }

  /** Before translated code runs: takes the state over and begins to record. */
  begin(): void {
    this.#followWindows();
    for (const [index, { bytes, writable }] of this.#sources.entries()) {
      if (writable) this.#windows[index].bytes.set(bytes);
    }
    const shadow = this.#shadowState;
    const state = this.#state;
    shadow.r.set(state.r);
    copyState(state, shadow);
    this.#shadowScheduler.cycles = this.#scheduler.cycles;
    this.#shadowScheduler.deadline = this.#scheduler.deadline;
    this.#shadowEngine.retired = 0;
    this.#shadowEngine.attention = false;
    this.#log = [];
    this.#recorder.log = this.#log;
  }

  /** Behind it: the interpreter does the same. `retired` counts the instructions, `faulted`: the last one faulted. */
  end(retired: number, faulted: boolean): void {
    this.#recorder.log = undefined;
    const { cfsr, address } = fault;
    const begun = this.#shadowState.pc;
    this.#play(faulted);
    this.#compare(retired, faulted, cfsr, address, begun);
    for (const change of this.#flashChanges) this.#changeFlash(change);
    this.#flashChanges = [];
    fault.set(cfsr, address);
  }

  #play(faulted: boolean): void {
    const engine = this.#shadowEngine;
    const scheduler = this.#shadowScheduler;
    const traps = this.#traps();
    engine.divideTraps = traps.divide;
    this.#shadowMemory.unalignedTraps = traps.unaligned;
    this.#shadowMemory.ignoresFault = traps.ignoresFault;
    this.#played = 0;
    this.#difference = "";
    // A fault takes one cycle and counts no instruction: it must be reached, not stopped before.
    this.#stop = faulted ? this.#scheduler.cycles + 1 : this.#scheduler.cycles;
    scheduler.deadline = Math.min(scheduler.deadline, this.#stop);
    for (let turn = 0; turn < 1_000_000; turn++) {
      if (scheduler.cycles >= scheduler.deadline || engine.attention) break;
      if (engine.run() !== 0) break;
    }
  }

  #compare(retired: number, faulted: boolean, cfsr: number, address: number, begun: number): void {
    const shadow = this.#shadowState;
    const state = this.#state;
    if (this.#difference === "") {
      const pairs: [string, number, number][] = [];
      for (let index = 0; index < 15; index++) pairs.push([`R${index}`, state.r[index] >>> 0, shadow.r[index] >>> 0]);
      pairs.push(["PC", state.pc, shadow.pc], ["APSR", state.apsr, shadow.apsr], ["ITSTATE", state.it, shadow.it]);
      pairs.push(["instructions", retired, this.#shadowEngine.retired]);
      pairs.push(["cycles", this.#scheduler.cycles, this.#shadowScheduler.cycles]);
      pairs.push(["bus accesses", this.#log.length, this.#played]);
      if (faulted) pairs.push(["CFSR", cfsr, fault.cfsr], ["fault address", address, fault.address]);
      const different = pairs.find(([, mine, other]) => mine !== other);
      if (different !== undefined) {
        const [what, mine, other] = different;
        this.#difference = `${what} is ${hex32(mine >>> 0)}, and ${hex32(other >>> 0)} interpreted`;
      }
    }
    if (this.#difference === "") this.#compareMemory();
    if (this.#difference === "") return;
    throw new ProbityError(
      "engine-differs",
      `Translated code did something else than the interpreter: ${this.#difference}.`,
      {
        facts: { from: begun, to: state.pc, instructions: retired, cycles: this.#scheduler.cycles },
        remedy: ["Run with --engine interpreter, and report this with the program."],
      },
    );
  }

  #compareMemory(): void {
    for (const [index, { bytes, writable, base }] of this.#sources.entries()) {
      const copy = this.#windows[index].bytes;
      if (!writable || Buffer.compare(bytes, copy) === 0) continue;
      const at = bytes.findIndex((byte, offset) => byte !== copy[offset]);
      this.#difference = `the byte at ${hex32(base + at)} is ${bytes[at]}, and ${copy[at]} interpreted`;
      return;
    }
  }

  /** Code is not what it was. Flash changes for the second core at the same access as for the first. */
  #codeChanged(address: number, length: number): void {
    this.#cache.invalidate(address, length);
    const window = this.#sources.find(({ base, bytes, flash }) => flash && isWithin(address, base, bytes.length));
    if (window === undefined) return;
    const start = address - window.base;
    const change = { access: this.#log.length, address, bytes: window.bytes.slice(start, start + length) };
    if (this.#recorder.log === undefined) this.#changeFlash(change);
    else this.#flashChanges.push(change);
  }

  #changeFlash({ address, bytes }: FlashChange): void {
    const window = this.#windows.find((one) => one.flash && isWithin(address, one.base, one.bytes.length));
    window?.bytes.set(bytes.subarray(0, window.base + window.bytes.length - address), address - window.base);
    this.#cache.invalidate(address, bytes.length);
  }

  /** Memories of its own behind every window that can be written, and behind flash. */
  #followWindows(): void {
    if (this.#memory.windows === this.#sources) return;
    this.#sources = this.#memory.windows;
    const copies = new Map<number, Uint8Array>();
    this.#windows = this.#sources.map((window) => {
      if (!window.writable && !window.flash) return window;
      let copy = copies.get(window.bytes.byteOffset);
      if (copy === undefined || copy.length < window.bytes.length) copy = window.bytes.slice();
      copies.set(window.bytes.byteOffset, copy);
      return { ...window, bytes: copy.subarray(0, window.bytes.length) };
    });
    this.#shadowMemory.refreshWindows();
    this.#cache.retain(this.#windows);
    this.#shadowEngine.forgetWindows();
  }

  #player(name: "system" | "private"): PrivateBus {
    const play = (write: boolean, address: number, size: AccessSize, value: number): number => {
      const scheduler = this.#shadowScheduler;
      const access = this.#log[this.#played++];
      const changes = this.#flashChanges;
      for (let change = changes[0]; change !== undefined && change.access < this.#played; change = changes[0]) {
        this.#changeFlash(change);
        changes.shift();
      }
      if (
        access === undefined ||
        access.bus !== name ||
        access.write !== write ||
        access.address !== address ||
        access.size !== size ||
        access.value !== value ||
        access.before !== scheduler.cycles
      ) {
        this.#difference ||= `the interpreter ${write ? "writes" : "reads"} ${hex32(address)} at cycle ${scheduler.cycles}`;
        this.#shadowEngine.attention = true;
        return write ? 0 : BUS_FAULT;
      }
      scheduler.cycles = access.after;
      scheduler.deadline = Math.min(access.deadline, this.#stop);
      if (access.attention) this.#shadowEngine.attention = true;
      return access.result;
    };
    return {
      read: (address, size) => play(false, address, size, 0),
      write: (address, size, value) => play(true, address, size, value) !== 0,
    };
  }
}

function isWithin(address: number, base: number, length: number): boolean {
  return address >= base && address < base + length;
}

function copyState(from: CpuState, to: CpuState): void {
  to.nf = from.nf;
  to.zf = from.zf;
  to.cf = from.cf;
  to.vf = from.vf;
  to.q = from.q;
  to.ge = from.ge;
  to.t = from.t;
  to.it = from.it;
  to.pc = from.pc;
  to.ipsr = from.ipsr;
  to.otherSp = from.otherSp;
  to.primask = from.primask;
  to.basepri = from.basepri;
  to.faultmask = from.faultmask;
  to.control = from.control;
}
