import { hex32 } from "../../../base/bytes.ts";
import { cfsrFlags, hfsrFlags } from "../../loader/fault-bits.ts";

/** What each fault means to the author of the program (ARMv7-M B3.2.15, B3.2.16). */
const meanings: Readonly<Record<string, string>> = {
  IACCVIOL: "code was fetched where execution is not allowed",
  DACCVIOL: "data was accessed where the memory protection forbids it",
  IBUSERR: "code was fetched where there is no memory",
  PRECISERR: "a data access hit an address where nothing answers",
  IMPRECISERR: "a buffered write hit an address where nothing answers, some instructions earlier",
  STKERR: "the stack pointer had left RAM when an exception came",
  UNSTKERR: "the stack could not be read when an exception returned",
  MSTKERR: "the stack could not be written when an exception came",
  UNDEFINSTR: "an undefined instruction was met",
  INVSTATE: "a jump went to an even address (a wrong function pointer or vector)",
  INVPC: "an exception returned with a wrong EXC_RETURN",
  NOCP: "an instruction for a coprocessor or FPU that is absent or off",
  UNALIGNED: "an unaligned access where it is forbidden",
  DIVBYZERO: "a division by zero",
  VECTTBL: "the vector table could not be read",
  DEBUGEVT: "a BKPT instruction without a debugger",
};

/** The flags in a sentence or two: `PRECISERR: a data access hit an address where nothing answers (0x40012c00).` */
export function faultFlags(cfsr: number, hfsr: number, address: number | undefined): string {
  const names = [...cfsrFlags(cfsr), ...hfsrFlags(hfsr)].filter((name) => name in meanings);
  if (names.length === 0) return "CFSR tells no cause.";
  const where = address === undefined ? "" : ` (${hex32(address)})`;
  return `${names.map((name, i) => `${name}: ${meanings[name]}${i === 0 ? where : ""}`).join("; ")}.`;
}
