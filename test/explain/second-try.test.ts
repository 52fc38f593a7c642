/** What a later line of a log says against an earlier one. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";
import { secondTryScenarios } from "./st-second-try-scenarios.ts";

const codesOf = (lines: readonly string[]): string[] =>
  explainLog(Buffer.from(lines.join("\n"))).findings.map(({ code }) => code);

describe("a target that answered", () => {
  it("is not told to lack its jumpers", () => {
    for (const { name, log, session } of secondTryScenarios) {
      if (/younger|2\.07/.test(name)) continue;
      expect(codesOf(log(session)), name).not.toContain("board-jumpers-off");
    }
  });

  it("has power, whatever VTref is measured at", () => {
    const core = "Info : [stm32l4x.cpu] Cortex-M4 r0p1 processor detected";
    const log = [
      "Open On-Chip Debugger 0.12.0",
      "Info : STLINK V3J10M3 (API v3) VID:PID 0483:374E",
      "Info : Target voltage: 0.022385",
      "Error: target voltage may be too low for reliable debugging",
    ];
    expect(codesOf([...log, core])[0]).toBe("vtref-not-wired");
    // It may have come only after the measurement.
    const { findings } = explainLog(Buffer.from([...log, core].join("\n")));
    expect(findings[0].certainty).toBe("likely");
    expect(codesOf(log)[0]).toBe("target-no-power");
  });
});

describe("a target that is lost while a debugger is there", () => {
  it("is asked first what its program does", () => {
    const log = ["Waiting for debugger connection...", "Debugger connected", "Target is not responding, retrying..."];
    const { findings } = explainLog(Buffer.from(log.join("\n")));
    expect(findings.slice(0, 3).map(({ code }) => code)).toEqual([
      "target-lost",
      "firmware-disables-swd",
      "firmware-low-power",
    ]);
    expect(findings.filter(({ certainty }) => certainty !== "possible")).toEqual([]);
  });
});

describe("an error whose words tell nothing", () => {
  it("is no proof of jumpers that are off", () => {
    const log = [
      "Target unknown error 19",
      "",
      "Error in initializing ST-LINK device.",
      "Reason: Unknown. Please check power and cabling to target.",
    ];
    const { findings } = explainLog(Buffer.from(log.join("\n")));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.filter(({ certainty }) => certainty !== "possible")).toEqual([]);
  });
});

describe("text of few lines", () => {
  it("that only looks like a tool's is not taken for one", () => {
    for (const text of ["Error: file not found", "voltage : 3.3 V", "The connection was refused.", "Load failed."]) {
      expect(explainLog(Buffer.from(text)).tools, text).toEqual([]);
    }
  });
});
