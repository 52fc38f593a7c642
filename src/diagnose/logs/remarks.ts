import { FactSet, quote, quotes } from "../fact-set.ts";
import type { Fact, FactValues } from "../facts.ts";
import type { Excluded } from "./excluded.ts";

/** A defect of a tool's own log: what it says and must not be taken for. */
export interface Remark {
  readonly text: string;
  readonly evidence: readonly string[];
}

const texts: Readonly<Record<FactValues["tool-defect"]["what"], (detail: string | undefined) => string>> = {
  "init-return": (detail) =>
    `"returned 0x${detail}" is no return value: it is the same number as the address at which Init() is said to have stopped. Init() had not ended.`,
  "zero-bytes": () => `"(0 byte)" is a printing defect: the loader was written.`,
  "registers-unread": (detail) =>
    `The register dump was never read: every core register has the value ${(detail ?? "").replace(", return address | 1", ", which is the loader's return address (LR) with its Thumb bit set").replace(", one value", "")}. The core still ran, and a running core's registers cannot be read; the stack words below it are from that address, not from the stack.`,
  "flash-size": (detail) =>
    `"${detail}" is what an unreadable or erased flash size register (0xFFFF) looks like: no STM32 has that size.`,
  "port-status": () => "Exit status 0 with a failed start: the server reports a TCP port in use as if all were well.",
  "nrst-unread": () =>
    `"NRST is not connected" was not found out: the tool read nothing from the target, and prints that then as well. NRST may be wired.`,
  "power-and-cabling": () =>
    `"Please check power and cabling" is the server's sentence for whatever it has no other for.`,
};

/** Remarks about the tools' own words. */
export function remarksOn(facts: readonly Fact[], excluded: readonly Excluded[], overcome: readonly Fact[]): Remark[] {
  const set = new FactSet(facts);
  const found = new Map<string, string[]>();
  for (const { value, source } of set.all("tool-defect")) {
    const text = texts[value.what](value.detail);
    const evidence = found.get(text) ?? [];
    if (evidence.length < 3) evidence.push(quote(source));
    found.set(text, evidence);
  }
  const blamed = set.last("verdict", ({ text }) => /power and cabling/i.test(text));
  if (blamed !== undefined && excluded.some(({ what }) => what.startsWith("cabling"))) {
    found.set(`${texts["power-and-cabling"](undefined)} What was read rules both out.`, [quote(blamed.source)]);
  }
  if (overcome.length > 0) {
    found.set("What failed here was overcome later in the log.", quotes(...overcome).slice(0, 3));
  }
  return [...found].map(([text, evidence]) => ({ text, evidence }));
}
