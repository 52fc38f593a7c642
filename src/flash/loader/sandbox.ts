import { isProbityError, ProbityError } from "../../base/errors.ts";
import { isDataOnlyRam } from "../../chips/executable-ram.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import { XPSR_EXCEPTION } from "../../cortexm/xpsr.ts";
import type { ActiveDma, LastStep, LoaderOutcome, Vanished } from "../../diagnose/loader/loader-facts.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { AlgorithmRunner } from "../algorithm-runner.ts";
import { CoreEnvironment, environmentReads } from "./core-environment.ts";
import { activeDma, stopDma } from "./dma-activity.ts";
import { findLastStep, type RiskyInstruction, riskyInstructions, wasInStandby } from "./last-steps.ts";
import { leaveHandlers } from "./leave-handlers.ts";
import { LoaderFailed } from "./loader-failed.ts";
import { loaderImage, supportImage } from "./loader-image.ts";
import { isPlaced, type Placement, placeLoader } from "./placement.ts";
import { type PostMortemContext, postMortem } from "./post-mortem.ts";
import { RestOfRam } from "./rest-of-ram.ts";
import { restoreSysTick } from "./restore-systick.ts";
import type { CallResult, FunctionCall, SandboxOptions } from "./sandbox-options.ts";

/** Milliseconds between two accesses that keep the watchdog quiet, and between two reports of progress. */
const TICK = 100;
const LONGEST_NAP = 16;
const HALT_PATIENCE = 500;
/** Milliseconds for a second run that shows what cut the debug port off. */
const REPLAY_LEAST = 100;
/** Private peripheral bus and above: a store there resets the chip, but leaves the debug port alone. */
const SYSTEM_SPACE = 0xe0000000;
const REPLAY_LONGEST = 1000;

/**
 * A loader in the RAM of a halted core, ready to be called: with a stack, a vector table whose entries trap, interrupts
 * masked. {@link close} puts RAM, registers and system registers back, whatever happened.
 */
export class Sandbox {
  readonly options: SandboxOptions;
  readonly placement: Placement;
  readonly runner: AlgorithmRunner;
  readonly #environment: CoreEnvironment;
  /** The loader's bytes as they were written. */
  readonly #image: Uint8Array;
  readonly #resetFlags: number;
  #failed = false;
  /** The target vanished and was reset to bring it back, or could not be brought back. */
  #vanished: "recovered" | "gone" | undefined;
  #rest: RestOfRam | undefined;
  #dmaBefore: readonly ActiveDma[] = [];

  private constructor(
    options: SandboxOptions,
    placement: Placement,
    runner: AlgorithmRunner,
    environment: CoreEnvironment,
    resetFlags: number,
  ) {
    this.options = options;
    this.placement = placement;
    this.runner = runner;
    this.#environment = environment;
    this.#resetFlags = resetFlags;
    this.#image = loaderImage(options.loader);
  }

  /**
   * Notes the state of the core, which is halted, and loads everything. Rejects with {@link LoaderFailed} (outcome
   * `not-started`) when the RAM is not there; nothing was changed then.
   */
  static async open(options: SandboxOptions): Promise<Sandbox> {
    const { core, loader, ram, resetFlags } = options;
    let environment: CoreEnvironment | undefined;
    let placement: ReturnType<typeof placeLoader> | undefined;
    let flags = 0;
    const runner = await AlgorithmRunner.begin(core, {
      reads: [...environmentReads, ...(resetFlags === undefined ? [] : [resetFlags.address])],
      writes: (values) => {
        environment = new CoreEnvironment(values);
        flags = values[environmentReads.length] ?? 0;
        const usable = ram.filter(({ base }) => !isDataOnlyRam(options.chip, base));
        placement = placeLoader(loader, usable, environment.vectorCount, options.buffers, options.stack);
        return isPlaced(placement) ? environment.enter(placement.vectors, core) : [];
      },
    });
    if (environment === undefined || placement === undefined || !isPlaced(placement)) {
      await runner.end();
      throw new LoaderFailed({
        loader,
        function: "Init",
        parameters: [],
        outcome: "not-started",
        expected: successOf(loader),
        limit: options.limit,
        elapsed: 0,
        loadBase: 0,
      });
    }
    const sandbox = new Sandbox(options, placement, runner, environment, flags);
    try {
      if (options.midProgram) sandbox.#dmaBefore = await activeDma(core, options.chip);
      if (options.keepAllRam) {
        sandbox.#rest = await RestOfRam.keep(core.port, ram, [placement.loader, placement.support]);
      }
      await sandbox.#load();
    } catch (error) {
      await sandbox.close();
      throw silentRam(error, options);
    }
    return sandbox;
  }

