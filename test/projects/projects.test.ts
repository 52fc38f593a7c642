import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { findProjectFiles } from "../../src/cli/project-files.ts";
import { diagnoseProject } from "../../src/diagnose/project/diagnose-project.ts";
import { buildSample } from "./build-sample.ts";
import { sampleProjects } from "./sample-projects.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const folders: string[] = [];

/** Diagnoses a committed project in a folder of its own, as a user would have it. */
function diagnosed(name: keyof typeof sampleProjects) {
  const folder = mkdtempSync(join(tmpdir(), "probity-project-"));
  folders.push(folder);
  cpSync(join(here, name), folder, { recursive: true });
  const { files, complete } = findProjectFiles(folder);
  return diagnoseProject(files, { complete });
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("the sample projects", () => {
  it.each(Object.entries(sampleProjects))("%s is committed as it is made", (name, { texts, sample }) => {
    for (const [path, text] of Object.entries(texts)) expect(readFileSync(join(here, name, path), "utf8")).toBe(text);
    const committed = new Uint8Array(readFileSync(join(here, name, "Debug/blinky.elf")));
    // Another release of the compiler makes other code; what the checks see in it has to be the same.
    const built = diagnoseProject(projectWith(texts, buildSample(sample)));
    const kept = diagnoseProject(projectWith(texts, committed));
    expect(built.findings.map(({ code, certainty }) => [code, certainty])).toEqual(
      kept.findings.map(({ code, certainty }) => [code, certainty]),
    );
  });
});

function projectWith(texts: Readonly<Record<string, string>>, elf: Uint8Array) {
  return [...Object.entries(texts).map(([path, text]) => ({ path, text })), { path: "Debug/blinky.elf", bytes: elf }];
}

describe("probity doctor on a project's folder", () => {
  it("finds nothing wrong with a healthy one, and says what it looked at", () => {
    const { findings, summary, notes } = diagnosed("healthy");
    expect(findings).toEqual([]);
    expect(summary).toEqual({
      chip: { name: "STM32F103C8", from: "blinky.ioc, line 5: Mcu.CPN=STM32F103C8T6" },
      iocs: ["blinky.ioc"],
      program: "Debug/blinky.elf",
      configurations: ["blinky Debug.launch", ".vscode/launch.json: Debug"],
      linkerScripts: ["STM32F103C8TX_FLASH.ld"],
    });
    expect(notes).toEqual(["The program looked at is Debug/blinky.elf, the only one."]);
  });

  it("says that debug is off in the .ioc: key, line, function and source line, and how far that is sure", () => {
    const { findings } = diagnosed("debug-off");
    expect(findings.map(({ code }) => code)).toEqual(["ioc-debug-off"]);
    expect(findings[0].certainty).toBe("certain");
    expect(findings[0].cause).toContain("in HAL_MspInit (Src/msp.c, line 11)");
    expect(findings[0].evidence).toEqual([
      "blinky.ioc, line 36: VP_SYS_VS_ND.Mode=No_Debug",
      "blinky.ioc: no PA13.Signal or PA14.Signal with the debug port's signal",
      expect.stringMatching(
        /^Debug\/blinky\.elf: 0x080001[0-9A-F]{2}, HAL_MspInit \(Src\/msp\.c, line 11\): AFIO_MAPR \(0x40010004\) gets 100 in bits 26:24$/,
      ),
      "Debug/blinky.elf: every way from reset leads there (Reset_Handler > main > HAL_Init > HAL_MspInit)",
      "blinky Debug.launch, line 15: com.st.stm32cube.ide.mcu.debug.stlink.reset_strategy=system_reset (not under reset: it does not reach such a chip)",
    ]);
    expect(findings[0].remedy[0]).toContain("Serial Wire");
  });

  it("says that the loader in the .launch is stale: for another chip's NAND, and not needed", () => {
    const { findings } = diagnosed("stale-loader");
    expect(findings.map(({ code }) => code)).toEqual(["launch-loader-unfit"]);
    const [{ cause, evidence, remedy, certainty }] = findings;
    expect(certainty).toBe("likely");
    expect(cause).toContain("512W3A_STM3210E-EVAL.stldr");
    expect(cause).toContain("has no FSMC");
    expect(cause).toContain("Debug/blinky.elf does not need it");
    const ide = "com.st.stm32cube.ide.mcu.debug.stlink";
    expect(evidence).toContain(`blinky Debug.launch, line 13: ${ide}.external_loader=512W3A_STM3210E-EVAL.stldr`);
    expect(evidence).toContain(`blinky Debug.launch, line 11: ${ide}.enable_external_loader=true`);
    expect(remedy[0]).toContain("External loaders: untick or remove it (blinky Debug.launch, line 11");
  });

  it("mentions a loader that was left with its box off, as a note", () => {
    const { findings } = diagnosed("loader-left");
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["launch-loader-left", "note"]]);
    expect(findings[0].evidence[1]).toContain("enable_external_loader=false");
  });

  it("says that a debug pin is taken, and that the clock is too fast", () => {
    const { findings } = diagnosed("pins-and-clock");
    expect(findings.map(({ code }) => code)).toEqual(["ioc-debug-pin-taken", "ioc-clock-too-fast"]);
    expect(findings[0].evidence[0]).toBe("blinky.ioc, line 28: PA14.Signal=GPIO_Output");
    expect(findings[1].evidence[0]).toBe("blinky.ioc, line 39: RCC.SYSCLKFreq_VALUE=128000000");
    expect(findings[1].cause).toContain("128 MHz");
  });

  it("says that the program is linked and compiled for another chip", () => {
    const { findings } = diagnosed("other-chip");
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([
      ["elf-stack-outside-ram", "certain"],
      ["elf-other-core", "certain"],
    ]);
    expect(findings[0].cause).toContain("0x20020000");
  });
});

const seed = fileURLToPath(new URL("../../firmware/eeprom/eeprom.elf", import.meta.url));

describe("this project's own demo programs", () => {
  it("the EEPROM's pages are found through the table that the functions use", () => {
    const files = [
      { path: "a.ioc", text: sampleProjects.healthy.texts["blinky.ioc"] },
      { path: "eeprom.elf", bytes: new Uint8Array(readFileSync(seed)) },
    ];
    const { findings } = diagnoseProject(files);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["eeprom-kept", "note"]]);
    expect(findings[0].cause).toContain("0x0800F800 and 0x0800FC00");
  });
});
