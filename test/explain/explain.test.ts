import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cleanLine } from "../../src/diagnose/logs/clean.ts";
import { explainLog, explainStream, type LogExplanation } from "../../src/diagnose/logs/explain-log.ts";
import { PatternIndex } from "../../src/diagnose/logs/pattern-index.ts";
import { stGdbServer } from "../../src/diagnose/logs/st-gdbserver.ts";
import { stLinkUtility } from "../../src/diagnose/logs/st-link-utility.ts";
import { stlinkServer } from "../../src/diagnose/logs/stlink-server.ts";
import { stm32CubeIde } from "../../src/diagnose/logs/stm32cubeide.ts";
import { stm32CubeProgrammer } from "../../src/diagnose/logs/stm32cubeprogrammer.ts";
import { healthy, type Scenario, scenarios } from "./scenarios.ts";
import { bluePill, type Session } from "./st-logs.ts";
import { decorations, shortened } from "./variations.ts";

const explain = (lines: readonly string[]): LogExplanation => explainLog(Buffer.from(lines.join("\n")));
const logOf = ({ log, session }: Pick<Scenario, "log" | "session">): readonly string[] => log(session);
const cases = scenarios.map((scenario) => [`${scenario.row ?? "-"} ${scenario.name}`, scenario] as const);

/** Errors that are told as certain and are none of the scenario's causes. */
function confidentlyWrong({ findings }: LogExplanation, { first, alsoCertain = [] }: Scenario): string[] {
  return findings
    .filter(({ certainty, severity = "error" }) => certainty === "certain" && severity === "error")
    .map(({ code }) => code)
    .filter((code) => ![...first, ...alsoCertain].includes(code));
}

describe("a log in its tool's own format", () => {
  it.each(cases)("leads to its cause: %s", (_, scenario) => {
    const explanation = explain(logOf(scenario));
    expect(scenario.first).toContain(explanation.findings[0]?.code);
    expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    expect(explanation.findings[0].evidence.length).toBeGreaterThan(0);
    expect(explanation.findings[0].remedy.length).toBeGreaterThan(0);
    expect(explanation.failure).toBe(true);
  });

  it.each(healthy.map((each) => [each.name, each] as const))("of a healthy session shows no failure: %s", (_, each) => {
    const explanation = explain(logOf(each));
    expect(explanation.failure).toBe(false);
    expect(explanation.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    expect(explanation.excluded).toEqual([]);
    expect(explanation.tools.length).toBeGreaterThan(0);
  });

  it("is not told in general where something says more", () => {
    for (const name of [
      "erasing a read-protected chip",
      "the programmer's alignment defect",
      "an impossible flash size, and erasing fails",
    ]) {
      const scenario = scenarios.find((each) => each.name === name) as Scenario;
      expect(
        explain(logOf(scenario)).findings.map(({ code }) => code),
        name,
      ).not.toContain("flash-refused");
    }
  });

  it("has each line that a pattern fits found by the pattern's words", () => {
    const readers = [stGdbServer, stm32CubeProgrammer, stLinkUtility, stm32CubeIde, stlinkServer];
    const index = new PatternIndex(readers);
    for (const each of [...scenarios, ...healthy]) {
      for (const raw of logOf(each)) {
        for (const { text } of cleanLine(raw)) {
          const found = new Set(index.candidates(text).map(({ pattern }) => pattern));
          for (const { patterns } of readers) {
            for (const pattern of patterns) {
              if (pattern.pattern.source === "." || pattern.weight === 0) continue;
              if (pattern.pattern.test(text)) expect(found.has(pattern), `${pattern.words[0]}: ${text}`).toBe(true);
            }
          }
        }
      }
    }
  });
});

describe("the same failure told otherwise", () => {
  const others: readonly Partial<Session>[] = [
    { server: "5.3.2", programmer: "2.2.0", year: 2019, serial: "002F001F3137511233333639", firmware: "V2J34S7" },
    {
      server: "7.13.0",
      programmer: "2.21.0",
      year: 2025,
      serial: "0033002C3133510F38363431",
      firmware: "V3J16M8",
      khz: 24000,
    },
    { folder: "/Applications/STM32CubeIDE.app/Contents/Eclipse/plugins/x/tools/bin", port: 50000, pc: "0x8000188" },
  ];

  it.each(cases)("by another version, serial number and path keeps its cause: %s", (_, scenario) => {
    for (const other of others) {
      // What the scenario is about stays: a version of a tool may be.
      const session = {
        ...scenario.session,
        ...other,
        server: scenario.session.server,
        programmer: scenario.session.programmer,
      };
      const explanation = explain(scenario.log(session));
      expect(scenario.first).toContain(explanation.findings[0]?.code);
      expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    }
  });

  describe.each(decorations.map((each) => [each.name, each] as const))("%s", (_, decoration) => {
    it.each(cases)("keeps its cause: %s", (__, scenario) => {
      const explanation = explainLog(decoration.apply(logOf(scenario)));
      const lessSure = decoration.loses === true ? ["not-enough-to-tell"] : [];
      expect([...scenario.first, ...lessSure]).toContain(explanation.findings[0]?.code);
      expect(confidentlyWrong(explanation, scenario)).toEqual([]);
    });
  });

  it.each(cases)("cut at the top or the end is never told confidently wrong: %s", (_, scenario) => {
    for (const part of shortened(logOf(scenario))) {
      const explanation = explain(part);
      expect(confidentlyWrong(explanation, scenario), part.join("\n")).toEqual([]);
    }
  });

  it("two failures in one log never make each other certain", () => {
    for (const [i, one] of scenarios.entries()) {
      const other = scenarios[(i + 7) % scenarios.length];
      const explanation = explain([...logOf(one), "", ...logOf(other)]);
      const both: Scenario = {
        ...one,
        first: [...one.first, ...other.first],
        alsoCertain: [...(one.alsoCertain ?? []), ...(other.alsoCertain ?? [])],
      };
      expect(confidentlyWrong(explanation, both), `${one.name} + ${other.name}`).toEqual([]);
    }
  });
});

describe("text of no known tool", () => {
  it.each([
    ["prose", "My board does not work. Error: nothing happens; the voltage is 3.2V and the device id: 0x410 is fine."],
    [
      "a build",
      "arm-none-eabi-gcc -c main.c -o main.o\nmain.c:12:3: error: unknown type name 'foo'\nmake: *** [all] Error 2",
    ],
    [
      "a web server",
      "2024-05-01T12:00:00Z INFO connection refused localhost:8080\nError: failed to start server, port 8080 in use",
    ],
    ["nothing", ""],
    ["noise", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)).toString("latin1")],
  ])("is said to be that: %s", (_, text) => {
    const explanation = explainLog(Buffer.from(text));
    expect(explanation.tools).toEqual([]);
    expect(explanation.findings).toEqual([]);
  });
});

