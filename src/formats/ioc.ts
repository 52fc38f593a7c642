import { projectFileError } from "./project-file-error.ts";
import { printable } from "./project-text.ts";

/** A value with the line it stands in, counted from 1. */
export interface IocEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** A project of STM32CubeMX: keys and values as a Java properties file has them, in the order of the file. */
export interface IocFile {
  readonly fileName: string;
  readonly entries: readonly IocEntry[];
  /** The entry of a key. Of a key that stands twice, the last counts, as for Java's Properties. */
  readonly entry: (key: string) => IocEntry | undefined;
}

/** The longest line that STM32CubeMX writes is a list of parameters of some kilobytes. */
const LONGEST_LINE = 1_000_000;

/**
 * Reads a `.ioc`. Throws `ioc-malformed`, with file and line, for a line that is neither empty, nor a comment, nor
 * `key=value`, and for a file that names no microcontroller (`Mcu.*`).
 */
export function readIoc(text: string, fileName: string): IocFile {
  const entries: IocEntry[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = lines[index].trimStart();
    if (content.startsWith("#") || content.startsWith("!")) continue;
    // A backslash at the end joins the next line; one that is itself escaped does not (java.util.Properties.load).
    while (isContinued(lines[index]) && index + 1 < lines.length && content.length <= LONGEST_LINE) {
      index++;
      content = content.slice(0, -1) + lines[index].trimStart();
    }
    if (content.trim() === "") continue;
    if (content.length > LONGEST_LINE) throw malformed(fileName, line, "it is longer than any that STM32CubeMX writes");
    const middle = separator(content);
    if (middle <= 0) throw malformed(fileName, line, `"${printable(content)}" is no key=value`);
    entries.push({
      key: unescaped(content.slice(0, middle).trimEnd()),
      value: unescaped(content.slice(middle + 1).trimStart()),
      line,
    });
  }
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  if (!entries.some(({ key }) => key.startsWith("Mcu."))) {
    throw projectFileError(
      "ioc-malformed",
      fileName,
      undefined,
      "it names no microcontroller (no key begins with Mcu.)",
      ["Open the project in STM32CubeMX and save it again; or take an older version of the file from version control."],
    );
  }
  return { fileName, entries, entry: (key) => byKey.get(key) };
}

/** True when an odd number of backslashes ends the line. */
function isContinued(line: string): boolean {
  let count = 0;
  while (count < line.length && line[line.length - 1 - count] === "\\") count++;
  return count % 2 === 1;
}

/** The first `=` or `:` that no backslash stands before. */
function separator(line: string): number {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === "=" || line[at] === ":") return at;
  }
  return -1;
}

function unescaped(text: string): string {
  return text.replace(/\\(u([0-9a-fA-F]{4})|[\s\S])/g, (_, whole: string, code: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return { n: "\n", r: "\r", t: "\t", f: "\f" }[whole] ?? whole;
  });
}

function malformed(fileName: string, line: number, what: string) {
  return projectFileError("ioc-malformed", fileName, line, what, [
    "Undo the edit that broke the line, or take the file from version control; STM32CubeMX cannot open it either.",
  ]);
}
