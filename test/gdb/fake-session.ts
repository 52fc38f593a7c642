import { crc32 } from "../../src/base/crc32.ts";
import { ProbityError } from "../../src/base/errors.ts";
import { EventStream } from "../../src/base/events.ts";
import type { CoreRegisterName, CoreRegisters, HaltReason, ResetKind, WatchAccess } from "../../src/cortexm/core.ts";
import type {
  BreakpointKind,
  DebugSession,
  MemoryRegion,
  RunState,
  SessionEvents,
} from "../../src/session/debug-session.ts";

const FLASH = 0x0800_0000;
const RAM = 0x2000_0000;

/**
 * A session without hardware: 64 KiB of flash, 20 KiB of RAM, and a machine whose every half-word is an instruction
 * that does nothing, save `b .` (0xE7FE), which stays, and `bkpt` (0xBExx), which halts.
 */
export class FakeSession implements DebugSession {
  readonly events = new EventStream<SessionEvents>();
  readonly chipName = "STM32F103C8";
  readonly memoryMap: readonly MemoryRegion[] = [
    { kind: "flash", start: FLASH, length: 0x1_0000, blockSize: 0x400 },
    { kind: "ram", start: RAM, length: 0x5000 },
    { kind: "ram", start: 0x4000_0000, length: 0x2000_0000 },
    { kind: "ram", start: 0xe000_0000, length: 0x10_0000 },
  ];
  readonly breakpointComparators = 6;
  readonly watchpointComparators = 4;
  attended = true;
  runState: RunState = "running";
  /** The names of the methods called, with their arguments. */
  readonly calls: string[] = [];
  readonly flash = new Uint8Array(0x1_0000).fill(0xff);
  readonly ram = new Uint8Array(0x5000);
  readonly r = new Uint32Array(16);
  readonly special = { xpsr: 0x0100_0000, msp: 0x2000_5000, psp: 0, primask: 0, basepri: 0, faultmask: 0, control: 0 };
  reason: HaltReason = { kind: "request" };
  readonly breakpoints: string[] = [];
  readonly pendingFlash: { address: number; data: Uint8Array }[] = [];
  /** Flash is being programmed for as long as this is set. */
  slowFlash = false;
  /** Milliseconds that a sum takes. */
  slowSum = 0;
  /** Errors to throw, by method name. */
  readonly failures = new Map<string, Error>();
  /** Instructions that a resumed core does per turn of the event loop; 0 freezes it. */
  speed = 1000;
  #timer: ReturnType<typeof setImmediate> | undefined;

  constructor() {
    // Vector table, then instructions that do nothing, then a loop.
    new DataView(this.flash.buffer).setUint32(0, 0x2000_5000, true);
    new DataView(this.flash.buffer).setUint32(4, 0x0800_0101, true);
    for (let at = 0x100; at < 0x200; at += 2) new DataView(this.flash.buffer).setUint16(at, 0xbf00, true);
    new DataView(this.flash.buffer).setUint16(0x200, 0xe7fe, true);
    this.r[13] = 0x2000_5000;
    this.r[14] = 0xffff_ffff;
    this.r[15] = 0x0800_0100;
  }

  /** Halts the core as an event of the program would. */
  stopWith(reason: HaltReason): void {
    this.#stopRunning();
    this.runState = "halted";
    this.reason = reason;
    this.events.emit("target.halted", { reason, pc: this.r[15] });
  }

  async halt(): Promise<void> {
    this.#called("halt");
    if (this.runState === "running") this.stopWith({ kind: "request" });
  }

