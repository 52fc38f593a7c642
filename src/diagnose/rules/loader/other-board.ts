import { boardInName, type NamedBoard } from "../../../chips/boards.ts";
import type { FactSet } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { readLoaderName } from "./loader-name.ts";

/**
 * The board that a loader is named for, where the session is not one with that board, as far as its probe tells: a board's own
 * probe gives the board's name, and one that stands alone gives its own or none.
 */
export function boardOfOthersLoader(
  facts: FactSet,
  loader: FactOf<"loader"> | undefined,
): { readonly board: NamedBoard; readonly probe: FactOf<"probe-kind"> | FactOf<"probe-firmware"> } | undefined {
  const board = loader === undefined ? undefined : readLoaderName(loader.value.name).board;
  const probe = facts.last("probe-kind") ?? facts.last("probe-firmware");
  if (board?.kind !== "board" || probe === undefined) return undefined;
  // The probe of a board may serve another one; that it is another than the loader's is what counts.
  const there = probe.kind === "probe-kind" ? boardInName(probe.value.name) : undefined;
  return there !== undefined && alike(there.name, board.name) ? undefined : { board, probe };
}

/** One board's name as a file has it and as its probe has it: `STM32H7B3I-DISCO`, `STM32H7B3I-DISCOVERY`. */
function alike(one: string, other: string): boolean {
  const [short, long] = [one, other].map((name) => name.replace(/[^A-Z0-9]/gi, "").toUpperCase()).sort(byLength);
  return long.startsWith(short);
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}
