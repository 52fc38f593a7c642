/** Each failure of the catalogue of real ones has a log here. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { toolScenarios } from "./other-tool-scenarios/other-tool-scenarios.ts";
import { scenarios } from "./scenarios.ts";
import { banner, bluePill, ready, verboseStart } from "./st-logs.ts";

/** Rows of the catalogue of failures, which counts from 1. */
const LAST_ROW = 53;

/** A failure of which a log has no line: the program's trace (SWO) stays empty, or comes garbled. */
const noTrace = {
  row: 48,
  log: [
    ...banner(bluePill, { verbose: true }),
    ...verboseStart(bluePill),
    "ST-LINK device initialization OK",
    ...ready,
    "ST-LINK device status: RUN_MODE",
  ],
};

/** The first log from the tests that is there for a row. */
function scenariosOf(row: number): readonly string[] {
  return [...scenarios, ...toolScenarios].filter((each) => each.row === row).map(({ name }) => name);
}

describe("the catalogue of failures", () => {
  it.each(Array.from({ length: LAST_ROW }, (_, i) => i + 1))("row %i has a log", (row) => {
    const names = row === noTrace.row ? ["no trace"] : scenariosOf(row);
    expect(names.length, `no scenario has row ${row}`).toBeGreaterThan(0);
  });

  it.each(scenarios.filter(({ names }) => names !== undefined).map((each) => [each.name, each] as const))(
    "has the true cause among what is proposed: %s",
    (_, { log, session, names, alsoCertain = [] }) => {
      const { findings } = explainLog(Buffer.from(log(session).join("\n")));
      const told = findings.map(({ cause, remedy }) => [cause, ...remedy].join("\n")).join("\n");
      expect(told).toMatch(names as RegExp);
      expect(findings.filter(({ certainty, code }) => certainty === "certain" && !alsoCertain.includes(code))).toEqual(
        [],
      );
    },
  );

  it("says nothing wrong where a log has no line of the failure", () => {
    const { findings, failure } = explainLog(Buffer.from(noTrace.log.join("\n")));
    expect(failure).toBe(false);
    expect(findings.filter(({ certainty }) => certainty !== "possible")).toEqual([]);
  });
});
