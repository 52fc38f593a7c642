import { CodeCache } from "./code-cache.ts";
import { cortexM3Components } from "./component-ids.ts";
import type { AccessSize, Cpu, CpuConfig, CpuHost, CpuRegisters, EngineName, RunResult } from "./cpu.ts";
import { BUS_FAULT } from "./cpu.ts";
import { DebugUnit, Dfsr } from "./debug.ts";
import { DebugComponents } from "./debug-components.ts";
import { engineDefaults } from "./default-engine.ts";
import { Ccr, Exception } from "./exception-bits.ts";
import { Exceptions } from "./exceptions.ts";
import { Engine, Leave } from "./execute.ts";
import { RareInstructions } from "./execute-rare.ts";
import { Cfsr, fault } from "./fault.ts";
import { Memory } from "./memory.ts";
import { Nvic } from "./nvic.ts";
import { Ppb } from "./ppb.ts";
import { Scb } from "./scb.ts";
import { SystemControlSpace } from "./scs.ts";
import { CpuState } from "./state.ts";
import { SysTick } from "./systick.ts";
import { Checker } from "./translator/checker.ts";
import { claimGuestMemory } from "./translator/guest-memory.ts";
import { BusRecorder } from "./translator/recording-bus.ts";
import { CALL_WEIGHT } from "./translator/thresholds.ts";
import { TranslatedRun } from "./translator/translated-run.ts";
import { warmUpInterpreter } from "./warm-up.ts";

/** PC of a locked-up core (ARMv7-M B1.5.15). */
const LOCKUP_PC = 0xffff_fffe;

/**
 * Instructions after which a board is taken to go on executing: then the interpreter's warm-up is worth its tenth of a
 * second. Most boards of a debug session stand still most of the time.
 */
const WORTH_WARMING = 200_000;

/**
 * A Cortex-M3 with its private peripherals, after the ARMv7-M architecture manual and the TRM of r1p1; with the
 * configuration of a Cortex-M4, that core without an FPU. This file ties the parts together: what happens between instructions, and the ways in from outside.
 */
export class CortexM3 implements Cpu {
  /** What executes: the interpreter, too, where the memories do not allow what was asked for. */
  readonly engine: EngineName;
  readonly #host: CpuHost;
  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #cache: CodeCache;
  readonly #exceptions: Exceptions;
  readonly #engine: Engine;
  readonly #rare: RareInstructions;
  readonly #debug: DebugUnit;
  readonly #sysTick: SysTick;
  readonly #scb: Scb;
  readonly #components: DebugComponents;
  #sleeping = false;
  /** Asleep by WFE. */
  #sleepsForEvent = false;
  #lockedUp = false;
  #held = false;
  /** A reset was asked for by the instruction that runs now. */
  #resetDue = false;
  #running = false;
  /** A DWT comparator matched during the last instruction. */
  #watchpointHit = false;
  /** The last instruction raised its own exception. */
  #synchronous = false;
  /** A vector was caught: halt before the handler's first instruction. */
  #vectorCaught = false;

  constructor(host: CpuHost, config: CpuConfig) {
    this.#host = host;
    const { engine = engineDefaults().engine, thresholds = engineDefaults().thresholds } = config;
    const guest = engine === "interpreter" ? undefined : claimGuestMemory(host.bus.windows);
    this.engine = guest === undefined ? "interpreter" : engine;
    const state = guest === undefined ? new CpuState() : new CpuState(guest.state.subarray(0, 16));
    this.#state = state;
    const ppb = new Ppb(host.bus);
    const recorder =
      engine === "check" ? new BusRecorder(host.bus, ppb, host.scheduler, () => this.#engine.attention) : undefined;
    this.#memory = new Memory(recorder?.system ?? host.bus, host.scheduler, state, recorder?.private ?? ppb);
    this.#cache = new CodeCache((address) => this.#memory.fetch(address), config.dsp);
    state.geMask = config.dsp ? 0xf : 0;
    this.#memory.ignoresFault = (address) => this.#exceptions.ignoresBusFaults(address);
    this.#memory.onWritten = (address, size) => this.#engine.written(address, size);
    const attend = () => this.#attend();
    const cpu = this;

    this.#debug = new DebugUnit(state, {
      get sleeping() {
        return cpu.#sleeping;
      },
      get lockedUp() {
        return cpu.#lockedUp;
      },
      get heldInReset() {
        return cpu.#held;
      },
      get retired() {
        return cpu.#engine.retired;
      },
      get monitorPending() {
        return cpu.#exceptions.pending.has(Exception.DEBUG_MONITOR);
      },
      attend,
      haltChanged: (halted) => this.#haltChanged(halted),
      monitorChanged: (enabled, pending) => {
        this.#exceptions.monitorEnabled = enabled;
        if (pending) this.#exceptions.pend(Exception.DEBUG_MONITOR);
        else this.#exceptions.unpend(Exception.DEBUG_MONITOR);
        this.#components.update();
      },
    });

