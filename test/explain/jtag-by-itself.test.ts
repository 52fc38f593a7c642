/** OpenOCD that takes JTAG since nobody selected a transport, and what its chain then gives. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const byItself =
  "Info : auto-selecting first available session transport \"jtag\". To override use 'transport select <transport>'.";
const begun = (...chosen: readonly string[]) => [
  "Open On-Chip Debugger 0.12.0",
  ...chosen,
  "Info : J-Link V10 compiled Jan 30 2023 11:28:07",
  "Info : VTarget = 3.301 V",
  "Info : clock speed 1000 kHz",
];
const tap = "Info : JTAG tap: stm32f1x.cpu tap/device found: 0x3ba00477 (mfg: 0x23b (ARM Ltd), part: 0xba00, ver: 0x3)";

describe("a tool that asks by JTAG and then by SWD", () => {
  const jtag = ["probe-rs info", "Probing target via JTAG", "    0: Invalid IR scan chain"];
  const swd = ["Probing target via SWD", "WARN romtable: Component at 0xe0002000"];

  it("shows wires of SWD alone where SWD works", () => {
    expect(codes(...jtag, ...swd)[0]).toBe("jtag-instead-of-swd");
  });

  it("does not where what is read by SWD is nonsense: what lies behind the debug port sleeps", () => {
    const nonsense = `${swd[1]}: CIDR1 has invalid preamble (expected 0x0, got 0x5)`;
    expect(codes(...jtag, swd[0], nonsense)[0]).toBe("firmware-low-power");
  });
});

describe("JTAG that OpenOCD takes by itself", () => {
  it.each([
    ["reads ones", ["Error: JTAG scan chain interrogation failed: all ones"]],
    ["reads zeros", ["Error: JTAG scan chain interrogation failed: all zeroes"]],
    ["captures ones", ["Error: stm32l4x.cpu: IR capture error; saw 0x0f not 0x01"]],
    ["captures what is no pattern", ["Error: stm32l4x.cpu: IR capture error; saw 0x0a not 0x01"]],
    ["finds TAPs without an ID", ["Info : TAP auto0.tap does not have valid IDCODE (idcode=0x0)"]],
    ["finds so in older words", ["Info : TAP auto0.tap does not have IDCODE"]],
    ["gets no acknowledge", ["Error: Invalid ACK (7) in DAP response"]],
  ])("is the first suspect where it %s", (_, failed) => {
    const [first] = found(...begun(byItself), ...failed);
    expect(first).toMatchObject({ code: "jtag-instead-of-swd", certainty: "possible" });
    expect(first.remedy[0]).toContain("transport select swd");
    expect(codes(...begun(), ...failed)).not.toContain("jtag-instead-of-swd");
  });

  it("has the wires of the chain behind it", () => {
    const failed = "Error: JTAG scan chain interrogation failed: all ones";
    expect(codes(...begun(byItself), failed).slice(0, 2)).toEqual(["jtag-instead-of-swd", "wires-open"]);
  });

  it("reads IDs and zeros behind them where TDI is open", () => {
    const zeros = [0, 1, 2].map((tap) => `Info : TAP auto${tap}.tap does not have valid IDCODE (idcode=0x0)`);
    const [first, second] = found(...begun(byItself), tap, ...zeros);
    expect([first.code, second.code]).toEqual(["jtag-instead-of-swd", "wires-open"]);
    expect(first.cause).toContain("IDs came");
    expect(second.cause).toContain("TDI");
  });

  it("is no trouble where the chain works, by an acknowledge of whatever kind", () => {
    const working = [tap, "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected"];
    const bypassed = "Info : TAP fpga.tap does not have valid IDCODE (idcode=0x0)";
    expect(codes(...begun(byItself), ...working)).toEqual([]);
    expect(codes(...begun(byItself), bypassed, ...working)).toEqual([]);
    expect(codes(...begun(byItself), tap, "Debug: 90 12 DAP: poll 20000000 timeout")).not.toContain(
      "jtag-instead-of-swd",
    );
  });

  it("is no suspect where SWD was tried as well, or where the target has no power", () => {
    const ones = "Error: JTAG scan chain interrogation failed: all ones";
    const swd = "Info : auto-selecting first available session transport \"swd\". To override use 'transport select'.";
    expect(codes(...begun(byItself), ones, ...begun(swd), "Error: Error connecting DP: cannot read IDR")).not.toContain(
      "jtag-instead-of-swd",
    );
    const dead = begun(byItself).map((line) => line.replace("VTarget = 3.301 V", "VTarget = 0.012 V"));
    expect(codes(...dead, ones)[0]).toBe("target-no-power");
  });
});