describe("a stream", () => {
  it("is read as the whole, wherever it is parted", async () => {
    const bytes = Buffer.from(scenarios[0].log(scenarios[0].session).join("\r\n"));
    const whole = explainLog(bytes);
    for (const size of [1, 7, 1000]) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(await explainStream(pieces)).toEqual(whole);
    }
  });
});

const seed = fileURLToPath(new URL("../../../shared/seed/", import.meta.url));
const log = `${seed}st-link_gdbserver_log.txt`;
if (!existsSync(log)) console.warn(`${log} is not here: the case this project started from is not tested`);

describe.runIf(existsSync(log))("the case this project started from", () => {
  it("has the loader as its cause, power and cables excluded, and the dump seen for what it is", () => {
    const { findings, excluded, remarks, session, tools } = explainLog(readFileSync(log));
    expect(tools).toEqual([{ name: "st-link-gdbserver", version: "5.3.2", firstLine: 1, lastLine: 93 }]);
    expect(session).toMatchObject({
      deviceId: 0x410,
      volts: 3.26,
      connect: "under-reset",
      protocol: "swd",
      probeFirmware: "V2J34S7",
      loader: "512W3A_STM3210E-EVAL.stldr",
      failedAt: "loader-run",
    });
    const [finding] = findings;
    expect(finding).toMatchObject({ code: "loader-needs-fsmc", certainty: "likely" });
    for (const words of ["0x410", "no FSMC", "NAND", "STM3210E-EVAL", "Init() could not return"])
      expect(finding.cause).toContain(words);
    expect(finding.evidence.join("\n")).toMatch(/line 24: .*512W3A[\s\S]*line 40: Device ID: 0x410/);
    expect(finding.remedy[0]).toMatch(/Debugger tab.*External loader.*enable_external_loader/);
    const ruledOut = excluded.map(({ what, evidence }) => `${what} ${evidence.join(" ")}`).join("\n");
    expect(ruledOut).toMatch(/power.*line 43: .*3\.26 V/);
    expect(ruledOut).toMatch(/cabling.*line 40: Device ID: 0x410.*HALT_MODE/);
    const said = remarks.map(({ text }) => text).join("\n");
    for (const words of ["never read", "0x200024ed", "LR", "no return value", "(0 byte)", "power and cabling"]) {
      expect(said).toContain(words);
    }
  });

  it("has no more than it supports where the console does not name the loader", () => {
    const { findings, excluded } = explainLog(readFileSync(`${seed}console.txt`));
    expect(findings[0]).toMatchObject({ code: "loader-init-failed", certainty: "likely" });
    expect(JSON.stringify(findings)).not.toMatch(/NAND|FSMC|512W3A/);
    expect(excluded.map(({ what }) => what).join()).toMatch(/power.*cabling/);
  });
});

describe("a session with an open end", () => {
  it("is summarised as far as it got", () => {
    const { session } = explain(scenarios[0].log({ ...bluePill, volts: "3.19", khz: 1800 }).slice(0, -4));
    expect(session).toMatchObject({ volts: 3.19, wireClockKhz: 1800, deviceId: 0x410, connect: "under-reset" });
  });
});
