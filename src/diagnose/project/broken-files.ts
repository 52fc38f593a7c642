import type { ProbityError } from "../../base/errors.ts";
import { printable } from "../../formats/project-text.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { type ProjectFile, projectFileKind } from "./project-file.ts";

/** Files, or folders, that whoever collected the files was not allowed to read. */
export interface UnreadPath {
  readonly path: string;
  /** `EACCES`. */
  readonly why: string;
}

/** So many files are told each by itself; of more, their number and the first names. */
const EACH = 3;
const NAMES = 10;

/** Files that are not what their names say, each with the line that breaks it. */
export function brokenFiles(broken: readonly ProbityError[], files: readonly ProjectFile[]): Conclusion[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const each = broken.slice(0, EACH).map(({ message, remedy, facts }) => {
    const told = conclusion("project-file-broken", {
      certainty: "certain",
      values: { message: message.replace(/\.$/, "") },
      evidence: [lineOf(texts.get(String(facts.file)), facts) ?? "the file was read as the tool that owns it reads it"],
      subject: message,
    });
    // The reader knows what helps for its kind of file.
    return remedy.length > 0 ? { ...told, remedy } : told;
  });
  const rest = broken.slice(EACH);
  if (rest.length === 0) return each;
  return [
    ...each,
    conclusion("project-file-broken", {
      certainty: "certain",
      values: { message: `${rest.length} more ${rest.length === 1 ? "file" : "files"} of the project cannot be read` },
      evidence: firstOf(rest.map(({ message }) => message)),
      subject: "the rest",
      weight: 0,
    }),
  ];
}

/** `board.ioc, line 3: Mcu.Family`: the line as it stands in the file. */
function lineOf(text: string | undefined, { file, line }: ProbityError["facts"]): string | undefined {
  if (text === undefined || typeof line !== "number") return undefined;
  const found = text.split(/\r\n|\r|\n/, line)[line - 1];
  return found === undefined ? undefined : `${file}, line ${line}: ${printable(found.trim(), 100)}`;
}

function firstOf(all: readonly string[]): string[] {
  const more = all.length - NAMES;
  return more > 0 ? [...all.slice(0, NAMES), `and ${more} more`] : [...all];
}

/** Files that must not be read: what is in them was not checked, so that nothing can be said to be right. */
export function unreadPaths(unread: readonly UnreadPath[]): Conclusion[] {
  const [first] = unread;
  if (first === undefined) return [];
  const others = unread.length - 1;
  const what = `${first.path}${others === 0 ? "" : ` and ${others} more`}`;
  return [
    conclusion("project-unreadable", {
      certainty: "certain",
      values: { what },
      evidence: firstOf(unread.map(({ path, why }) => `${path}: ${why}`)),
      weight: 60,
    }),
  ];
}

/** A folder in which nothing of a project is. A linker script alone is none: toolchains bring hundreds. */
export function emptyProject(
  files: readonly ProjectFile[],
  unread: readonly UnreadPath[],
  complete: boolean,
): Conclusion[] {
  if (isProject(files) || isProject(unread)) return [];
  const names = files.slice(0, 5).map(({ path }) => path);
  return [
    conclusion("project-empty", {
      certainty: complete ? "certain" : "likely",
      values: {},
      evidence: [
        files.length === 0
          ? "no file is there at all"
          : `${files.length} ${files.length === 1 ? "file" : "files"} looked through, such as ${names.join(", ")}`,
        ...(complete ? [] : ["not everything was looked through"]),
      ],
      weight: 90,
    }),
  ];
}

/** True when one of these is a file that makes a folder a project. */
export function isProject(files: readonly { readonly path: string }[]): boolean {
  return files.some(({ path }) => {
    const kind = projectFileKind(path);
    return kind !== undefined && kind !== "linker-script" && kind !== "loader" && kind !== "build-text";
  });
}
