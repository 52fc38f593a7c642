import type { LoaderCode } from "../catalogue/loader.ts";
import type { Finding } from "../finding.ts";
import type { LastStep } from "./loader-facts.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { checkBoard, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, listText } from "./words.ts";

/** Reset flags of RCC by what they mean, the most telling first: an internal reset drives NRST too, and sets PINRSTF. */
const resets: readonly (readonly [flag: RegExp, code: LoaderCode, what: string])[] = [
  [/IWDG/i, "loader-watchdog", "the independent watchdog"],
  [/WWDG/i, "loader-watchdog", "the window watchdog"],
  [/SFT|SFR|SOFT/i, "loader-resets", "software (SYSRESETREQ)"],
  [/LPWR|LPRST/i, "loader-low-power", "entering a low-power mode"],
  [/OBL/i, "loader-resets", "loading the option bytes"],
  [/BOR|POR|PDR/i, "loader-power-lost", "a loss of supply voltage"],
  [/PIN|NRST/i, "loader-pin-reset", "the NRST pin"],
];

/** The chip was reset while the function ran. */
export function wasReset(reading: Reading): Finding | undefined {
  const { failure } = reading;
  if (failure.outcome !== "reset") return undefined;
  if (failure.lastStep?.kind === "reset") return askedForReset(reading, failure.lastStep);
  const causes = failure.core?.resetCauses ?? [];
  const found = resets.filter(([flag]) => causes.some((cause) => flag.test(cause)));
  const [, code, what] = found[0] ?? [/./, "loader-resets" as const, undefined];
  const inner = found.filter(([, each]) => each !== "loader-pin-reset");
  const watchdog = code === "loader-watchdog";
  return {
    code,
    certainty: found.length === 0 ? "possible" : inner.length <= 1 ? "certain" : "likely",
    cause: `${reading.call} was cut off: the chip was reset ${what === undefined ? "by something that set no new flag" : `by ${what}`} ${timeWords(reading)}${watchdog ? "; the loader, or the application before it, started that watchdog" : ""}.`,
    evidence: [flagEvidence(reading), reading.deviceEvidence(), POWER_AND_CABLE],
    remedy: remedyOf(code),
  };
}

/** Software wrote to AIRCR: seen in a second run. */
function askedForReset(reading: Reading, { at, value, request }: LastStep & { readonly kind: "reset" }): Finding {
  const { loader } = reading.failure;
  const which =
    request === "VECTRESET" ? "VECTRESET: of the core alone, which sets no flag in RCC" : "SYSRESETREQ: of the chip";
  return {
    code: "loader-resets",
    certainty: "certain",
    cause: `${reading.call} was cut off ${timeWords(reading)}: ${reading.place(at)} asked for a reset by software (${which}). ${purposeSentence(loader)}`,
    evidence: [
      `run again, it was halted at ${addressText(at)} = ${reading.place(at)}, before it stored ${addressText(value)} to AIRCR (0xE000ED0C)`,
      flagEvidence(reading),
      POWER_AND_CABLE,
    ],
    remedy: [...remedyOf("loader-resets"), checkBoard(loader)],
  };
}

function timeWords({ failure }: Reading): string {
  return failure.elapsed < 1 ? "at once" : `after ${Math.round(failure.elapsed)} ms`;
}

/** Reset flags of RCC: those that are new, and those that say nothing because they were set before. */
function flagEvidence({ failure }: Reading): string {
  const { resetCauses = [], resetCausesBefore = [] } = failure.core ?? {};
  const stale = resetCausesBefore.length === 0 ? "" : `; set before it ran already: ${listText(resetCausesBefore)}`;
  if (resetCauses.length === 0) return `no reset flag of RCC is new${stale}`;
  return `new reset flag${resetCauses.length > 1 ? "s" : ""} of RCC: ${listText(resetCauses)}${stale}`;
}

