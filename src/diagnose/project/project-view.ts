import { baseName } from "../../base/paths.ts";
import type { Conclusion } from "../rule.ts";
import type { DebugPinTaking } from "./debug-pin-code.ts";
import type { ChipClaim, JudgedChip, LiveChip } from "./project-chip.ts";
import type { ProjectFacts } from "./read-project.ts";

/** What the checks look at. */
export interface ProjectView {
  readonly facts: ProjectFacts;
  readonly claims: readonly ChipClaim[];
  readonly chip: JudgedChip | undefined;
  readonly live: LiveChip | undefined;
  /** Serial numbers of the probes that are attached, if that was asked. */
  readonly probes: readonly string[] | undefined;
  /** True when every file of the project is among the paths, so that what is not there is missing. */
  readonly complete: boolean;
  /** Where the program takes the debug pins away; found when first asked for. */
  readonly takings: () => readonly DebugPinTaking[];
}

/** A check: what it finds wrong with a project. */
export type ProjectCheck = (view: ProjectView) => readonly Conclusion[];

/** A debug configuration in words: `The debug configuration blinky Debug.launch`. */
export function configurationName(file: string, name?: string): string {
  return name === undefined || name === ""
    ? `the debug configuration ${baseName(file)}`
    : `the debug configuration "${name.slice(0, 80)}" of ${file}`;
}

/** The same at the beginning of a sentence. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * A path of a debug configuration as it would be among the project's files: every place it may mean. `undefined` when it
 * depends on variables that only the IDE knows, or is outside of the project.
 */
export function projectPaths(text: string, file: string, folder = ""): string[] | undefined {
  const plain = text
    .trim()
    .replaceAll("\\", "/")
    .replace(/^\$\{(workspaceFolder|workspaceRoot|ProjDirPath|cwd)\}\/?/, "")
    .replace(/^\$\{workspace_loc:\/[^}/]*\}\/?/, "")
    .replace(/^\$\{workspace_loc:\/[^}/]*\/([^}]*)\}/, "$1");
  if (plain === "" || plain.includes("${") || /^([A-Za-z]:|\/)/.test(plain)) return undefined;
  const home = file.includes("/") ? file.replace(/\/[^/]*$/, "/").replace(/(^|\/)\.vscode\/$/, "$1") : "";
  const bases = ["", home, folder === "" ? "" : `${folder.replace(/\/$/, "")}/`];
  const paths = bases.map((base) => normal(`${base}${plain}`));
  return paths.some((path) => path === undefined) ? undefined : [...new Set(paths as string[])];
}

/** Without `.` and `..`; `undefined` when it leads out of the project. */
function normal(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** Whether one of these paths is among the project's files; the case of letters does not count, as on Windows. */
export function isThere(view: ProjectView, paths: readonly string[]): boolean {
  const known = new Set([...view.facts.paths].map((path) => path.toLowerCase()));
  return paths.some((path) => known.has(path.toLowerCase()));
}
