import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import type { Certainty } from "../../finding.ts";
import { isBetweenReleases, isOlder } from "../../releases.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isRam } from "../memory-map.ts";

/** Release of stlink from which on st-util takes the chips of a family with a Cortex-M7 for such, by its release notes. */
const knownSince: Readonly<Record<string, string>> = { F7: "1.2.0", H7: "1.7.0" };

/** A chip with a Cortex-M7, by what st-util read or calls it. */
function withM7(facts: FactSet): { fact: Fact; family: string } | undefined {
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id)?.core === "Cortex-M7");
  const fact = id ?? facts.last("chip-name", ({ name, by }) => by === "tool" && /^(?:STM32)?[FH]7/i.test(name));
  if (fact?.source.from !== "log" || !/^st-/.test(fact.source.tool ?? "")) return undefined;
  const name = fact.kind === "device-id" ? (chipByDeviceId(fact.value.id)?.family ?? "") : fact.value.name;
  return { fact, family: /[FH]7/i.exec(name)?.[0].toUpperCase() ?? "" };
}

/** st-util's breakpoints on a Cortex-M7. */
export const breakpointsUnmet: Rule = {
  name: "breakpoints-unmet",
  why: "FP_CTRL.REV 1 marks comparators that hold the whole address (ARMv7-M C1.11); those of REV 0 hold a word's, and which half of it in two bits that are address in the new ones. st-util wrote the old ones to every core, and later the new ones to those that it knew for a Cortex-M7: F7 (stlink's pull request 341), H7 (1059). In RAM a breakpoint is an instruction that is written over the program's: where a Cortex-M7's caches are on it may be in the data cache alone, until the server cleans it (stlink's pull request 363).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const chip = withM7(facts);
    const unmet = facts.last("breakpoint-unmet");
    const layout = facts.last("breakpoint-unit", ({ revision, expected }) => revision === 1 && expected === 0);
    if (layout !== undefined) return [otherLayout([layout, chip?.fact, unmet], "likely")];
    if (chip === undefined || unmet === undefined) return [];
    const tool = facts.last("tool", ({ name, version }) => name === "st-util" && version !== undefined);
    const version = tool?.value.version?.replace(/^v/i, "");
    const since = knownSince[chip.family];
    if (since === undefined) return [];
    if (version !== undefined && !isOlder(version, since)) return [];
    if (isRam(unmet.value.address)) return inCaches(facts, chip.fact, unmet);
    // Of a release that is not named it is not known whether it was made for this core.
    if (version === undefined) return [];
    // A build from after a release may have what the next one brought.
    return [otherLayout([tool, chip.fact, unmet], isBetweenReleases(version) ? "possible" : "likely")];
  },
};

function otherLayout(seen: readonly (Fact | undefined)[], certainty: Certainty): Conclusion {
  return conclusion("tool-defect", {
    certainty,
    values: {
      what: "This st-util writes the breakpoint comparators as older cores have them, and those of the Cortex-M7 have another layout: no breakpoint in flash is ever met, though GDB sets it without an error",
      better:
        "Take a current release of stlink (1.7.0 or later), or OpenOCD, ST's GDB server or Probity's. Meanwhile a BKPT instruction in the program's source stops it.",
    },
    evidence: quotes(...seen),
    weight: 92,
    explains: ["not-enough-to-tell", "comparators-used-up"],
  });
}

function inCaches(facts: FactSet, chip: Fact, unmet: FactOf<"breakpoint-unmet">): Conclusion[] {
  const enabled = facts.last("caches-enabled");
  if (enabled === undefined) return [];
  return [
    conclusion("tool-defect", {
      certainty: "possible",
      values: {
        what: "A breakpoint in RAM is an instruction that the debugger writes over the program's. On a Cortex-M7 with its caches on it may stay in the data cache, while the core goes on with what its instruction cache holds, unless the server cleans the one and invalidates the other, which old releases of st-util do not",
        better:
          "Take a current release of the server (stlink 1.7.0 or later), leave the caches off (SCB_EnableICache, SCB_EnableDCache) while you debug code in RAM, or try `hbreak`: this core's comparators reach RAM as well.",
      },
      evidence: quotes(chip, enabled, unmet),
      weight: 88,
      explains: ["not-enough-to-tell"],
    }),
  ];
}
