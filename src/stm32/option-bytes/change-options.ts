import { isProbityError } from "../../base/errors.ts";
import { inForceUnknown } from "./change-failed.ts";
import type { OptionController, OptionOutcome, OptionPlan } from "./option-controller.ts";

/** What a change needs of the core. */
export interface CoreForChange {
  /** Halts it, if it runs: a program must not use flash meanwhile. */
  halt(): Promise<void>;
  /** A system reset, which loads the option bytes; the core stays halted. */
  reset(): Promise<void>;
}

/**
 * Carries out a plan. With `inForce` the chip is reset and looked at afterwards; without it `undefined` comes back.
 * Rejects as {@link OptionController.apply} and {@link OptionController.check} do.
 */
export async function changeOptions(
  core: CoreForChange,
  controller: OptionController,
  plan: OptionPlan,
  { inForce }: { readonly inForce: boolean },
): Promise<OptionOutcome | undefined> {
  await core.halt();
  try {
    await controller.apply(plan);
  } catch (error) {
    // A key that a predecessor sent in part locks the controller until a reset; whole option bytes bear one.
    if (!plan.bearsReset || !isUntouchedForLock(error)) throw error;
    await core.reset();
    await controller.apply(plan);
  }
  if (!inForce) return undefined;
  try {
    await core.reset();
    return await controller.check(plan);
  } catch (error) {
    throw inForceUnknown(error, plan);
  }
}

function isUntouchedForLock(error: unknown): boolean {
  return isProbityError(error, "option-bytes-unchanged") && error.facts.because === "flash-locked";
}
