/** Targets that are lost and come back. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a target that OpenOCD loses and finds again", () => {
  const round = (address: string) => [
    `Error: Failed to read memory at ${address}`,
    "Polling target stm32f4x.cpu failed, trying to reexamine",
    "Info : stm32f4x.cpu: Cortex-M4 r0p1 processor detected",
    "Info : stm32f4x.cpu: target has 6 breakpoints, 4 watchpoints",
  ];

  it("is not well when it happens again and again", () => {
    expect(found(...round("0xe000edf0"), ...round("0xe000edf4"))[0]).toMatchObject({ code: "target-lost" });
    const twice = [...round("0xe000edf0"), ...round("0xe000edf4")];
    expect(explainLog(Buffer.from(twice.join("\n"))).failure).toBe(true);
    const started = ["Open On-Chip Debugger 0.12.0", "Info : Listening on port 3333 for gdb connections"];
    const examined = "Info : stm32f4x.cpu: Cortex-M4 r0p1 processor detected";
    expect(codes(...started, examined, ...round("0xe000edf0"), ...round("0xe000edf8"))).toContain("target-lost");
  });

  it("is well after once", () => {
    expect(codes(...round("0xe000edf0"))).toEqual([]);
  });
});
