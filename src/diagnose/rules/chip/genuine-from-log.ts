import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** ST's server ended because of what it read where the designer stands. */
export const refusedAsNotGenuine: Rule = {
  name: "refused-as-not-genuine",
  why: "From release 1.8 of STM32CubeIDE on ST's server reads the designer from the ROM table (PIDR1, PIDR2, PIDR4) before all else, and ends with status 18 when it is not JEP106 0x20. A core that can't be read at that time fails alike, so it is never certain.",
  conclude(facts: FactSet): readonly Conclusion[] {
    // The IDE found no ST device behind the server; behind ST's own server that is the chip.
    const asked = facts.last("client-trouble", ({ what }) => what === "not-st");
    if (asked !== undefined && facts.has("tool", ({ name }) => name === "st-link-gdbserver"))
      return [notGenuine(facts, asked)];
    const refused = facts.last("genuine", ({ verdict }) => verdict === "doubtful");
    if (refused === undefined || refused.source.from !== "log" || !facts.has("verdict")) return [];
    if (!/could not verify st device/i.test(refused.source.text)) {
      const status = facts.last("exit-status", ({ status }) => status === 18);
      if (status === undefined) return [];
    }
    return [notGenuine(facts, refused)];
  },
};

function notGenuine(facts: FactSet, refused: Fact): Conclusion {
  return conclusion("chip-not-genuine", {
    certainty: "likely",
    severity: "error",
    variant: "refused",
    evidence: quotes(refused, facts.last("designer"), facts.last("device-id")),
    weight: 71,
    explains: ["wires-open", "not-enough-to-tell", "target-no-power", "server-not-st"],
  });
}
