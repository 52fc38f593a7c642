import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";

/** Registers of the System Control Space that a loader may change, or that would disturb it (ARMv7-M B3.2–B3.5). */
const ICTR = 0xe000e004;
const ACTLR = 0xe000e008;
const SYST_CSR = 0xe000e010;
const SYST_RVR = 0xe000e014;
const SYST_CVR = 0xe000e018;
const NVIC_ISER = 0xe000e100;
const NVIC_ICER = 0xe000e180;
const NVIC_ISPR = 0xe000e200;
const NVIC_ICPR = 0xe000e280;
const ICSR = 0xe000ed04;
const VTOR = 0xe000ed08;
const AIRCR = 0xe000ed0c;
const SCR = 0xe000ed10;
const CCR = 0xe000ed14;
/** Priorities of the system's own exceptions. */
const SHPR = [0xe000ed18, 0xe000ed1c, 0xe000ed20] as const;
const SHCSR = 0xe000ed24;
const CFSR = 0xe000ed28;
const HFSR = 0xe000ed2c;
const CPACR = 0xe000ed88;
const MPU_CTRL = 0xe000ed94;
/** 240 external interrupts at most, 32 a register. */
const GROUPS = 8;

/** Cortex-M3 and M4 TRM, "Auxiliary Control Register": stores are waited for, so that the fault of one is precise. */
const DISDEFWBUF = 1 << 1;
const AIRCR_KEY = 0x05fa << 16;
const PRIGROUP = 7 << 8;
const UNALIGN_TRP = 1 << 3;
const DIV_0_TRP = 1 << 4;
const FPU_ACCESS = 0xf << 20;
const PENDSTSET = 1 << 26;
const PENDSTCLR = 1 << 25;
const PENDSVSET = 1 << 28;
const PENDSVCLR = 1 << 27;
/** The enable bits of SHCSR; the others are states. */
const SHCSR_ENABLES = 7 << 16;
const COUNTFLAG = 1 << 16;

const single = [
  ICTR,
  ACTLR,
  VTOR,
  AIRCR,
  SCR,
  CCR,
  ...SHPR,
  SHCSR,
  CFSR,
  HFSR,
  ICSR,
  SYST_CSR,
  SYST_RVR,
  SYST_CVR,
  CPACR,
  MPU_CTRL,
] as const;
const groups = (first: number): number[] => Array.from({ length: GROUPS }, (_, i) => first + 4 * i);

/** What {@link CoreEnvironment} wants to know, in order. */
export const environmentReads: readonly number[] = [...single, ...groups(NVIC_ISER), ...groups(NVIC_ISPR)];

/**
 * The system registers around a core, as they were before a loader ran: exceptions lead to a table of ours meanwhile,
 * nothing traps that the loader could rely on not to, and afterwards everything is as before.
 */
export class CoreEnvironment {
  readonly #before: ReadonlyMap<number, number>;

  /** `values` are those of {@link environmentReads}. */
  constructor(values: readonly number[]) {
    this.#before = new Map(environmentReads.map((address, i) => [address, values[i] >>> 0]));
  }