  async resume(): Promise<void> {
    this.#called("resume");
    this.runState = "running";
    this.events.emit("target.resumed", {});
    let first = true;
    const turn = (): void => {
      if (!this.#isMemory(this.r[15])) {
        this.stopWith({ kind: "vector-catch", cause: "hard fault" });
        return;
      }
      for (let i = 0; i < this.speed; i++) {
        if (!this.#isMemory(this.r[15])) break;
        const hit = first ? undefined : this.#hit();
        first = false;
        if (hit !== undefined) {
          this.stopWith(hit);
          return;
        }
        this.#execute();
      }
      this.#timer = setImmediate(turn);
    };
    this.#timer = setImmediate(turn);
  }

  async step(): Promise<HaltReason> {
    this.#called("step");
    this.#execute();
    this.reason = { kind: "step" };
    return this.reason;
  }

  async stepRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason> {
    this.#called("stepRange", start, end);
    this.reason = { kind: "step" };
    do {
      this.#execute();
      const hit = this.#hit();
      if (hit !== undefined) return (this.reason = hit);
      await new Promise<void>((resolve) => setImmediate(() => resolve()));
    } while (this.r[15] >= start && this.r[15] < end && !cancelled());
    return this.reason;
  }

  async reset(kind: ResetKind, options: { readonly halt: boolean }): Promise<void> {
    this.#called("reset", kind, options.halt);
    this.#stopRunning();
    this.r.fill(0);
    this.r[13] = this.#word(FLASH);
    this.r[14] = 0xffff_ffff;
    this.r[15] = this.#word(FLASH + 4) & ~1;
    this.special.msp = this.r[13];
    this.events.emit("target.reset", { kind, halted: options.halt });
    if (options.halt) this.stopWith({ kind: "vector-catch", cause: "reset" });
    else await this.resume();
  }

  async haltReason(): Promise<HaltReason> {
    this.#called("haltReason");
    return this.reason;
  }

  async registers(): Promise<CoreRegisters> {
    this.#called("registers");
    this.#mustBeHalted();
    return { r: this.r.slice(), ...this.special };
  }

  async readRegister(name: CoreRegisterName): Promise<number> {
    this.#called("readRegister", name);
    this.#mustBeHalted();
    const index = registerIndex(name);
    return index === undefined ? this.special[name as keyof typeof this.special] : this.r[index];
  }

  async writeRegister(name: CoreRegisterName, value: number): Promise<void> {
    this.#called("writeRegister", name, value);
    this.#mustBeHalted();
    const index = registerIndex(name);
    if (index === undefined) this.special[name as keyof typeof this.special] = value;
    else this.r[index] = value;
  }

  async readMemory(address: number, length: number): Promise<Uint8Array> {
    this.#called("readMemory", address, length);
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) {
      const [memory, at] = this.#byteAt(address + index);
      bytes[index] = memory[at];
    }
    return bytes;
  }

  async writeMemory(address: number, data: Uint8Array): Promise<void> {
    this.#called("writeMemory", address, data.length);
    for (const [index, byte] of data.entries()) {
      const [memory, at] = this.#byteAt(address + index);
      memory[at] = byte;
    }
  }

  async crc32(address: number, length: number): Promise<number> {
    if (this.slowSum > 0) await new Promise<void>((resolve) => setTimeout(resolve, this.slowSum));
    return crc32(await this.readMemory(address, length));
  }

  async addBreakpoint(kind: BreakpointKind, address: number, length: number): Promise<void> {
    this.#called("addBreakpoint", kind, address, length);
    if (address < RAM && this.breakpoints.filter((entry) => !entry.startsWith("ram")).length >= 6) {
      throw new ProbityError("breakpoints-used-up", "All 6 breakpoint comparators are in use.", {
        remedy: ["Delete a breakpoint, or place this one in RAM."],
      });
    }
    this.breakpoints.push(`${address < RAM ? "comparator" : "ram"} ${address}`);
  }

  async removeBreakpoint(kind: BreakpointKind, address: number, length: number): Promise<void> {
    this.#called("removeBreakpoint", kind, address, length);
    const at = this.breakpoints.indexOf(`${address < RAM ? "comparator" : "ram"} ${address}`);
    if (at >= 0) this.breakpoints.splice(at, 1);
  }

  async addWatchpoint(access: WatchAccess, address: number, length: number): Promise<void> {
    this.#called("addWatchpoint", access, address, length);
  }

  async removeWatchpoint(access: WatchAccess, address: number, length: number): Promise<void> {
    this.#called("removeWatchpoint", access, address, length);
  }

  async flashErase(address: number, length: number): Promise<void> {
    this.#called("flashErase", address, length);
    this.#mustBeFlash(address, length);
  }

  async flashWrite(address: number, data: Uint8Array): Promise<void> {
    this.#called("flashWrite", address, data.length);
    this.#mustBeFlash(address, data.length);
    this.pendingFlash.push({ address, data: data.slice() });
  }

