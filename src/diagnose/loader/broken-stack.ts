import type { Finding } from "../finding.ts";
import { onOwnStack } from "./changed-mode.ts";
import { cfsr } from "./fault-bits.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, sizeText } from "./words.ts";

/** Bytes of local variables that a function may have skipped before it wrote any. */
const LARGEST_LOCAL = 64 * 1024;

/** SP is below the stack it was given, or exception entry found no memory there. */
export function stackBelowBase(reading: Reading): Finding | undefined {
  const { stack, core } = reading.failure;
  const { sp } = reading;
  if (stack === undefined || core === undefined || sp === undefined) return undefined;
  const size = stack.top - stack.base;
  const full = stack.overrun && stack.used >= size;
  if (sp >= stack.base && !(full && (core.cfsr & cfsr.STKERR) !== 0)) return undefined;
  // SP alone may have been moved to a stack of the loader's own; far from the one it was given it surely was.
  if (!stack.overrun && (onOwnStack(reading) || stack.base - sp > LARGEST_LOCAL)) return undefined;
  return overflow(reading, stack.overrun ? "certain" : "likely");
}

/** The words below the stack were overwritten. */
export function stackOverrun(reading: Reading): Finding | undefined {
  const { stack, outcome } = reading.failure;
  if (stack?.overrun !== true || outcome === "not-started") return undefined;
  return overflow(reading, stack.used >= stack.top - stack.base ? "certain" : "likely");
}

function overflow(reading: Reading, certainty: Finding["certainty"]): Finding {
  const { stack } = reading.failure;
  const { sp, pc } = reading;
  const size = sizeText((stack?.top ?? 0) - (stack?.base ?? 0));
  const where = pc !== undefined && reading.inLoader(pc) ? ` in ${reading.place(pc)}` : "";
  return {
    code: "loader-stack-overflow",
    certainty,
    cause: `${reading.call} used more stack than the ${size} it was given${where}: endless recursion, or local variables that are too large.`,
    evidence: [
      `stack from ${addressText(stack?.base ?? 0)} to ${addressText(stack?.top ?? 0)}; SP was ${addressText(sp ?? 0)}, and the words below the stack ${stack?.overrun ? "were overwritten" : "were not written"}`,
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-stack-overflow"),
  };
}

/** Code or constants no longer hold what was loaded. */
export function overwroteItself(reading: Reading): Finding | undefined {
  const { damaged, outcome } = reading.failure;
  const { pc } = reading;
  if (damaged === undefined || damaged.length === 0 || outcome === "not-started") return undefined;
  const bytes = damaged.reduce((sum, { start, end }) => sum + end - start, 0);
  const first = damaged[0];
  const last = damaged[damaged.length - 1];
  const hit = pc !== undefined && reading.inDamage(pc);
  const lost = pc !== undefined && !reading.inLoader(pc);
  const name = reading.symbolAt(first.start)?.name ?? reading.variableAt(first.start);
  return {
    code: "loader-overwrites-itself",
    certainty: hit || lost || reading.faulted ? "certain" : "likely",
    cause: `${reading.call} overwrote itself: ${sizeText(bytes)} of its own code or constants${name === undefined ? "" : `, ${name} first,`} no longer hold what was loaded${hit ? `, and it ran into them at ${reading.place(pc)}` : ""}.`,
    evidence: [
      `changed between ${addressText(first.start)} and ${addressText(last.end - 1)}, compared with the file after it ended`,
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-overwrites-itself"),
  };
}

/** The PC left the loader: a return address or a function pointer held something else. */
export function ranAstray(reading: Reading): Finding | undefined {
  const { core } = reading.failure;
  const { pc, lr } = reading;
  if (core === undefined || pc === undefined || lr === undefined || !reading.faulted) return undefined;
  const even = (core.cfsr & cfsr.INVSTATE) !== 0;
  if (reading.inLoader(pc) && !even) return undefined;
  if (pc < 0x1000) return nullCall(reading, pc, lr);
  if (even && lr === pc) return evenReturn(reading, pc);
  const back = (lr & ~1) >>> 0;
  const call = reading.inLoader(back) ? callBefore(reading, back) : undefined;
  const at = call === undefined ? "" : ` at ${reading.place(call.at)}`;
  const evidence = [...reading.faultEvidence(), POWER_AND_CABLE];
  if (call?.through === "register") {
    return {
      code: "loader-bad-pointer",
      certainty: "likely",
      cause: `${reading.call} called a function${at} through a pointer that holds ${addressText(pointerOf(reading, back, pc, even))}, ${even ? "an even address: not one of Thumb code" : "where there is no code"}.`,
      evidence,
      remedy: remedyOf("loader-bad-pointer"),
    };
  }
  const callee = call?.target === undefined ? undefined : reading.symbolAt(call.target)?.name;
  const who = callee ?? "a function";
  return {
    code: "loader-smashed-stack",
    certainty: "likely",
    cause: `${reading.call} left its own code: ${who}, called${at || " by it"}, returned to ${addressText(pc)}, ${even ? "an even address: not one of Thumb code" : "where there is no code"}. Its return address on the stack was overwritten: a local array was written beyond its end.`,
    evidence,
    remedy: remedyOf("loader-smashed-stack", { callee: callee ?? "the function called last" }),
  };
}

/** BX LR with an LR that is even: only code that changed LR on purpose does that. */
function evenReturn(reading: Reading, pc: number): Finding {
  const trap = reading.symbolAt(pc) === undefined ? "" : ` (${reading.place(pc)})`;
  return {
    code: "loader-returns-even",
    certainty: "likely",
    cause: `${reading.call} jumped to the return address in LR, ${addressText(pc)}${trap}, without the Thumb bit (bit 0): a Cortex-M has no other state. LR was changed, as hand-written assembly or code for another ARM core does.`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: remedyOf("loader-returns-even"),
  };
}

/** What the register of `BLX Rm` holds; PC itself has lost the lowest bit. */
function pointerOf(reading: Reading, back: number, pc: number, even: boolean): number {
  const call = reading.halfWordAt(back - 2);
  const held = call === undefined ? undefined : reading.register((call >>> 3) & 15);
  if (held !== undefined && (held & ~1) >>> 0 === pc) return held;
  return even ? pc : (pc | 1) >>> 0;
}

function nullCall(reading: Reading, pc: number, lr: number): Finding {
  const back = (lr & ~1) >>> 0;
  const call = reading.inLoader(back) ? callBefore(reading, back) : undefined;
  const at = call === undefined ? "" : ` at ${reading.place(call.at)}`;
  return {
    code: "loader-null-call",
    certainty: "certain",
    cause: `${reading.call} jumped to ${addressText(pc)}${at}: it called a function through a null pointer.`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: remedyOf("loader-null-call"),
  };
}

/** The call whose return address this is. */
function callBefore(
  reading: Reading,
  back: number,
): { at: number; through: "register" | "branch"; target?: number } | undefined {
  const long = reading.instructionAt(back - 4);
  if (long?.length === 4 && long.kind === "call") return { at: back - 4, through: "branch", target: long.target };
  const short = reading.instructionAt(back - 2);
  return short?.length === 2 && short.kind === "call" ? { at: back - 2, through: "register" } : undefined;
}
