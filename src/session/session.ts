import { crc32 } from "../base/crc32.ts";
import { EventStream } from "../base/events.ts";
import { Queue } from "../base/queue.ts";
import type { Core, CoreRegisterName, CoreRegisters, HaltReason, ResetKind, WatchAccess } from "../cortexm/core.ts";
import type { Cancelled } from "../flash/cancelled.ts";
import type { FlashProgrammer } from "../flash/programmer.ts";
import type { Probe } from "../probe/probe.ts";
import { BreakpointTable } from "./breakpoint-table.ts";
import type {
  BreakpointKind,
  DebugSession,
  MemoryRegion,
  ResetOptions,
  RunState,
  SessionEvents,
} from "./debug-session.ts";
import { imageTooLarge, LARGEST_FLASH } from "./flash-jobs.ts";
import { Loading } from "./loading.ts";
import { Memories } from "./memories.ts";
import { MemoryCache } from "./memory-cache.ts";
import { isOfKind } from "./memory-map.ts";
import { checkHeld, initUndone, mustHold } from "./outside-memory.ts";
import type { SessionParts, SinceReset } from "./session-parts.ts";
import { noDapRegisters, sumCancelled } from "./session-refusals.ts";
import { Stepper } from "./stepper.ts";
import { TargetRun } from "./target-run.ts";
import { WatchpointTable } from "./watchpoint-table.ts";

/** From this many bytes on it is quicker to let the target sum than to read. */
const smallestTargetCrc = 4096;
/** Bytes read at once for a sum that the target does not compute: others get their turn in between. */
const sumStride = 0x4000;

/** The one composer's product; see {@link DebugSession} for what each method promises. */
export class Session implements DebugSession {
  readonly events = new EventStream<SessionEvents>();
  readonly chipName: string;
  readonly memoryMap: readonly MemoryRegion[];
  readonly breakpointComparators: number;
  readonly watchpointComparators: number;

