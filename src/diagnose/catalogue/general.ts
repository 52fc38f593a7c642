import type { FindingKind } from "./finding-kind.ts";

/** What is said when facts are few. */
export const general = [
  {
    code: "not-enough-to-tell",
    title: "Not enough to tell the cause",
    cause: "What was read does not tell the cause: {known}.",
    variants: {
      words:
        '{tool} ends with an error in words that are not known here: "{text}". They may name the cause themselves; what else was read does not tell it.',
      crashed:
        "{program} itself crashed ({signal}){when}: it, or a library that it uses (libusb, hidapi), has a defect. The board may have brought it out, and is not to blame for it.",
      "no-outcome":
        "This text shows a session that began, and neither that it worked nor why it should not have: {known}.",
      asked:
        'The tools\' own lines report no failure: what is wrong is told in words beside them ("{complaint}"), and what the tools print does not tell why.',
    },
    how: "Given when no rule finds a cause, or when the facts fit several equally well. It names the step that would tell them apart.",
    remedy: ["{next}"],
  },
] as const satisfies readonly FindingKind[];
