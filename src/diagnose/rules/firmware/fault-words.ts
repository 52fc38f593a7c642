import { hex32 } from "../../../base/bytes.ts";
import { type FaultName, faultCauses } from "../../catalogue/fault-causes.ts";
import type { FindingDetail } from "../../catalogue/finding-kind.ts";
import type { FactValues } from "../../facts.ts";
import { cfsrFlags, hfsrFlags } from "../../loader/fault-bits.ts";
import { type Faulting, faultingInstruction } from "./faulting-instruction.ts";

/** What was read of a fault. */
export interface FaultRead {
  readonly cfsr: number;
  readonly hfsr: number;
  /** BFAR or MMFAR, if valid. */
  readonly address: number | undefined;
  readonly frame: FactValues["stacked-frame"] | undefined;
  /** CPUID, if it was read. */
  readonly cpuid?: number;
  /** A log tells of the fault: registers that it does not show were not read. */
  readonly fromLog?: boolean;
}

/** A fault in words. */
export interface FaultWords {
  /** Causes in a sentence, and one on the instruction if it was read. */
  readonly flags: string;
  /** ` at 0x08000100`, or nothing when no frame was read. */
  readonly where: string;
  readonly remedy: readonly string[];
}

/** Faults beyond these are consequences of the first, most of the time. */
const REMEDIES_OF = 2;

/** What was read, as `PRECISERR: a load or store at 0x40012c00 got a bus error: ...`, and what helps. */
export function faultWords(read: FaultRead): FaultWords {
  const { cfsr, hfsr, address, frame } = read;
  const instruction = frame === undefined ? undefined : faultingInstruction(frame);
  const names = closer([...cfsrFlags(cfsr), ...hfsrFlags(hfsr)], instruction);
  const causes: readonly FindingDetail[] = faultCauses.filter(({ name }) => names.includes(name));
  const unread = read.cfsr === 0 && read.hfsr === 0 && read.fromLog === true;
  const told = causes.map(({ name, cause }) => {
    return `${name}: ${cause.replace("{where}", address === undefined ? "" : ` at ${hex32(address)}`)}.`;
  });
  if (told.length === 0)
    told.push(hasNoRegisters(read) ? noRegisters : unread ? notRead : "The fault registers tell no cause.");
  if (instruction !== undefined) told.push(instruction.sentence);
  return {
    flags: told.join(" "),
    where: frame === undefined ? "" : ` ${isLate(names) ? "shortly before" : "at"} ${hex32(frame.pc)}`,
    remedy: [...new Set(causes.slice(0, REMEDIES_OF).flatMap(({ remedy }) => remedy))],
  };
}

const notRead = "Which fault it was, the log does not show: the fault registers were not read.";
const noRegisters = "A core of ARMv6-M has no registers that tell the kind of fault.";

/** Cortex-M0 and M0+ by the part number of CPUID (ARMv6-M B3.2.3). */
function hasNoRegisters({ cpuid = 0 }: FaultRead): boolean {
  return [0xc20, 0xc60].includes((cpuid >>> 4) & 0xfff);
}

/** With the instruction known, some bits are told more closely: DEBUGEVT as semihosting, UNDEFINSTR as UDF. */
function closer(flags: readonly string[], instruction: Faulting | undefined): string[] {
  const replaced: Partial<Record<string, FaultName>> = {};
  const kind = instruction?.kind;
  if (kind === "Semihosting" || kind === "BKPT") replaced.DEBUGEVT = kind;
  if (kind === "UDF") replaced.UNDEFINSTR = kind;
  const names = flags.map((flag) => replaced[flag] ?? flag);
  // A core without fault registers (ARMv6-M), or an SVC that was escalated: the instruction alone tells.
  const tells = names.some((name) => faultCauses.some((each) => each.name === name));
  return tells || kind === undefined || kind === "other" ? names : [kind];
}

/** The stacked PC is behind the write that failed, and nothing more exact is recorded. */
function isLate(names: readonly string[]): boolean {
  const precise: readonly string[] = faultCauses.map(({ name }) => name).filter((name) => name !== "IMPRECISERR");
  return names.includes("IMPRECISERR") && !names.some((name) => precise.includes(name));
}
