/** A program that leaves the start of flash to another one, which is not there; and what an erased chip shows at its reset. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const halted = (family: string, registers: string) => [
  "Open On-Chip Debugger 0.11.0",
  `Info : ${family}.cpu: hardware has 6 breakpoints, 4 watchpoints`,
  "Info : accepting 'gdb' connection on tcp/3333",
  "target halted due to debug-request, current mode: Thread",
  registers,
];
const loaded = (address: string) => [
  `Loading section .isr_vector, size 0x10c lma ${address}`,
  "Start address 0x8005210, load size 9000",
];

describe("a core whose reset found zeros", () => {
  const zeros = "xPSR: 00000000 pc: 00000000 msp: 00000000";

  it("has no program where erased flash is zeros, and still none after one was loaded behind it", () => {
    expect(found(...halted("stm32l0", zeros))[0]).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    const [late] = found(...halted("stm32l1", zeros), ...loaded("0x8004000"));
    expect(late).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(late.cause).toContain("0x08004000");
  });

  it("says nothing of what was loaded to the start of flash since, of other families, or of other registers", () => {
    const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
    expect(codes(...halted("stm32l1", zeros), ...loaded("0x8000000"))).not.toContain("vector-table-empty");
    expect(codes(...halted("stm32f4x", zeros), ...loaded("0x8004000"))).not.toContain("vector-table-empty");
    const ready = "xPSR: 0x01000000 pc: 0x08000234 msp: 0x20002000";
    expect(codes(...halted("stm32l1", ready), ...loaded("0x8004000"))).not.toContain("vector-table-empty");
  });
});

describe("a core that locked up over an empty table", () => {
  const lockup = "xPSR: 0x01000003 pc: 0xfffffffe msp: 0xffffffd8";

  it("will again after a reset, when what was loaded since begins behind the table's place", () => {
    expect(found(...halted("stm32f4x", lockup), ...loaded("0x8008000"))[0]).toMatchObject({
      code: "vector-table-empty",
    });
  });

  it("may not, when what was loaded begins there", () => {
    const codes = found(...halted("stm32f4x", lockup), ...loaded("0x8000000")).map(({ code }) => code);
    expect(codes).not.toContain("vector-table-empty");
  });
});
