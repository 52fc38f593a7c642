import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { FLASH } from "../memory-map.ts";

/** The end of the largest flash; what is beyond is another memory. */
const FLASH_END = 0x0880_0000;

/** The whole chip was erased, and what was programmed then leaves out the start of flash. */
export const startErased: Rule = {
  name: "start-of-flash-erased",
  why: "A reset takes stack pointer and first instruction from the start of flash (ARMv7-M B1.5.5). Erased, it holds 0xFFFFFFFF, and an image that begins later does not change that.",
  conclude(facts: FactSet) {
    const erased = facts.last("chip-erased");
    if (erased === undefined) return [];
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    if (id !== undefined && chipByDeviceId(id.value.id)?.flashBase !== FLASH) return [];
    const parts = facts.all("image-part", ({ address }) => address >= FLASH && address < FLASH_END);
    const first = parts
      .filter((each) => facts.before(erased, each))
      .toSorted((one, other) => one.value.address - other.value.address)[0];
    const done = facts.last("stage", isWritten);
    if (first === undefined || first.value.address === FLASH) return [];
    if (done === undefined || !facts.before(first, done)) return [];
    const asked = facts.last("complaint");
    return [
      conclusion("vector-table-empty", {
        // The boot loader may be programmed next, by another tool.
        certainty: asked !== undefined ? "likely" : "possible",
        severity: asked !== undefined ? "error" : "warning",
        variant: "erased",
        values: {
          at: hex32(FLASH),
          sp: "0xFFFFFFFF",
          reset: "0xFFFFFFFF",
          lockup: "",
          image: hex32(first.value.address),
          start: hex32(FLASH),
        },
        evidence: quotes(erased, first, done),
        weight: 74,
        explains: ["not-enough-to-tell", "core-lockup", "elf-starts-late"],
      }),
    ];
  },
};
