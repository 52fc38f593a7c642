import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, Tool } from "../../facts.ts";
import { isOlder } from "../../releases.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";
import { contactOf } from "../wire/contact.ts";

/** A target that ST-LINK Utility does not get at, with a probe that is younger than most of what it knows. */
export const utilityTooOld: Rule = {
  name: "utility-too-old",
  why: "ST gave ST-LINK Utility up for STM32CubeProgrammer; a chip that came later is not in its lists, and then it says that it cannot connect, whatever the wires. An ST-LINK/V3 is often on the board of such a chip.",
  conclude(facts) {
    const { silent, answered, silentNormally, silentUnderReset } = contactOf(facts);
    const none = silentUnderReset ?? silentNormally;
    const young = facts.last("probe-firmware", ({ generation }) => generation === 3);
    if (!silent || answered !== undefined || none === undefined || young === undefined) return [];
    if (none.source.from !== "log" || none.source.tool !== "st-link-utility") return [];
    return [
      conclusion("tool-lacks-chip", {
        certainty: "possible",
        variant: "utility",
        evidence: quotes(young, none),
        remedyFirst: ["Try the same with STM32CubeProgrammer, which took ST-LINK Utility's place."],
        weight: 68,
      }),
    ];
  },
};

/** The tools of stlink-org/stlink. */
export const stlinkTools: ReadonlySet<Tool | undefined> = new Set<Tool>(["st-flash", "st-info", "st-util"]);

/** Release from which on the open-source stlink tools know a family, by their release notes; none told: none so far. */
export const familiesOfStlink: ReadonlyMap<string, string | undefined> = new Map([
  ["STM32WB", "1.6"],
  ["STM32G0", "1.6"],
  ["STM32G4", "1.6.1"],
  ["STM32H7", "1.7"],
  ["STM32L5", "1.7"],
  ["STM32U5", "1.8"],
  ["STM32WL", "1.8"],
  ["STM32C0", "1.8"],
  ["STM32H5", "1.9"],
  ["STM32C5", "1.9"],
  ["STM32U0", "1.9"],
  ["STM32WB0", "1.9"],
  ["STM32WBA", undefined],
  ["STM32N6", undefined],
  ["STM32U3", undefined],
]);
/** ST-LINK Utility ended before these families came. */
const utility: ReadonlyMap<string, string | undefined> = new Map(
  ["H5", "U5", "U0", "U3", "C0", "C5", "WBA", "WB0", "WL", "N6", "L5"].map((name) => [`STM32${name}`, undefined]),
);
const knows: Partial<Readonly<Record<Tool, ReadonlyMap<string, string | undefined>>>> = {
  "st-flash": familiesOfStlink,
  "st-info": familiesOfStlink,
  "st-util": familiesOfStlink,
  "st-link-utility": utility,
};

/** A family by the name of a chip or board: `STM32H563`, `NUCLEO-H563ZI`, `nucleo_g0b1re`. */
function familyNamed(text: string): string | undefined {
  const match = /(?:stm32|nucleo)[-_ ]?(wba|wb0|wb|wl|[a-z]\d)/i.exec(text);
  return match === null ? undefined : `STM32${match[1].toUpperCase()}`;
}

/** What names the chip: the name that a tool was given, the board's, or the path of the program. */
function naming(facts: FactSet, families: ReadonlyMap<string, unknown>): { fact: Fact; family: string } | undefined {
  const texts: (readonly [Fact, string])[] = [
    ...facts.all("chip-name").map((fact) => [fact, fact.value.name] as const),
    ...facts.all("probe-kind").map((fact) => [fact, fact.value.name] as const),
    ...facts.all("image-file").map((fact) => [fact, fact.value.path] as const),
  ];
  for (const [fact, text] of texts) {
    const family = familyNamed(text);
    if (family !== undefined && families.has(family)) return { fact, family };
  }
  return undefined;
}

export const toolBeforeFamily: Rule = {
  name: "tool-before-family",
  why: "A tool finds the device ID, and what flash there is, by a list of its own. For a family that came later it asks at a wrong place (STM32H5: the core is behind access port 1), and reports no more than that it cannot connect.",
  conclude(facts) {
    const { silent, answered, silentNormally, silentUnderReset } = contactOf(facts);
    const none = silentUnderReset ?? silentNormally ?? facts.last("chip-unidentified");
    if (!silent || answered !== undefined || none?.source.from !== "log" || none.source.tool === undefined) return [];
    const families = knows[none.source.tool];
    const named = families === undefined ? undefined : naming(facts, families);
    const tool = facts.last("tool", ({ name }) => knows[name] === families);
    if (families === undefined || named === undefined) return [];
    const first = families.get(named.family);
    const version = tool?.value.version;
    if (first !== undefined && (version === undefined || !isOlder(version, first))) return [];
    return [
      conclusion("tool-lacks-chip", {
        certainty: "likely",
        variant: "family",
        values: {
          tool: `${toolNames[none.source.tool]}${version === undefined ? "" : ` ${version}`}`,
          family: named.family,
        },
        evidence: quotes(named.fact, tool, none),
        remedyFirst: ["Try the same with STM32CubeProgrammer or Probity, which know the family."],
        weight: 70,
      }),
    ];
  },
};
