import { isProbityError, type ProbityError } from "../../base/errors.ts";
import { type LineTable, readLineTable } from "../../formats/dwarf-line.ts";
import { type ElfFile, readElf } from "../../formats/elf.ts";
import { type BuildAttributes, readBuildAttributes } from "../../formats/elf-attributes.ts";
import { type ElfSymbol, readElfSymbols } from "../../formats/elf-symbols.ts";
import type { ProjectFile } from "./project-file.ts";

/** The program of a project. */
export interface ProjectProgram {
  readonly path: string;
  readonly elf: ElfFile;
  readonly symbols: readonly ElfSymbol[];
  readonly attributes: BuildAttributes | undefined;
  readonly lines: LineTable | undefined;
}

export interface ChosenProgram {
  readonly program: ProjectProgram | undefined;
  /** What was wrong with programs that were tried before, if they are for this kind of chip at all. */
  readonly broken: readonly ProbityError[];
  readonly notes: readonly string[];
}

/**
 * Takes the program that was built last; of those without a time, or with the same one, that which a debug configuration
 * names, then `Debug`, then `Release`. Programs for other machines (tests that run on the PC) are passed over.
 */
export function chooseProgram(files: readonly ProjectFile[], named: readonly string[]): ChosenProgram {
  const rank = ({ path }: ProjectFile): number => {
    if (named.includes(path)) return 0;
    return /(^|\/)Debug\//i.test(path) ? 1 : /(^|\/)Release\//i.test(path) ? 2 : 3;
  };
  const sorted = [...files].sort(
    (a, b) => (b.modified ?? 0) - (a.modified ?? 0) || rank(a) - rank(b) || (a.path < b.path ? -1 : 1),
  );
  const broken: ProbityError[] = [];
  const passed: string[] = [];
  for (const file of sorted) {
    try {
      const program = readProgram(file.path, file.bytes ?? new Uint8Array());
      return { program, broken, notes: [why(file, sorted, named), ...passed] };
    } catch (error) {
      if (!isProbityError(error)) throw error;
      if (error.code === "elf-foreign" || error.code === "elf-not-linked") passed.push(`Passed over: ${error.message}`);
      else broken.push(error);
    }
  }
  return { program: undefined, broken, notes: passed };
}

function readProgram(path: string, bytes: Uint8Array): ProjectProgram {
  const elf = readElf(bytes, path);
  return { path, elf, symbols: readElfSymbols(elf), attributes: attributesOf(elf), lines: readLineTable(elf) };
}

function attributesOf(elf: ElfFile): BuildAttributes | undefined {
  try {
    return readBuildAttributes(elf);
  } catch (error) {
    if (!isProbityError(error)) throw error;
    // Damaged attributes tell nothing of the core; the program itself is judged without them.
    return undefined;
  }
}

function why(file: ProjectFile, all: readonly ProjectFile[], named: readonly string[]): string {
  const others = all.length - 1;
  if (others === 0) return `The program looked at is ${file.path}, the only one.`;
  const rivals = all.filter(({ path, modified }) => path !== file.path && (modified ?? 0) === (file.modified ?? 0));
  const reason =
    rivals.length === 0
      ? "the newest"
      : named.includes(file.path)
        ? "the one that a debug configuration names"
        : "the first by folder";
  return `The program looked at is ${file.path}, ${reason} of ${all.length}.`;
}
