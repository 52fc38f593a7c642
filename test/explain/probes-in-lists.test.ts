/** Probes in lists: one that a release does not know, and one whose serial number is no text. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("an STLINK-V3 without its drive", () => {
  const onUsb = (product: string) => `Bus 001 Device 004: ID 0483:${product} STMicroelectronics STLINK-V3`;
  const list = (version: string) => [`probe-rs-cli ${version}`, "$ probe-rs-cli list", "No devices were found."];

  it("is none to a probe-rs from before it, and has a driver and rights enough", () => {
    const [first, ...others] = found(onUsb("3754"), ...list("0.12.0"));
    expect(first).toMatchObject({ code: "probe-unsupported", certainty: "likely" });
    expect(others).toEqual([]);
  });

  it("is missed for another reason by later releases; and so are other probes", () => {
    expect(codes(onUsb("3754"), ...list("0.24.0"))).toEqual(["probe-none"]);
    expect(codes(onUsb("374e"), ...list("0.12.0"))).toEqual(["probe-none"]);
    expect(codes(...list("0.12.0"))).toEqual(["probe-none"]);
  });
});

describe("a serial number of raw bytes", () => {
  const pyocd = (id: string) => codes("$ pyocd list", "  #   Probe          Unique ID", `  0   STM32 STLink   ${id}`);
  const probeRs = (serial: string) =>
    codes(
      "$ probe-rs-cli list",
      "The following debug probes were found:",
      `[0]: STLink V2 (VID: 0483, PID: 3748, Serial: ${serial}, STLink)`,
    );

  it("is the tool's matter, and hinders no session", () => {
    const [first] = found(
      "$ pyocd list",
      "  0   STM32 STLink   Q\u00ffj\\x06PuSSE!\\x12g",
      "How do I type my probe's ID?",
    );
    expect(first).toMatchObject({ code: "tool-defect", severity: "warning" });
    expect(pyocd("Q\u00ffj\u0006PuSSE!")).toEqual(["tool-defect"]);
    expect(probeRs("9)\u00a5&4M1KN")).toEqual(["tool-defect"]);
  });

  it("is none in hexadecimal", () => {
    expect(pyocd("51FF6A065075535345211267")).toEqual([]);
    expect(probeRs("51FF6A065075535345211267")).toEqual([]);
  });
});