    this.#exceptions = new Exceptions(config, state, this.#memory, {
      get vectorCatch() {
        return cpu.#debug.vectorCatch;
      },
      get interruptsMasked() {
        return cpu.#debug.masksInterrupts;
      },
      attend,
      caught: () => {
        this.#vectorCaught = true;
        attend();
      },
      lockUp: () => {
        this.#lockedUp = true;
        state.pc = LOCKUP_PC;
        attend();
      },
      spend: (cycles) => {
        host.scheduler.cycles += cycles;
      },
      sleepOnExit: () => this.#sleep(),
    });

    this.#rare = new RareInstructions(state, this.#memory, {
      supervisorCall: () => {
        this.#synchronous = true;
        this.#exceptions.supervisorCall();
      },
      waitForInterrupt: () => {
        // Stepping completes the instruction instead of sleeping.
        if (!this.#debug.stepping && !this.#exceptions.wakes()) this.#sleep();
      },
      waitForEvent: () => {
        if (this.#exceptions.event) this.#exceptions.event = false;
        else if (!this.#debug.stepping && this.#exceptions.toTake() === 0) this.#sleep(true);
      },
      sendEvent: () => {
        this.#exceptions.event = true;
      },
      masksChanged: attend,
    });
    this.#engine = new Engine(host.scheduler, state, this.#memory, this.#cache, this.#rare);
    if (guest !== undefined) {
      const run = new TranslatedRun(guest, state, this.#memory, this.#cache, this.#rare, host.scheduler, thresholds);
      this.#engine.attachTranslator(run);
      if (recorder !== undefined) {
        run.checker = new Checker(
          ...([recorder, state, this.#memory, host.scheduler, this.#cache, config.dsp ?? false] as const),
          () => ({
            divide: this.#engine.divideTraps,
            unaligned: this.#memory.unalignedTraps,
            ignoresFault: this.#memory.ignoresFault,
          }),
        );
      }
    }
    this.#sysTick = new SysTick(host.scheduler, config.sysTickDivider, config.sysTickCalibration, () =>
      this.#exceptions.pend(Exception.SYSTICK),
    );
    this.#components = new DebugComponents(config, host.scheduler, this.#memory, this.#cache, {
      get traceEnabled() {
        return cpu.#debug.traceEnabled;
      },
      get privileged() {
        return state.privileged;
      },
      get pc() {
        return state.pc;
      },
      watchpoint: () => {
        this.#watchpointHit = true;
        attend();
        if (!this.#running) host.scheduler.interruptRun();
      },
      watchingChanged: (watching) => {
        if (watching === this.#engine.watching) return;
        this.#engine.watching = watching;
        attend();
      },
      traceByte: (byte) => host.traceByte?.(byte),
    });
    this.#scb = new Scb(
      this.#exceptions,
      state,
      {
        requestSystemReset: () => host.requestSystemReset(),
        requestCoreReset: () => this.reset(),
        trapsChanged: () => this.#trapsChanged(),
      },
      config,
    );
    state.priorityMask = (0xff00 >>> config.priorityBits) & 0xff;
    const ids = config.components ?? cortexM3Components;
    const nvic = new Nvic(this.#exceptions, config.priorityBits);
    ppb.attach(0xe000_e000, new SystemControlSpace(state, this.#sysTick, nvic, this.#scb, this.#debug, ids.scs));
    this.#components.attach(ppb);
  }

  get halted(): boolean {
    return this.#debug.halted;
  }

  get sleeping(): boolean {
    return this.#sleeping;
  }

  get lockedUp(): boolean {
    return this.#lockedUp;
  }

  get retired(): number {
    return this.#engine.retired;
  }

  registers(): CpuRegisters {
    const state = this.#state;
    const r = new Uint32Array(16);
    r.set(state.r);
    r[15] = state.pc;
    return {
      r,
      xpsr: state.xpsr,
      msp: state.msp,
      psp: state.psp,
      primask: state.primask,
      basepri: state.basepri,
      faultmask: state.faultmask,
      control: state.control,
    };
  }

  setRegisters(values: Partial<Omit<CpuRegisters, "r">> & { r?: ArrayLike<number> }): void {
    const state = this.#state;
    const ipsr = values.xpsr === undefined ? state.ipsr : values.xpsr & 0x1ff;
    state.setMode(ipsr, values.control ?? state.control);
    if (values.xpsr !== undefined) {
      state.apsr = values.xpsr;
      state.epsr = values.xpsr;
    }
    if (values.r !== undefined) {
      for (let index = 0; index < 15; index++) state.r[index] = values.r[index];
      state.r[13] &= ~3;
      state.pc = (values.r[15] & ~1) >>> 0;
    }
    if (values.msp !== undefined) state.msp = values.msp;
    if (values.psp !== undefined) state.psp = values.psp;
    state.primask = values.primask ?? state.primask;
    state.basepri = values.basepri ?? state.basepri;
    state.faultmask = values.faultmask ?? state.faultmask;
    this.#attend();
  }

  run(): RunResult {
    this.#followWindows();
    if (this.#held) return "reset";
    if (this.#debug.halted) return "halted";
    if (this.engine === "interpreter" && this.#engine.retired > WORTH_WARMING) warmUpInterpreter();
    this.#running = true;
    try {
      return this.#run();
    } finally {
      this.#running = false;
    }
  }

  powerOn(): void {
    this.#debug.powerOn();
    this.#components.powerOn();
    this.#engine.retired = 0;
    this.#state.r.fill(0);
    this.#state.otherSp = 0;
    this.#held = false;
    this.reset();
  }

  reset(): void {
    if (this.#running) {
      // An instruction is under way: it ends first.
      this.#resetDue = true;
      this.#attend();
      return;
    }
    this.#resetCore(this.#held);
    if (!this.#held) this.#leaveReset();
  }

  setHeldInReset(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#resetCore(false);
    else this.#leaveReset();
  }

  setInterruptLine(irq: number, high: boolean): void {
    this.#exceptions.setLine(irq, high);
  }

  raiseNmi(): void {
    this.#exceptions.pend(Exception.NMI);
  }

  signalEvent(): void {
    this.#exceptions.event = true;
    this.#attend();
  }

  debugRead(address: number, size: AccessSize): number {
    this.#followWindows();
    return this.#memory.read(address >>> 0, size, "debug");
  }

  debugWrite(address: number, size: AccessSize, value: number): boolean {
    this.#followWindows();
    return this.#memory.write(address >>> 0, size, value, "debug");
  }

  invalidateCode(address: number, length: number): void {
    this.#cache.invalidate(address, length);
  }

  /** The bus moved its windows: what was decoded and viewed of the old ones is void. */
  #followWindows(): void {
    if (!this.#memory.refreshWindows()) return;
    this.#cache.retain(this.#memory.windows);
    this.#engine.forgetWindows();
  }

  /** Between instructions: debug events, exceptions, sleep; then as many instructions as the deadline allows. */
  #run(): RunResult {
    const scheduler = this.#host.scheduler;
    const engine = this.#engine;
    const debug = this.#debug;
    for (;;) {
      if (this.#resetDue) {
        this.#resetDue = false;
        this.#resetCore(this.#held);
        if (!this.#held) this.#leaveReset();
        return "reset";
      }
      if (this.#vectorCaught) {
        this.#vectorCaught = false;
        this.#debug.halt(Dfsr.VCATCH);
      }
      if (this.#watchpointHit) this.#watchpoint();
      const quiet = debug.isQuiet;
      if (!quiet) {
        if (debug.haltRequested && !debug.halted) debug.halt(Dfsr.HALTED);
        if (debug.halted) return "halted";
      }
      if (scheduler.cycles >= scheduler.deadline) return "deadline";
      engine.attention = false;
      const stepping = !quiet && debug.stepping;
      if (this.#sleeping && !this.#wake()) return "sleeping";
      const exception = this.#exceptions.toTake();
      if (exception !== 0) {
        this.#enter(exception);
        if (stepping) debug.halt(Dfsr.HALTED);
        continue;
      }
      if (this.#lockedUp) return "lockup";
      const monitorStep = !quiet && debug.monitorStepping && this.#exceptions.monitorReady;
      engine.single = stepping || monitorStep;
      const outcome = this.#state.t === 0 ? this.#invalidState() : engine.run();
      engine.single = false;
      const retry = outcome === Leave.FAULT && fault.cfsr === 0;
      if (outcome !== Leave.NORMAL) this.#handle(outcome);
      if (engine.exceptionReturn !== 0) this.#finishReturn();
      if (this.#synchronous) this.#takeSynchronous();
      if (debug.halted || retry) continue;
      if (stepping) debug.halt(Dfsr.HALTED);
      else if (monitorStep && outcome === Leave.NORMAL) {
        debug.dfsr |= Dfsr.HALTED;
        this.#exceptions.pend(Exception.DEBUG_MONITOR);
      }
    }
  }

  /** SVC and faults are entered at once: nothing comes between the instruction and its exception. */
  #takeSynchronous(): void {
    this.#synchronous = false;
    const exception = this.#exceptions.toTake();
    if (exception !== 0) this.#enter(exception);
  }

  #enter(exception: number): void {
    this.#lockedUp = false;
    this.#rare.monitor = -1;
    this.#exceptions.enter(exception);
    this.#engine.weight = CALL_WEIGHT;
  }

  #finishReturn(): void {
    const value = this.#engine.exceptionReturn;
    this.#engine.exceptionReturn = 0;
    this.#rare.monitor = -1;
    this.#exceptions.leave(value);
  }

  #invalidState(): number {
    fault.set(Cfsr.INVSTATE);
    return Leave.FAULT;
  }

  #handle(outcome: number): void {
    if (outcome === Leave.FAULT) {
      if (fault.cfsr === 0) return;
      this.#synchronous = true;
      this.#exceptions.raise(fault.cfsr, fault.address);
      return;
    }
    if (outcome === Leave.BREAKPOINT) {
      if (this.#debug.enabled) this.#debug.halt(Dfsr.BKPT);
      else {
        this.#debug.dfsr |= Dfsr.BKPT;
        this.#synchronous = true;
        this.#exceptions.breakpoint();
      }
      return;
    }
    // A DWT comparator on the instruction: it runs, then the event is taken.
    this.#components.dwt.instructionMatched(this.#state.pc);
    const after = this.#engine.runOne();
    if (after !== Leave.NORMAL) this.#handle(after);
  }

  #watchpoint(): void {
    this.#watchpointHit = false;
    if (this.#debug.enabled) {
      this.#sleeping = false;
      this.#debug.halt(Dfsr.DWTTRAP);
    } else if (this.#exceptions.monitorReady) {
      this.#debug.dfsr |= Dfsr.DWTTRAP;
      this.#exceptions.pend(Exception.DEBUG_MONITOR);
    }
  }

  #sleep(forEvent = false): void {
    this.#sleeping = true;
    this.#sleepsForEvent = forEvent;
    this.#attend();
    this.#host.sleepChanged?.(true, (this.#exceptions.scr & 4) !== 0);
  }

  /** True when the core is awake now. */
  #wake(): boolean {
    const exceptions = this.#exceptions;
    if (this.#sleepsForEvent) {
      // WFE: an event, or an exception that is really taken; a masked one counts through SEVONPEND alone.
      if (!exceptions.event && exceptions.toTake() === 0) return false;
      exceptions.event = false;
    } else if (!exceptions.wakes()) {
      return false;
    }
    this.#awake();
    return true;
  }

  #awake(): void {
    if (!this.#sleeping) return;
    this.#sleeping = false;
    this.#host.sleepChanged?.(false, (this.#exceptions.scr & 4) !== 0);
  }

  #attend(): void {
    if (this.#engine !== undefined) this.#engine.attention = true;
  }

  #haltChanged(halted: boolean): void {
    if (halted) this.#awake();
    if (!halted) this.#lockedUp = false;
    this.#sysTick.setFrozen(halted);
    this.#components.dwt.setFrozen(halted);
    this.#attend();
    this.#host.haltChanged(halted);
  }

  #trapsChanged(): void {
    const ccr = this.#exceptions.ccr;
    this.#memory.unalignedTraps = (ccr & Ccr.UNALIGN_TRP) !== 0;
    this.#memory.userSetsPending = (ccr & Ccr.USERSETMPEND) !== 0;
    this.#engine.divideTraps = (ccr & Ccr.DIV_0_TRP) !== 0;
  }

  #resetCore(keepHaltRequest: boolean): void {
    this.#debug.systemReset(keepHaltRequest);
    this.#state.reset();
    this.#exceptions.reset();
    this.#sysTick.reset();
    this.#scb.reset();
    this.#trapsChanged();
    this.#engine.exceptionReturn = 0;
    this.#rare.monitor = -1;
    this.#vectorCaught = false;
    this.#watchpointHit = false;
    this.#awake();
    this.#lockedUp = false;
    this.#attend();
  }

  /** The reset exception: SP and PC from the vector table at 0 (B1.5.5). */
  #leaveReset(): void {
    this.#followWindows();
    const sp = this.#memory.read(0, 4, "cpu");
    const pc = this.#memory.read(4, 4, "cpu");
    this.#state.r[13] = sp & ~3;
    if (sp === BUS_FAULT || pc === BUS_FAULT) {
      // No vector to start with: HardFault, whose vector is no better.
      this.#state.r[13] = 0;
      this.#state.setMode(Exception.HARD_FAULT, 0);
      this.#exceptions.hfsr |= 2;
      this.#lockedUp = true;
      this.#state.pc = LOCKUP_PC;
    } else {
      this.#state.pc = (pc & ~1) >>> 0;
      this.#state.t = pc & 1;
    }
    this.#debug.resetReleased();
  }
}
