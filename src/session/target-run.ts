import { isProbityError, type ProbityError } from "../base/errors.ts";
import type { EventStream } from "../base/events.ts";
import type { Queue } from "../base/queue.ts";
import type { Core, HaltReason } from "../cortexm/core.ts";
import { isGone } from "../link/gone.ts";
import type { BreakpointTable } from "./breakpoint-table.ts";
import type { RunState, SessionEvents } from "./debug-session.ts";
import type { Memories } from "./memories.ts";
import type { MemoryCache } from "./memory-cache.ts";
import { Polling } from "./polling.ts";
import { backText, type ProbeAway } from "./probe-away.ts";
import { runInRange } from "./range-run.ts";
import type { SessionParts, SinceReset } from "./session-parts.ts";
import { targetRunning } from "./session-refusals.ts";
import type { Stepper } from "./stepper.ts";
import type { WatchpointTable } from "./watchpoint-table.ts";

/** ARMv7-M B1.5.15: what lockup means and how it ends. */
const lockupText =
  "The core is in lockup: a fault came while it could not be handled (in the fault handler itself, or with no valid " +
  "vector table or stack). It stays there until a reset; halt it (Ctrl-C) to see where.";

export interface TargetRunParts {
  readonly session: SessionParts;
  readonly events: EventStream<SessionEvents>;
  readonly lock: Queue;
  readonly cache: MemoryCache;
  readonly breakpoints: BreakpointTable;
  readonly watchpoints: WatchpointTable;
  readonly stepper: Stepper;
  readonly memories: Memories;
  readonly sinceReset: SinceReset;
}

/**
 * Whether the target is halted, runs, or is lost, and all that changes it: who halts it and lets it go, the looks at it
 * while it runs, other programs on the same probe, and the cable. Whoever calls holds the session's lock, which only the
 * looks take by themselves.
 */
export class TargetRun {
  /** Why the core stopped last. */
  reason: HaltReason = { kind: "request" };
  /** A load was ended in the middle: what is in flash is no whole program, and is not let run by itself. */
  incomplete = false;

  readonly #parts: TargetRunParts;
  readonly #core: Core;
  readonly #haltTimeout: number;
  readonly #polling: Polling;
  #state: RunState;
  /** The user was told that the core is locked up, since it last ran. */
  #toldOfLockup = false;
  #ended = false;
  /** The probe was pulled out. */
  #away: ProbeAway | undefined;

