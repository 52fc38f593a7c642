import type { CodeTable } from "../code-cache.ts";

/** Targets that are kept for one call. */
const MOST = 2;

/** Where calls by register went: for each of them the targets that were seen first, bit 0 set as in the register. */
export class Callees {
  readonly #seen = new Map<CodeTable, Map<number, number[]>>();

  /** Targets kept for the call at a slot, the first seen first. */
  of(table: CodeTable, slot: number): readonly number[] {
    return this.#seen.get(table)?.get(slot) ?? [];
  }

  /** More targets of this call would be kept. */
  hasRoom(table: CodeTable, slot: number): boolean {
    return this.of(table, slot).length < MOST;
  }

  note(table: CodeTable, slot: number, target: number): void {
    let calls = this.#seen.get(table);
    if (calls === undefined) {
      calls = new Map();
      this.#seen.set(table, calls);
    }
    const targets = calls.get(slot);
    if (targets === undefined) calls.set(slot, [target]);
    else if (targets.length < MOST && !targets.includes(target)) targets.push(target);
  }

  /** Forgets calls in tables that are gone. */
  retain(isThere: (table: CodeTable) => boolean): void {
    for (const table of this.#seen.keys()) if (!isThere(table)) this.#seen.delete(table);
  }
}
