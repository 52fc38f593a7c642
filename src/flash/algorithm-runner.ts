import { hex32 } from "../base/bytes.ts";
import { type Facts, ProbityError } from "../base/errors.ts";
import type { WordOperation } from "../coresight/memory-port.ts";
import type { Core, CoreRegisterName, CoreRegisters, RegisterValue } from "../cortexm/core.ts";
import { XPSR_EXCEPTION, XPSR_THUMB } from "../cortexm/xpsr.ts";
import { SavedMemory } from "./saved-memory.ts";

/** System control and debug registers (ARMv7-M B3.2, C1.6). */
const CFSR = 0xe000ed28;
const HFSR = 0xe000ed2c;
const DFSR = 0xe000ed30;
const BFAR = 0xe000ed38;
const DEMCR = 0xe000edfc;
/**
 * Catch every fault, so that an algorithm that runs wild stops at once instead of in the firmware's handlers, and the
 * reset, so that the firmware does not start when a watchdog bites.
 */
const VC_FAULTS = 0x7f1;
const DFSR_DWTTRAP = 1 << 2;
const DFSR_VCATCH = 1 << 3;

export interface AlgorithmCall {
  /** Address of the function, without the Thumb bit. */
  readonly entry: number;
  /** At most four words, for r0–r3. */
  readonly parameters: readonly number[];
  /** End of the stack (it grows down); eight-byte aligned. */
  readonly stackTop: number;
  /** Address of a breakpoint instruction to return to. */
  readonly returnTo: number;
  /** For r9, where position-independent code expects the base of its data (AAPCS 6.1.1, "static base"). */
  readonly staticBase?: number;
}

/** Accesses that share their transfers with those of {@link AlgorithmRunner.begin}. */
export interface AlsoAccess {
  readonly reads?: readonly number[];
  readonly writes?: (values: readonly number[]) => WordOperation[];
  /**
   * Only code of ours will run, which keeps what the procedure call standard says: after a return that is not looked up. What is
   * written goes along with the first call.
   */
  readonly ours?: boolean;
}

/**
 * Runs code of ours (or of a flash loader) on a halted core and leaves no trace: registers, the RAM it borrowed and DEMCR
 * are put back by {@link end}, which must be called whatever happened. Interrupts are masked by PRIMASK meanwhile, faults
 * halt the core.
 */
export class AlgorithmRunner {
  readonly core: Core;
  readonly memory: SavedMemory;
  readonly #registers: CoreRegisters;
  readonly #demcr: number;
  readonly #ours: boolean;
  #running = false;
  #returnTo = 0;
  /** Writes that go along with the registers of the first call. */
  #pending: readonly WordOperation[] = [];
  /** The last call has come back to where it belongs. */
  #returned = false;

  private constructor(core: Core, registers: CoreRegisters, demcr: number, ours: boolean) {
    this.core = core;
    this.memory = new SavedMemory(core.port);
    this.#registers = registers;
    this.#demcr = demcr;
    this.#ours = ours;
  }

  /**
   * Notes the core's state; the core must be halted. `also` are word accesses that can go along: `reads` before anything
   * is changed, and `writes`, made of what was read.
   */
  static async begin(core: Core, also: AlsoAccess = {}): Promise<AlgorithmRunner> {
    const registers = await core.registers();
    const reads = [DEMCR, ...(also.reads ?? [])];
    const [demcr, ...values] = await core.port.words(reads.map((address) => ({ kind: "read", address })));
    const writes = also.writes?.(values) ?? [];
    const caught: WordOperation = { kind: "write", address: DEMCR, value: (demcr | VC_FAULTS) >>> 0 };
    const runner = new AlgorithmRunner(core, registers, demcr, also.ours ?? false);
    core.catchesLent = true;
    if (also.ours) runner.#pending = [caught, ...writes];
    else await core.port.words([caught, ...writes]);
    return runner;
  }

  /** Writes to RAM that {@link end} puts back. */
  async load(address: number, data: Uint8Array): Promise<void> {
    await this.memory.save(address, data.length);
    await this.core.port.write(address, data);
  }

  /** Starts a function; it runs until {@link wait} sees it return. Must be halted. */
  async call({ entry, parameters, stackTop, returnTo, staticBase }: AlgorithmCall): Promise<void> {
    const now = await this.core.registers();
    const differing = (name: CoreRegisterName, present: number, wanted: number): RegisterValue[] =>
      present === wanted ? [] : [[name, wanted]];
    await this.core.writeRegisters(
      [
        // In a handler the main stack is in use, whatever CONTROL says; IPSR is kept so that the mode does not change.
        ...differing("control", now.control, now.control & ~1),
        ["xpsr", ((now.xpsr & XPSR_EXCEPTION) | XPSR_THUMB) >>> 0],
        ...differing("primask", now.primask, 1),
        // With FAULTMASK set a fault would be a lockup instead of a stop.
        ...differing("faultmask", now.faultmask, 0),
        ...differing("basepri", now.basepri, 0),
        ...(staticBase === undefined ? [] : differing("r9", -1, staticBase >>> 0)),
        ...parameters.map((value, index): RegisterValue => [`r${index}` as CoreRegisterName, value]),
        ["sp", stackTop],
        ["lr", (returnTo | 1) >>> 0],
        ["pc", entry],
      ],
      this.#pending,
    );
    this.#pending = [];
    this.#returnTo = returnTo;
    this.#running = true;
    this.#returned = false;
    // PRIMASK is the code's to change, this mask is not.
    await this.core.resume({ maskInterrupts: true });
  }

