/** Commands that OpenOCD was given and did not take, or took otherwise than they were meant. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const server = [
  "Open On-Chip Debugger 0.11.0",
  "Info : stm32f4x.cpu: hardware has 6 breakpoints, 4 watchpoints",
  "Info : starting gdb server for stm32f4x.cpu on 3333",
];
const attached = "Info : accepting 'gdb' connection on tcp/3333";
const halted = "target halted due to debug-request, current mode: Thread ";

describe("a command of ST's server that OpenOCD does not know", () => {
  it("was asked by STM32CubeIDE, and is none of the configuration's", () => {
    const asked = [...server, attached, 'invalid command name "WriteDP"', 'invalid command name "ReadAP"'];
    expect(found(...asked)[0].code).toBe("server-not-st");
    expect(found(...asked).map(({ code }) => code)).not.toContain("config-unfit");
  });

  it("unlike one that the configuration has", () => {
    expect(found(server[0], 'invalid command name "adapter_khzz"')[0].code).toBe("config-unfit");
  });

  it("nor is any other that came after the client", () => {
    const old = ["Open On-Chip Debugger 0.9.0", server[1], attached, 'invalid command name "resett"'];
    expect(found(...old).map(({ code }) => code)).not.toContain("config-unfit");
  });
});

describe("a path where a number belongs", () => {
  const refused = (value: string) => `address option value ('${value}') is not valid`;
  it("was cut at a blank, or stands in another's place, however late", () => {
    const [first] = found(...server, halted, refused("boards/f4/app.bin"));
    expect(first).toMatchObject({ code: "config-unfit", certainty: "likely" });
    expect(first.cause).toContain("boards/f4/app.bin");
    expect(found(server[0], refused("files\\app.hex"))[0].cause).toContain("blank");
  });

  it("and no other word that somebody types into a server that runs", () => {
    expect(found(...server, halted, refused("main"))).toEqual([]);
  });
});

describe("the probe's own comparison of what it wrote", () => {
  const script = ["in procedure 'script' ", "in procedure 'mww' called at file \"board.cfg\", line 7"];
  it("is of a register where the command writes to memory", () => {
    const codes = found(server[0], server[1], halted, "Error: Verify error", ...script).map(({ code }) => code);
    expect(codes[0]).toBe("config-unfit");
    expect(codes).not.toContain("flash-differs");
  });

  it("unlike a comparison of flash, and a write that failed otherwise", () => {
    const flash = "Error: checksum mismatch - attempting binary compare";
    expect(found(server[0], server[1], halted, flash, "** Verify Failed **")[0].code).toBe("flash-differs");
    const other = found(server[0], server[1], halted, "Error: Failed to write memory at 0x40023878", ...script);
    expect(other.map(({ cause }) => cause).join()).not.toContain("read back");
  });
});

describe("a high-level adapter in front of two cores", () => {
  const dual = [
    "Open On-Chip Debugger 0.12.0",
    "Warning : hla does not support multicore debugging",
    "Info : stm32h7x.cpu0: hardware has 8 breakpoints, 4 watchpoints",
  ];
  it("leaves the second out, so that whoever wants it is refused", () => {
    const [first, ...rest] = found(...dual, "localhost:3334: Connection refused.");
    expect(first).toMatchObject({ code: "adapter-unfit", certainty: "likely" });
    expect(first.severity ?? "error").toBe("error");
    expect(rest.map(({ code }) => code)).not.toContain("gdb-server-gone");
    expect(found(...dual)[0]).toMatchObject({ code: "adapter-unfit", severity: "warning" });
  });

  it("is not told of where it did not say so", () => {
    expect(found(dual[0], dual[2], "localhost:3334: Connection refused.")[0].code).toBe("gdb-server-gone");
  });
});

describe("a value that is `undefined`", () => {
  const refused = 'expected integer but got "undefined"';
  it("is a setting's that a front end filled in, however late", () => {
    const command = "stm32f4x.tpiu configure -protocol uart -traceclk 84000000 -pin-freq undefined -formatter 0";
    const [first] = found(...server, attached, halted, refused, command);
    expect(first).toMatchObject({ code: "vscode-setting-missing", certainty: "likely" });
    expect(first.cause).toContain("swoFrequency");
    expect(found(...server, halted, refused)[0]).toMatchObject({
      code: "vscode-setting-missing",
      certainty: "possible",
    });
  });

  it("unlike a word that somebody typed", () => {
    expect(found(...server, halted, 'expected integer but got "all"')).toEqual([]);
  });
});
