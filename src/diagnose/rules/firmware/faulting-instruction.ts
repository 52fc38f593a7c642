import { decodeThumb } from "../../../formats/thumb-instruction.ts";
import type { FactValues } from "../../facts.ts";

/** The instruction at a stacked PC. */
export interface Faulting {
  readonly kind: "Semihosting" | "BKPT" | "UDF" | "SVC" | "other";
  /** `The instruction there is BKPT 0xAB.` */
  readonly sentence: string;
}

/** Calls of semihosting by their number in r0 (Arm, Semihosting for AArch32 and AArch64, chapter 3). */
const calls: Readonly<Record<number, string>> = {
  1: "SYS_OPEN",
  2: "SYS_CLOSE",
  3: "SYS_WRITEC",
  4: "SYS_WRITE0",
  5: "SYS_WRITE",
  6: "SYS_READ",
  7: "SYS_READC",
  12: "SYS_FLEN",
  21: "SYS_GET_CMDLINE",
  22: "SYS_HEAPINFO",
  24: "SYS_EXIT",
};

/** What stands at the stacked PC (ARMv7-M A5), or before it where SVC has been passed; `undefined` where it was not read. */
export function faultingInstruction(frame: FactValues["stacked-frame"]): Faulting | undefined {
  const { code = [], codeBefore, pc, r0 } = frame;
  if (code.length === 0) return undefined;
  const [first, second = 0] = code;
  if (first >>> 8 === 0xbe) {
    const number = `0x${(first & 0xff).toString(16).toUpperCase().padStart(2, "0")}`;
    const call = r0 === undefined ? undefined : calls[r0];
    if (first !== 0xbeab) return { kind: "BKPT", sentence: `The instruction there is BKPT ${number}.` };
    const what = call === undefined ? "" : `, which calls ${call} (r0)`;
    return { kind: "Semihosting", sentence: `The instruction there is BKPT ${number}${what}.` };
  }
  // UDF, T1 and T2 (ARMv7-M A7.7.194).
  if (first >>> 8 === 0xde) return { kind: "UDF", sentence: `The instruction there is UDF ${first & 0xff}.` };
  if (first >>> 4 === 0xf7f && second >>> 12 === 0xa)
    return { kind: "UDF", sentence: "The instruction there is UDF.W." };
  if (codeBefore !== undefined && codeBefore >>> 8 === 0xdf) {
    return { kind: "SVC", sentence: `The instruction before is SVC ${codeBefore & 0xff}.` };
  }
  const name = nameOf(first, second, pc);
  return name === undefined ? undefined : { kind: "other", sentence: `The instruction there is ${name}.` };
}

/** Names of what faults most: accesses, divisions, the FPU. Others are told by their bits. */
function nameOf(first: number, second: number, pc: number): string | undefined {
  const bytes = Uint8Array.of(first & 0xff, first >>> 8, second & 0xff, second >>> 8);
  const isLong = first >>> 11 >= 0x1d;
  const word = isLong ? `0x${hex16(first)} 0x${hex16(second)}` : `0x${hex16(first)}`;
  if ((first & 0xfff0) === 0xfb90) return `SDIV by r${second & 15} (${word})`;
  if ((first & 0xfff0) === 0xfbb0) return `UDIV by r${second & 15} (${word})`;
  if (isLong && (first & 0xec00) === 0xec00) {
    const coprocessor = (second >>> 8) & 15;
    const isFpu = coprocessor === 10 || coprocessor === 11;
    return isFpu ? `one of the FPU (${word})` : `one of coprocessor ${coprocessor} (${word})`;
  }
  const decoded = decodeThumb(bytes, 0, pc);
  if (decoded === undefined) return undefined;
  const { kind, operand, width } = decoded;
  if (operand !== undefined && (kind === "load" || kind === "store")) {
    const size = width === 1 ? "byte" : width === 2 ? "half-word" : "word";
    const base = operand.base === 15 ? "PC" : operand.base === 13 ? "SP" : `r${operand.base}`;
    return `a ${kind} of a ${size} by way of ${base} (${word})`;
  }
  return word;
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, "0");
}
