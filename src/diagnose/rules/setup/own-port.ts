import { boardInName } from "../../../chips/boards.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import type { FactSet } from "../../fact-set.ts";

/** Families whose first core stands behind access port 1 (RM0481, RM0486, debug chapters). */
const behindOne: ReadonlySet<string> = new Set(["STM32H5", "STM32N6"]);

/** Whether an access port is that of the chip's first core, as far as the chip, or the board that it is on, is known. */
export function isFirstCores(facts: FactSet, ap: number | undefined): boolean {
  if (ap === 0) return true;
  if (ap !== 1) return false;
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  if (chip !== undefined) return behindOne.has(chip.family);
  const names = [...facts.all("chip-name"), ...facts.all("probe-kind")].map(({ value }) => value.name);
  const chips = names.map((name) => (name === undefined ? [] : (boardInName(name)?.chips ?? [])));
  return chips.some((each) => each.length > 0 && each.every(({ family }) => behindOne.has(family)));
}