  constructor(parts: TargetRunParts) {
    const { session, lock } = parts;
    this.#parts = parts;
    this.#core = session.core;
    this.#haltTimeout = session.options.haltTimeout;
    this.#state = session.options.running ? "running" : "halted";
    this.#polling = new Polling({
      clock: session.clock,
      state: () => this.#state,
      look: () => lock.run(() => this.#look()),
    });
    session.lifeline?.onGone((error) => this.#probeGone(error));
    if (this.#state === "running") this.#polling.start();
  }

  get state(): RunState {
    return this.#state;
  }

  /** Somebody waits for the target to stop: else it is looked at seldom. */
  get attended(): boolean {
    return this.#polling.attended;
  }

  set attended(attended: boolean) {
    this.#polling.attended = attended;
  }

  get probeAway(): boolean {
    return this.#away !== undefined;
  }

  /** The session is over: nobody looks any more. */
  end(): void {
    this.#ended = true;
    this.#polling.end();
  }

  async halt(): Promise<void> {
    await this.catchUp();
    if (this.#state === "halted") return;
    this.needProbe({ haltLater: true });
    await this.stop();
  }

  /** Halts a core that runs. */
  async stop(): Promise<void> {
    await this.#core.halt(this.#haltTimeout);
    await this.#stopped({ kind: "request" });
  }

  async resume(): Promise<void> {
    if (this.#away !== undefined) throw this.#away.error;
    await this.catchUp();
    if (this.#state !== "halted") return;
    await this.#parts.stepper.stepOffSoftwareBreakpoint();
    this.#forgetContent();
    const halted = await this.#core.resume();
    this.#state = "running";
    this.#parts.events.emit("target.resumed", {});
    if (halted) await this.#look();
    this.#polling.start();
  }

  async step(): Promise<HaltReason> {
    await this.catchUp();
    this.needHalted("step");
    return (this.reason = await this.#stepOnce());
  }

  /** One step within [start, end), or many by one run where that is quicker. */
  async stepInRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason> {
    this.needHalted("step");
    this.reason = (await this.#runInRange(start, end, cancelled)) ?? (await this.#stepOnce());
    return this.reason;
  }

  /** The core was reset, and stands at its first instruction or runs. */
  wasReset(state: "halted" | "running"): void {
    this.#parts.sinceReset.pristine = state === "halted";
    this.#state = state;
    this.reason = { kind: "vector-catch", cause: "reset" };
  }

  /** The core stands where a reset left it: lets it go without a word, for {@link watch} to look at it later. */
  async letGoAfterReset(): Promise<void> {
    await this.#core.resume();
    this.#state = "running";
    this.#parts.sinceReset.pristine = false;
  }

  /** The core runs: looks at it from now on. */
  watch(): void {
    this.#polling.start();
  }

  /** The debugger went; what it wants is done once the probe is back, where that is away. */
  async detach(options: { readonly resume: boolean }): Promise<void> {
    if (this.#away !== undefined) this.#away.detach = options;
    if (this.#state !== "lost") await this.#detach(options);
  }

  /** What was known of the target's memory may have been changed by another way. */
  forgetMemory(): void {
    this.#parts.stepper.forget();
  }

  /** Throws unless the core is halted. */
  needHalted(what: string): void {
    if (this.#state === "halted") return;
    if (this.#away !== undefined) throw this.#away.error;
    throw targetRunning(what);
  }

  /**
   * Throws while the probe is away. Who is told then that the core could not be halted takes it for halted all the same:
   * it is halted once the probe is back, though a debugger that left before wanted it to run.
   */
  needProbe({ haltLater }: { readonly haltLater: boolean }): void {
    const away = this.#away;
    if (away === undefined) return;
    if (haltLater) away.halted = true;
    if (away.detach !== undefined) away.detach = { resume: false };
    throw away.error;
  }

  /** Other programs use the probe just now; false where that can't be told. */
  async usedByOthers(): Promise<boolean> {
    return ((await this.#parts.session.probe.others?.()) ?? 0) > 0;
  }

  /** What another program that uses the probe may have done to a core that was halted when it was last looked at. */
  async catchUp(): Promise<void> {
    if (this.#state !== "halted" || !(await this.usedByOthers())) return;
    const { stepper, sinceReset, events } = this.#parts;
    stepper.forget();
    this.#core.invalidate();
    if ((await this.#core.status()).halted) return;
    this.#state = "running";
    sinceReset.pristine = false;
    events.emit("target.resumed", {});
    events.emit("user.message", { text: "Another program that uses this ST-LINK let the core run." });
    this.#polling.start();
  }

  async #detach(options: { readonly resume: boolean }): Promise<void> {
    const { breakpoints, watchpoints, events } = this.#parts;
    await breakpoints.removeAll();
    watchpoints.forget();
    await this.#core.clearAllComparators();
    if (!options.resume || this.#state !== "halted" || this.incomplete) return;
    // Whoever else debugs this core would find it gone from where it stood.
    if (await this.usedByOthers()) return;
    this.#forgetContent();
    await this.#core.resume();
    this.#state = "running";
    events.emit("target.resumed", {});
    this.#polling.start();
  }

  #forgetContent(): void {
    this.#parts.stepper.forget();
    this.#ran();
  }

  /** The program ran, if only for one instruction. */
  #ran(): void {
    this.#parts.memories.forgetContent();
    this.#parts.sinceReset.pristine = false;
  }

  #stepOnce(): Promise<HaltReason> {
    this.#ran();
    return this.#parts.stepper.step();
  }

  async #runInRange(start: number, end: number, cancelled: () => boolean): Promise<HaltReason | undefined> {
    const { stepper, breakpoints, cache } = this.#parts;
    const pc = await this.#core.readRegister("pc");
    const parts = {
      core: this.#core,
      stepper,
      breakpoints,
      read: (address: number, length: number) => cache.read(address, length),
      haltTimeout: this.#haltTimeout,
    };
    const reason = await runInRange(parts, { start, end, pc }, cancelled);
    if (reason !== undefined) this.#ran();
    return reason;
  }

  async #stopped(reason: HaltReason): Promise<void> {
    this.#state = "halted";
    this.reason = reason;
    const { r } = await this.#core.registers();
    this.#parts.events.emit("target.halted", { reason, pc: r[15] });
  }

  /** The cable came out, in the middle of whatever is being done: that fails by itself. */
  #probeGone(error: ProbityError): void {
    if (this.#ended || this.#away !== undefined) return;
    this.#away = { error, halted: this.#state === "halted" };
    this.#state = "lost";
    this.#parts.stepper.forget();
    this.#core.invalidate();
    this.#parts.events.emit("target.lost", { message: error.message, error });
    this.#polling.start();
  }

  /** Looks whether the probe is back; if so, goes on where the target is found. */
  async #comeBack(away: ProbeAway): Promise<void> {
    const { session, events, breakpoints, memories } = this.#parts;
    const { lifeline } = session;
    if (lifeline?.canReturn !== true) return;
    const losses = this.#core.powerLosses ?? 0;
    try {
      await lifeline.reattach();
      const status = await this.#core.status();
      const lostPower = (this.#core.powerLosses ?? 0) > losses;
      await breakpoints.removeLeftOver();
      const stopAgain = away.halted && !status.halted;
      if (stopAgain) await this.#core.halt(this.#haltTimeout);
      const reason = away.halted || !status.halted ? undefined : await this.#core.haltReason();
      this.#away = undefined;
      this.#state = away.halted ? "halted" : "running";
      this.#forgetContent();
      if (lostPower || status.resetSeen) memories.forgetInit();
      if (away.halted) this.reason = { kind: "request" };
      events.emit("target.found", { text: backText({ ...away, stopAgain, lostPower, load: this.incomplete }) });
      if (!away.halted && status.resetSeen) {
        events.emit("target.reset", { kind: "unexpected", halted: status.halted });
      }
      if (reason !== undefined) await this.#stopped(reason);
      if (away.detach !== undefined) await this.#detach(away.detach);
    } catch (error) {
      this.#core.invalidate();
      const text = isProbityError(error) ? error.message : String(error);
      // The cable came out again before all was done.
      if (this.#away === undefined || isGone(error) || away.told === text) return;
      away.told = text;
      events.emit("user.message", { text: `The ST-LINK is plugged in again, but can't go on yet: ${text}` });
    }
  }

  async #look(): Promise<void> {
    if (this.#ended || this.#state === "halted") return;
    if (this.#away !== undefined) {
      await this.#comeBack(this.#away);
      return;
    }
    const { events, memories, stepper } = this.#parts;
    try {
      const status = await this.#core.status();
      if (this.#state === "lost") {
        this.#state = "running";
        events.emit("target.found", {});
      }
      if (status.resetSeen) {
        memories.forgetInit();
        events.emit("target.reset", { kind: "unexpected", halted: status.halted });
      }
      if (status.lockedUp && !this.#toldOfLockup) events.emit("user.message", { text: lockupText });
      this.#toldOfLockup = status.lockedUp;
      if (status.halted) await this.#stopped(await stepper.stoppedAnywhere());
    } catch (error) {
      if (this.#ended) return;
      const message = isProbityError(error) ? error.message : String(error);
      if (this.#state !== "lost") events.emit("target.lost", { message, error });
      this.#state = "lost";
      this.#core.invalidate();
    }
  }
}
