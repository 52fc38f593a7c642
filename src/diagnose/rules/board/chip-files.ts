import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { isOlder } from "../../releases.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { chipFiles, isChipFiles } from "../setup/paths.ts";
import { familiesOfStlink, stlinkTools } from "./tool-too-old.ts";

/** F1, F2, F3, F4, F0 and L1 as they came first: the stlink tools have them since before they were numbered. */
const everKnown: ReadonlySet<number> = new Set([
  0x410, 0x411, 0x412, 0x413, 0x414, 0x416, 0x418, 0x419, 0x420, 0x422, 0x428, 0x430, 0x440,
]);
/** Families that no release of them with numbers is without. */
const oldFamilies = /^STM32(?:F[0-47]|L[014])$/;
/** The release after which they read what they know of chips from files. */
const WITH_FILES = "1.7";

/** Whether the list of such a tool has the ID, if it is read at all. */
function isListed(id: number, version: string | undefined): boolean {
  if (version === undefined || isOlder(version, WITH_FILES)) return everKnown.has(id);
  const family = chipByDeviceId(id)?.family ?? "";
  const since = familiesOfStlink.get(family);
  return oldFamilies.test(family) || (since !== undefined && !isOlder(WITH_FILES, since));
}

/** A chip that the stlink tools have known for ever, and that one of them calls unknown. */
export const chipFilesMissing: Rule = {
  name: "chip-files-missing",
  why: "Since 1.8 (and in builds between it and 1.7) the stlink tools and their library have no list of chips inside: they read one .chip file for each from a folder that was fixed when they were built, and go on without a word, or with one, where it is not there (issues 1241 and 1283, pull request 1421 of stlink-org/stlink).",
  conclude(facts: FactSet) {
    const lacks = facts.last("chip-unsupported", ({ has }) => has === undefined);
    if (lacks?.source.from !== "log" || !stlinkTools.has(lacks.source.tool)) return [];
    const id = facts.all("device-id", (value) => value.id !== 0).at(-1);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    if (id === undefined || chip === undefined) return [];
    // That they are not there, it may have said itself.
    if (facts.has("path-missing", ({ path }) => isChipFiles(path))) return [];
    const tool = facts.last("tool", ({ name, version }) => stlinkTools.has(name) && version !== undefined);
    if (!isListed(id.value.id, tool?.value.version)) return [];
    return [
      conclusion("file-missing", {
        certainty: "likely",
        variant: "chips",
        values: { id: `0x${id.value.id.toString(16)}`, chip: shortChipName(chip) },
        remedyFirst: [chipFiles],
        evidence: quotes(tool, lacks),
        weight: 90,
        explains: ["tool-lacks-chip", "chip-unknown", "not-enough-to-tell", "wires-open", "target-no-power"],
        subject: "chips",
      }),
    ];
  },
};
