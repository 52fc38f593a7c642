import type { Chip } from "../../../chips/chip.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { partName } from "../../../chips/part-name.ts";
import { chipByDeviceId, chips } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { addressText } from "../../loader/words.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { familyIn } from "../board/chip-mismatch.ts";
import { isRam } from "../memory-map.ts";

/** A tool tells where the block began whose write failed: within what a MEM-AP counts up by itself (ADIv5 C2.2.2). */
const BLOCK = 0x1000;

/** RAM without a gap: the regions of one chip that adjoin. */
interface Stretch {
  readonly chip: Chip;
  readonly base: number;
  readonly end: number;
}

interface Suspect {
  /** First byte that was to be written, and the last one that is known to. */
  readonly from: number;
  readonly to: number;
  readonly seen: readonly Fact[];
}

/** What is loaded into RAM goes on where the RAM has ended. */
export const imageBehindRam: Rule = {
  name: "image-behind-ram",
  why: "Behind the RAM of a chip nothing answers, and a write there is a bus error (reference manuals, memory map). Counted is the largest RAM of all chips that the log allows.",
  conclude(facts: FactSet) {
    const { possible, name, said } = chipsOf(facts);
    const suspect = failedWrite(facts) ?? failedLoad(facts);
    if (suspect === undefined || possible.length === 0) return [];
    if (possible.some((chip) => stretchesOf(chip).some(({ base, end }) => suspect.to >= base && suspect.to < end)))
      return [];
    const ended = possible
      .flatMap(stretchesOf)
      .filter(({ base, end }) => suspect.from >= base && suspect.from < end + BLOCK)
      .sort((one, other) => other.end - one.end)[0];
    if (ended === undefined) return [];
    return [
      conclusion("image-outside-flash", {
        certainty: "likely",
        variant: "behind-ram",
        values: {
          address: addressText(Math.max(ended.end, suspect.from)),
          chip: name ?? shortChipName(ended.chip),
          size: (ended.end - ended.base) / 1024,
          base: addressText(ended.base),
        },
        evidence: quotes(said, ...suspect.seen),
        remedyFirst: [
          "Compare what goes into RAM (`arm-none-eabi-size -A FILE.elf`, or the size of the .bin) with that RAM. What is larger has to be written in parts, or linked for a RAM that has room for it.",
        ],
        weight: 84,
        explains: ["not-enough-to-tell", "flash-refused"],
      }),
    ];
  },
};

function failedWrite(facts: FactSet): Suspect | undefined {
  const failed = facts.last(
    "client-trouble",
    ({ what, write, address }) => what === "memory" && !!write && isRam(address),
  );
  const at = failed?.value.address;
  return failed === undefined || at === undefined ? undefined : { from: at, to: at, seen: [failed] };
}

function failedLoad(facts: FactSet): Suspect | undefined {
  const failed = facts.last("client-trouble", ({ what }) => what === "load-failed");
  const part = facts
    .all("image-part", ({ address, size = 0 }) => isRam(address) && size > 0)
    .findLast((each) => failed !== undefined && facts.before(each, failed));
  if (failed === undefined || part === undefined) return undefined;
  const { address, size = 0 } = part.value;
  return { from: address, to: address + size - 1, seen: [part, failed] };
}

/** The chips that the log allows, and the name that it has for them where they are several. */
function chipsOf(facts: FactSet): { possible: readonly Chip[]; name?: string; said?: Fact } {
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  if (chip !== undefined) return { possible: [chip], said: id };
  const said = facts.last("chip-name", ({ name }) => familyIn(name) !== undefined);
  if (said === undefined) return { possible: [] };
  const part = partName(said.value.name)?.chips ?? [];
  if (part.length > 0) return { possible: part, said };
  const family = familyIn(said.value.name) ?? "";
  return { possible: chips.filter((each) => each.family.startsWith(family)), name: `the largest ${family}`, said };
}

function stretchesOf(chip: Chip): Stretch[] {
  const found: Stretch[] = [];
  const all = chip.ram.flatMap(({ base, alias, size }) =>
    [base, alias].flatMap((at) => (at === undefined ? [] : [{ chip, base: at, end: at + size }])),
  );
  for (const each of all.filter(({ base }) => isRam(base)).sort((one, other) => one.base - other.base)) {
    const last = found.at(-1);
    if (last !== undefined && last.end >= each.base)
      found[found.length - 1] = { ...last, end: Math.max(last.end, each.end) };
    else found.push(each);
  }
  return found;
}