/** The core halted at a breakpoint instruction of the loader's own. */
export function ownBreakpoint(reading: Reading): Finding | undefined {
  const { failure } = reading;
  if (failure.outcome !== "stopped-elsewhere" || failure.core === undefined) return undefined;
  const pc = failure.core.r[15];
  const at = [pc, pc - 2].find((each) => reading.inLoader(each) && reading.instructionAt(each)?.kind === "breakpoint");
  if (at === undefined) return undefined;
  return {
    code: "loader-breakpoint",
    certainty: "certain",
    cause: `${reading.call} stopped at a breakpoint instruction of its own, ${reading.place(at)}: a failed assertion, or a BKPT left over from debugging.`,
    evidence: [`PC ${addressText(pc)}: BKPT, in what the loader's file loads there`, POWER_AND_CABLE],
    remedy: remedyOf("loader-breakpoint"),
  };
}

/** An interrupt was taken: the loader unmasked them, and there is no handler of its own in force. */
export function interruptTaken(reading: Reading): Finding | undefined {
  const { failure, exception } = reading;
  const { core } = failure;
  if (core === undefined || failure.outcome === "returned" || failure.outcome === "reset") return undefined;
  if (exception === 2) return nonMaskable(reading);
  if (exception < 11 || reading.frame === undefined) return undefined;
  const name = exceptionNames[exception] ?? `interrupt ${exception - 16}`;
  const code = exception === 15 ? "loader-needs-systick" : "loader-needs-interrupts";
  return {
    code,
    certainty: "certain",
    cause: `${reading.call} did not return: ${name} interrupted it. It turned interrupts on, and no loader gets any: there is no vector table of its own in force.`,
    evidence: [
      `xPSR ${addressText(core.xpsr)}: exception ${exception}, ${name}; PRIMASK ${core.primask}`,
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf(code),
  };
}

/** NMI: nothing holds it off. */
function nonMaskable(reading: Reading): Finding {
  const { pc } = reading;
  const where = pc === undefined || !reading.inLoader(pc) ? "" : ` at ${reading.place(pc)}`;
  return {
    code: "loader-nmi",
    certainty: "certain",
    cause: `${reading.call} did not return: a non-maskable interrupt (NMI) came${where}. The clock security system raises it when the crystal that the loader switched to fails, some chips for a RAM parity or flash ECC error, and software by ICSR.NMIPENDSET.`,
    evidence: [
      `xPSR ${addressText(reading.failure.core?.xpsr ?? 0)}: exception 2, NMI`,
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-nmi"),
  };
}

/** SVC, whose exception interrupts masked by PRIMASK can't be taken: it escalates to HardFault (ARMv7-M B1.5.6). */
export function supervisorCall(reading: Reading): Finding | undefined {
  const { core } = reading.failure;
  const { pc } = reading;
  if (core === undefined || pc === undefined || !reading.faulted || core.cfsr !== 0) return undefined;
  const before = reading.inLoader(pc - 2) ? reading.halfWordAt(pc - 2) : undefined;
  if (before === undefined || before >>> 8 !== 0xdf) return undefined;
  return {
    code: "loader-supervisor-call",
    certainty: "certain",
    cause: `${reading.call} did not return: ${reading.place(pc - 2)} calls a supervisor (SVC ${before & 0xff}), and no loader has one: it runs without an operating system, interrupts masked.`,
    evidence: [
      `the instruction before the stacked PC is 0x${before.toString(16).toUpperCase()}: SVC ${before & 0xff}; no fault but this sets HFSR.FORCED and nothing in CFSR`,
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-supervisor-call"),
  };
}

const exceptionNames: Readonly<Record<number, string>> = {
  11: "SVCall",
  12: "the debug monitor",
  14: "PendSV",
  15: "SysTick",
};

/** Lockup: a fault within a fault handler. */
export function lockedUp(reading: Reading): Finding | undefined {
  const { failure, pc } = reading;
  if (failure.outcome !== "locked-up") return undefined;
  const where = pc === undefined ? "" : ` at ${reading.place(pc)}`;
  return {
    code: "loader-locked-up",
    certainty: "likely",
    cause: `${reading.call} drove the core into lockup${where}: it met a fault where none can be taken, as when the stack pointer or VTOR points nowhere.`,
    evidence: [...reading.faultEvidence(), POWER_AND_CABLE],
    remedy: remedyOf("loader-locked-up"),
  };
}
