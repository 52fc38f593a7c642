import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId, chips } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { familyIn } from "../board/chip-mismatch.ts";
import { emptyStart, startsLate } from "../board/late-start.ts";

/** What says that the chip's erased flash is zeros; nothing, where something says that it is another's. */
function ofZeros(facts: FactSet): Fact | undefined {
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
  const said = id ?? facts.last("chip-name", ({ name }) => familyIn(name) !== undefined);
  if (said === undefined) return undefined;
  const family = said.kind === "device-id" ? chipByDeviceId(said.value.id)?.family : familyIn(said.value.name);
  const members = chips.filter((chip) => chip.family === family);
  return members.length > 0 && members.every(({ erasedValue }) => erasedValue === 0) ? said : undefined;
}

/** A core that stands where the reset of an erased L0 or L1 leaves it. */
export const zerosAtReset: Rule = {
  name: "zeros-at-reset-from-log",
  why: "Erased flash of the L0 and L1 is zeros, as that of no other family, and reset loads SP and PC from its first two words, the T bit from the second one's last bit (ARMv7-M B1.5.5): 0, 0 and no T bit, with which no instruction runs.",
  conclude(facts: FactSet) {
    if (facts.has("vector-table") || facts.last("read-protection")?.value.on === true) return [];
    const chip = ofZeros(facts);
    const sp = facts.last("core-register", ({ name }) => name === "sp");
    const pc = facts.last("core-register", ({ name }) => name === "pc");
    const xpsr = facts.last("core-register", ({ name }) => name === "xpsr");
    if (chip === undefined || sp?.source.from !== "log" || sp.value.value !== 0 || pc?.value.value !== 0) return [];
    // Registers that were not read are zeros as well: the core has to have stopped.
    if (xpsr?.value.value !== 0 || !facts.has("core", ({ state }) => state === "halted")) return [];
    const late = startsLate(facts);
    const written = facts.last("stage", ({ stage, reached }) => reached && stage === "programmed");
    // What was written since fills the place, but for a program that leaves it to another.
    if (written !== undefined && facts.before(sp, written) && late === undefined) return [];
    return [
      conclusion("vector-table-empty", {
        certainty: "likely",
        ...emptyStart(hex32(0), hex32(0), "", late),
        evidence: quotes(chip, sp, late),
        weight: 72,
        explains: ["core-lockup", "firmware-faults", "not-enough-to-tell"],
      }),
    ];
  },
};
