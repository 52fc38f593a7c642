import { describe, expect, it } from "vitest";
import { doctorLines } from "../../src/cli/doctor-page.ts";
import { diagnoseProject } from "../../src/diagnose/project/diagnose-project.ts";
import type { ProjectFile } from "../../src/diagnose/project/project-file.ts";
import { diagnoseWith } from "./project-with.ts";
import { sampleProjects } from "./sample-projects.ts";

const { texts } = sampleProjects.healthy;

/** What is told of one broken file. */
function broken(path: string, text: string) {
  const { findings, notes } = diagnoseProject([{ path, text }]);
  const [first] = findings;
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["project-file-broken", "warning"]]);
  return { ...first, notes };
}

describe("a broken file of a project", () => {
  it("is not told to be missing as well", () => {
    expect(broken("a.ioc", "Mcu.Family").notes).not.toContain("No .ioc was found.");
    expect(broken("a.launch", "<x").notes.join()).not.toContain("No debug configuration");
    const elf = diagnoseProject([{ path: "a.elf", bytes: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 1]) }]);
    expect(elf.findings[0].code).toBe("project-file-broken");
    expect(elf.notes.join()).toContain("No built program could be read");
  });

  it("has the remedies of its kind alone", () => {
    const cut = diagnoseProject([{ path: "a.elf", bytes: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 1]) }]).findings[0];
    expect(cut.remedy.join()).not.toMatch(/version control|Undo/);
    expect(cut.remedy.length).toBeGreaterThan(0);
    expect(broken("a.ioc", "Mcu.Family").remedy).toHaveLength(1);
  });

  it("is quoted with the line that breaks it", () => {
    const text = texts["blinky.ioc"].replace("Mcu.IP0=NVIC", "Mcu.IP0 NVIC");
    const { cause, evidence } = broken("blinky.ioc", text);
    expect(cause).toBe('blinky.ioc, line 7: "Mcu.IP0 NVIC" is no key=value.');
    expect(evidence).toEqual(["blinky.ioc, line 7: Mcu.IP0 NVIC"]);
  });

  it.each([
    [
      '{\n  "configurations": [\n    {\n      "name": "x"\n      "type": "y"\n    }\n  ]\n}',
      /line 5: a comma is missing before "type" at column 7\.$/,
    ],
    ['{ "configurations": [ { "name": "x" }', /the file ends too early/],
    ['{ "configurations": [ { "executable": "C:\\work\\a.elf" } ] }', /a backslash at column \d+ stands alone/],
    ["{ 'configurations': [] }", /text in single quotes at column 3/],
    ['{ "configurations": True }', /True at column 21 is no value/],
  ])("launch.json %j is explained without a parser's words", (text, words) => {
    const { cause } = broken(".vscode/launch.json", text);
    expect(cause).toMatch(words);
    expect(cause).not.toMatch(/token|Brace|Unexpected|end of input/);
  });

  it.each([
    [
      (text: string) => text.replace("</listAttribute>", ""),
      /line \d+: <\/launchConfiguration> stands where <listAttribute> of line \d+ has to be closed first/,
    ],
    [
      (text: string) => text.replace('value="Debug/blinky.elf"', "value=Debug"),
      /the value of the attribute value does not stand in quotes/,
    ],
    [
      (text: string) => text.slice(0, text.indexOf("</launchConfiguration>")),
      /the file ends before <launchConfiguration>, which begins here, is closed/,
    ],
  ])("a .launch is explained without a parser's words (%#)", (edit, words) => {
    const { cause } = broken("a.launch", edit(texts["blinky Debug.launch"]));
    expect(cause).toMatch(words);
    expect(cause).not.toMatch(/col \d|Expected|boolean/);
  });

  it("that is empty, binary, or has a merge conflict in it says so, whatever it is", () => {
    for (const path of ["a.ioc", "a.launch", ".cproject", ".vscode/launch.json"]) {
      expect(broken(path, " \n").cause).toBe(`${path}: the file is empty.`);
      expect(broken(path, "a=1\n\x00\x01\x02").cause).toBe(
        `${path}: the file holds binary data, not text, from character 5 on.`,
      );
      const conflict = broken(path, "a=1\n<<<<<<< HEAD\na=2\n=======\na=3\n>>>>>>> other\n");
      expect(conflict.cause).toBe(`${path}, line 2: a merge left a conflict here (<<<<<<<).`);
      expect(conflict.remedy).toHaveLength(1);
    }
  });

  it("sends nothing to the terminal that it would obey", () => {
    for (const text of ["Mcu.Family=x\nfoo\x1b[2Jbar\u202e\ufffd\u0085z", "Mcu.Family=x\nfoo\u202ebar\ufffd"]) {
      const { cause, evidence } = broken("a.ioc", text);
      expect([cause, ...evidence].join()).not.toMatch(/[\p{Cc}\p{Cf}\ufffd]/u);
    }
    const { findings } = diagnoseWith({ ioc: (text) => text.replace("SYS_JTCK-SWCLK", "GPIO\u202e\u0085Output") });
    expect(findings.flatMap(({ evidence }) => evidence).join()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("among a thousand others is told in a few lines", () => {
    const many: ProjectFile[] = Array.from({ length: 1000 }, (_, index) => ({ path: `${index}.ioc`, text: "junk" }));
    const { findings, notes, summary } = diagnoseProject(many);
    expect(findings.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => "project-file-broken"));
    expect(findings.at(-1)?.cause).toBe("997 more files of the project cannot be read.");
    expect(findings.at(-1)?.evidence.at(-1)).toBe("and 987 more");
    const page = doctorLines({
      probeText: "usb",
      survey: undefined,
      project: { folder: "x", summary, notes },
      findings,
    });
    expect(page.length).toBeLessThan(60);
  });
});

describe("a page with very many findings", () => {
  it("counts those that it does not tell", () => {
    const launch = texts["blinky Debug.launch"].replace('portNumber" value="61234"', 'portNumber" value="99999"');
    const files = Array.from({ length: 300 }, (_, index) => ({ path: `${index}.launch`, text: launch }));
    const { findings, notes, summary } = diagnoseProject(files);
    expect(findings).toHaveLength(300);
    const page = doctorLines({
      probeText: "usb",
      survey: undefined,
      project: { folder: "x", summary, notes },
      findings,
    });
    expect(page.length).toBeLessThan(90);
    expect(page.at(-1)).toContain("and 282 more; --json has them all");
  });
});

describe("a folder without a project", () => {
  it("is an error, and says what was looked for", () => {
    for (const files of [[], [{ path: "a.txt" }], [{ path: "x/default.ld", text: "MEMORY {}" }]]) {
      const { findings, notes } = diagnoseProject(files);
      expect(findings.map(({ code, certainty, severity }) => [code, certainty, severity])).toEqual([
        ["project-empty", "certain", undefined],
      ]);
      expect(findings[0].cause).toContain("no .ioc, .launch, .cproject");
      expect(notes).toEqual([]);
    }
    // Only the program is there, and no chip to judge it by.
    expect(
      diagnoseWith({ ioc: null, launch: null, vscode: null, cproject: (text) => text.replaceAll("STM32F103", "x") })
        .findings,
    ).toMatchObject([{ code: "project-chip-unknown", severity: "warning" }]);
    expect(diagnoseProject([{ path: "a.txt" }], { complete: false }).findings[0].certainty).toBe("likely");
  });
});