  get core(): Core {
    return this.options.core;
  }

  get loader(): LoaderFile {
    return this.options.loader;
  }

  /** Address of a function of the loader; undefined when the file has none of that name. */
  entry(name: string): number | undefined {
    const offset = (this.loader.functions as ReadonlyMap<string, number>).get(name);
    return offset === undefined ? undefined : this.placement.loadBase + offset;
  }

  /** Writes the loader afresh, its variables as at the start. */
  async reload(): Promise<void> {
    await this.core.port.write(this.placement.loader.base, this.#image);
  }

  /** Calls a function and waits for its end; `onTick` is called every now and then with the milliseconds so far. */
  async call(call: FunctionCall, onTick?: (elapsed: number) => void): Promise<CallResult> {
    const { clock } = this.options;
    this.options.onStep?.({ kind: "run", function: call.name, pc: (call.entry | 1) >>> 0 });
    return this.guard(
      () => call,
      async () => {
        await this.start(call.entry, call.parameters);
        const started = clock.now();
        await this.#waitHalted(call, started, onTick);
        const { r } = await this.core.registers();
        await this.check(call, r[0], clock.now() - started);
        return { r0: r[0], r1: r[1] };
      },
    );
  }

  /**
   * Does work during which the loader runs. When the target no longer answers it is brought back, if that is possible,
   * and the work rejects with {@link LoaderFailed}, outcome `vanished`; `current` names the call under way.
   */
  async guard<Result>(current: () => FunctionCall, work: () => Promise<Result>): Promise<Result> {
    const { clock, recover } = this.options;
    const started = clock.now();
    try {
      return await work();
    } catch (error) {
      if (recover === undefined || error instanceof LoaderFailed || !isProbityError(error)) throw error;
      if (error.code === "flash-cancelled") throw error;
      if (await this.#answers()) throw error;
      throw await this.#lost(current(), clock.now() - started, error, recover);
    }
  }

  /** Lets code run; {@link inspect} or {@link call} see it end. */
  async start(entry: number, parameters: readonly number[]): Promise<void> {
    const { stack, code, loadBase } = this.placement;
    await this.runner.call({
      entry,
      parameters,
      stackTop: stack.top,
      returnTo: code,
      staticBase: this.loader.format === "flm" ? loadBase + this.loader.staticBase : undefined,
    });
  }

  /** Rejects when a call that returned, with the core halted at the return trap, did not return what it should. */
  async check(call: FunctionCall, result: number, elapsed: number): Promise<void> {
    if (call.expected === undefined || result === call.expected >>> 0) return;
    throw await this.#failure(call, "returned", elapsed, result);
  }

  /**
   * Looks at the core while a call is under way. Resolves to true when it stands at the return trap, to false while it
   * runs; rejects with {@link LoaderFailed} when it ended in any other way, or `overdue`.
   */
  async inspect(call: FunctionCall, elapsed: number, overdue: boolean): Promise<boolean> {
    const { halted, lockedUp, resetSeen } = await this.core.status();
    if (resetSeen) throw await this.#failure(call, "reset", elapsed);
    if (lockedUp) throw await this.#failure(call, "locked-up", elapsed);
    if (!halted) {
      if (overdue) throw await this.#failure(call, "timed-out", elapsed);
      return false;
    }
    if (await this.runner.resumeFromWatchpoint()) return false;
    this.runner.stopped();
    const { r, xpsr } = await this.core.registers();
    const exception = xpsr & XPSR_EXCEPTION;
    if (exception !== (this.runner.before.xpsr & XPSR_EXCEPTION)) throw await this.#failure(call, "faulted", elapsed);
    if (r[15] !== this.placement.code) throw await this.#failure(call, "stopped-elsewhere", elapsed);
    return true;
  }

  /** Accesses that let stores be buffered from now on; see {@link CoreEnvironment.bufferStores}. */
  bufferStores(): WordOperation[] {
    return this.#environment.bufferStores(this.core);
  }

  /** Keeps a watchdog quiet while the target works by itself. */
  async feed(): Promise<void> {
    if (this.options.feed !== undefined) await this.core.port.words([this.options.feed]);
  }

  /**
   * Puts everything back. With `reset` the chip is reset first, and halted at its reset vector: what a loader that went
   * wrong did to clocks, pins and watchdogs is undone.
   */
  async close({ reset = false }: { readonly reset?: boolean } = {}): Promise<void> {
    this.options.onStep?.({ kind: "restore" });
    const { core } = this;
    if (this.#vanished === "gone") return;
    try {
      if (reset || this.#vanished === "recovered") {
        this.options.onReset?.();
        this.runner.stopped();
        await core.reset("system", { halt: true });
      } else if (this.#failed) {
        if (!(await core.status()).halted) await core.halt(HALT_PATIENCE);
        this.runner.stopped();
        await leaveHandlers(core, this.options.clock, this.placement, this.runner.before.xpsr & XPSR_EXCEPTION);
      }
      await restoreSysTick(this.runner, this.placement, this.#environment.sysTickValue);
      // What goes on writing would undo what is put back.
      await stopDma(core, this.options.chip, this.#dmaBefore);
    } finally {
      await this.runner.end();
      const strays = (await this.#rest?.putBack()) ?? [];
      await this.#environment.restore(core);
      if (strays.length > 0) this.options.onStray?.(strays);
    }
  }

  async #waitHalted(call: FunctionCall, started: number, onTick?: (elapsed: number) => void): Promise<void> {
    const { clock } = this.options;
    const limit = call.limit ?? this.options.limit;
    let nap = 0;
    let ticked = started;
    for (;;) {
      const elapsed = clock.now() - started;
      if (await this.inspect(call, elapsed, elapsed >= limit)) return;
      if (clock.now() - ticked >= TICK) {
        ticked = clock.now();
        onTick?.(ticked - started);
        await this.feed();
      }
      if (nap > 0) await clock.sleep(Math.min(nap, Math.max(0.1, limit - elapsed)));
      nap = nap === 0 ? 0.25 : Math.min(LONGEST_NAP, nap * 2);
    }
  }

  async #load(): Promise<void> {
    const { loader, support, stack, code } = this.placement;
    for (const { address, data } of this.loader.segments) {
      this.options.onStep?.({ kind: "segment", address: this.placement.loadBase + address, length: data.length });
    }
    const supportBytes = supportImage(this.placement, this.#environment.vectorCount);
    const gap = support.base - (loader.base + loader.size);
    if (gap >= 0 && gap < 8) {
      // Side by side: one read to save, one write.
      const all = new Uint8Array(loader.size + gap + support.size);
      all.set(this.#image);
      all.set(supportBytes, loader.size + gap);
      await this.runner.load(loader.base, all);
    } else {
      await this.runner.load(loader.base, this.#image);
      await this.runner.load(support.base, supportBytes);
    }
    this.options.onStep?.({ kind: "stack", msp: stack.top, lr: code });
  }

  /** Whether the core can be halted and read. */
  async #answers(): Promise<boolean> {
    this.core.invalidate();
    try {
      if (!(await this.core.status()).halted) await this.core.halt(HALT_PATIENCE);
      await this.core.registers();
      return true;
    } catch {
      return false;
    }
  }

  /** The target no longer answers: brings it back, and runs the loader again to see what its last step was. */
  async #lost(call: FunctionCall, elapsed: number, error: ProbityError, recover: () => Promise<void>): Promise<Error> {
    this.#failed = true;
    this.runner.stopped();
    const { loader, chip } = this.options;
    const risky = riskyInstructions(loader, chip);
    const suspects = risky
      .filter(({ address, code }) => (address ?? SYSTEM_SPACE) < SYSTEM_SPACE || code.kind === "wait")
      .map(({ at, address }) => ({ at: at + this.placement.loadBase, ...(address !== undefined && { address }) }));
    const failed = (vanished: Omit<Vanished, "error" | "suspects">, lastStep?: LastStep): LoaderFailed =>
      new LoaderFailed({
        ...this.#facts(call, "vanished", elapsed),
        ...(lastStep !== undefined && { lastStep }),
        vanished: { error: error.message, suspects, ...vanished },
      });
    try {
      await recover();
    } catch (refusal) {
      this.#vanished = "gone";
      // The probe itself is gone: that is the news.
      if (isProbityError(refusal) && refusal.code.startsWith("link-")) return refusal;
      return failed({ recovered: false, refused: refusal instanceof Error ? refusal.message : String(refusal) });
    }
    this.#vanished = "recovered";
    const standbyFlag = await wasInStandby(this.core, chip).catch(() => undefined);
    const lastStep = await this.#replay(call, elapsed, risky).catch(async () => {
      // It vanished again, on a way that was not foreseen.
      await recover();
      return undefined;
    });
    this.runner.stopped();
    return failed({ recovered: true, ...(standbyFlag !== undefined && { standbyFlag }) }, lastStep);
  }

  /** Where software asked for the reset, unless a flag of RCC names another cause. */
  async #whoReset(call: FunctionCall, elapsed: number, causes: readonly string[]): Promise<LastStep | undefined> {
    if (causes.some((cause) => /WDG|LPWR|OBL|BOR|POR/i.test(cause))) return undefined;
    const found = await this.#replay(call, elapsed, riskyInstructions(this.loader, this.options.chip));
    this.runner.stopped();
    return found?.kind === "reset" ? found : undefined;
  }

  /** Only Init() runs without anything before it. */
  async #replay(call: FunctionCall, elapsed: number, risky: readonly RiskyInstruction[]) {
    const { core, clock, chip } = this.options;
    const { loadBase, loader, support, vectors } = this.placement;
    if (call.name !== "Init" || risky.length === 0) return undefined;
    await core.port.write(loader.base, this.#image);
    await core.port.write(support.base, supportImage(this.placement, this.#environment.vectorCount));
    await this.runner.catchFaults();
    await core.port.words(this.#environment.enter(vectors, core));
    const limit = Math.min(REPLAY_LONGEST, 2 * elapsed + REPLAY_LEAST);
    return findLastStep({ core, clock, chip, loadBase, risky, limit }, () => this.start(call.entry, call.parameters));
  }

  #facts(call: FunctionCall, outcome: LoaderOutcome, elapsed: number) {
    return {
      loader: this.loader,
      function: call.name,
      parameters: call.parameters,
      outcome,
      expected: call.expected ?? successOf(this.loader),
      limit: call.limit ?? this.options.limit,
      elapsed,
      loadBase: this.placement.loadBase,
    };
  }

  async #failure(
    call: FunctionCall,
    outcome: LoaderOutcome,
    elapsed: number,
    returned?: number,
  ): Promise<LoaderFailed> {
    this.#failed = true;
    const context: PostMortemContext = {
      core: this.core,
      loader: this.loader,
      placement: this.placement,
      image: this.#image,
      outcome,
      exceptionBefore: this.runner.before.xpsr & XPSR_EXCEPTION,
      // A call is always begun privileged.
      controlBefore: this.runner.before.control & ~1,
      faultsBefore: this.#environment.faults,
      haltPatience: HALT_PATIENCE,
      resetFlags: this.options.resetFlags,
      resetFlagsBefore: this.#resetFlags,
    };
    if (outcome === "reset") this.options.onReset?.();
    const found = await postMortem(context);
    this.runner.stopped();
    const lastStep =
      outcome === "reset" ? await this.#whoReset(call, elapsed, found.core?.resetCauses ?? []) : undefined;
    const dma = await activeDma(this.core, this.options.chip);
    const added = dma.filter(({ control }) => !this.#dmaBefore.some((before) => before.control === control));
    return new LoaderFailed({
      ...this.#facts(call, outcome, elapsed),
      ...found,
      ...(added.length > 0 && { dma: added }),
      ...(lastStep !== undefined && { lastStep }),
      ...(returned !== undefined && { returned }),
    });
  }
}

/** What a function returns when all is well (stlink-gdbserver 4.3; CMSIS-Pack, "Flash algorithm functions"). */
export function successOf(loader: LoaderFile): number {
  return loader.format === "stldr" ? 1 : 0;
}

/** RAM that the chip's table has, or that was assumed, does not answer. */
function silentRam(error: unknown, { loader }: SandboxOptions): unknown {
  if (!isProbityError(error, "memory-fault")) return error;
  return new ProbityError(
    "loader-ram-missing",
    `The loader ${loader.fileName} was not started: it needs RAM that does not answer on this chip.`,
    {
      facts: { ...error.facts, spanBase: loader.span.start, length: loader.span.length },
      remedy: ["Take a loader that was built for this chip.", "Leave out --extload, if the program does not need it."],
      cause: error,
    },
  );
}
