import type { FactSet } from "./fact-set.ts";
import type { Fact } from "./facts.ts";

/**
 * Whether what was read, or not, was so while the tool held the chip in reset, as far as a log tells: the last word before it
 * counts, of an option, of how the tool says that it connected, or of a new run, which knows nothing of the one before. What was
 * measured live was under reset if the session was told to.
 */
export function underResetIn(facts: FactSet): (each: Fact) => boolean {
  const held = facts.all("option", ({ name }) => name === "initialize-reset");
  const retries = facts.all("connect-retry");
  const words: readonly Fact[] = [
    ...held,
    ...facts.all("stage", ({ stage }) => stage === "started"),
    ...facts.all("wire-answer", ({ manner }) => manner !== undefined),
  ];
  return (each) => {
    if (held.length === 0) return false;
    if (each.source.from !== "log" || held.some(({ source }) => source.from !== "log")) return true;
    if (retries.some((retry) => facts.before(each, retry))) return true;
    const last = words.reduce<Fact | undefined>(
      (found, word) => (facts.before(word, each) && (found === undefined || facts.before(found, word)) ? word : found),
      undefined,
    );
    return last?.kind === "option" || (last?.kind === "wire-answer" && last.value.manner === "under-reset");
  };
}
