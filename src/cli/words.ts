import { hex32 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import { FindingError } from "../session/finding-error.ts";
import { DiagnosedError } from "./diagnosed-error.ts";
import { findingLines, labelled } from "./finding-words.ts";

/** Facts whose values are addresses or register contents are shown in hexadecimal. */
const hexadecimal = /address|base|end|vectorTable|value|expected|found|pc|idr|dpidr|id$|cfsr|hfsr|bfar|xpsr|dhcsr/i;

/** A line such as `Warning: ...`, wrapped like a finding. */
export function noticeLines(text: string): string[] {
  const [, label, rest] = /^(\w+:) (.*)$/s.exec(text) ?? ["", "", text];
  return labelled(label, [rest], label === "" ? 0 : label.length + 1);
}

/** An error as its user reads it: cause, evidence, remedy; each on lines of its own. */
export function describeError(error: unknown): string[] {
  if (error instanceof DiagnosedError) return [...error.lines];
  if (error instanceof FindingError) return findingLines(error.finding);
  if (!isProbityError(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      `Cause:    an internal error of Probity: ${text}`,
      "Remedy:   please report it with the log of -f FILE -l 31.",
    ];
  }
  const lines = labelled("Cause:", [`${error.message} [${error.code}]`]);
  const facts = Object.entries(error.facts);
  if (facts.length > 0) {
    const shown = facts.map(([name, value]) => {
      const text = typeof value === "number" && hexadecimal.test(name) ? hex32(value) : String(value);
      return `${name} = ${text}`;
    });
    lines.push(...labelled("Evidence:", [shown.join(", ")]));
  }
  return [...lines, ...labelled("Remedy:", error.remedy)];
}
