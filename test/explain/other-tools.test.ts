import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cleanLine } from "../../src/diagnose/logs/clean.ts";
import { cortexDebug } from "../../src/diagnose/logs/cortex-debug.ts";
import { explainLog, type LogExplanation } from "../../src/diagnose/logs/explain-log.ts";
import { gdb } from "../../src/diagnose/logs/gdb.ts";
import { jlink } from "../../src/diagnose/logs/jlink.ts";
import { openocd } from "../../src/diagnose/logs/openocd/openocd.ts";
import { PatternIndex } from "../../src/diagnose/logs/pattern-index.ts";
import { probeRs } from "../../src/diagnose/logs/probe-rs/probe-rs.ts";
import { pyocd } from "../../src/diagnose/logs/pyocd/pyocd.ts";
import { stlinkOrg } from "../../src/diagnose/logs/stlink-org/stlink-org.ts";
import type { Voice } from "./other-tool-logs.ts";
import { healthyTools } from "./other-tool-scenarios/healthy.ts";
import { toolScenarios } from "./other-tool-scenarios/other-tool-scenarios.ts";
import type { ToolScenario } from "./other-tool-scenarios/scenario.ts";
import { decorations, shortened } from "./variations.ts";

const explain = (lines: readonly string[]): LogExplanation => explainLog(Buffer.from(lines.join("\n")));
const logOf = ({ log, voice }: Pick<ToolScenario, "log" | "voice">): readonly string[] => log(voice);
const cases = toolScenarios.map((each) => [`${each.row ?? "-"} ${each.name}`, each] as const);

type Allowed = Pick<ToolScenario, "first" | "alsoCertain">;

/** Errors that are told as certain and are none of the causes. */
function confidentlyWrong({ findings }: LogExplanation, { first, alsoCertain = [] }: Allowed): string[] {
  return findings
    .filter(({ certainty, severity = "error" }) => certainty === "certain" && severity === "error")
    .map(({ code }) => code)
    .filter((code) => ![...first, ...alsoCertain].includes(code));
}

function errors({ findings }: LogExplanation): string[] {
  return findings.filter(({ severity = "error" }) => severity === "error").map(({ code }) => code);
}

describe("a log in its tool's own format", () => {
  it.each(cases)("leads to its cause: %s", (_, scenario) => {
    const explanation = explain(logOf(scenario));
    expect(scenario.first).toContain(explanation.findings[0]?.code);
    expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    expect(explanation.findings[0].evidence.length).toBeGreaterThan(0);
    expect(explanation.findings[0].remedy.length).toBeGreaterThan(0);
  });

  it.each(healthyTools.map((each) => [each.name, each] as const))("of a session that went well: %s", (_, each) => {
    const explanation = explain(logOf(each));
    expect(errors(explanation)).toEqual([]);
    expect(explanation.failure).toBe(false);
    expect(explanation.tools.length).toBeGreaterThan(0);
  });

  it("has each line that a pattern fits found by the pattern's words", () => {
    const readers = [openocd, stlinkOrg, pyocd, probeRs, cortexDebug, gdb, jlink];
    const index = new PatternIndex(readers);
    for (const each of [...toolScenarios, ...healthyTools]) {
      for (const { text } of logOf(each).flatMap(cleanLine)) {
        const found = new Set(index.candidates(text).map(({ pattern }) => pattern));
        for (const pattern of readers.flatMap(({ patterns }) => patterns)) {
          if (pattern.pattern.test(text)) expect(found.has(pattern), `${pattern.words[0]}: ${text}`).toBe(true);
        }
      }
    }
  });
});

