import { toHex } from "../../base/bytes.ts";
import { isProbityError, ProbityError } from "../../base/errors.ts";
import { f1ByteNames } from "./f1-layout.ts";
import type { Progress } from "./f1-program.ts";
import type { OptionPlan } from "./option-controller.ts";

/** What a failure in the middle of a change leaves behind, in a user's words: never a half state without a word. */
export function changeFailed(error: unknown, progress: Progress, plan: OptionPlan): unknown {
  if (!isProbityError(error)) return error;
  const reason = `${error.message} [${error.code}]`;
  const facts = { because: error.code, phase: progress.phase, programmed: progress.programmed };
  const make = (code: string, message: string, remedy: readonly string[]): ProbityError =>
    new ProbityError(code, message, { facts, remedy, cause: error });
  if (progress.phase === "untouched") {
    return make("option-bytes-unchanged", `The option bytes were not touched: ${reason}`, [
      ...error.remedy,
      "Give the same command again.",
    ]);
  }
  const lost = plan.unprotects ? unprotectWords(progress) : "";
  if (progress.phase === "written") {
    return make(
      "option-bytes-unverified",
      `All option bytes were written, but not read back or put in force: ${reason}${lost}`,
      ["Connect again, and look: `probity option-bytes get`."],
    );
  }
  return make("option-bytes-half-written", `${halfWords(progress)}: ${reason}${lost}`, remedyOf(progress, plan));
}

/** What stands in the bytes, as far as is known. */
function halfWords({ phase, programmed, underWay }: Progress): string {
  if (phase === "erasing") {
    return (
      "The link failed at the command that erases the option bytes: they are as before, or erased, with which the chip is " +
      "read-protected from its next reset on"
    );
  }
  if (programmed === 0) {
    const perhaps = underWay ? ", and RDP perhaps written back" : "";
    return (
      `The option bytes were erased${perhaps}, and the change ended there. While RDP is missing the chip is ` +
      "read-protected from its next reset on"
    );
  }
  const names = f1ByteNames.slice(0, programmed).join(", ");
  const rest = f1ByteNames.slice(programmed).join(", ");
  return `The option bytes were erased and of them ${names} written; ${rest} count as 0xFF for want of it`;
}

function unprotectWords({ programmed, underWay }: Progress): string {
  if (programmed > 0) return " The flash has been erased.";
  return underWay ? " The flash may have been erased." : " The flash was not erased yet.";
}

function remedyOf({ programmed }: Progress, plan: OptionPlan): string[] {
  if (plan.unprotects) return ["Connect again and give the same command once more: `probity unprotect`."];
  const again = "connect again and give the same command once more. It connects without a reset and completes them";
  if (programmed > 0) return [`${again[0].toUpperCase()}${again.slice(1)}.`];
  return [
    `Leave the board powered and do not reset it: ${again}, and the content of flash stays.`,
    "Was it reset or switched off meanwhile, then it is read-protected: `probity unprotect` mends it, and erases the flash.",
  ];
}

/** A failure after the change was written and read back: the chip has it, but nobody saw it in force. */
export function inForceUnknown(error: unknown, plan: OptionPlan): unknown {
  if (isProbityError(error) && error.code.startsWith("option-")) return error;
  return changeFailed(error, { phase: "written", programmed: f1ByteNames.length, underWay: false }, plan);
}

/** Read back and not what was written. */
export function verifyFailed(address: number, wanted: Uint8Array, found: Uint8Array): ProbityError {
  const at = wanted.findIndex((byte, i) => byte !== found[i]);
  const name = f1ByteNames[at >>> 1];
  return new ProbityError("option-bytes-verify-failed", `${name} does not read back as it was written.`, {
    facts: { address: address + at, expected: wanted[at], found: found[at], bytes: toHex(found) },
    remedy: ["Do not reset the chip: give the same command again.", "If it fails again, these cells are worn out."],
  });
}