  /** Catches faults and resets again, after the chip was reset or reconnected. */
  async catchFaults(): Promise<void> {
    await this.core.port.writeWord(DEMCR, (this.#demcr | VC_FAULTS) >>> 0);
  }

  /** Registers as they were at the beginning. */
  get before(): CoreRegisters {
    return this.#registers;
  }

  /** The core has been seen halted: {@link end} need not halt it. */
  stopped(): void {
    this.#running = false;
  }

  /**
   * Waits until the function has returned; resolves to r0. Rejects with `algorithm-timeout` or `algorithm-fault`, with the
   * registers and fault status as facts; the core is halted then.
   */
  async wait(limitMilliseconds: number): Promise<number> {
    const { halted } = await this.look();
    if (!halted && !(await this.core.waitHalted(limitMilliseconds))) {
      throw await this.failure("algorithm-timeout", `The code did not end within ${Math.ceil(limitMilliseconds)} ms`);
    }
    if (!(await this.resumeFromWatchpoint())) return this.result();
    return this.wait(limitMilliseconds);
  }

  /** Whether the core has halted, after `first`, whose reads give `values`: in one exchange where the probe has a queue. */
  look(first: readonly WordOperation[] = []): ReturnType<Core["lookIfHalted"]> {
    return this.core.lookIfHalted(["r0", "pc"], first);
  }

  /** The core has halted: r0 if that was at the end of the function. Rejects with `algorithm-fault` if anywhere else. */
  async result(): Promise<number> {
    this.#running = false;
    if ((await this.core.readRegister("pc")) !== this.#returnTo) {
      throw await this.failure("algorithm-fault", "The code ran into a fault");
    }
    this.#returned = true;
    return this.core.readRegister("r0");
  }

  /** When a watchpoint of the user's stopped the code: lets it go on, and resolves to true. The core is halted. */
  async resumeFromWatchpoint(): Promise<boolean> {
    if ((await this.core.readRegister("pc")) === this.#returnTo) return false;
    const cause = await this.core.port.readWord(DFSR);
    if ((cause & DFSR_DWTTRAP) === 0 || (cause & DFSR_VCATCH) !== 0) return false;
    await this.core.resume({ maskInterrupts: true });
    return true;
  }

  /** Halts the core if need be and gathers why the code got nowhere. */
  async failure(code: string, message: string, more: Facts = {}): Promise<ProbityError> {
    const { halted, lockedUp, resetSeen } = await this.core.status();
    if (!halted) await this.core.halt();
    this.#running = false;
    const { r, xpsr } = await this.core.registers();
    const [cfsr, hfsr, bfar] = await this.core.port.words(
      [CFSR, HFSR, BFAR].map((address) => ({ kind: "read", address })),
    );
    const facts = { pc: r[15], lr: r[14], sp: r[13], xpsr, cfsr, hfsr, bfar, lockedUp, resetSeen, ...more };
    const where = facts.resetSeen ? "the chip was reset meanwhile" : `it is at ${hex32(r[15])}`;
    const cause = cfsr === 0 ? "" : `, fault status ${hex32(cfsr)}${(cfsr & 0x8000) === 0 ? "" : ` at ${hex32(bfar)}`}`;
    return new ProbityError(code, `${message}: ${where}${cause}.`, {
      facts,
      remedy: [
        "Reset the chip and try again, under reset if the firmware disturbs.",
        "Check the supply: programming draws more current than running.",
      ],
    });
  }

  /** Puts everything back, a core that still runs included. */
  async end(): Promise<void> {
    try {
      if (this.#running) {
        await this.core.halt();
        this.#running = false;
      }
      // Single words go along with the registers.
      const words = this.core.port.wordQueue === undefined ? [] : this.memory.takeWords();
      await this.memory.restore();
      const demcr: WordOperation = { kind: "write", address: DEMCR, value: this.#demcr };
      await this.core.writeRegisters(await this.#registersToRestore(), [demcr, ...words]);
    } finally {
      this.core.catchesLent = false;
    }
  }

  /** CONTROL and xPSR come first, because they choose which stack pointer is SP. */
  async #registersToRestore(): Promise<RegisterValue[]> {
    const was = this.#registers;
    const named = (registers: CoreRegisters): RegisterValue[] => [
      ["control", registers.control],
      ["xpsr", registers.xpsr],
      ["primask", registers.primask],
      ["basepri", registers.basepri],
      ["faultmask", registers.faultmask],
      ["msp", registers.msp],
      ["psp", registers.psp],
      ...Array.from({ length: 13 }, (_, i): RegisterValue => [`r${i}` as CoreRegisterName, registers.r[i]]),
      ["lr", registers.r[14]],
      ["pc", registers.r[15]],
    ];
    if (this.#returned && this.#ours) return named(was).filter(([name]) => !keptByCalls.has(name));
    const now = named(await this.core.registers());
    return named(was).filter(([, value], index) => value !== now[index][1]);
  }
}

/** What a function hands back as it found it (AAPCS 6.1.1); PSP is not the stack that it runs on. */
const keptByCalls: ReadonlySet<CoreRegisterName> = new Set<CoreRegisterName>([
  ...(["r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11"] as const),
  "psp",
]);
