import { baseName } from "../../base/paths.ts";
import { printable } from "../../formats/project-text.ts";

/** A file of a project as the caller found it. One with neither text nor bytes is only known to be there. */
export interface ProjectFile {
  /** Relative to the project's folder, with `/` between its parts. */
  readonly path: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** When it was last written, in ms since 1970. */
  readonly modified?: number;
}

/** Which reader a file is for, by its name; `undefined` for a file that the checks do not read. */
export type ProjectFileKind =
  | "ioc"
  | "launch"
  | "cproject"
  | "vscode"
  | "linker-script"
  | "program"
  | "loader"
  | "platformio"
  | "build-text";

/** Tells what a file is by its name. */
export function projectFileKind(path: string): ProjectFileKind | undefined {
  const name = baseName(path).toLowerCase();
  if (name.endsWith(".ioc")) return "ioc";
  if (name.endsWith(".launch")) return "launch";
  if (name === ".cproject") return "cproject";
  if (name === "launch.json" && /(^|\/)\.vscode\/[^/]*$/i.test(path)) return "vscode";
  if (name === "platformio.ini") return "platformio";
  if (name === "cmakelists.txt" || name === "makefile" || name.endsWith(".mk") || name.endsWith(".cmake"))
    return "build-text";
  if (name === ".config" && /(^|\/)zephyr\/\.config$/i.test(path)) return "build-text";
  if (name.endsWith(".ld")) return "linker-script";
  if (/\.(elf|axf|out)$/.test(name)) return "program";
  return /\.(stldr|flm)$/.test(name) ? "loader" : undefined;
}

/** The folder of a path, with its `/`; empty for a file at the top. */
export function folderOf(path: string): string {
  return path.replace(/[^/]*$/, "");
}

/** `board.ioc, line 3: Mcu.CPN=STM32F103C8T6`: how evidence quotes a setting of a file. */
export function quoted(file: string, line: number, key: string, value: string | number | boolean | null): string {
  return `${file}, line ${line}: ${printable(key, 80)}=${printable(String(value), 160)}`;
}
