import { expect, it } from "vitest";
import { CodeTable } from "../code-cache.ts";
import { PatchedCode } from "./patched-code.ts";

const table = new CodeTable(0x2000_0000, 0x1000, undefined);

/** Changes slots 4 and 5 `times` times, every `interval` cycles; gives the cycle of the last change. */
function patch(code: PatchedCode, times: number, interval: number): number {
  let cycle = 0;
  for (let time = 0; time < times; time++) code.changed(table, 4, 6, (cycle += interval));
  return cycle;
}

it("translates code at once that is patched seldom", () => {
  const code = new PatchedCode();
  const last = patch(code, 100, 200_000);
  expect(code.settled(table, 4, last)).toBe(true);
});

it("forgives some changes in a row, and leaves code that goes on changing to the interpreter until it is let alone", () => {
  const code = new PatchedCode();
  expect(code.settled(table, 4, patch(code, 4, 300))).toBe(true);
  const last = patch(code, 20, 300);
  expect(code.settled(table, 4, last)).toBe(false);
  expect(code.settled(table, 4, last + 1000)).toBe(false);
  expect(code.settled(table, 4, last + 100_000)).toBe(true);
  // Code elsewhere has no part in it.
  expect(code.settled(table, 400, last)).toBe(true);
});

it("takes no memory written anew for a patch, and forgets tables that are gone", () => {
  const code = new PatchedCode();
  const last = patch(code, 20, 300);
  code.changed(table, 0, 0x800, last);
  expect(code.settled(table, 4, last)).toBe(true);
  patch(code, 20, 300);
  code.retain(() => false);
  expect(code.settled(table, 4, last)).toBe(true);
});
