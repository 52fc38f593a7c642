import { hex32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import type { MemoryPort, Probe, WordOperation } from "../coresight/memory-port.ts";
import { AfterStop, itemsOf, type StopWords } from "./after-stop.ts";
import { BreakpointUnit } from "./breakpoint-unit.ts";
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
import { type CoreIdentity, coreIdentity } from "./core-name.ts";
import { demcr, dfsr, dhcsr, dhcsrValue, dwt, fpb, scs } from "./debug-registers.ts";
import { haltReasonOf } from "./halt-reason.ts";
import { allReady, bySelector, needsSpecial, registerReads, registersRead, registerWrites } from "./register-batch.ts";
import { byteOf, placeOf, RegisterFile, selector, withByte } from "./register-file.ts";
import { type CoreNotice, resetCore } from "./reset.ts";
import { WatchpointUnit } from "./watchpoint-unit.ts";

/** What a core needs of the probe beside memory. */
export type CoreProbe = Pick<
  Probe,
  "driveNrst" | "readCoreRegister" | "writeCoreRegister" | "readAllCoreRegisters" | "others"
>;

export interface CoreOptions {
  /** Told when something was done in another way than asked. */
  readonly notice?: (notice: CoreNotice) => void;
}

/** What openCore read before the core was made. */
interface Found {
  readonly cpuid: number;
  readonly identity: CoreIdentity;
  readonly dhcsr: number;
  readonly fpControl: number;
  readonly dwtControl: number;
  readonly demcr: number;
}

/** How often a core that was let run is looked at in the same transfer. */
const LOOKS = 3;

const nothingRead: ReadWords = new Map();

/** Milliseconds for one instruction; a WFI that sleeps on is halted by request after that. */
const stepPatience = 100;

/**
 * Takes a Cortex-M under debug control: sets C_DEBUGEN and TRCENA, clears comparators that an earlier debugger left. What
 * another program set that uses the probe at the same time stays. A running core keeps running, a halted one stays halted.
 * Rejects with `core-not-found` when no CPUID is there.
 */
export async function openCore(
  port: MemoryPort,
  probe: CoreProbe,
  clock: Clock,
  options: CoreOptions = {},
): Promise<CortexMCore> {
  // Words in a queue cost no transfer each; one by one, what is asked is asked when it is known to be there. The DWT answers
  // once TRCENA is set (ARMv7-M C1.6.5), which must not take away another program's vector catches.
  const joins = await usedByOthers(probe);
  const queued = port.wordQueue !== undefined && !joins;
  const comparators = [read(fpb.control), read(dwt.control)];
  const early = queued ? [write(scs.demcr, demcr.traceEnable), ...comparators] : [];
  const [cpuid, state, ...first] = await port.words([read(scs.cpuid), read(scs.dhcsr), ...early]);
  const identity = coreIdentity(cpuid);
  if (identity === undefined) {
    throw new ProbityError("core-not-found", `No Cortex-M answers behind access port ${port.ap}.`, {
      facts: { cpuid, ap: port.ap },
      remedy: ["Choose the access port of the core, or connect under reset."],
    });
  }
  const halted = (state & dhcsr.halted) !== 0;
  const catches = joins ? (await port.readWord(scs.demcr)) & demcr.anyCatch : 0;
  // C_MASKINTS must not change while the core runs.
  const keep = halted ? dhcsr.halt : state & dhcsr.maskInterrupts;
  const control = (demcr.traceEnable | catches) >>> 0;
  const take = [
    write(scs.demcr, control),
    write(scs.dhcsr, dhcsrValue(keep | (joins ? state & dhcsr.maskInterrupts : 0))),
  ];
  const [fpControl, dwtControl] = queued ? first : await port.words([...take, ...comparators]);
  const found = { cpuid, identity, dhcsr: state, fpControl, dwtControl, demcr: control };
  const core = new CortexMCore(port, probe, clock, found, options);
  await core.begin(queued ? take : [], joins);
  return core;
}

async function usedByOthers(probe: CoreProbe): Promise<boolean> {
  return ((await probe.others?.()) ?? 0) > 0;
}

/** The {@link Core} behind an ST-LINK. Made by {@link openCore}. */
export class CortexMCore implements Core {
  readonly port: MemoryPort;
  readonly name: string;
  readonly cpuid: number;
  readonly identity: CoreIdentity;
  readonly breakpointComparators: number;
  readonly watchpointComparators: number;
  catchesLent = false;

  readonly #probe: CoreProbe;
  readonly #clock: Clock;
  readonly #notice: (notice: CoreNotice) => void;
  readonly #breakpoints: BreakpointUnit;
  readonly #watchpoints: WatchpointUnit;
  readonly #registers = new RegisterFile();
  /** DEMCR as last written; TRCENA is always set. */
  #demcr: number;
  /** As last seen; `undefined` when something else may have changed it. */
  #halted: boolean | undefined;
  #maskInterrupts: boolean;
  #awake = false;
  /** S_RESET_ST came in a read whose caller did not ask for it. */
  #resetSeen = false;
  #dfsr: number | undefined;
  #stepped = false;
  /** DEMCR as it is: for one run it may catch more than {@link #demcr} says, and after a reset that was caught. */
  #catching: number;
  #powerLosses = 0;
  #reason: HaltReason | undefined;

  constructor(port: MemoryPort, probe: CoreProbe, clock: Clock, found: Found, options: CoreOptions) {
    this.port = port;
    this.#probe = probe;
    this.#clock = clock;
    this.#notice = options.notice ?? (() => {});
    this.cpuid = found.cpuid;
    this.#demcr = found.demcr;
    this.#catching = found.demcr;
    this.identity = found.identity;
    this.name = found.identity.name;
    this.#breakpoints = new BreakpointUnit(found.fpControl);
    this.#watchpoints = new WatchpointUnit(found.dwtControl, found.identity.architecture);
    this.breakpointComparators = this.#breakpoints.count;
    this.watchpointComparators = this.#watchpoints.count;
    this.#halted = (found.dhcsr & dhcsr.halted) !== 0;
    this.#maskInterrupts = (found.dhcsr & dhcsr.maskInterrupts) !== 0;
  }

  /** For {@link openCore}: the first writes, the comparators, and a look at the core. */
  async begin(take: readonly WordOperation[], joins: boolean): Promise<void> {
    const clear = joins ? [] : this.#comparatorWrites();
    const [state] = await this.port.words([...take, ...clear, read(scs.dhcsr)]);
    if (!joins) this.#comparatorsWritten();
    this.#saw(state);
    this.#awake = (state & dhcsr.retired) !== 0 && (state & (dhcsr.sleeping | dhcsr.lockedUp | dhcsr.resetSeen)) === 0;
    if (joins) await this.leaveToOthers();
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
      this.#dfsr = cause;
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
      const cause = (await this.#readDfsr()) & (dfsr.vectorCatch | dfsr.watchpoint | dfsr.external);
      // The instruction under the breakpoint brought a stop of its own: that is where this run ends.
      if (cause !== 0) {
        this.#stepped = false;
        return true;
      }
    }
    const operations = [...this.#comparatorWrites(), ...this.#catches(catchFaults), write(scs.dfsr, dfsr.all)];
    // C_MASKINTS may change only while the core stays halted (ARMv7-M C1.6.2).
    const mask = maskInterrupts ? dhcsr.maskInterrupts : 0;
    if (this.#maskInterrupts !== maskInterrupts) operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.halt | mask)));
    operations.push(write(scs.dhcsr, dhcsrValue(mask)));
    // In a queue looks cost no transfer; each is some time for the core to come to its breakpoint. Where the program may run
    // into anything they are left out: it may switch the debug port off, and that is not for this transfer to find out.
    if (catchFaults && this.port.wordQueue !== undefined)
      operations.push(...Array.from({ length: LOOKS }, () => read(scs.dhcsr)));
    this.#forgetStop();
    const states = await this.port.words(operations);
    this.#comparatorsWritten();
    this.#caught(catchFaults);
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
    const first = this.#catches(false);
    const after = new AfterStop(also, wordQueue - itemsOf(first), selectors);
    const values = await this.port.words([...first, ...after.operations]);
    this.#caught(false);
    return this.#takeStop(after.read(values));
  }

  async lookAroundStop(also: (registers: StopRegisters) => readonly number[]): Promise<ReadWords> {
    const { wordQueue } = this.port;
    const readAll = this.#probe.readAllCoreRegisters;
    if (wordQueue === undefined || readAll === undefined) return nothingRead;
    const { words: r } = await readAll.call(this.#probe, this.port.ap);
    r.forEach((value, number) => {
      this.#registers.set(number, value);
    });
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

  async haltReason(): Promise<HaltReason> {
    this.#reason ??= await haltReasonOf({
      dfsr: await this.#readDfsr(),
      stepped: this.#stepped,
      // Whoever asks why the core stopped shows its registers next: one transfer fetches nearly all of them.
      pc: async () => (await this.registers()).r[15],
      xpsr: async () => (await this.registers()).xpsr,
      watchpoint: async () => {
        const values = await this.port.words(this.#watchpoints.matchReads());
        return this.#watchpoints.matched(values) ?? this.#watchpoints.single;
      },
      hasComparator: (address) => this.#breakpoints.has(address),
      halfWord: async (address) => {
        try {
          const bytes = await this.port.read(address, 2);
          return bytes[0] | (bytes[1] << 8);
        } catch (error) {
          if (isProbityError(error, "memory-fault")) return undefined;
          throw error;
        }
      },
    });
    return this.#reason;
  }

  async registers(): Promise<CoreRegisters> {
    await this.#needHalted("reading registers");
    const missing = this.#registers.missing();
    const readAll = this.#probe.readAllCoreRegisters;
    if (readAll !== undefined && missing.filter((number) => number <= selector.psp).length > 1) {
      const { words } = await readAll.call(this.#probe, this.port.ap);
      words.forEach((value, number) => {
        this.#registers.set(number, value);
      });
    }
    for (const number of this.#registers.missing()) await this.#register(number);
    return this.#registers.snapshot();
  }

  async readRegister(name: CoreRegisterName): Promise<number> {
    await this.#needHalted(`reading ${name}`);
    const { selector: number, byte } = placeOf(name);
    const value = await this.#register(number);
    return byte === undefined ? value : byteOf(value, byte);
  }

  async writeRegister(name: CoreRegisterName, value: number): Promise<void> {
    await this.#needHalted(`writing ${name}`);
    const { selector: number, byte } = placeOf(name);
    const whole = byte === undefined ? value >>> 0 : withByte(await this.#register(number), byte, value);
    await this.#probe.writeCoreRegister(this.port.ap, number, whole);
    this.#registers.wrote(number, whole);
  }

  async writeRegisters(values: readonly RegisterValue[], then: readonly WordOperation[] = []): Promise<void> {
    await this.#needHalted("writing registers");
    const special = needsSpecial(values) ? await this.#register(selector.special) : 0;
    const wanted = bySelector(values, special);
    let ready = false;
    if (this.port.wordQueue !== undefined && wanted.length > 1) {
      const states = await this.port.words([...registerWrites(wanted), ...then]);
      ready = allReady(states.slice(0, wanted.length));
    } else if (wanted.length === 0) {
      ready = true;
      if (then.length > 0) await this.port.words(then);
    }
    if (!ready) {
      for (const [number, value] of wanted) await this.#probe.writeCoreRegister(this.port.ap, number, value);
      if (then.length > 0) await this.port.words(then);
    }
    for (const [number, value] of wanted) this.#registers.wrote(number, value);
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
      this.#takeStop({ dfsr: cause, registers: registersRead(selectors, registers), words: nothingRead });
    }
    return { halted: this.#halted === true, values: all.slice(0, asked) };
  }

  async reset(kind: ResetKind, { halt }: { readonly halt: boolean }): Promise<void> {
    // VECTRESET is only defined in debug state (ARMv7-M B3.2.6).
    if (kind === "core" && this.identity.architecture === "v7-M" && !this.#halted) await this.halt();
    this.#forgetStop();
    this.#halted = undefined;
    const context = {
      port: this.port,
      probe: this.#probe,
      clock: this.#clock,
      architecture: this.identity.architecture,
      demcr: this.#demcr,
      notice: this.#notice,
    };
    const { halted, catching, stop } = await resetCore(context, kind, halt);
    this.#halted = halted;
    this.#maskInterrupts = false;
    this.#catching = catching;
    this.#resetSeen = false;
    if (stop !== undefined) this.#takeStop(stop);
    this.#breakpoints.forget();
    this.#watchpoints.forget();
    if (!halted) await this.#writeComparators();
    // Another program that lets the core run does not know of the catch.
    if (catching !== this.#demcr && (await usedByOthers(this.#probe))) await this.setVectorCatch(this.#demcr);
  }

  async setBreakpoint(address: number): Promise<void> {
    if (await usedByOthers(this.#probe)) await this.leaveToOthers();
    this.#breakpoints.add(address);
    await this.#comparatorsChanged();
  }

  async clearBreakpoint(address: number): Promise<void> {
    this.#breakpoints.remove(address);
    await this.#comparatorsChanged();
  }

  async setWatchpoint(address: number, length: number, access: WatchAccess): Promise<void> {
    if (await usedByOthers(this.#probe)) await this.leaveToOthers();
    this.#watchpoints.add({ address, length, access });
    await this.#comparatorsChanged();
  }

  async clearWatchpoint(address: number, length: number, access: WatchAccess): Promise<void> {
    this.#watchpoints.remove({ address, length, access });
    await this.#comparatorsChanged();
  }

  /** Looks which comparators other programs have set, to leave them alone. */
  async leaveToOthers(): Promise<void> {
    const reads = this.#breakpoints.reads();
    const values = await this.port.words([...reads, ...this.#watchpoints.reads()]);
    this.#breakpoints.leaveToOthers(values.slice(0, reads.length));
    this.#watchpoints.leaveToOthers(values.slice(reads.length));
  }

  async clearAllComparators(): Promise<void> {
    this.#breakpoints.clear();
    this.#watchpoints.clear();
    await this.#writeComparators();
  }

  async setVectorCatch(bits: number): Promise<void> {
    const value = ((bits & demcr.anyCatch) | demcr.traceEnable) >>> 0;
    await this.port.writeWord(scs.demcr, value);
    this.#demcr = value;
    this.#catching = value;
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
    this.#forgetStop();
    await this.port.words(operations);
    this.#maskInterrupts = false;
    this.#catching = 0;
    this.#halted = undefined;
  }

  invalidate(): void {
    this.#forgetStop();
    this.#halted = undefined;
  }

  /** One instruction. `lifted`: the breakpoint at PC that would stop it before it starts. */
  async #stepOnce(
    maskInterrupts: boolean,
    lifted: number | undefined,
    also: readonly number[] | undefined,
  ): Promise<ReadWords> {
    const mask = maskInterrupts ? dhcsr.maskInterrupts : 0;
    const operations = [...this.#comparatorWrites(), ...this.#catches(false)];
    if (lifted !== undefined) operations.push(...this.#breakpoints.lift(lifted));
    operations.push(write(scs.dfsr, dfsr.all));
    if (maskInterrupts !== this.#maskInterrupts) operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.halt | mask)));
    operations.push(write(scs.dhcsr, dhcsrValue(dhcsr.step | mask)), read(scs.dhcsr));
    const { wordQueue } = this.port;
    const after = new AfterStop(also ?? [], also === undefined ? 0 : (wordQueue ?? 0) - itemsOf(operations));
    this.#forgetStop();
    this.#stepped = true;
    const [state, ...values] = await this.port.words([...operations, ...after.operations]);
    this.#caught(false);
    this.#comparatorsWritten();
    if (lifted !== undefined) this.#breakpoints.lifted(lifted);
    this.#maskInterrupts = maskInterrupts;
    this.#halted = undefined;
    this.#saw(state);
    this.#stepped = true;
    if (this.#halted) return this.#takeStop(after.read(values));
    if (await this.waitHalted(stepPatience)) {
      this.#stepped = true;
      return nothingRead;
    }
    // WFI and WFE may sleep on under a step; the request takes the core past them.
    this.#notice({ code: "step-stuck", text: "The instruction did not end by itself; the core was halted." });
    await this.halt();
    this.#stepped = true;
    return nothingRead;
  }

  /** The write that brings the catches of faults for one run, or takes away what one run had; none where nothing changes. */
  #catches(faults: boolean): WordOperation[] {
    const wanted = this.#catchesWanted(faults);
    return this.catchesLent || wanted === this.#catching ? [] : [write(scs.demcr, wanted)];
  }

  /** What {@link #catches} gave was written. */
  #caught(faults: boolean): void {
    if (!this.catchesLent) this.#catching = this.#catchesWanted(faults);
  }

  #catchesWanted(faults: boolean): number {
    return (faults ? this.#demcr | demcr.anyFault : this.#demcr) >>> 0;
  }

  /** Keeps what was read of a stop; gives the words that others asked for. */
  #takeStop({ dfsr: cause, registers, words }: StopWords): ReadWords {
    this.#dfsr = cause;
    for (const [number, value] of registers) this.#registers.set(number, value);
    return words;
  }

  /** The address of a breakpoint at PC, if there is one; PC is read only when any breakpoint is set. */
  async #breakpointAtPc(): Promise<number | undefined> {
    if (this.#breakpoints.empty) return undefined;
    const pc = await this.#register(selector.pc);
    return this.#breakpoints.has(pc) ? pc : undefined;
  }

  async #register(number: number): Promise<number> {
    const known = this.#registers.get(number);
    if (known !== undefined) return known;
    const value = await this.#probe.readCoreRegister(this.port.ap, number);
    this.#registers.set(number, value);
    return value >>> 0;
  }

  async #readDfsr(): Promise<number> {
    this.#dfsr ??= await this.port.readWord(scs.dfsr);
    return this.#dfsr;
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
    this.#breakpoints.forget();
    this.#watchpoints.forget();
    this.#maskInterrupts = false;
    this.#catching = this.#demcr;
    await this.port.words([
      write(scs.demcr, this.#demcr),
      write(scs.dhcsr, dhcsrValue(0)),
      ...this.#comparatorWrites(),
    ]);
    this.#comparatorsWritten();
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
      this.#forgetStop();
    }
  }

  #forgetStop(): void {
    this.#registers.clear();
    this.#dfsr = undefined;
    this.#reason = undefined;
    this.#stepped = false;
  }

  /**
   * Comparators change while the core runs at once; while it is halted, with the next batch that lets it go. Another program
   * may be the one that lets it go, and has to see which are taken.
   */
  async #comparatorsChanged(): Promise<void> {
    if (!this.#halted || (await usedByOthers(this.#probe))) await this.#writeComparators();
  }

  async #writeComparators(): Promise<void> {
    const operations = this.#comparatorWrites();
    if (operations.length > 0) await this.port.words(operations);
    this.#comparatorsWritten();
  }

  #comparatorWrites(): WordOperation[] {
    return [...this.#breakpoints.operations(), ...this.#watchpoints.operations()];
  }

  #comparatorsWritten(): void {
    this.#breakpoints.written();
    this.#watchpoints.written();
  }
}

function read(address: number): WordOperation {
  return { kind: "read", address };
}

function write(address: number, value: number): WordOperation {
  return { kind: "write", address, value: value >>> 0 };
}