  async flashDone(cancelled: () => boolean = () => false): Promise<void> {
    this.#called("flashDone");
    while (this.slowFlash) {
      await new Promise<void>((resolve) => setTimeout(resolve, 5));
      if (cancelled()) throw new ProbityError("flash-cancelled", "Programming was ended before it was complete.");
    }
    for (const { address, data } of this.pendingFlash.splice(0)) this.flash.set(data, address - FLASH);
  }

  flashAbort(): void {
    this.calls.push("flashAbort()");
    this.pendingFlash.length = 0;
  }

  async massErase(): Promise<void> {
    this.#called("massErase");
    this.flash.fill(0xff);
  }

  async readDp(register: number): Promise<number> {
    this.#called("readDp", register);
    return 0x1ba0_1477;
  }

  async writeDp(register: number, value: number): Promise<void> {
    this.#called("writeDp", register, value);
  }

  async readAp(ap: number, register: number): Promise<number> {
    this.#called("readAp", ap, register);
    return register === 0xf8 ? 0xe00f_f003 : 0;
  }

  async detach(options: { readonly resume: boolean }): Promise<void> {
    this.#called("detach", options.resume);
    this.breakpoints.length = 0;
    if (options.resume && this.runState === "halted") await this.resume();
  }

  async close(): Promise<void> {
    this.#called("close");
    this.#stopRunning();
  }

  /** How often a method was called. */
  count(method: string): number {
    return this.calls.filter((call) => call.startsWith(`${method}(`)).length;
  }

  #called(method: string, ...args: readonly (string | number | boolean)[]): void {
    this.calls.push(
      `${method}(${args.map((arg) => (typeof arg === "number" ? `0x${arg.toString(16)}` : arg)).join(",")})`,
    );
    if (this.calls.length > 10_000) this.calls.splice(0, 5000);
    const failure = this.failures.get(method);
    if (failure !== undefined) throw failure;
  }

  #stopRunning(): void {
    if (this.#timer !== undefined) clearImmediate(this.#timer);
    this.#timer = undefined;
  }

  #mustBeFlash(address: number, length: number): void {
    if (address >= FLASH && address + length <= FLASH + this.flash.length) return;
    throw new ProbityError("flash-image-too-large", "The image does not fit: this chip's flash is 64 KiB.", {
      remedy: ["Build for this chip."],
    });
  }

  #mustBeHalted(): void {
    if (this.runState !== "halted")
      throw new ProbityError("core-running", "The core runs; its registers cannot be read.");
  }

  #execute(): void {
    const instruction = this.#word(this.r[15]) & 0xffff;
    if (instruction !== 0xe7fe) this.r[15] = (this.r[15] + 2) >>> 0;
  }

  #hit(): HaltReason | undefined {
    const pc = this.r[15];
    if (this.breakpoints.includes(`comparator ${pc}`)) return { kind: "breakpoint", address: pc, hardware: true };
    if (this.breakpoints.includes(`ram ${pc}`)) return { kind: "breakpoint", address: pc, hardware: false };
    if ((this.#word(pc) & 0xff00) === 0xbe00) return { kind: "breakpoint", address: pc, hardware: false };
    return undefined;
  }

  #word(address: number): number {
    const [memory, at] = this.#byteAt(address);
    return new DataView(memory.buffer).getUint32(Math.min(at, memory.length - 4), true);
  }

  #isMemory(address: number): boolean {
    return (address >= FLASH && address < FLASH + 0x1_0000) || (address >= RAM && address < RAM + 0x5000);
  }

  #byteAt(address: number): [Uint8Array, number] {
    if (address >= FLASH && address < FLASH + this.flash.length) return [this.flash, address - FLASH];
    if (address >= RAM && address < RAM + this.ram.length) return [this.ram, address - RAM];
    throw new ProbityError("memory-fault", `No memory at 0x${address.toString(16)}.`, { facts: { address } });
  }
}

function registerIndex(name: CoreRegisterName): number | undefined {
  if (name === "sp") return 13;
  if (name === "lr") return 14;
  if (name === "pc") return 15;
  return /^r\d+$/.test(name) ? Number(name.slice(1)) : undefined;
}
