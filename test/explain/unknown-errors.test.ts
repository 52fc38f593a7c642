import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explain = (text: string) => explainLog(new TextEncoder().encode(text));
const banner = "Open On-Chip Debugger 0.12.0\nLicensed under GNU GPL v2\nInfo : clock speed 1000 kHz\n";
const connected = "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748\nInfo : Target voltage: 3.25\n";
const target =
  "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected\nInfo : [stm32f1x.cpu] target has 6 breakpoints, 4 watchpoints\n";

describe("an error in words that no reader has", () => {
  it("is quoted, and told as not enough to tell", () => {
    const { findings, failure } = explain(`${banner}Error: the frobnicator of the adapter is bent\n`);
    expect(failure).toBe(true);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(findings[0].cause).toMatch(/^OpenOCD ends with an error .*"Error: the frobnicator of the adapter is bent"/);
    expect(findings[0].evidence).toEqual(["line 4: Error: the frobnicator of the adapter is bent"]);
  });

  it("is over when the target was connected after it", () => {
    const { findings, failure } = explain(`${banner}Error: already has a frobnicator\n${connected}${target}`);
    expect(failure).toBe(false);
    expect(findings).toEqual([]);
  });

  it("gives way to an error that is known", () => {
    const known = "Error: init mode failed (unable to connect to the target)\n";
    const { findings } = explain(`${banner}${connected}${known}Error: the frobnicator is bent\n`);
    expect(findings[0].code).not.toBe("not-enough-to-tell");
    expect(findings.flatMap(({ evidence }) => evidence).join("\n")).not.toMatch(/frobnicator/);
  });

  it("is not about flash where what was verified is a certificate", () => {
    const error = "certificate verify failed: unable to get local issuer certificate\n";
    for (const log of [`${banner}Error: ${error}`, `$ pyocd pack update\nerror: network error: ${error}`])
      expect(explain(log).findings.map(({ code }) => code)).toEqual(["not-enough-to-tell"]);
  });

  it("says nothing in text that no tool is known by", () => {
    expect(explain("Error: the frobnicator is bent\nbye\n").findings).toEqual([]);
  });
});
