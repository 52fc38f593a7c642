/** What real tools print at a board with each fault (recorded by `recorder/record.ts`), and what is told of it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { causes } from "./recorder/causes.ts";
import { explainMatrix } from "./recorder/matrix-page.ts";
import { sessions } from "./recorder/sessions.ts";

const folder = fileURLToPath(new URL("./recorded/", import.meta.url));
const page = new URL("../../docs/explain-matrix.md", import.meta.url);

const recorded = sessions.flatMap(({ name: session }) =>
  readdirSync(`${folder}${session}`)
    .map((file) => file.replace(/\.log$/, ""))
    .map((fault) => ({ session, fault, explanation: explainLog(readFileSync(`${folder}${session}/${fault}.log`)) })),
);

describe("a tool's own output at a board with a fault", () => {
  it("is recorded for every session and every fault that it can be run with", () => {
    for (const { name, not = [] } of sessions) {
      const there = recorded.filter(({ session }) => session === name).map(({ fault }) => fault);
      const lacking = Object.keys(causes).filter((fault) => !there.includes(fault) && !not.includes(fault));
      // pyOCD's board is no Blue Pill, and has no clones.
      expect(
        lacking.filter((fault) => !fault.startsWith("clone-")),
        name,
      ).toEqual([]);
    }
  });

  it.each(recorded)("leads to the fault, or to no more than it shows: $session, $fault", ({ fault, explanation }) => {
    const told = explanation.findings.filter(({ severity }) => severity !== "note");
    expect(causes[fault]).toContain(told[0]?.code ?? "-");
    const wrong = told.filter(({ certainty, code }) => certainty === "certain" && !causes[fault].includes(code));
    expect(wrong.map(({ code }) => code)).toEqual([]);
  });

  it("makes the page of the documentation", () => {
    const text = explainMatrix(recorded);
    if (process.env.UPDATE === "1") writeFileSync(page, text);
    expect(readFileSync(page, "utf8")).toBe(text);
  });
});
