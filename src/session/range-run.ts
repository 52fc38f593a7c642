import { isProbityError } from "../base/errors.ts";
import type { Core, HaltReason } from "../cortexm/core.ts";
import { XPSR_EXCEPTION } from "../cortexm/xpsr.ts";
import type { BreakpointTable } from "./breakpoint-table.ts";
import { rangeExits } from "./range-exits.ts";
import type { Stepper } from "./stepper.ts";

export interface RangeRunParts {
  readonly core: Core;
  readonly stepper: Stepper;
  readonly breakpoints: BreakpointTable;
  /** Bytes of code, from the cache where they are there. */
  readonly read: (address: number, length: number) => Promise<Uint8Array>;
  readonly haltTimeout: number;
}

/** Fewer instructions than this are stepped: a run takes about as many transfers. */
const WORTH_A_RUN = 3;
/** A line longer than this is stepped, in bytes. */
const LONGEST = 2048;
/** Milliseconds without interrupts, as in steps; what takes longer may be waiting for one. */
const MASKED = 50;
/** xPSR (ARMv7-M B1.4.2): what is left of an IT block. */
const EPSR_IT = 0x0600fc00;
/** Milliseconds between two looks whether somebody pressed Ctrl-C. */
const LOOK = 20;

/**
 * Lets the core run through [start, end) to where it leaves, or to an instruction that has to be stepped, by comparators on
 * all of these. Resolves to `undefined` when nothing was done because stepping is better: too short, too many ways out, no
 * comparator free. Otherwise to why it stopped: `step` when it stands at one of those places.
 */
export async function runInRange(
  parts: RangeRunParts,
  { start, end, pc }: { readonly start: number; readonly end: number; readonly pc: number },
  cancelled: () => boolean,
): Promise<HaltReason | undefined> {
  const { core, stepper, breakpoints } = parts;
  if (core.port.wordQueue === undefined || end - start > LONGEST || breakpoints.has(pc)) return undefined;
  const { xpsr } = await core.registers();
  // In the middle of an IT block the code alone does not tell which instructions are conditional.
  if ((xpsr & EPSR_IT) !== 0) return undefined;
  const exits = rangeExits(await parts.read(start, end - start), start, end, pc);
  if (exits === undefined || exits.instructions < WORTH_A_RUN || exits.inside.includes(pc)) return undefined;
  const places = [...exits.outside, ...exits.inside].filter((address) => !breakpoints.has(address));
  const set = await setAll(core, places);
  if (set === undefined) return undefined;
  try {
    let masked = true;
    let halted = await core.resume({ maskInterrupts: true, catchFaults: true });
    for (let waited = 0; ; waited += LOOK) {
      halted ||= await core.waitHalted(LOOK);
      const ends = cancelled();
      const waitsLong = masked && waited >= MASKED;
      if (!halted && !ends && !waitsLong) continue;
      const byRequest = !halted;
      if (byRequest) await core.halt(parts.haltTimeout);
      // It may have come to its breakpoint just before the request.
      const reason = await stepper.stopped(masked ? exits.stores : undefined, exits.outside);
      if (reason.kind === "breakpoint" && !breakpoints.has(reason.address)) {
        // With interrupts on a handler may come by: it is not what the range led to.
        const elsewhere = !masked && (((await core.registers()).xpsr ^ xpsr) & XPSR_EXCEPTION) !== 0;
        if (!elsewhere) return { kind: "step" };
      } else if (!byRequest || reason.kind !== "request") return reason;
      if (ends) return { kind: "request" };
      if (waitsLong) masked = false;
      halted = await core.resume({ maskInterrupts: masked, catchFaults: true });
    }
  } finally {
    for (const address of set) await core.clearBreakpoint(address);
  }
}

/** Comparators on all of the addresses, or on none. */
async function setAll(core: Core, addresses: readonly number[]): Promise<readonly number[] | undefined> {
  const set: number[] = [];
  try {
    for (const address of addresses) {
      await core.setBreakpoint(address);
      set.push(address);
    }
    return set;
  } catch (error) {
    for (const address of set) await core.clearBreakpoint(address);
    if (!isProbityError(error) || !error.code.startsWith("breakpoint")) throw error;
    return undefined;
  }
}
