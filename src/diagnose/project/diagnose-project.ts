import type { Chip } from "../../chips/chip.ts";
import { diagnose } from "../diagnose.ts";
import type { Finding } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { brokenFiles, emptyProject, isProject, type UnreadPath, unreadPaths } from "./broken-files.ts";
import { checkChip } from "./check-chip.ts";
import { checkDebugPins } from "./check-debug-pins.ts";
import { checkEeprom } from "./check-eeprom.ts";
import { checkIoc } from "./check-ioc.ts";
import { checkLaunches } from "./check-launch.ts";
import { checkLinkerScripts } from "./check-linker-script.ts";
import { checkLoaders } from "./check-loaders.ts";
import { checkPlatformio } from "./check-platformio.ts";
import { checkProgram } from "./check-program.ts";
import { checkVscode } from "./check-vscode.ts";
import { type DebugPinTaking, debugPinTakings } from "./debug-pin-code.ts";
import { chipClaims, judgedChip, type LiveChip } from "./project-chip.ts";
import { type ProjectFile, projectFileKind } from "./project-file.ts";
import type { ProjectCheck, ProjectView } from "./project-view.ts";
import { type ProjectFacts, projectFacts } from "./read-project.ts";

export interface ProjectCircumstances {
  /** The chip on the wires, if it could be read. Without it the part that the project names is what counts. */
  readonly chip?: LiveChip;
  /** Serial numbers of the probes that are attached. */
  readonly probes?: readonly string[];
  /** False when files may be missing from the list; true unless said. */
  readonly complete?: boolean;
  /** Files and folders that must not be read. */
  readonly unread?: readonly UnreadPath[];
}

/** What was found in a project. */
export interface ProjectSummary {
  /** The chip that the project was judged by, and where that is known from; `undefined` when nothing names one. */
  readonly chip: { readonly name: string; readonly from: string } | undefined;
  readonly iocs: readonly string[];
  readonly program: string | undefined;
  /** Debug configurations: file, and name where one file has several. */
  readonly configurations: readonly string[];
  readonly linkerScripts: readonly string[];
}

export interface ProjectDiagnosis {
  /** Worst and surest first. */
  readonly findings: readonly Finding[];
  /** What the user should know of how files were chosen; not a fault. */
  readonly notes: readonly string[];
  readonly summary: ProjectSummary;
}

/** Every check, with why what it says holds. */
const checks: readonly (readonly [name: string, why: string, check: ProjectCheck])[] = [
  ["project-chip", "A part's name tells the device IDs it can have (ordering information, DBGMCU_IDCODE).", checkChip],
  ["ioc", "Code generated from the .ioc sets the debug port up, or off (STM32CubeMX, HAL_MspInit).", checkIoc],
  ["loaders", "A loader's Init() is run when the server connects, whether or not the program needs it.", checkLoaders],
  ["launches", "The IDE starts the server with what the debug configuration says.", checkLaunches],
  ["vscode", "cortex-debug starts the server with what launch.json says.", checkVscode],
  ["platformio", "PlatformIO loads and debugs by the tools that platformio.ini names.", checkPlatformio],
  ["program", "What the program is linked and compiled for has to be what the chip has.", checkProgram],
  ["debug-pins", "SWJ_CFG, or the mode of PA13 and PA14, gives the debug pins away (RM0008 9.4.2).", checkDebugPins],
  ["eeprom", "Flash is erased by pages; a page holds the program or data, not both (PM0075 2.3).", checkEeprom],
  ["linker-scripts", "The linker places the stack and judges sizes by MEMORY (ld manual).", checkLinkerScripts],
];

/** Reads the files of a project and says what is wrong with it, or will go wrong on the chip. Pure. */
export function diagnoseProject(
  files: readonly ProjectFile[],
  { chip: live, probes, complete = true, unread = [] }: ProjectCircumstances = {},
): ProjectDiagnosis {
  const facts = projectFacts(files);
  const claims = chipClaims(facts);
  const chip = judgedChip(claims, live);
  let takings: readonly DebugPinTaking[] | undefined;
  const view: ProjectView = {
    facts,
    claims,
    chip,
    live,
    probes,
    complete,
    takings: () => {
      takings ??= takingsOf(facts, chip?.rows[0]);
      return takings;
    },
  };
  const rules = checks.map(([name, why, check]): Rule => ({ name, why, conclude: () => check(view) }));
  const broken: Rule = {
    name: "broken-files",
    why: "What a reader refuses, the tool that owns the file refuses as well.",
    conclude: () => [
      ...brokenFiles(facts.broken, files),
      ...unreadPaths(unread),
      ...emptyProject(files, unread, complete),
    ],
  };
  return {
    findings: diagnose([], [...rules, broken]),
    notes: [...facts.notes, ...notesOf(facts, chip === undefined)],
    summary: {
      chip: chip && { name: chip.name, from: chip.quote },
      iocs: facts.iocs.map(({ ioc }) => ioc.fileName),
      program: facts.program?.path,
      configurations: [
        ...facts.launches.map(({ fileName }) => fileName),
        ...facts.vscode.flatMap(({ fileName, configurations }) =>
          configurations.map(({ name }) => `${fileName}: ${name}`),
        ),
      ],
      linkerScripts: facts.linkerScripts.map(({ fileName }) => fileName),
    },
  };
}

function takingsOf({ program }: ProjectFacts, row: Chip | undefined): readonly DebugPinTaking[] {
  return program === undefined || row === undefined ? [] : debugPinTakings(program, row);
}

/** What the project lacks. What is there, but broken or not readable, is not missing. */
function notesOf({ program, iocs, cprojects, paths }: ProjectFacts, noChip: boolean): string[] {
  const notes: string[] = [];
  const kinds = new Set([...paths].map(projectFileKind));
  // A folder without a project has a finding of its own, and a list of what is missing says no more.
  if (!isProject([...paths].map((path) => ({ path })))) return [];
  if (program === undefined) {
    const built = kinds.has("program") ? "No built program could be read" : "No built program was found";
    notes.push(`${built}: what only the program shows was not checked.`);
  }
  // STM32CubeIDE's projects have one as a rule; those of other tools do without.
  if (!kinds.has("ioc") && (cprojects.length > 0 || kinds.has("launch"))) notes.push("No .ioc was found.");
  if (iocs.length > 1) {
    notes.push(`There are ${iocs.length} .ioc files here: the folder of one project alone gives surer results.`);
  }
  if (!kinds.has("launch") && !kinds.has("vscode") && !kinds.has("platformio"))
    notes.push("No debug configuration (.launch, .vscode/launch.json) was found.");
  // With a program it is a finding.
  if (noChip && program === undefined) notes.push("Nothing names the chip: what depends on the chip was not checked.");
  return notes;
}
