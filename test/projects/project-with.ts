import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../src/diagnose/finding.ts";
import {
  diagnoseProject,
  type ProjectCircumstances,
  type ProjectDiagnosis,
} from "../../src/diagnose/project/diagnose-project.ts";
import type { ProjectFile } from "../../src/diagnose/project/project-file.ts";
import { buildSample, type Sample } from "./build-sample.ts";
import { sampleProjects, withAttribute } from "./sample-projects.ts";

export const KiB = 1024;
/** What is attached: an STM32F103C8 on a Blue Pill. */
export const bluePill = {
  deviceId: 0x410,
  name: "STM32F103x8/xB",
  flashBytes: 64 * KiB,
  ramRegions: [{ base: 0x20000000, size: 20 * KiB }],
};

/** A loader file of the repository as a file of a project. */
export const loaderFile = (name: string, as = name) => ({
  path: `loaders/${as}`,
  bytes: new Uint8Array(readFileSync(fileURLToPath(new URL(`../../firmware/loaders/${name}`, import.meta.url)))),
});

type Edit = (text: string) => string;

/** What is different from the healthy project. */
export interface Changes extends ProjectCircumstances {
  readonly ioc?: Edit | null;
  readonly launch?: Edit | null;
  readonly cproject?: Edit;
  readonly vscode?: Edit | null;
  readonly script?: Edit;
  /** How the program is built; `null` for a project that is not built yet. */
  readonly program?: Sample | null;
  readonly more?: readonly ProjectFile[];
}

const built = new Map<string, Uint8Array>();

/** Diagnoses the healthy project with changes. */
export function diagnoseWith({ program = {}, more = [], chip, probes, complete, ...edits }: Changes): ProjectDiagnosis {
  const paths = {
    ioc: "blinky.ioc",
    launch: "blinky Debug.launch",
    cproject: ".cproject",
    vscode: ".vscode/launch.json",
    script: "STM32F103C8TX_FLASH.ld",
  } as const;
  const files: ProjectFile[] = [];
  for (const [name, path] of Object.entries(paths)) {
    const edit = edits[name as keyof typeof paths];
    const text = sampleProjects.healthy.texts[path];
    if (edit === null) continue;
    const changed = edit?.(text) ?? text;
    if (edit !== undefined && changed === text) throw new Error(`the change of ${path} changes nothing`);
    files.push({ path, text: changed });
  }
  if (program !== null) {
    const key = `${JSON.stringify(program)} ${program.script}`;
    const bytes = built.get(key) ?? buildSample(program);
    built.set(key, bytes);
    files.push({ path: "Debug/blinky.elf", bytes });
  }
  return diagnoseProject([...files, ...more], { chip, probes, complete });
}

/** Code and certainty of every finding. */
export function told(changes: Changes): [code: string, certainty: string][] {
  return diagnoseWith(changes).findings.map(({ code, certainty }) => [code, certainty]);
}

/** The one finding there is. */
export function only(changes: Changes): Finding {
  const { findings } = diagnoseWith(changes);
  if (findings.length !== 1)
    throw new Error(`there are ${findings.map(({ code }) => code).join(", ") || "no findings"}`);
  return findings[0];
}

/** Changes an attribute of the .launch. */
export const attribute =
  (key: string, value: string): Edit =>
  (text) =>
    withAttribute(text, key, value);

export const replaced =
  (old: string, by: string): Edit =>
  (text) =>
    text.replaceAll(old, by);

export const both =
  (...edits: readonly Edit[]): Edit =>
  (text) =>
    edits.reduce((now, edit) => edit(now), text);
