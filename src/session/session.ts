import { crc32 } from "../base/crc32.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import { EventStream } from "../base/events.ts";
import { Queue } from "../base/queue.ts";
import type { Core, CoreRegisterName, CoreRegisters, HaltReason, ResetKind, WatchAccess } from "../cortexm/core.ts";
import { CANCELLED, type Cancelled } from "../flash/cancelled.ts";
import type { FlashProgrammer, ImageSegment } from "../flash/programmer.ts";
import { isGone } from "../link/gone.ts";
import type { Probe } from "../probe/probe.ts";
import { BreakpointTable } from "./breakpoint-table.ts";
import type {
  BreakpointKind,
  DebugSession,
  MemoryRegion,
  ProgrammedMemory,
  ResetOptions,
  RunState,
  SessionEvents,
} from "./debug-session.ts";
import { FindingError } from "./finding-error.ts";
import { clippedTo, type FlashJobs, imageTooLarge, LARGEST_FLASH } from "./flash-jobs.ts";
import type { LoadedMemory } from "./loaded-memory.ts";
import { Memories } from "./memories.ts";
import { MemoryCache } from "./memory-cache.ts";
import { checkHeld, initUndone, mustHold } from "./outside-memory.ts";
import { runInRange } from "./range-run.ts";
import type { SessionParts, SinceReset } from "./session-parts.ts";
import { Stepper } from "./stepper.ts";
import { WatchpointTable } from "./watchpoint-table.ts";

