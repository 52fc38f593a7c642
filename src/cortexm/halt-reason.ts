import type { HaltReason } from "./core.ts";
import { dfsr } from "./debug-registers.ts";
import type { Watchpoint } from "./watchpoint-unit.ts";
import { XPSR_EXCEPTION } from "./xpsr.ts";

/** What is known of a halt. Members that cost a transfer are functions, called only where the answer depends on them. */
export interface HaltEvidence {
  readonly dfsr: number;
  readonly stepped: boolean;
  readonly pc: () => Promise<number>;
  readonly xpsr: () => Promise<number>;
  /** The watchpoint whose comparator is marked. */
  readonly watchpoint: () => Promise<Watchpoint | undefined>;
  readonly hasComparator: (address: number) => boolean;
  /** The half-word at an address, `undefined` where nothing can be read. */
  readonly halfWord: (address: number) => Promise<number | undefined>;
}

/** What a vector catch caught, by the exception number in xPSR (ARMv7-M B1.5.2). */
const caught: Readonly<Record<number, string>> = {
  0: "reset",
  3: "hard fault",
  4: "memory management fault",
  5: "bus fault",
  6: "usage fault",
};

/**
 * Why the core halted, from DFSR (ARMv7-M C1.6.1). Several bits may be set at once: a catch or a watchpoint is told
 * before the step or request during which it came.
 */
export async function haltReasonOf(evidence: HaltEvidence): Promise<HaltReason> {
  if ((evidence.dfsr & dfsr.vectorCatch) !== 0) {
    const exception = (await evidence.xpsr()) & XPSR_EXCEPTION;
    return { kind: "vector-catch", cause: caught[exception] ?? `exception ${exception}` };
  }
  if ((evidence.dfsr & dfsr.watchpoint) !== 0) {
    const watchpoint = await evidence.watchpoint();
    if (watchpoint !== undefined) {
      return { kind: "watchpoint", access: watchpoint.access, address: watchpoint.address };
    }
  }
  if ((evidence.dfsr & dfsr.breakpoint) !== 0) {
    const address = await evidence.pc();
    if (evidence.hasComparator(address)) return { kind: "breakpoint", address, hardware: true };
    return { kind: "breakpoint", address, hardware: !(await isBkpt(evidence, address)) };
  }
  if ((evidence.dfsr & dfsr.external) !== 0) return { kind: "external" };
  if (evidence.dfsr === 0 && !evidence.stepped) {
    // Another program on the same probe saw the stop first and cleared DFSR (OpenOCD does): the place still tells.
    const address = await evidence.pc();
    if (evidence.hasComparator(address)) return { kind: "breakpoint", address, hardware: true };
    if (await isBkpt(evidence, address)) return { kind: "breakpoint", address, hardware: false };
  }
  return evidence.stepped ? { kind: "step" } : { kind: "request" };
}

async function isBkpt(evidence: HaltEvidence, address: number): Promise<boolean> {
  const instruction = await evidence.halfWord(address);
  return instruction !== undefined && (instruction & 0xff00) === 0xbe00;
}
