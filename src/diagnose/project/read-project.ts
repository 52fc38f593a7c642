import { isProbityError, type ProbityError } from "../../base/errors.ts";
import { baseName } from "../../base/paths.ts";
import { type CprojectFile, readCproject } from "../../formats/cproject.ts";
import { readLaunch } from "../../formats/eclipse-launch.ts";
import { type Stm32Launch, stm32Launch } from "../../formats/eclipse-launch-stm32.ts";
import { type IocFile, readIoc } from "../../formats/ioc.ts";
import { type IocSettings, iocSettings } from "../../formats/ioc-settings.ts";
import { type LinkerScript, readLinkerScript } from "../../formats/linker-script.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { checkText } from "../../formats/project-text.ts";
import { readLoader } from "../../formats/read-loader.ts";
import { readVscodeLaunch, type VscodeLaunchFile } from "../../formats/vscode-launch.ts";
import { type BuildMention, buildMentions, type PlatformioFile, platformioMentions, readIni } from "./build-texts.ts";
import { chooseProgram, type ProjectProgram } from "./choose-program.ts";
import { type ProjectFile, projectFileKind } from "./project-file.ts";

/** What a project's files say, each with the lines it says it in. */
export interface ProjectFacts {
  readonly iocs: readonly { readonly ioc: IocFile; readonly settings: IocSettings }[];
  /** Debug configurations of STM32CubeIDE. */
  readonly launches: readonly Stm32Launch[];
  readonly cprojects: readonly CprojectFile[];
  readonly vscode: readonly VscodeLaunchFile[];
  readonly linkerScripts: readonly LinkerScript[];
  /** What platformio.ini, Makefile, CMakeLists.txt and Zephyr's .config at the top of the project say of the chip. */
  readonly builds: readonly BuildMention[];
  readonly platformio: readonly PlatformioFile[];
  /** The program that the checks look at. */
  readonly program: ProjectProgram | undefined;
  /** Loaders among the files that a debug configuration names, by file name in lower case. */
  readonly loaders: ReadonlyMap<string, LoaderFile>;
  /** Files that could not be read, and why. */
  readonly broken: readonly ProbityError[];
  /** Every path, read or not. */
  readonly paths: ReadonlySet<string>;
  /** What the user should know of how the files were chosen. */
  readonly notes: readonly string[];
}

/**
 * Reads the files of a project. Pure: whoever calls it brings the files. A file that is broken is in
 * {@link ProjectFacts.broken}; the others are read all the same.
 */
export function projectFacts(files: readonly ProjectFile[]): ProjectFacts {
  const broken: ProbityError[] = [];
  const attempt = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!isProbityError(error)) throw error;
      broken.push(error);
      return undefined;
    }
  };
  const texts = (kind: string): { path: string; text: string }[] =>
    files
      .filter(({ path }) => projectFileKind(path) === kind)
      .flatMap(({ path, text, bytes }) => {
        if (text !== undefined) return [{ path, text }];
        return bytes === undefined ? [] : [{ path, text: new TextDecoder().decode(bytes) }];
      })
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const read = <Value>(kind: string, reader: (text: string, path: string) => Value | undefined): Value[] =>
    texts(kind).flatMap(
      ({ path, text }) =>
        attempt(() => {
          checkText(text, path);
          return reader(text, path);
        }) ?? [],
    );
  const launches = read("launch", (text, path) => stm32Launch(readLaunch(text, path)));
  const chosen = chooseProgram(
    files.filter(({ path, bytes }) => projectFileKind(path) === "program" && bytes !== undefined),
    launches.flatMap(({ program }) => (program === undefined ? [] : [program.value.replaceAll("\\", "/")])),
  );
  broken.push(...chosen.broken);
  const vscode = read("vscode", readVscodeLaunch);
  const platformio = read("platformio", (text, path) => ({ fileName: path, settings: readIni(text) }));
  const wanted = loaderNames(launches, vscode);
  const loaders = new Map<string, LoaderFile>();
  for (const { path, bytes } of files) {
    const name = baseName(path).toLowerCase();
    // Loaders that merely lie about are nobody's concern.
    if (projectFileKind(path) !== "loader" || bytes === undefined || !wanted.has(name) || loaders.has(name)) continue;
    const loader = attempt(() => readLoader(bytes, path));
    if (loader !== undefined) loaders.set(name, loader);
  }
  return {
    iocs: read("ioc", (text, path) => {
      const ioc = readIoc(text, path);
      return { ioc, settings: iocSettings(ioc) };
    }),
    launches,
    cprojects: read("cproject", readCproject),
    vscode,
    builds: [
      ...platformio.flatMap(platformioMentions),
      // Further down are libraries' own builds, for any chip; Zephyr's .config lies two folders down.
      ...texts("build-text")
        .filter(({ path }) => !path.includes("/") || path.endsWith(".config"))
        .flatMap(({ path, text }) => buildMentions(text, path)),
    ],
    platformio,
    linkerScripts: read("linker-script", readLinkerScript),
    program: chosen.program,
    loaders,
    broken,
    paths: new Set(files.map(({ path }) => path)),
    notes: chosen.notes,
  };
}

/** File names, in lower case, of the loaders that debug configurations name. */
function loaderNames(launches: readonly Stm32Launch[], vscode: readonly VscodeLaunchFile[]): Set<string> {
  const paths = [
    ...launches.flatMap(({ loaders }) => loaders.map(({ path }) => path)),
    ...vscode.flatMap(({ configurations }) =>
      configurations.flatMap(({ values }) => values.flatMap(({ value }) => (typeof value === "string" ? value : []))),
    ),
  ];
  return new Set(paths.map((path) => baseName(path).toLowerCase()));
}