describe("the same failure told otherwise", () => {
  const others: readonly Partial<Voice>[] = [
    { openocd: "0.10.0", firmware: "V2J34S7", volts: "3.140492", khz: 950, serial: "563F6F06513F52481953253F" },
    { openocd: "v0.11.0-esp32-20221026 (2022-10-26-14:47)", firmware: "V2J45S7", volts: "2.901471", khz: 4000 },
    { openocd: "xPack 0.12.0+dev-02228-ge5888bda3-dirty (2025-10-04-22:44)", folder: "D:\\work\\my project", khz: 480 },
  ];

  it.each(cases)("by another version, serial number and path keeps its cause: %s", (_, scenario) => {
    for (const other of others) {
      // Which probe it is belongs to some of the causes.
      const voice = { ...scenario.voice, ...other, firmware: scenario.voice.firmware };
      const explanation = explain(scenario.log(voice));
      expect(scenario.first).toContain(explanation.findings[0]?.code);
      expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    }
  });

  describe.each(decorations.map((each) => [each.name, each] as const))("%s", (_, decoration) => {
    it.each(cases)("keeps its cause: %s", (__, scenario) => {
      const explanation = explainLog(decoration.apply(logOf(scenario)));
      const lessSure = decoration.loses === true ? ["not-enough-to-tell", undefined] : [];
      expect([...scenario.first, ...lessSure]).toContain(explanation.findings[0]?.code);
      expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    });
  });

  it.each(cases)("cut at the top or the end is never told confidently wrong: %s", (_, scenario) => {
    for (const part of shortened(logOf(scenario))) {
      expect(confidentlyWrong(explain(part), scenario), part.join("\n")).toEqual([]);
    }
  });

  it.each(cases)("with its lines in another order is never told confidently wrong: %s", (_, scenario) => {
    const lines = logOf(scenario);
    for (let step = 2; step <= 5; step++) {
      const mixed = Array.from({ length: step }, (_, part) => lines.filter((_, i) => i % step === part)).flat();
      for (const order of [mixed, [...lines].reverse(), [...lines.slice(step), ...lines.slice(0, step)]]) {
        expect(confidentlyWrong(explain(order), scenario), order.join("\n")).toEqual([]);
      }
    }
  });

  it("two failures in one log never make each other certain", () => {
    for (const [i, one] of toolScenarios.entries()) {
      const other = toolScenarios[(i + 11) % toolScenarios.length];
      const explanation = explain([...logOf(one), "", ...logOf(other)]);
      const both = {
        first: [...one.first, ...other.first],
        alsoCertain: [...(one.alsoCertain ?? []), ...(other.alsoCertain ?? [])],
      };
      expect(confidentlyWrong(explanation, both), `${one.name} + ${other.name}`).toEqual([]);
    }
  });

  it("a failure that a session without one follows is not told as the last word", () => {
    const silent = toolScenarios.find(({ name }) => name === "OpenOCD, silent") as ToolScenario;
    const explanation = explain([...logOf(silent), ...logOf(healthyTools[0])]);
    expect(explanation.failure).toBe(false);
    expect(confidentlyWrong(explanation, silent)).toEqual([]);
  });
});

/** What OpenOCD 0.12 and GDB 13 really printed, run against a virtual board with that fault. */
const folder = fileURLToPath(new URL("./logs/", import.meta.url));
const silent = ["target-silent", "wires-open", "firmware-disables-swd", "firmware-low-power", "board-jumpers-off"];
const genuine: Readonly<Record<string, readonly string[]>> = {
  "gdb-lockup-attach": ["vector-table-empty"],
  "gdb-none-bps": ["comparators-used-up"],
  "gdb-none-load": [],
  "gdb-rdp1-load": ["flash-refused"],
  "openocd-and-gdb-lockup-attach": ["vector-table-empty"],
  "openocd-and-gdb-none-bps": ["comparators-used-up"],
  "openocd-and-gdb-none-load": [],
  "openocd-and-gdb-rdp1-load": ["flash-protected"],
  "openocd-boot0-high": ["boot-not-from-flash"],
  "openocd-brown-out": ["flash-refused", "supply-dips"],
  "openocd-bus-fault": ["firmware-faults"],
  "openocd-clone-cs32": ["chip-not-genuine"],
  "openocd-flash-worn": ["flash-worn"],
  "openocd-healthy-attach": [],
  "openocd-healthy-program": [],
  "openocd-lockup": ["vector-table-empty"],
  "openocd-low-voltage": ["target-voltage-low"],
  "openocd-no-power": ["target-no-power"],
  "openocd-nrst-low": ["core-does-not-halt", "nrst-held-low"],
  "openocd-old-probe-firmware": ["probe-firmware-old"],
  "openocd-probe-unplugged": ["probe-usb-trouble", "probe-unplugged"],
  "openocd-rdp1": ["flash-protected"],
  "openocd-stop-mode": silent,
  "openocd-swd-off": silent,
  "openocd-swdio-open": silent,
  "openocd-vtref-open": [],
  "openocd-write-protected": ["flash-protected"],
};

describe("a genuine log of a genuine fault", () => {
  it("is there for every name", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(genuine).map((name) => `${name}.log`));
  });

  it.each(Object.entries(genuine))("leads to its cause: %s", (name, first) => {
    const explanation = explainLog(readFileSync(`${folder}${name}.log`));
    const found = errors(explanation);
    if (first.length === 0) expect(found).toEqual([]);
    else expect(first).toContain(found[0]);
    expect(confidentlyWrong(explanation, { first })).toEqual([]);
  });
});