  /** Words of a vector table for every exception this core has. */
  get vectorCount(): number {
    return 16 + 32 * ((this.#was(ICTR) & 0xf) + 1);
  }

  /** CFSR and HFSR before: what is set since is the loader's. */
  get faults(): { readonly cfsr: number; readonly hfsr: number } {
    return { cfsr: this.#was(CFSR), hfsr: this.#was(HFSR) };
  }

  /** SYST_CVR before. */
  get sysTickValue(): number {
    return this.#was(SYST_CVR);
  }

  /**
   * For the time of the loader: our vector table, no traps of the application's, no memory protection, and the FPU; on
   * cores that can, no write buffer, so that a store to an address where nothing answers tells the address.
   */
  enter(vectors: number, core: Core): WordOperation[] {
    const operations = [write(VTOR, vectors)];
    if (hasPreciseStores(core)) operations.push(write(ACTLR, this.#was(ACTLR) | DISDEFWBUF));
    // The application's SysTick stands still; a loader that starts its own is seen to have done so.
    if ((this.#was(SYST_CSR) & 1) !== 0) operations.push(write(SYST_CSR, 0));
    const ccr = this.#was(CCR);
    const traps = UNALIGN_TRP | DIV_0_TRP;
    if ((ccr & traps) !== 0) operations.push(write(CCR, ccr & ~traps));
    if ((this.#was(MPU_CTRL) & 1) !== 0) operations.push(write(MPU_CTRL, 0));
    const cpacr = this.#was(CPACR);
    if ((cpacr & FPU_ACCESS) !== FPU_ACCESS) operations.push(write(CPACR, cpacr | FPU_ACCESS));
    return operations;
  }

  /** Lets stores be buffered again, as the application had it: quicker, for calls that were found to work. */
  bufferStores(core: Core): WordOperation[] {
    return hasPreciseStores(core) ? [write(ACTLR, this.#was(ACTLR))] : [];
  }

  /** Puts back what differs from before; the core is halted. */
  async restore(core: Core): Promise<void> {
    const values = await core.port.words(environmentReads.map((address) => ({ kind: "read", address })));
    const now = new Map(environmentReads.map((address, i) => [address, values[i] >>> 0]));
    const operations: WordOperation[] = [];
    for (const address of [ACTLR, VTOR, SCR, CCR, ...SHPR, SYST_RVR, CPACR, MPU_CTRL]) {
      if (now.get(address) !== this.#was(address)) operations.push(write(address, this.#was(address)));
    }
    if ((((now.get(AIRCR) ?? 0) ^ this.#was(AIRCR)) & PRIGROUP) !== 0) {
      operations.push(write(AIRCR, AIRCR_KEY | (this.#was(AIRCR) & PRIGROUP)));
    }
    const sysTick = this.#was(SYST_CSR) & ~COUNTFLAG;
    if (((now.get(SYST_CSR) ?? 0) & ~COUNTFLAG) !== sysTick) operations.push(write(SYST_CSR, sysTick));
    const enables = now.get(SHCSR) ?? 0;
    if (((enables ^ this.#was(SHCSR)) & SHCSR_ENABLES) !== 0) {
      operations.push(write(SHCSR, (enables & ~SHCSR_ENABLES) | (this.#was(SHCSR) & SHCSR_ENABLES)));
    }
    for (let group = 0; group < GROUPS; group++) {
      const differ = (first: number): [added: number, removed: number] => {
        const [old, present] = [this.#was(first + 4 * group), now.get(first + 4 * group) ?? 0];
        return [present & ~old, old & ~present];
      };
      for (const [set, clear] of [
        [NVIC_ISER, NVIC_ICER],
        [NVIC_ISPR, NVIC_ICPR],
      ]) {
        const [added, removed] = differ(set);
        if (added !== 0) operations.push(write(clear + 4 * group, added));
        if (removed !== 0) operations.push(write(set + 4 * group, removed));
      }
    }
    const pending = (now.get(ICSR) ?? 0) & ~this.#was(ICSR);
    if ((pending & PENDSTSET) !== 0) operations.push(write(ICSR, PENDSTCLR));
    if ((pending & PENDSVSET) !== 0) operations.push(write(ICSR, PENDSVCLR));
    // Fault flags are cleared by writing ones: those that came since.
    for (const address of [CFSR, HFSR]) {
      const since = (now.get(address) ?? 0) & ~this.#was(address);
      if (since !== 0) operations.push(write(address, since));
    }
    if (operations.length > 0) await core.port.words(operations);
  }

  #was(address: number): number {
    return this.#before.get(address) ?? 0;
  }
}

/** Other cores have other bits there, or none. */
function hasPreciseStores(core: Core): boolean {
  return /^Cortex-M[34]\b/.test(core.name);
}

function write(address: number, value: number): WordOperation {
  return { kind: "write", address, value: value >>> 0 };
}
