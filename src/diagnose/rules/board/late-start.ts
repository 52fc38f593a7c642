import type { FactSet } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";

/** Main flash on all families whose programs begin there. */
export const FLASH = 0x0800_0000;

export const programBoth =
  "Program the boot loader at the start of flash once more: an erase of the whole chip takes it away, and a debugger hides that, as it starts the program at its own entry after a load. Without a boot loader, link the program to the start of flash.";

/** The lowest part of an image that leaves the start of flash to somebody else. */
export function startsLate(facts: FactSet): FactOf<"image-part"> | undefined {
  const parts = facts.all("image-part", ({ address }) => address >>> 24 === 0x08);
  const first = parts.toSorted((one, other) => one.value.address - other.value.address)[0];
  return first === undefined || first.value.address === FLASH ? undefined : first;
}
