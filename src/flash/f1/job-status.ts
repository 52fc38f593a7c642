import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import { writeProtected } from "./chip-state.ts";

/** What the algorithm says of itself in the first words of its control block (firmware/flash-algorithm/stm32f1.c). */

/** Words of it: status, and where and what it was that failed. */
export const STATUS_WORDS = 3;

const FINISHED = 0x80000000;
const FAILURE_PROGRAM = 1;
const FAILURE_PROTECTED = 2;
const FAILURE_MISMATCH = 3;
const FAILURE_LOCKED = 4;

/** Payloads that are finished. */
export function payloadsDone(status: number): number {
  return status & 0xfff;
}

export function pagesErased(status: number): number {
  return (status >>> 12) & 0xfff;
}

/** Why the algorithm gave up; 0 while it did not. */
export function failureOf(status: number): number {
  return (status >>> 24) & 0x7f;
}

/** The algorithm has returned, or is about to. */
export function hasFinished(status: number): boolean {
  return (status & FINISHED) !== 0;
}

/** The error for a status with a failure: `flash-protected`, `flash-locked`, `flash-program-failed` or `flash-algorithm-failed`. */
export function jobFailure(
  status: number,
  { address, found, controller }: { readonly address: number; readonly found: number; readonly controller: number },
): ProbityError {
  const failure = failureOf(status);
  if (failure === FAILURE_PROTECTED) return writeProtected(address);
  if (failure === FAILURE_LOCKED) {
    return new ProbityError(
      "flash-locked",
      "The flash controller stays locked: a wrong key was written to it since the last reset.",
      { facts: { controller }, remedy: ["Reset the chip and try again."] },
    );
  }
  if (failure === FAILURE_PROGRAM || failure === FAILURE_MISMATCH) {
    const why = failure === FAILURE_PROGRAM ? "it was not erased" : "it does not hold what was written";
    return new ProbityError(
      "flash-program-failed",
      `Programming failed at ${hex32(address)}: ${why} (0x${found.toString(16).padStart(4, "0")} is there).`,
      {
        facts: { address, found },
        remedy: ["Try again after a mass erase.", "If it fails at the same address, that page is worn out."],
      },
    );
  }
  return new ProbityError("flash-algorithm-failed", `The flash algorithm ended with status ${hex32(status)}.`, {
    facts: { status, address },
    remedy: ["Reset the chip and try again."],
  });
}
