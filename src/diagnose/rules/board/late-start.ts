import { hex32 } from "../../../base/bytes.ts";
import type { FactSet } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import type { ConclusionParts } from "../../rule.ts";
import { FLASH } from "../memory-map.ts";

const programBoth =
  "Program the boot loader at the start of flash once more: an erase of the whole chip takes it away, and a debugger hides that, as it starts the program at its own entry after a load. Without a boot loader, link the program to the start of flash.";
const perhapsProtected =
  "If a program should be there, see whether the flash is read-protected: a debugger then finds the same (`probity doctor`, option bytes).";

/** The lowest part of an image that leaves the start of flash to somebody else. */
export function startsLate(facts: FactSet): FactOf<"image-part"> | undefined {
  const parts = facts.all("image-part", ({ address }) => address >>> 24 === 0x08);
  const first = parts.toSorted((one, other) => one.value.address - other.value.address)[0];
  return first === undefined || first.value.address === FLASH ? undefined : first;
}

/** How `vector-table-empty` is told of erased words where a reset starts, behind which an image may begin (`late`). */
export function emptyStart(
  sp: string,
  reset: string,
  lockup: string,
  late: FactOf<"image-part"> | undefined,
): Pick<ConclusionParts, "values" | "variant" | "remedyFirst"> {
  return {
    values: {
      at: hex32(0),
      sp,
      reset,
      lockup,
      image: late === undefined ? "" : hex32(late.value.address),
      start: hex32(FLASH),
    },
    ...(late !== undefined && { variant: "late" }),
    remedyFirst: late === undefined ? [perhapsProtected] : [programBoth, perhapsProtected],
  };
}
