import { hex32, readU32 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import type { Core } from "./core.ts";
import { scs } from "./debug-registers.ts";
import { XPSR_EXCEPTION } from "./xpsr.ts";

/** The eight words that exception entry pushes (ARMv7-M B1.5.6), and where. */
export interface StackedFrame {
  readonly address: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  readonly r3: number;
  readonly r12: number;
  readonly lr: number;
  readonly pc: number;
  readonly xpsr: number;
}

export interface FaultReport {
  readonly cfsr: number;
  readonly hfsr: number;
  /** Address of a memory management fault, if valid. */
  readonly mmfar: number | undefined;
  /** Address of a precise bus fault, if valid. */
  readonly bfar: number | undefined;
  /** The exception that is being handled by xPSR: 0 none, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault. */
  readonly exception: number;
  /** What the code that faulted left on the stack; `undefined` outside a fault handler or if it can't be read. */
  readonly frame: StackedFrame | undefined;
  /** One plain sentence for each flag that is set; empty when no fault is recorded. */
  readonly causes: readonly string[];
}

const mmarValid = 1 << 7;
const bfarValid = 1 << 15;

/** CFSR and HFSR bit by bit (ARMv7-M B3.2.15, B3.2.16). */
const cfsrBits: readonly (readonly [bit: number, text: string])[] = [
  [0, "An instruction was fetched from an address where execution is not allowed (IACCVIOL)."],
  [1, "Data was accessed at an address that the memory protection does not allow (DACCVIOL)."],
  [3, "Returning from an exception, the stack could not be read for lack of permission (MUNSTKERR)."],
  [4, "Entering an exception, the stack could not be written for lack of permission (MSTKERR)."],
  [5, "Saving the floating-point state broke the memory protection (MLSPERR)."],
  [8, "An instruction was fetched from an address where there is no memory (IBUSERR)."],
  [9, "A data access hit an address where nothing answers; the stacked PC is the instruction (PRECISERR)."],
  [10, "A buffered write hit an address where nothing answers, some instructions before the stacked PC (IMPRECISERR)."],
  [11, "Returning from an exception, the stack could not be read (UNSTKERR)."],
  [12, "Entering an exception, the stack could not be written: the stack pointer is outside RAM (STKERR)."],
  [13, "Saving the floating-point state hit an address where nothing answers (LSPERR)."],
  [16, "An undefined instruction was executed (UNDEFINSTR)."],
  [17, "A jump went to an even address, that is out of Thumb state: a bad function pointer or vector (INVSTATE)."],
  [18, "An exception returned with a wrong EXC_RETURN or stack (INVPC)."],
  [19, "A coprocessor or FPU instruction was executed, and there is none or it is off (NOCP)."],
  [24, "An unaligned access was made where it is forbidden (UNALIGNED)."],
  [25, "A division by zero was made (DIVBYZERO)."],
];

const hfsrBits: readonly (readonly [bit: number, text: string])[] = [
  [1, "The vector table could not be read (VECTTBL)."],
  [30, "A fault could not be handled by its own handler and became a HardFault (FORCED)."],
  [31, "A debug event came while halting debug was off: a BKPT without debugger (DEBUGEVT)."],
];

/** The flags of CFSR and HFSR in words. */
export function faultCauses(cfsr: number, hfsr: number): string[] {
  const named = (value: number, bits: typeof cfsrBits): string[] =>
    bits.filter(([bit]) => ((value >>> bit) & 1) !== 0).map(([, text]) => text);
  return [...named(cfsr, cfsrBits), ...named(hfsr, hfsrBits)];
}

/** Reads and decodes the fault registers; the core has to be halted. ARMv6-M has none of them: they read as zero there. */
export async function readFaults(core: Core): Promise<FaultReport> {
  const [cfsr, hfsr, mmfar, bfar] = await core.port.words(
    [scs.cfsr, scs.hfsr, scs.mmfar, scs.bfar].map((address) => ({ kind: "read", address }) as const),
  );
  const { r, xpsr, msp, psp } = await core.registers();
  const exception = xpsr & XPSR_EXCEPTION;
  const inHandler = exception >= 3 && exception <= 6;
  const causes = faultCauses(cfsr, hfsr);
  return {
    cfsr,
    hfsr,
    mmfar: (cfsr & mmarValid) !== 0 ? mmfar : undefined,
    bfar: (cfsr & bfarValid) !== 0 ? bfar : undefined,
    exception,
    frame: inHandler ? await stackedFrame(core, r[14], msp, psp) : undefined,
    causes:
      (cfsr & bfarValid) !== 0 && (cfsr & (1 << 9)) !== 0 ? [...causes, `The address was ${hex32(bfar)}.`] : causes,
  };
}

/** The frame at PSP or MSP by bit 2 of EXC_RETURN; only true while LR still holds it, at the handler's start. */
async function stackedFrame(
  core: Core,
  excReturn: number,
  msp: number,
  psp: number,
): Promise<StackedFrame | undefined> {
  if (excReturn >>> 28 !== 0xf) return undefined;
  const address = (excReturn & 4) !== 0 ? psp : msp;
  try {
    const bytes = await core.port.read(address, 32);
    const [r0, r1, r2, r3, r12, lr, pc, xpsr] = Array.from({ length: 8 }, (_, i) => readU32(bytes, 4 * i));
    return { address, r0, r1, r2, r3, r12, lr, pc, xpsr };
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return undefined;
  }
}
