import type { CodeTable } from "../code-cache.ts";

/**
 * Cycles that a stretch of code has to be let alone between two changes to be worth translating: about what the
 * interpreter executes in the time that translating a short function takes.
 */
const WORTH = 50_000;

/** Changes in quick succession before code is taken for such that changes often: about five. */
const CREDIT = 4 * WORTH;

/** Log2 of the half-words that are judged together. */
const PAGE = 7;

interface Page {
  /** Cycle of the last change. */
  last: number;
  /** Cycles between changes, a moving average. */
  interval: number;
}

/**
 * Which code changes too often to be translated. Code that a program patches is translated anew at once as long as much
 * runs between its changes; else it is left to the interpreter until it was let alone for a while.
 */
export class PatchedCode {
  readonly #tables = new Map<CodeTable, Map<number, Page>>();

  /** Decoded code in slots [first, end) was changed at a cycle. */
  changed(table: CodeTable, first: number, end: number, cycle: number): void {
    let pages = this.#tables.get(table);
    // A whole memory that is written anew is no patch.
    if (end - first > 2 << PAGE) {
      for (let page = first >>> PAGE; page <= end >>> PAGE; page++) pages?.delete(page);
      return;
    }
    if (pages === undefined) {
      pages = new Map();
      this.#tables.set(table, pages);
    }
    for (let number = first >>> PAGE; number <= (end - 1) >>> PAGE; number++) {
      const page = pages.get(number);
      if (page === undefined) pages.set(number, { last: cycle, interval: CREDIT });
      else {
        page.interval += (Math.min(cycle - page.last, CREDIT) - page.interval) / 4;
        page.last = cycle;
      }
    }
  }

  /** The code at a slot may be translated. */
  settled(table: CodeTable, slot: number, cycle: number): boolean {
    const page = this.#tables.get(table)?.get(slot >>> PAGE);
    return page === undefined || page.interval >= WORTH || cycle - page.last >= WORTH;
  }

  /** Forgets the tables that are not wanted any more. */
  retain(wanted: (table: CodeTable) => boolean): void {
    for (const table of this.#tables.keys()) if (!wanted(table)) this.#tables.delete(table);
  }
}
