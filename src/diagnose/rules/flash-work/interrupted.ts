import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";

/** What ends work on flash, well or not, or tells why it does not go on. */
function ends(each: Fact): boolean {
  switch (each.kind) {
    case "stage":
      return each.value.stage === "started" || each.value.stage === "programmed" || each.value.stage === "erased";
    case "flash-trouble":
    case "target-lost":
    case "probe-trouble":
    case "work-begun":
    case "unknown-error":
    case "halt-failed":
      return true;
    default:
      return false;
  }
}

/** The work that ran when the user's patience did not last. */
function hung(facts: FactSet): { begun: FactOf<"work-begun">; key: FactOf<"interrupted"> } | undefined {
  for (const key of facts.all("interrupted")) {
    const begun = facts.all("work-begun").findLast((each) => facts.before(each, key));
    if (begun === undefined) continue;
    const ended = facts.facts.some((each) => ends(each) && facts.before(begun, each) && facts.before(each, key));
    if (!ended) return { begun, key };
  }
  return undefined;
}

const words = { erase: "the erasing of flash", program: "the writing of flash" } as const;

/** Work on flash that has no end. */
export const workInterrupted: Rule = {
  name: "flash-work-interrupted",
  why: "A tool that waits for the end of an erase or a write asks the chip's flash controller (FLASH_SR.BSY). That needs its clock (the internal RC oscillator, HSI, on F1 and others: RM0008 3.3, PM0075), and a tool's loader needs a core that does nothing else: both are as the program left them that ran before.",
  conclude(facts: FactSet) {
    const found = hung(facts);
    if (found === undefined) return [];
    const well = facts.all("stage", isWritten).some((each) => facts.before(found.key, each));
    if (well) return [];
    const { operation } = found.begun.value;
    return [
      conclusion("not-enough-to-tell", {
        certainty: "possible",
        values: {
          known: `${words[operation]} began and did not come to an end before ^C was pressed, and the tool told nothing meanwhile`,
          next: "Do the same connected under reset (st-flash --connect-under-reset, with NRST wired; BOOT0 high and a reset does as well): then the program on the chip has not run, which may have switched off the oscillator that flash is worked by (HSI), started a watchdog, or put the core to sleep. A whole chip's erase takes seconds (up to half a minute on large ones); what takes minutes hangs.",
        },
        evidence: quotes(found.begun, found.key),
        weight: 40,
      }),
    ];
  },
};
