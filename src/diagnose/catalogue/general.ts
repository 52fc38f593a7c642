import type { FindingKind } from "./finding-kind.ts";
import { harmless } from "./harmless.ts";

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
  {
    code: "as-expected",
    title: "What is shown is as it should be",
    severity: "note",
    cause: "{what} is no reason to worry: {means}.",
    how: "Given where nothing in a log failed and somebody asks about a line that is known to be harmless, or about a state that a session is meant to be in, as a server that waits. Of some it is told only where the log shows that the work was done in spite of them. Where the same words tell of something else that does not work, that stays open beside it.",
    remedy: [],
    details: harmless,
  },
] as const satisfies readonly FindingKind[];
