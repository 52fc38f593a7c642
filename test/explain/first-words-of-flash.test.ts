/** What a core's registers after a reset tell of the first two words of flash. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const halted = (pc: string, msp: string, xpsr = "0x01000000") => [
  "Open On-Chip Debugger 0.12.0",
  "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected",
  "[stm32f1x.cpu] halted due to debug-request, current mode: Thread",
  `xPSR: ${xpsr} pc: ${pc} msp: ${msp}`,
];

describe("a file that was written to flash as it is", () => {
  it.each([
    ["0x00010100", "0x464c457c", "ELF"],
    ["0xda010100", "0x464c457c", "ELF"],
    ["0x34303030", "0x30323038", "Intel HEX"],
    ["0x30304630", "0x31313050", "S-records"],
    ["0x9e5d5156", "0x0a324654", "UF2"],
    ["0x00010164", "0x53756644", "DfuSe"],
  ])("shows by PC %s and MSP %s", (pc, msp, kind) => {
    const [first] = found(...halted(pc, msp));
    expect(first).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(first.cause).toContain(kind);
  });

  it("may be written again by the download that follows, and is of no account where the core was seen well behind it", () => {
    const before = [...halted("0x00010100", "0x464c457c"), "** Programming Finished **", "** Verified OK **"];
    expect(found(...before)[0]).toMatchObject({
      code: "vector-table-empty",
      certainty: "possible",
      severity: "warning",
    });
    expect(found(...before, ...halted("0x08000144", "0x20005000").slice(2))).toEqual([]);
  });
});

describe("a stack pointer where no RAM is", () => {
  it("is the first word of what is no vector table", () => {
    const [first] = found(...halted("0x08000c20", "0x4770b5f0"));
    expect(first).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(first.cause).toContain("0x4770b5f0");
  });

  it("is none where RAM may be, nor in a program that has run, nor where one was written later", () => {
    expect(found(...halted("0x08000c20", "0x10010000"))).toEqual([]);
    expect(found(...halted("0x08000c20", "0x24080000"))).toEqual([]);
    expect(found(...halted("0x08000c20", "0xc0010000"))).toEqual([]);
    expect(found(...halted("0x08000c20", "0x4770b5f0", "0x61000000"))).toEqual([]);
    expect(found(...halted("0x08000c20", "0x4770b5f0"), "** Programming Finished **")).toEqual([]);
  });
});
