/** Probes that are in no list: none at all, and one that the computer gets no answer from. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a probe that is asked for by its number", () => {
  const asked = "Waiting for a debug probe matching unique ID '066BFF3031' to be connected...";

  it("is missing by that number, as it was asked for", () => {
    const [first] = found("$ pyocd flash -u 066BFF3031 app.hex", asked);
    expect(first).toMatchObject({ code: "probe-serial-missing", certainty: "likely" });
    expect(first.cause).toContain("066BFF3031 is attached.");
  });

  it("is one of none where a list has none", () => {
    expect(codes(asked, "$ pyocd list", "No available debug probes are connected")).toEqual(["probe-none"]);
    // What was none before may be another since.
    expect(codes("No available debug probes are connected", "$ pyocd reset -u 066BFF3031", asked)).toContain(
      "probe-serial-missing",
    );
  });
});

describe("a probe that the computer asks in vain who it is", () => {
  const kernel = [
    "usb 3-2: new full-speed USB device number 14 using xhci_hcd",
    "usb 3-2: device descriptor read/64, error -71",
    "usb 3-2: device not accepting address 14, error -71",
    "usb usb3-port2: unable to enumerate USB device",
  ];
  const openocd = ["Open On-Chip Debugger 0.12.0", "Error: open failed"];

  it("fails at USB, whatever rights there are", () => {
    const [first, ...others] = found(...openocd, ...kernel);
    expect(first).toMatchObject({ code: "probe-usb-trouble", certainty: "likely" });
    expect(first.evidence.join()).toContain("unable to enumerate");
    expect(others).toEqual([]);
    expect(codes("$ st-info --probe", "Found 0 stlink programmers", ...kernel)[0]).toBe("probe-usb-trouble");
  });

  it("is another device where the probe was opened", () => {
    const opened = "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748";
    expect(codes("Open On-Chip Debugger 0.12.0", opened, "Error: init mode failed", ...kernel)).not.toContain(
      "probe-usb-trouble",
    );
    expect(codes(...openocd, ...kernel, openocd[0], opened, "Error: init mode failed")).not.toContain(
      "probe-usb-trouble",
    );
  });
});

it("uVision that detects no ST-LINK has none", () => {
  const load = 'Load "C:\\\\keil\\\\blink.axf"';
  expect(codes(load, "No ST-LINK detected", "Error: Flash Download failed  -  Target DLL has been cancelled")).toEqual([
    "probe-none",
  ]);
});
