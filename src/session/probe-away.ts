import type { ProbityError } from "../base/errors.ts";

/** A probe that was pulled out, and what is wanted once it is back. */
export interface ProbeAway {
  readonly error: ProbityError;
  /** The core was halted then, or is wanted so since. */
  halted: boolean;
  /** The debugger left meanwhile. */
  detach?: { readonly resume: boolean };
  /** What was said last of why it can't go on. */
  told?: string;
}

/** What a user is told when the probe is back, and how the target was found. */
export function backText(how: {
  readonly halted: boolean;
  readonly stopAgain: boolean;
  readonly lostPower: boolean;
  readonly load: boolean;
}): string {
  const power = how.lostPower ? " It had lost its power meanwhile: its RAM and registers are new." : "";
  const state = !how.halted
    ? "The target runs under control again."
    : how.stopAgain
      ? "The target is halted anew."
      : "The target is still halted.";
  const load = how.load ? " What was being loaded is incomplete: load it again." : "";
  return `The ST-LINK is back. ${state}${power}${load}`;
}