  readonly #parts: SessionParts;
  readonly #core: Core;
  readonly #lock = new Queue();
  readonly #cache: MemoryCache;
  readonly #breakpoints: BreakpointTable;
  readonly #watchpoints: WatchpointTable;
  readonly #stepper: Stepper;
  readonly #memories: Memories;
  readonly #sinceReset: SinceReset;
  readonly #run: TargetRun;
  readonly #loading: Loading;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#core = parts.core;
    this.chipName = parts.chipName;
    this.memoryMap = parts.memoryMap;
    this.breakpointComparators = parts.core.breakpointComparators;
    this.watchpointComparators = parts.core.watchpointComparators;
    this.#cache = new MemoryCache(parts.memoryMap, (address, length) => this.#core.port.read(address, length));
    this.#breakpoints = new BreakpointTable(this.#core, (address) => this.#isRam(address));
    this.#watchpoints = new WatchpointTable(this.#core);
    this.#stepper = new Stepper({
      core: this.#core,
      cache: this.#cache,
      breakpoints: this.#breakpoints,
      flashLocks: parts.flashLocks,
    });
    this.#memories = new Memories(parts.flash, parts.loaded ?? []);
    this.#sinceReset = parts.sinceReset ?? { pristine: false };
    this.#run = new TargetRun({
      session: parts,
      events: this.events,
      lock: this.#lock,
      cache: this.#cache,
      breakpoints: this.#breakpoints,
      watchpoints: this.#watchpoints,
      stepper: this.#stepper,
      memories: this.#memories,
      sinceReset: this.#sinceReset,
    });
    this.#loading = new Loading({ session: parts, events: this.events, memories: this.#memories, run: this.#run });
  }

  /** The probe is gone, but waited for: it is used again once it is plugged in. */
  get waitsForProbe(): boolean {
    return this.#run.probeAway && this.#parts.lifeline?.canReturn === true;
  }

  get runState(): RunState {
    return this.#run.state;
  }

  get attended(): boolean {
    return this.#run.attended;
  }

  set attended(attended: boolean) {
    this.#run.attended = attended;
  }

  /** The probe underneath, for what concerns the probe alone (voltage, trace). */
  get probe(): Probe {
    return this.#parts.probe;
  }

  /** Whether DBGMCU keeps the clocks of the debug port on in low-power modes. */
  get keepsDebugClocks(): boolean {
    return this.#parts.keepsDebugClocks ?? false;
  }

  /**
   * Whether the target was without power since the session began: its debug logic or DBGMCU has lost what was written
   * there. For use within {@link exclusive}.
   */
  async lostPower(): Promise<boolean> {
    if ((this.#core.powerLosses ?? 0) > 0) return true;
    const { powerMark } = this.#parts;
    // Its value after power-on is 0 (RM0008 31.16.3); a program may change it, but hardly to that.
    return powerMark !== undefined && (await this.#core.port.readWord(powerMark.address)) === 0;
  }

  get core(): Core {
    return this.#core;
  }

  get flash(): FlashProgrammer | undefined {
    return this.#parts.flash;
  }

  /** Runs `work` alone, between the operations of everyone else. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#lock.run(work);
  }

  halt(): Promise<void> {
    return this.#lock.run(() => this.#run.halt());
  }

  resume(): Promise<void> {
    return this.#lock.run(() => this.#run.resume());
  }

  step(): Promise<HaltReason> {
    return this.#lock.run(() => this.#run.step());
  }

  async stepRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason> {
    for (;;) {
      const { reason, pc } = await this.#lock.run(async () => {
        const stopped = await this.#run.stepInRange(start, end, cancelled);
        return { reason: stopped, pc: await this.#core.readRegister("pc") };
      });
      if (reason.kind !== "step" || pc < start || pc >= end) return reason;
      if (cancelled()) return (this.#run.reason = { kind: "request" });
      const standsOnBreakpoint = this.#breakpoints.has(pc);
      if (standsOnBreakpoint) return (this.#run.reason = { kind: "breakpoint", address: pc, hardware: true });
    }
  }

  reset(kind: ResetKind, options: ResetOptions): Promise<void> {
    return this.#lock.run(async () => {
      this.#run.needProbe({ haltLater: options.halt });
      this.#stepper.forget();
      this.#core.invalidate();
      this.#memories.forgetInit();
      const { afterLoad = false } = options;
      const again = this.#memories.loaded.filter(
        (memory) => memory.initAfterReset || (afterLoad && this.#loading.inUse(memory)),
      );
      const halt = options.halt || again.length > 0;
      await this.#core.reset(kind, { halt });
      this.#run.wasReset(halt ? "halted" : "running");
      for (const memory of again) await this.#loading.initialise(memory);
      if (halt && !options.halt) await this.#run.letGoAfterReset();
      this.events.emit("target.reset", { kind, halted: options.halt });
      for (const memory of this.#memories.loaded) {
        if (!again.includes(memory) && this.#loading.inUse(memory))
          this.events.emit("user.message", { text: initUndone(memory) });
      }
      if (!options.halt) this.#run.watch();
    });
  }

  haltReason(): Promise<HaltReason> {
    return this.#lock.run(async () => this.#run.reason);
  }

  registers(): Promise<CoreRegisters> {
    return this.#lock.run(async () => {
      await this.#run.catchUp();
      this.#run.needHalted("read registers");
      return this.#stepper.registers();
    });
  }

  readRegister(name: CoreRegisterName): Promise<number> {
    return this.#lock.run(async () => {
      await this.#run.catchUp();
      this.#run.needHalted("read registers");
      return this.#core.readRegister(name);
    });
  }

  writeRegister(name: CoreRegisterName, value: number): Promise<void> {
    return this.#lock.run(async () => {
      await this.#run.catchUp();
      this.#run.needHalted("write registers");
      await this.#core.writeRegister(name, value);
    });
  }

  readMemory(address: number, length: number): Promise<Uint8Array> {
    return this.#lock.run(async () => {
      await this.#run.catchUp();
      const halted = this.#run.state === "halted";
      const direct = (): Promise<Uint8Array> =>
        halted ? this.#cache.read(address, length) : this.#core.port.read(address, length);
      const memory = this.#memories.loadedAt(address);
      if (memory === undefined) return this.#breakpoints.hide(address, await direct());
      const mayInit = this.#sinceReset.pristine;
      const bytes = await this.#loading
        .afterLoader(() => this.#memories.read(memory, address, length, { direct, halted, mayInit }))
        .catch((error: unknown) => {
          this.#loading.tellOfLoader(error);
          throw error;
        });
      return this.#breakpoints.hide(address, bytes);
    });
  }

  writeMemory(address: number, data: Uint8Array): Promise<void> {
    return this.#lock.run(async () => {
      if (data.length === 0) return;
      const memory = this.#memories.loadedAt(address);
      if (memory !== undefined && !memory.memory.isRam) {
        await this.#loading.program([{ address, data }]);
        return;
      }
      if (memory !== undefined && !memory.ready && this.#run.state === "halted" && this.#sinceReset.pristine) {
        await this.#loading.afterLoader(() => memory.init());
      }
      const flash = this.#parts.flash;
      if (flash !== undefined) {
        const { base, size } = flash.region;
        if (address >= base && address < base + size) {
          // A debugger that writes to flash like to RAM means the contents: program them, page by page.
          await this.#loading.program([{ address, data }]);
          return;
        }
        if (address >= base + size && address < base + LARGEST_FLASH) {
          throw imageTooLarge(flash.region, address, address + data.length);
        }
      }
      // A register may be that of a flash controller.
      if (this.#isRam(address)) this.#cache.forget(address, data.length);
      else this.#stepper.forget();
      await this.#core.port.write(address, this.#breakpoints.keep(address, data));
      if (memory !== undefined) this.#loading.filled(memory);
      if (mustHold(address, data.length, memory)) {
        checkHeld(address, data, await this.#core.port.read(address, data.length));
      }
    });
  }

  addBreakpoint(kind: BreakpointKind, address: number, _length: number): Promise<void> {
    return this.#lock.run(async () => {
      if (this.#isRam(address)) this.#cache.forget(address, 2);
      await this.#breakpoints.add(kind, address);
    });
  }

  removeBreakpoint(kind: BreakpointKind, address: number, _length: number): Promise<void> {
    return this.#lock.run(async () => {
      await this.#breakpoints.remove(kind, address);
      if (this.#isRam(address)) this.#cache.forget(address, 2);
    });
  }

  addWatchpoint(access: WatchAccess, address: number, length: number): Promise<void> {
    return this.#lock.run(() => this.#watchpoints.add(access, address, length));
  }

  removeWatchpoint(access: WatchAccess, address: number, length: number): Promise<void> {
    return this.#lock.run(() => this.#watchpoints.remove(access, address, length));
  }

  flashErase(address: number, length: number): Promise<void> {
    return this.#flashing(async () => this.#loading.jobsAt(address).erase(address, length));
  }

  flashWrite(address: number, data: Uint8Array): Promise<void> {
    return this.#flashing(async () => this.#loading.jobsAt(address).write(address, data));
  }

  flashDone(cancelled?: Cancelled): Promise<void> {
    return this.#flashing(() => this.#loading.done(cancelled));
  }

  flashAbort(): void {
    this.#memories.jobs?.clear();
  }

  massErase(): Promise<void> {
    return this.#lock.run(() => this.#loading.massErase());
  }

  async crc32(address: number, length: number, cancelled: Cancelled = () => false): Promise<number> {
    const byTarget = this.#parts.targetCrc32;
    const memory = this.#memories.loadedAt(address);
    const throughLoader = memory !== undefined && !memory.memory.mapped;
    if (byTarget === undefined || this.#run.state !== "halted" || length < smallestTargetCrc || throughLoader) {
      let sum: number | undefined;
      for (let done = 0; done < length; done += sumStride) {
        if (cancelled()) throw sumCancelled(address, length);
        sum = crc32(await this.readMemory(address + done, Math.min(sumStride, length - done)), sum);
      }
      return sum ?? crc32(new Uint8Array(0));
    }
    return this.#lock.run(async () => {
      if (memory !== undefined && !memory.ready && this.#sinceReset.pristine) {
        await this.#loading.afterLoader(() => memory.init());
      }
      try {
        return await byTarget(address, length);
      } finally {
        this.#core.invalidate();
      }
    });
  }

  readDp(register: number): Promise<number> {
    return this.#lock.run(() => this.#need("readDp", this.#parts.probe.readDp)(register));
  }

  writeDp(register: number, value: number): Promise<void> {
    return this.#lock.run(() => this.#need("writeDp", this.#parts.probe.writeDp)(register, value));
  }

  readAp(ap: number, register: number): Promise<number> {
    return this.#lock.run(() => this.#need("readAp", this.#parts.probe.readAp)(ap, register));
  }

  detach(options: { readonly resume: boolean }): Promise<void> {
    return this.#lock.run(async () => {
      this.flashAbort();
      await this.#run.detach(options);
    });
  }

  /** Other programs use the probe just now; false where that can't be told. */
  usedByOthers(): Promise<boolean> {
    return this.#run.usedByOthers();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#run.end();
    await this.#lock.run(() => this.#parts.disconnect());
  }

  #isRam(address: number): boolean {
    return isOfKind(this.memoryMap, "ram", address);
  }

  /** One step of a `load`; when it fails everyone hears why, because GDB shows no text for it. */
  #flashing(work: () => Promise<void>): Promise<void> {
    return this.#lock.run(async () => {
      try {
        await work();
      } catch (error) {
        this.events.emit("flash.failed", { error });
        throw error;
      }
    });
  }

  #need<Method extends (...args: never[]) => unknown>(name: string, method: Method | undefined): Method {
    if (method !== undefined) return method.bind(this.#parts.probe) as Method;
    throw noDapRegisters(name, this.#parts.probe.identity.firmware);
  }
}
