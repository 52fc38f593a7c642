import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { attribute, both, diagnoseWith, told } from "./project-with.ts";

describe("a folder with more than the project", () => {
  it("loaders that lie about and linker scripts of other boards are not judged", () => {
    const more = [
      { path: "loaders/junk.stldr", bytes: new Uint8Array([1, 2, 3]) },
      { path: "boards/f407.ld", text: "MEMORY { FLASH : ORIGIN = 0x08000000, LENGTH = 1M }" },
      { path: "f407.ld", text: "MEMORY { FLASH : ORIGIN = 0x08000000, LENGTH = 1M }" },
    ];
    expect(told({ more })).toEqual([]);
    const enabledJunk = both(attribute("enable_external_loader", "true"), attribute("external_loader", "junk.stldr"));
    expect(told({ more, launch: enabledJunk }).map(([code]) => code)).toContain("project-file-broken");
  });

  it("a second project's program is not held against the first one's .ioc", () => {
    const other = { path: "other/other.ioc", text: "Mcu.Family=STM32F1\nMcu.CPN=STM32F103C8T6\n" };
    const { findings, notes } = diagnoseWith({ more: [other] });
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([["ioc-debug-off", "likely"]]);
    expect(findings[0].cause).toContain("other/other.ioc: the generated program switches the debug port off");
    expect(notes).toContain("There are 2 .ioc files here: the folder of one project alone gives surer results.");
  });
});

describe("which program is looked at", () => {
  const bytes = new Uint8Array(readFileSync(fileURLToPath(new URL("healthy/Debug/blinky.elf", import.meta.url))));
  const off = new Uint8Array(readFileSync(fileURLToPath(new URL("debug-off/Debug/blinky.elf", import.meta.url))));

  it("the newest; and it says so", () => {
    const files = [
      { path: "Debug/blinky.elf", bytes, modified: 1000 },
      { path: "Release/blinky.elf", bytes: off, modified: 2000 },
    ];
    const { findings, notes, summary } = diagnoseWith({ program: null, more: files });
    expect(summary.program).toBe("Release/blinky.elf");
    expect(notes[0]).toBe("The program looked at is Release/blinky.elf, the newest of 2.");
    expect(findings.map(({ code }) => code)).toEqual(["elf-switches-debug-off"]);
  });

  it("of equally old ones that which a debug configuration names", () => {
    const files = [
      { path: "Aaa/blinky.elf", bytes: off },
      { path: "Debug/blinky.elf", bytes },
    ];
    const { notes, findings } = diagnoseWith({ program: null, more: files });
    expect(notes[0]).toBe("The program looked at is Debug/blinky.elf, the one that a debug configuration names of 2.");
    expect(findings).toEqual([]);
  });

  it("passes over a program for the PC, and names a damaged one", () => {
    const pc = bytes.slice();
    pc[18] = 62;
    const files = [
      { path: "Debug/tests.elf", bytes: pc, modified: 3000 },
      { path: "Debug/cut.elf", bytes: bytes.slice(0, 3000), modified: 2000 },
      { path: "Debug/blinky.elf", bytes, modified: 1000 },
    ];
    const { notes, findings, summary } = diagnoseWith({ program: null, more: files });
    expect(summary.program).toBe("Debug/blinky.elf");
    expect(notes.some((note) => note.includes("Debug/tests.elf is not a program for a Cortex-M"))).toBe(true);
    expect(findings.map(({ code }) => code)).toEqual(["project-file-broken"]);
    expect(findings[0].cause).toContain("Debug/cut.elf is cut short");
  });

  it("a broken file is named, the others are read", () => {
    const { findings } = diagnoseWith({ ioc: (text) => `${text}broken\n`, program: { defines: ["SWJ_OFF"] } });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["elf-switches-debug-off", undefined],
      ["project-file-broken", "warning"],
    ]);
    expect(findings[1].cause).toBe('blinky.ioc, line 44: "broken" is no key=value.');
  });
});
