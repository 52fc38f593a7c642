import type { FactSet } from "./fact-set.ts";
import type { Fact } from "./facts.ts";

/**
 * Whether what was read, or not, was so while the tool held the chip in reset, as far as its options tell. A log holds one run
 * behind the other: an option says nothing of what was tried before it, nor of the runs that come after its own.
 */
export function underResetIn(facts: FactSet): (each: Fact) => boolean {
  const held = facts.all("option", ({ name }) => name === "initialize-reset");
  const retries = facts.all("connect-retry");
  const starts = facts.all("stage", ({ stage }) => stage === "started");
  const ofRun = (option: Fact, each: Fact): boolean => {
    if (each.source.from !== "log" || option.source.from !== "log") return true;
    // The line of a command has its start and its options.
    const begun = starts.some((start) => facts.before(option, start) && facts.before(start, each));
    return facts.before(option, each) && !begun;
  };
  return (each) =>
    (held.length > 0 && retries.some((retry) => facts.before(each, retry))) ||
    held.some((option) => ofRun(option, each));
}
