import { hex32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { MemoryPort, WordOperation } from "../coresight/memory-port.ts";
import { AfterStop, itemsOf } from "./after-stop.ts";
import { Comparators, type FoundUnits } from "./comparators.ts";
import type {
  Core,
  CoreRegisterName,
  CoreRegisters,
  CoreStatus,
  HaltReason,
  ReadWords,
  RegisterValue,
  ResetKind,
  ResumeOptions,
  StopRegisters,
  WatchAccess,
} from "./core.ts";
import type { CoreIdentity } from "./core-name.ts";
import { type CoreProbe, usedByOthers } from "./core-probe.ts";
import { demcr, dfsr, dhcsr, dhcsrValue, scs } from "./debug-registers.ts";
import { LastStop } from "./last-stop.ts";
import { RegisterAccess } from "./register-access.ts";
import { registerReads, registersRead } from "./register-batch.ts";
import { placeOf, selector } from "./register-file.ts";
import { type CoreNotice, resetCore } from "./reset.ts";
import { VectorCatches } from "./vector-catches.ts";
import { read, write } from "./word-operations.ts";

export interface CoreOptions {
  /** Told when something was done in another way than asked. */
  readonly notice?: (notice: CoreNotice) => void;
}

/** What was read before the core is made. */
export interface FoundCore extends FoundUnits {
  readonly cpuid: number;
  readonly identity: CoreIdentity;
  readonly dhcsr: number;
  readonly demcr: number;
}

/** How often a core that was let run is looked at in the same transfer. */
const LOOKS = 3;

const nothingRead: ReadWords = new Map();

/** Milliseconds for one instruction; a WFI that sleeps on is halted by request after that. */
const stepPatience = 100;

/** The {@link Core} behind an ST-LINK. Made by `openCore`. */
export class CortexMCore implements Core {
  readonly port: MemoryPort;
  readonly name: string;
  readonly cpuid: number;
  readonly identity: CoreIdentity;
  readonly breakpointComparators: number;
  readonly watchpointComparators: number;

  readonly #probe: CoreProbe;
  readonly #clock: Clock;
  readonly #notice: (notice: CoreNotice) => void;
  readonly #comparators: Comparators;
  readonly #registers: RegisterAccess;
  readonly #catches: VectorCatches;
  readonly #stop: LastStop;
  /** As last seen; `undefined` when something else may have changed it. */
  #halted: boolean | undefined;
  #maskInterrupts: boolean;
  #awake = false;
  /** S_RESET_ST came in a read whose caller did not ask for it. */
  #resetSeen = false;
  #powerLosses = 0;

  constructor(port: MemoryPort, probe: CoreProbe, clock: Clock, found: FoundCore, options: CoreOptions) {
    this.port = port;
    this.#probe = probe;
    this.#clock = clock;
    this.#notice = options.notice ?? (() => {});
    this.cpuid = found.cpuid;
    this.identity = found.identity;
    this.name = found.identity.name;
    this.#registers = new RegisterAccess(port, probe);
    this.#catches = new VectorCatches(found.demcr);
    this.#comparators = new Comparators(port, found, found.identity.architecture);
    this.#stop = new LastStop({
      port,
      comparators: this.#comparators,
      access: this.#registers,
      registers: () => this.registers(),
    });
    this.breakpointComparators = this.#comparators.breakpoints.count;
    this.watchpointComparators = this.#comparators.watchpoints.count;
    this.#halted = (found.dhcsr & dhcsr.halted) !== 0;
    this.#maskInterrupts = (found.dhcsr & dhcsr.maskInterrupts) !== 0;
  }

  /** For `openCore`: the first writes, the comparators, and a look at the core. */
  async begin(take: readonly WordOperation[], joins: boolean): Promise<void> {
    const clear = joins ? [] : this.#comparators.operations();
    const [state] = await this.port.words([...take, ...clear, read(scs.dhcsr)]);
    if (!joins) this.#comparators.written();
    this.#saw(state);
    this.#awake = (state & dhcsr.retired) !== 0 && (state & (dhcsr.sleeping | dhcsr.lockedUp | dhcsr.resetSeen)) === 0;
    if (joins) await this.leaveToOthers();
  }

  get catchesLent(): boolean {
    return this.#catches.lent;
  }

  set catchesLent(lent: boolean) {
    this.#catches.lent = lent;
  }

  /** The core executed instructions while it was taken under control: neither asleep, locked up nor held in reset. */
  get seenAwake(): boolean {
    return this.#awake;
  }

  /** Whether the core was halted when it was looked at last; `undefined` when it may have changed since. */
  get seenHalted(): boolean | undefined {
    return this.#halted;
  }

  async status(): Promise<CoreStatus> {
    let value = await this.port.readWord(scs.dhcsr);
    let resetSeen = this.#resetSeen || (value & dhcsr.resetSeen) !== 0;
    this.#saw(value);
    if ((value & dhcsr.debugEnable) === 0) {
      value = await this.#rearm();
      resetSeen = true;
    }
    this.#resetSeen = false;
    return {
      dhcsr: value,
      halted: (value & dhcsr.halted) !== 0,
      sleeping: (value & dhcsr.sleeping) !== 0,
      lockedUp: (value & dhcsr.lockedUp) !== 0,
      resetSeen,
    };
  }

  get powerLosses(): number {
    return this.#powerLosses;
  }

  async halt(timeoutMilliseconds = 1000): Promise<void> {
    const keep = this.#maskInterrupts ? dhcsr.maskInterrupts : 0;
    const request = write(scs.dhcsr, dhcsrValue(dhcsr.halt | keep));
    const [state, cause] = await this.port.words([request, read(scs.dhcsr), read(scs.dfsr)]);
    this.#saw(state);
    if (this.#halted) {
      this.#stop.putCause(cause);
      return;
    }
    if (await this.waitHalted(timeoutMilliseconds)) return;
    const { dhcsr: value, sleeping, resetSeen } = await this.status();
    throw new ProbityError(
      "core-halt-timeout",
      `The core does not halt within ${timeoutMilliseconds} ms (DHCSR ${hex32(value)}).`,
      {
        facts: { dhcsr: value, sleeping, heldInReset: resetSeen, timeoutMilliseconds },
        remedy: resetSeen
          ? ["NRST is low: release the reset button, and look for what pulls the line down."]
          : ["Connect under reset."],
      },
    );
  }

  async resume({ maskInterrupts = false, catchFaults = false }: ResumeOptions = {}): Promise<boolean> {
    if (!(await this.#isHalted())) return false;
    const lifted = await this.#breakpointAtPc();
    if (lifted !== undefined) {
      await this.#stepOnce(true, lifted, undefined);
      const cause = (await this.#stop.cause()) & (dfsr.vectorCatch | dfsr.watchpoint | dfsr.external);
      // The instruction under the breakpoint brought a stop of its own: that is where this run ends.
      if (cause !== 0) {
        this.#stop.stepped = false;
        return true;
      }
    }
    const operations = [
      ...this.#comparators.operations(),
      ...this.#catches.operations(catchFaults),
      write(scs.dfsr, dfsr.all),
    ];
    // C_MASKINTS may change only while the core stays halted (ARMv7-M C1.6.2).
    const mask = maskInterrupts ? dhcsr.maskInterrupts : 0;
    if (this.#maskInterrupts !== maskInterrupts) operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.halt | mask)));
    operations.push(write(scs.dhcsr, dhcsrValue(mask)));
    // In a queue looks cost no transfer; each is some time for the core to come to its breakpoint. Where the program may run
    // into anything they are left out: it may switch the debug port off, and that is not for this transfer to find out.
    if (catchFaults && this.port.wordQueue !== undefined)
      operations.push(...Array.from({ length: LOOKS }, () => read(scs.dhcsr)));
    this.#stop.forget();
    const states = await this.port.words(operations);
    this.#comparators.written();
    this.#catches.written(catchFaults);
    this.#maskInterrupts = maskInterrupts;
    this.#halted = false;
    for (const state of states) this.#saw(state);
    return this.#halted;
  }

  async step(
    options: { readonly maskInterrupts?: boolean; readonly also?: readonly number[] } = {},
  ): Promise<ReadWords> {
    await this.#needHalted("a step");
    return this.#stepOnce(options.maskInterrupts ?? true, await this.#breakpointAtPc(), options.also);
  }

  async lookAtStop(also: readonly number[], selectors?: readonly number[]): Promise<ReadWords> {
    const { wordQueue } = this.port;
    if (wordQueue === undefined) return nothingRead;
    const first = this.#catches.operations(false);
    const after = new AfterStop(also, wordQueue - itemsOf(first), selectors);
    const values = await this.port.words([...first, ...after.operations]);
    this.#catches.written(false);
    return this.#stop.put(after.read(values));
  }

  async lookAroundStop(also: (registers: StopRegisters) => readonly number[]): Promise<ReadWords> {
    const { wordQueue } = this.port;
    if (wordQueue === undefined) return nothingRead;
    const r = await this.#registers.readBlock();
    if (r === undefined) return nothingRead;
    return this.lookAtStop(also({ sp: r[selector.sp], lr: r[selector.lr], pc: r[selector.pc] }), [selector.special]);
  }

  async waitHalted(timeoutMilliseconds: number): Promise<boolean> {
    const end = this.#clock.now() + timeoutMilliseconds;
    for (let polls = 0; ; polls++) {
      const value = await this.port.readWord(scs.dhcsr);
      this.#saw(value);
      if (this.#halted) return true;
      const left = end - this.#clock.now();
      if (left <= 0) return false;
      // Tight at first: most stops come at once, and a USB round trip is pause enough.
      if (polls >= 3) await this.#clock.sleep(Math.min(left, 2 ** Math.min(polls - 3, 4)));
    }
  }

  haltReason(): Promise<HaltReason> {
    return this.#stop.reason();
  }

  async registers(): Promise<CoreRegisters> {
    await this.#needHalted("reading registers");
    return this.#registers.all();
  }

  async readRegister(name: CoreRegisterName): Promise<number> {
    await this.#needHalted(`reading ${name}`);
    return this.#registers.read(name);
  }

  async writeRegister(name: CoreRegisterName, value: number): Promise<void> {
    await this.#needHalted(`writing ${name}`);
    await this.#registers.write(name, value);
  }

  async writeRegisters(values: readonly RegisterValue[], then: readonly WordOperation[] = []): Promise<void> {
    await this.#needHalted("writing registers");
    await this.#registers.writeAll(values, then);
  }

  async lookIfHalted(
    names: readonly CoreRegisterName[],
    first: readonly WordOperation[] = [],
  ): Promise<{ halted: boolean; values: readonly number[] }> {
    if (this.port.wordQueue === undefined) {
      const values = first.length === 0 ? [] : await this.port.words(first);
      return { halted: (await this.status()).halted, values };
    }
    const selectors = [...new Set(names.map((name) => placeOf(name).selector))];
    const operations = [...first, read(scs.dhcsr), read(scs.dfsr), ...registerReads(selectors)];
    const all = await this.port.words(operations);
    const asked = first.filter(({ kind }) => kind === "read").length;
    const [state, cause, ...registers] = all.slice(asked);
    this.#saw(state);
    if (this.#halted) {
      this.#stop.put({ dfsr: cause, registers: registersRead(selectors, registers), words: nothingRead });
    }
    return { halted: this.#halted === true, values: all.slice(0, asked) };
  }

  async reset(kind: ResetKind, { halt }: { readonly halt: boolean }): Promise<void> {
    // VECTRESET is only defined in debug state (ARMv7-M B3.2.6).
    if (kind === "core" && this.identity.architecture === "v7-M" && !this.#halted) await this.halt();
    this.#stop.forget();
    this.#halted = undefined;
    const context = {
      port: this.port,
      probe: this.#probe,
      clock: this.#clock,
      architecture: this.identity.architecture,
      demcr: this.#catches.wanted,
      notice: this.#notice,
    };
    const { halted, catching, stop } = await resetCore(context, kind, halt);
    this.#halted = halted;
    this.#maskInterrupts = false;
    this.#catches.held = catching;
    this.#resetSeen = false;
    if (stop !== undefined) this.#stop.put(stop);
    this.#comparators.forget();
    if (!halted) await this.#comparators.write();
    // Another program that lets the core run does not know of the catch.
    if (catching !== this.#catches.wanted && (await usedByOthers(this.#probe)))
      await this.setVectorCatch(this.#catches.wanted);
  }

  async setBreakpoint(address: number): Promise<void> {
    if (await usedByOthers(this.#probe)) await this.leaveToOthers();
    this.#comparators.breakpoints.add(address);
    await this.#comparatorsChanged();
  }

  async clearBreakpoint(address: number): Promise<void> {
    this.#comparators.breakpoints.remove(address);
    await this.#comparatorsChanged();
  }

  async setWatchpoint(address: number, length: number, access: WatchAccess): Promise<void> {
    if (await usedByOthers(this.#probe)) await this.leaveToOthers();
    this.#comparators.watchpoints.add({ address, length, access });
    await this.#comparatorsChanged();
  }

  async clearWatchpoint(address: number, length: number, access: WatchAccess): Promise<void> {
    this.#comparators.watchpoints.remove({ address, length, access });
    await this.#comparatorsChanged();
  }

  /** Looks which comparators other programs have set, to leave them alone. */
  leaveToOthers(): Promise<void> {
    return this.#comparators.leaveToOthers();
  }

  async clearAllComparators(): Promise<void> {
    this.#comparators.clear();
    await this.#comparators.write();
  }

  async setVectorCatch(bits: number): Promise<void> {
    const value = ((bits & demcr.anyCatch) | demcr.traceEnable) >>> 0;
    await this.port.writeWord(scs.demcr, value);
    this.#catches.wanted = value;
    this.#catches.held = value;
  }

  /**
   * Ends debug control: comparators and vector catches cleared, and the core left running without C_DEBUGEN, or halted
   * as it is. While another program uses the probe, only what was set here is taken back.
   */
  async release({ resume }: { readonly resume: boolean }): Promise<void> {
    await this.clearAllComparators();
    if (await usedByOthers(this.#probe)) return;
    const operations = [write(scs.demcr, 0), write(scs.dfsr, dfsr.all)];
    if (resume) {
      if (this.#maskInterrupts) operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.halt)));
      operations.push(write(scs.dhcsr, dhcsrValue(0)), write(scs.dhcsr, dhcsr.key));
    }
    this.#stop.forget();
    await this.port.words(operations);
    this.#maskInterrupts = false;
    this.#catches.held = 0;
    this.#halted = undefined;
  }

  invalidate(): void {
    this.#stop.forget();
    this.#halted = undefined;
  }

  /** One instruction. `lifted`: the breakpoint at PC that would stop it before it starts. */
  async #stepOnce(
    maskInterrupts: boolean,
    lifted: number | undefined,
    also: readonly number[] | undefined,
  ): Promise<ReadWords> {
    const mask = maskInterrupts ? dhcsr.maskInterrupts : 0;
    const operations = [...this.#comparators.operations(), ...this.#catches.operations(false)];
    if (lifted !== undefined) operations.push(...this.#comparators.breakpoints.lift(lifted));
    operations.push(write(scs.dfsr, dfsr.all));
    if (maskInterrupts !== this.#maskInterrupts) operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.halt | mask)));
    operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.step | mask)), read(scs.dhcsr));
    const { wordQueue } = this.port;
    const after = new AfterStop(also ?? [], also === undefined ? 0 : (wordQueue ?? 0) - itemsOf(operations));
    this.#stop.forget();
    this.#stop.stepped = true;
    const [state, ...values] = await this.port.words([...operations, ...after.operations]);
    this.#catches.written(false);
    this.#comparators.written();
    if (lifted !== undefined) this.#comparators.breakpoints.lifted(lifted);
    this.#maskInterrupts = maskInterrupts;
    this.#halted = undefined;
    this.#saw(state);
    this.#stop.stepped = true;
    if (this.#halted) return this.#stop.put(after.read(values));
    if (await this.waitHalted(stepPatience)) {
      this.#stop.stepped = true;
      return nothingRead;
    }
    // WFI and WFE may sleep on under a step; the request takes the core past them.
    this.#notice({ code: "step-stuck", text: "The instruction did not end by itself; the core was halted." });
    await this.halt();
    this.#stop.stepped = true;
    return nothingRead;
  }

  /** The address of a breakpoint at PC, if there is one; PC is read only when any breakpoint is set. */
  async #breakpointAtPc(): Promise<number | undefined> {
    if (this.#comparators.breakpoints.empty) return undefined;
    const pc = await this.#registers.get(selector.pc);
    return this.#comparators.breakpoints.has(pc) ? pc : undefined;
  }

  async #isHalted(): Promise<boolean> {
    if (this.#halted === undefined) this.#saw(await this.port.readWord(scs.dhcsr));
    return this.#halted === true;
  }

  /**
   * The debug logic itself was reset (the target lost its power, or woke from standby): takes the core under control
   * again, with the vector catches and comparators as they were. Resolves to DHCSR.
   */
  async #rearm(): Promise<number> {
    this.#powerLosses++;
    this.#comparators.forget();
    this.#maskInterrupts = false;
    this.#catches.held = this.#catches.wanted;
    await this.port.words([
      write(scs.demcr, this.#catches.wanted),
      write(scs.dhcsr, dhcsrValue(0)),
      ...this.#comparators.operations(),
    ]);
    this.#comparators.written();
    const value = await this.port.readWord(scs.dhcsr);
    this.#saw(value);
    return value;
  }

  /** Register access while the core runs gives nonsense, so it is refused; an unsure state is looked up first. */
  async #needHalted(doing: string): Promise<void> {
    if (await this.#isHalted()) return;
    throw new ProbityError("core-running", `The core is running; ${doing} needs it halted.`, {
      facts: { doing },
      remedy: ["Halt the core first."],
    });
  }

  /** Takes note of a DHCSR that was read. */
  #saw(value: number): void {
    if ((value & dhcsr.resetSeen) !== 0) this.#resetSeen = true;
    const halted = (value & dhcsr.halted) !== 0;
    if (halted !== this.#halted) {
      this.#halted = halted;
      this.#stop.forget();
    }
  }

  /**
   * Comparators change while the core runs at once; while it is halted, with the next batch that lets it go. Another program
   * may be the one that lets it go, and has to see which are taken.
   */
  async #comparatorsChanged(): Promise<void> {
    if (!this.#halted || (await usedByOthers(this.#probe))) await this.#comparators.write();
  }
}