/** How often a running core is asked whether it halted, in milliseconds: quick at first, then at ease. */
const pollMilliseconds = [1, 2, 5, 10, 20] as const;
/** How long to wait between looks at a running target while nobody waits for it to stop. */
const unattendedMilliseconds = 100;
/** How long to wait between tries when the target stopped answering. */
const retryMilliseconds = 200;
/** From this many bytes on it is quicker to let the target sum than to read. */
const smallestTargetCrc = 4096;
/** Bytes read at once for a sum that the target does not compute: others get their turn in between. */
const sumStride = 0x4000;
/** ARMv7-M B1.5.15: what lockup means and how it ends. */
const lockupText =
  "The core is in lockup: a fault came while it could not be handled (in the fault handler itself, or with no valid " +
  "vector table or stack). It stays there until a reset; halt it (Ctrl-C) to see where.";

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
  #runState: RunState;
  #reason: HaltReason = { kind: "request" };
  #attended = true;
  /** What polls now; another object than before: who polled before gives up. */
  #poller: object | undefined;
  /** The user was told that the core is locked up, since it last ran. */
  #toldOfLockup = false;
  /** What the user was told last of a loader that could not read. */
  #toldOfLoader = "";
  #closed = false;
  /** A load was ended in the middle: what is in flash is no whole program, and is not let run by itself. */
  #incomplete = false;
  /** The probe was pulled out. */
  #away: Away | undefined;
  /** Memories behind loaders into which a debugger wrote. */
  readonly #filled = new Set<LoadedMemory>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#core = parts.core;
    this.chipName = parts.chipName;
    this.memoryMap = parts.memoryMap;
    this.breakpointComparators = parts.core.breakpointComparators;
    this.watchpointComparators = parts.core.watchpointComparators;
    this.#runState = parts.options.running ? "running" : "halted";
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
    parts.lifeline?.onGone((error) => this.#probeGone(error));
    if (this.#runState === "running") this.#startPolling();
  }

  /** The probe is gone, but waited for: it is used again once it is plugged in. */
  get waitsForProbe(): boolean {
    return this.#away !== undefined && this.#parts.lifeline?.canReturn === true;
  }

  get runState(): RunState {
    return this.#runState;
  }

  get attended(): boolean {
    return this.#attended;
  }

  set attended(attended: boolean) {
    if (attended === this.#attended) return;
    this.#attended = attended;
    if (!attended) return;
    // The first look shall not be at the end of a long pause.
    this.#poller = undefined;
    if (!this.#closed && this.#runState !== "halted") this.#startPolling();
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
    return this.#lock.run(async () => {
      await this.#catchUp();
      if (this.#runState === "halted") return;
      if (this.#away !== undefined) throw this.#haltOnReturn(this.#away);
      await this.#core.halt(this.#parts.options.haltTimeout);
      await this.#stopped({ kind: "request" });
    });
  }

  resume(): Promise<void> {
    return this.#lock.run(async () => {
      if (this.#away !== undefined) throw this.#away.error;
      await this.#catchUp();
      if (this.#runState !== "halted") return;
      await this.#stepper.stepOffSoftwareBreakpoint();
      this.#forgetContent();
      const halted = await this.#core.resume();
      this.#runState = "running";
      this.events.emit("target.resumed", {});
      if (halted) await this.#look();
      this.#startPolling();
    });
  }

  step(): Promise<HaltReason> {
    return this.#lock.run(async () => {
      await this.#catchUp();
      this.#needHalted("step");
      return (this.#reason = await this.#stepOnce());
    });
  }

  async stepRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason> {
    for (;;) {
      const { reason, pc } = await this.#lock.run(async () => {
        this.#needHalted("step");
        this.#reason = (await this.#runInRange(start, end, cancelled)) ?? (await this.#stepOnce());
        return { reason: this.#reason, pc: await this.#core.readRegister("pc") };
      });
      if (reason.kind !== "step" || pc < start || pc >= end) return reason;
      if (cancelled()) return (this.#reason = { kind: "request" });
      const standsOnBreakpoint = this.#breakpoints.has(pc);
      if (standsOnBreakpoint) return (this.#reason = { kind: "breakpoint", address: pc, hardware: true });
    }
  }

  reset(kind: ResetKind, options: ResetOptions): Promise<void> {
    return this.#lock.run(async () => {
      if (this.#away !== undefined) throw this.#haltOnReturn(this.#away, options.halt);
      this.#stepper.forget();
      this.#core.invalidate();
      this.#memories.forgetInit();
      const { afterLoad = false } = options;
      const again = this.#memories.loaded.filter(
        (memory) => memory.initAfterReset || (afterLoad && this.#inUse(memory)),
      );
      const halt = options.halt || again.length > 0;
      await this.#core.reset(kind, { halt });
      this.#sinceReset.pristine = halt;
      this.#runState = halt ? "halted" : "running";
      this.#reason = { kind: "vector-catch", cause: "reset" };
      for (const memory of again) await this.#initialise(memory);
      if (halt && !options.halt) {
        await this.#core.resume();
        this.#runState = "running";
        this.#sinceReset.pristine = false;
      }
      this.events.emit("target.reset", { kind, halted: options.halt });
      for (const memory of this.#memories.loaded) {
        if (!again.includes(memory) && this.#inUse(memory))
          this.events.emit("user.message", { text: initUndone(memory) });
      }
      if (!options.halt) this.#startPolling();
    });
  }

  haltReason(): Promise<HaltReason> {
    return this.#lock.run(async () => this.#reason);
  }

  registers(): Promise<CoreRegisters> {
    return this.#lock.run(async () => {
      await this.#catchUp();
      this.#needHalted("read registers");
      return this.#stepper.registers();
    });
  }

  readRegister(name: CoreRegisterName): Promise<number> {
    return this.#lock.run(async () => {
      await this.#catchUp();
      this.#needHalted("read registers");
      return this.#core.readRegister(name);
    });
  }

  writeRegister(name: CoreRegisterName, value: number): Promise<void> {
    return this.#lock.run(async () => {
      await this.#catchUp();
      this.#needHalted("write registers");
      await this.#core.writeRegister(name, value);
    });
  }

  readMemory(address: number, length: number): Promise<Uint8Array> {
    return this.#lock.run(async () => {
      await this.#catchUp();
      const halted = this.#runState === "halted";
      const direct = (): Promise<Uint8Array> =>
        halted ? this.#cache.read(address, length) : this.#core.port.read(address, length);
      const memory = this.#memories.loadedAt(address);
      if (memory === undefined) return this.#breakpoints.hide(address, await direct());
      const mayInit = this.#sinceReset.pristine;
      const bytes = await this.#afterLoader(() =>
        this.#memories.read(memory, address, length, { direct, halted, mayInit }),
      ).catch((error: unknown) => {
        this.#tellOfLoader(error);
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
        await this.#program([{ address, data }]);
        return;
      }
      if (memory !== undefined && !memory.ready && this.#runState === "halted" && this.#sinceReset.pristine) {
        await this.#afterLoader(() => memory.init());
      }
      const flash = this.#parts.flash;
      if (flash !== undefined) {
        const { base, size } = flash.region;
        if (address >= base && address < base + size) {
          // A debugger that writes to flash like to RAM means the contents: program them, page by page.
          await this.#program([{ address, data }]);
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
      if (memory !== undefined) this.#filled.add(memory);
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
    return this.#flashing(async () => this.#jobsAt(address).erase(address, length));
  }

  flashWrite(address: number, data: Uint8Array): Promise<void> {
    return this.#flashing(async () => this.#jobsAt(address).write(address, data));
  }

  flashDone(cancelled?: Cancelled): Promise<void> {
    return this.#flashing(async () => {
      const { jobs } = this.#memories;
      if (jobs === undefined || jobs.empty) return;
      const { image, erases } = jobs.take();
      try {
        if (image.length > 0) await this.#program(image, cancelled);
        else await this.#atRest(() => this.#memories.eraseAll(erases, { onProgress: this.#progress, cancelled }));
        this.#incomplete = false;
      } catch (error) {
        this.#incomplete ||= isProbityError(error, CANCELLED) || this.#away !== undefined;
        throw error;
      }
    });
  }

  flashAbort(): void {
    this.#memories.jobs?.clear();
  }

  massErase(): Promise<void> {
    return this.#lock.run(async () => {
      const flash = this.#parts.flash;
      if (flash === undefined) throw this.#unsupported();
      await this.#atRest(() => flash.massErase());
    });
  }

  async crc32(address: number, length: number, cancelled: Cancelled = () => false): Promise<number> {
    const byTarget = this.#parts.targetCrc32;
    const memory = this.#memories.loadedAt(address);
    const throughLoader = memory !== undefined && !memory.memory.mapped;
    if (byTarget === undefined || this.#runState !== "halted" || length < smallestTargetCrc || throughLoader) {
      let sum: number | undefined;
      for (let done = 0; done < length; done += sumStride) {
        if (cancelled()) throw sumCancelled(address, length);
        sum = crc32(await this.readMemory(address + done, Math.min(sumStride, length - done)), sum);
      }
      return sum ?? crc32(new Uint8Array(0));
    }
    return this.#lock.run(async () => {
      if (memory !== undefined && !memory.ready && this.#sinceReset.pristine) {
        await this.#afterLoader(() => memory.init());
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
      if (this.#away !== undefined) this.#away.detach = options;
      if (this.#runState !== "lost") await this.#detach(options);
    });
  }

  async #detach(options: { readonly resume: boolean }): Promise<void> {
    await this.#breakpoints.removeAll();
    this.#watchpoints.forget();
    await this.#core.clearAllComparators();
    if (!options.resume || this.#runState !== "halted" || this.#incomplete) return;
    // Whoever else debugs this core would find it gone from where it stood.
    if (await this.usedByOthers()) return;
    this.#forgetContent();
    await this.#core.resume();
    this.#runState = "running";
    this.events.emit("target.resumed", {});
    this.#startPolling();
  }

  /** Other programs use the probe just now; false where that can't be told. */
  async usedByOthers(): Promise<boolean> {
    return ((await this.#parts.probe.others?.()) ?? 0) > 0;
  }

  /** What another program that uses the probe may have done to a core that was halted when it was last looked at. */
  async #catchUp(): Promise<void> {
    if (this.#runState !== "halted" || !(await this.usedByOthers())) return;
    this.#stepper.forget();
    this.#core.invalidate();
    if ((await this.#core.status()).halted) return;
    this.#runState = "running";
    this.#sinceReset.pristine = false;
    this.events.emit("target.resumed", {});
    this.events.emit("user.message", { text: "Another program that uses this ST-LINK let the core run." });
    this.#startPolling();
  }

  /**
   * Who is told that the core could not be halted takes it for halted all the same: it is halted once the probe is back,
   * though a debugger that left before wanted it to run.
   */
  #haltOnReturn(away: Away, halt = true): ProbityError {
    if (halt) away.halted = true;
    if (away.detach !== undefined) away.detach = { resume: false };
    return away.error;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#lock.run(() => this.#parts.disconnect());
  }

  readonly #progress = (progress: SessionEvents["flash.progress"]): void => {
    this.events.emit("flash.progress", progress);
  };

  #isRam(address: number): boolean {
    return this.memoryMap.some(
      ({ kind, start, length }) => kind === "ram" && address >= start && address < start + length,
    );
  }

  /** What was loaded into it can be lost to the core by a reset: it is read where Init() mapped it. */
  #inUse(memory: LoadedMemory): boolean {
    return memory.memory.mapped && this.#filled.has(memory) && memory.memory.loader.format === "stldr";
  }

  /** A debugger shows no text for a read that fails: the console says what its loader did, once. */
  #tellOfLoader(error: unknown): void {
    if (!(error instanceof FindingError) || error.message === this.#toldOfLoader) return;
    this.#toldOfLoader = error.message;
    this.events.emit("user.message", { text: error.message });
  }

  #needHalted(what: string): void {
    if (this.#runState === "halted") return;
    if (this.#away !== undefined) throw this.#away.error;
    throw new ProbityError("target-running", `Cannot ${what}: the core is running.`, {
      remedy: ["Halt it first (Ctrl-C in GDB, or `monitor halt`)."],
    });
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

  /** Throws `flash-unsupported` where nothing can program this address though the chip has flash there. */
  #jobsAt(address: number): FlashJobs {
    const { jobs, flash } = this.#memories;
    const inFlash = this.memoryMap.some(
      ({ kind, start, length }) => kind === "flash" && address >= start && address < start + length,
    );
    const nobody = flash === undefined && this.#memories.loadedAt(address) === undefined;
    if (jobs === undefined || (inFlash && nobody)) throw this.#unsupported();
    return jobs;
  }

  #unsupported(): ProbityError {
    return new ProbityError("flash-unsupported", `Programming the flash of ${this.chipName} is not supported yet.`, {
      remedy: [
        "Name a CMSIS-Pack flash algorithm (.FLM) for this chip with --extload.",
        "Or program it with another tool, then debug with --attach.",
      ],
    });
  }

  #need<Method extends (...args: never[]) => unknown>(name: string, method: Method | undefined): Method {
    if (method !== undefined) return method.bind(this.#parts.probe) as Method;
    throw new ProbityError("probe-too-old", `This probe's firmware cannot do ${name}; V2J24 and later can.`, {
      facts: { firmware: this.#parts.probe.identity.firmware },
      remedy: ["Upgrade the ST-LINK firmware."],
    });
  }

  async #program(image: readonly ImageSegment[], cancelled?: Cancelled): Promise<void> {
    this.events.emit("flash.planned", { image });
    const { verify, incremental } = this.#parts.options;
    const onProgress = this.#progress;
    for (const memory of this.#memories.loaded) {
      if (clippedTo({ base: memory.start, size: memory.size }, image).length > 0) this.#filled.add(memory);
    }
    const onProgrammed = (done: ProgrammedMemory): void => this.events.emit("flash.programmed", done);
    const options = { verify, incremental, onProgress, cancelled };
    await this.#atRest(() => this.#memories.program(image, options, onProgrammed));
  }

  /** Halts the core if need be, and forgets what programming may have changed. */
  async #atRest(work: () => Promise<unknown>): Promise<void> {
    if (this.#runState === "running") {
      await this.#core.halt(this.#parts.options.haltTimeout);
      await this.#stopped({ kind: "request" });
    }
    this.#stepper.forget();
    await this.#afterLoader(work);
  }

  /** Whatever ran on the core by itself: nothing that was known of it is sure. */
  async #afterLoader<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#core.invalidate();
    }
  }

  /** Init() of a loader after a reset: when it fails, the session goes on without that memory. */
  async #initialise(memory: LoadedMemory): Promise<void> {
    try {
      await this.#afterLoader(() => memory.init());
    } catch (error) {
      if (!isProbityError(error)) throw error;
      this.events.emit("user.message", { text: `Init() after the reset failed: ${error.message}` });
    }
  }

  #forgetContent(): void {
    this.#stepper.forget();
    this.#memories.forgetContent();
    this.#sinceReset.pristine = false;
  }

  #stepOnce(): Promise<HaltReason> {
    this.#memories.forgetContent();
    this.#sinceReset.pristine = false;
    return this.#stepper.step();
  }

  async #runInRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason | undefined> {
    const pc = await this.#core.readRegister("pc");
    const parts = {
      core: this.#core,
      stepper: this.#stepper,
      breakpoints: this.#breakpoints,
      read: (address: number, length: number) => this.#cache.read(address, length),
      haltTimeout: this.#parts.options.haltTimeout,
    };
    const reason = await runInRange(parts, { start, end, pc }, cancelled);
    if (reason !== undefined) {
      this.#memories.forgetContent();
      this.#sinceReset.pristine = false;
    }
    return reason;
  }

  async #stopped(reason: HaltReason): Promise<void> {
    this.#runState = "halted";
    this.#reason = reason;
    const { r } = await this.#core.registers();
    this.events.emit("target.halted", { reason, pc: r[15] });
  }

  #startPolling(): void {
    if (this.#poller !== undefined) return;
    const poller = {};
    this.#poller = poller;
    void this.#poll(poller).finally(() => {
      if (this.#poller !== poller) return;
      this.#poller = undefined;
      // A resume that came between the last look and here finds the poll ended: begin again.
      if (!this.#closed && this.#runState !== "halted") this.#startPolling();
    });
  }

  async #poll(poller: object): Promise<void> {
    const goesOn = (): boolean => this.#poller === poller && !this.#closed;
    for (let round = 0; goesOn() && this.#runState !== "halted"; round++) {
      const attended = this.#attended ? pollMilliseconds[Math.min(round >> 2, 4)] : unattendedMilliseconds;
      await this.#parts.clock.sleep(this.#runState === "lost" ? retryMilliseconds : attended);
      if (!goesOn()) return;
      await this.#lock.run(() => this.#look());
    }
  }

  /** The cable came out, in the middle of whatever is being done: that fails by itself. */
  #probeGone(error: ProbityError): void {
    if (this.#closed || this.#away !== undefined) return;
    this.#away = { error, halted: this.#runState === "halted" };
    this.#runState = "lost";
    this.#stepper.forget();
    this.#core.invalidate();
    this.events.emit("target.lost", { message: error.message, error });
    this.#startPolling();
  }

  /** Looks whether the probe is back; if so, goes on where the target is found. */
  async #comeBack(away: Away): Promise<void> {
    const { lifeline } = this.#parts;
    if (lifeline?.canReturn !== true) return;
    const losses = this.#core.powerLosses ?? 0;
    try {
      await lifeline.reattach();
      const status = await this.#core.status();
      const lostPower = (this.#core.powerLosses ?? 0) > losses;
      await this.#breakpoints.removeLeftOver();
      const stopAgain = away.halted && !status.halted;
      if (stopAgain) await this.#core.halt(this.#parts.options.haltTimeout);
      const reason = away.halted || !status.halted ? undefined : await this.#core.haltReason();
      this.#away = undefined;
      this.#runState = away.halted ? "halted" : "running";
      this.#forgetContent();
      if (lostPower || status.resetSeen) this.#memories.forgetInit();
      if (away.halted) this.#reason = { kind: "request" };
      this.events.emit("target.found", { text: backText({ ...away, stopAgain, lostPower, load: this.#incomplete }) });
      if (!away.halted && status.resetSeen) {
        this.events.emit("target.reset", { kind: "unexpected", halted: status.halted });
      }
      if (reason !== undefined) await this.#stopped(reason);
      if (away.detach !== undefined) await this.#detach(away.detach);
    } catch (error) {
      this.#core.invalidate();
      const text = isProbityError(error) ? error.message : String(error);
      // The cable came out again before all was done.
      if (this.#away === undefined || isGone(error) || away.told === text) return;
      away.told = text;
      this.events.emit("user.message", { text: `The ST-LINK is plugged in again, but can't go on yet: ${text}` });
    }
  }

  async #look(): Promise<void> {
    if (this.#closed || this.#runState === "halted") return;
    if (this.#away !== undefined) {
      await this.#comeBack(this.#away);
      return;
    }
    try {
      const status = await this.#core.status();
      if (this.#runState === "lost") {
        this.#runState = "running";
        this.events.emit("target.found", {});
      }
      if (status.resetSeen) {
        this.#memories.forgetInit();
        this.events.emit("target.reset", { kind: "unexpected", halted: status.halted });
      }
      if (status.lockedUp && !this.#toldOfLockup) this.events.emit("user.message", { text: lockupText });
      this.#toldOfLockup = status.lockedUp;
      if (status.halted) await this.#stopped(await this.#stepper.stoppedAnywhere());
    } catch (error) {
      if (this.#closed) return;
      const message = isProbityError(error) ? error.message : String(error);
      if (this.#runState !== "lost") this.events.emit("target.lost", { message, error });
      this.#runState = "lost";
      this.#core.invalidate();
    }
  }
}

/** A probe that was pulled out. */
interface Away {
  readonly error: ProbityError;
  /** The core was halted then, or is wanted so since. */
  halted: boolean;
  /** The debugger left meanwhile. */
  detach?: { readonly resume: boolean };
  /** What was said last of why it can't go on. */
  told?: string;
}

function backText(how: {
  readonly halted: boolean;
  readonly stopAgain: boolean;
  readonly lostPower: boolean;
  readonly load: boolean;
}): string {
  const power = how.lostPower ? " It had lost its power meanwhile: its RAM and registers are new." : "";
  const state = !how.halted
    ? "The target runs under control again."
    : how.stopAgain
      ? "The target is halted anew."
      : "The target is still halted.";
  const load = how.load ? " What was being loaded is incomplete: load it again." : "";
  return `The ST-LINK is back. ${state}${power}${load}`;
}

function sumCancelled(address: number, length: number): ProbityError {
  return new ProbityError("cancelled", "The checksum was given up: nobody waits for it any more.", {
    facts: { address, length },
  });
}
