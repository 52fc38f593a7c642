import { ProbityError } from "../../base/errors.ts";
import type { ProbeIdentity } from "../probe.ts";
import { type Feature, firmwareFor } from "./features.ts";

/** The error for `what`, which needs a feature that this probe's firmware has not: says from which firmware on it is there. */
export function firmwareTooOld(
  identity: Pick<ProbeIdentity, "firmware">,
  feature: Feature,
  what: string,
): ProbityError {
  const needed = firmwareFor(feature);
  return new ProbityError(
    "probe-firmware-too-old",
    `The probe's firmware ${identity.firmware} can't do this: ${what} needs ${needed} or later.`,
    {
      facts: { firmware: identity.firmware, needed },
      remedy: ["Update the probe's firmware with STLinkUpgrade."],
    },
  );
}
