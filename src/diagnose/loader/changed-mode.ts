import type { Finding } from "../finding.ts";
import { cfsr } from "./fault-bits.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText } from "./words.ts";

/** nPRIV and SPSEL of CONTROL (ARMv7-M B1.4.4). */
const UNPRIVILEGED = 1;
const PROCESS_STACK = 2;
/** EXC_RETURN: bits 31 to 5 are ones, bit 2 tells that the frame is on the process stack (B1.5.8). */
const FRAME_ON_PSP = 4;
/** What exception entry may push, with an FPU's registers. */
const LARGEST_FRAME = 26 * 4 + 8;

/** Whether the loader runs on the process stack, which it was not given: SP says nothing of the stack it was given. */
export function onOwnStack(reading: Reading): boolean {
  const { core } = reading.failure;
  if (core?.special === undefined) return false;
  // It is always begun privileged: with nPRIV set CONTROL is the loader's.
  const changed = (core.special.control & UNPRIVILEGED) !== 0 || core.controlBefore === 0;
  return changed && usedProcessStack(reading);
}

function usedProcessStack(reading: Reading): boolean {
  const { core } = reading.failure;
  if (core?.special === undefined) return false;
  const excReturn = core.r[14];
  if (reading.exception !== 0 && excReturn >>> 5 === 0x7ffffff) return (excReturn & FRAME_ON_PSP) !== 0;
  return (core.special.control & PROCESS_STACK) !== 0;
}

/** The loader gave up privilege, or went to a process stack that nobody set up, and fell over that. */
export function changedMode(reading: Reading): Finding | undefined {
  const { core } = reading.failure;
  const special = core?.special;
  if (core === undefined || special === undefined || !reading.faulted) return undefined;
  const unprivileged = (special.control & UNPRIVILEGED) !== 0;
  const where = reading.pc !== undefined && reading.inLoader(reading.pc) ? ` at ${reading.place(reading.pc)}` : "";
  const evidence = [
    `CONTROL = ${special.control} (${[unprivileged ? "nPRIV" : "", (special.control & PROCESS_STACK) !== 0 ? "SPSEL" : ""].filter(Boolean).join(", ") || "in a handler SPSEL reads as 0"}), it was begun with ${core.controlBefore ?? 0}; PSP = ${addressText(special.psp)}, MSP = ${addressText(special.msp)}`,
    ...reading.faultEvidence(),
    POWER_AND_CABLE,
  ];
  const { bfar } = reading;
  if (unprivileged && bfar !== undefined && bfar >= 0xe0000000 && bfar < 0xe0100000) {
    return {
      code: "loader-unprivileged",
      certainty: "certain",
      cause: `${reading.call} did not return: it made itself unprivileged (CONTROL.nPRIV), and then accessed ${addressText(bfar)} (${reading.describe(bfar).name})${where}, which only privileged code may.`,
      evidence,
      remedy: remedyOf("loader-unprivileged"),
    };
  }
  const stacking = (core.cfsr & (cfsr.STKERR | cfsr.MSTKERR | cfsr.UNSTKERR)) !== 0;
  // What was pushed on entry lies above PSP as it is now, or below it as it was.
  const distance = bfar === undefined ? undefined : (bfar - special.psp) | 0;
  const pushed = distance !== undefined && Math.abs(distance) <= LARGEST_FRAME;
  const { stack } = reading.failure;
  const begunOnMain = ((core.controlBefore ?? PROCESS_STACK) & PROCESS_STACK) === 0;
  if (!(stacking && pushed && (begunOnMain || unprivileged)) && !(stacking && onOwnStack(reading))) return undefined;
  if (stack !== undefined && special.psp > stack.base && special.psp <= stack.top) return undefined;
  return {
    code: "loader-switches-stack",
    certainty: pushed ? "certain" : "likely",
    cause: `${reading.call} did not return: it switched to the process stack (CONTROL.SPSEL)${unprivileged ? ", unprivileged," : ""} where PSP = ${addressText(special.psp)} points to no stack (${reading.describe((special.psp - 4) >>> 0).name}).`,
    evidence,
    remedy: remedyOf("loader-switches-stack"),
  };
}
