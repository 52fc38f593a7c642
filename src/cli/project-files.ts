import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { ProbityError } from "../base/errors.ts";
import { type ProjectFile, projectFileKind } from "../diagnose/project/project-file.ts";

/** The files of a project as they were found. */
export interface FoundProject {
  readonly folder: string;
  readonly files: readonly ProjectFile[];
  /** False when something was left out: too deep, too many, unreadable. */
  readonly complete: boolean;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

export interface ProjectLimits {
  /** Folders in one another. */
  readonly depth: number;
  /** Files and folders in all. */
  readonly entries: number;
  /** Bytes of a text file, and of a program or loader. */
  readonly textBytes: number;
  readonly binaryBytes: number;
  /** Programs whose bytes are read, the newest first. */
  readonly programs: number;
}

const usual: ProjectLimits = {
  depth: 12,
  entries: 50_000,
  textBytes: 8 * 1024 * 1024,
  binaryBytes: 64 * 1024 * 1024,
  programs: 6,
};

/** Folders in which no project keeps what is looked for here. */
const passed = new Set([".git", ".svn", ".hg", "node_modules", ".metadata", "CMakeFiles", ".cache", "__pycache__"]);

interface Entry {
  readonly path: string;
  readonly full: string;
  readonly size: number;
  readonly modified: number;
}

/**
 * Walks through a project's folder and reads what `diagnoseProject` looks at; every other file is only listed. Links to
 * folders are followed once, so that a loop ends. What cannot be read is left out and noted. Throws
 * `project-folder-missing` and `project-folder-unreadable`.
 */
export function findProjectFiles(folder: string, limits: ProjectLimits = usual): FoundProject {
  const root = resolve(folder);
  checkFolder(root, folder);
  const walk = new Walk(root, limits);
  walk.enter(root, 0);
  const programs = newest(
    walk.entries.filter(({ path }) => projectFileKind(path) === "program"),
    limits.programs,
  );
  const files = walk.entries.map(({ path, full, size, modified }): ProjectFile => {
    const kind = projectFileKind(path);
    const binary = kind === "program" || kind === "loader";
    if (kind === undefined || (kind === "program" && !programs.has(path))) return { path, modified };
    if (size > (binary ? limits.binaryBytes : limits.textBytes)) {
      walk.leaveOut(`${path} is too large to be read (${size} bytes)`, false);
      return { path, modified };
    }
    try {
      const bytes = new Uint8Array(readFileSync(full));
      return binary ? { path, bytes, modified } : { path, text: new TextDecoder().decode(bytes), modified };
    } catch (error) {
      walk.leaveOut(`${path} cannot be read (${codeOf(error)})`, false);
      return { path, modified };
    }
  });
  return { folder: root, files, complete: walk.complete, notes: walk.notes };
}

class Walk {
  readonly entries: Entry[] = [];
  readonly notes: string[] = [];
  complete = true;
  readonly #root: string;
  readonly #limits: ProjectLimits;
  readonly #seen = new Set<string>();
  #count = 0;

  constructor(root: string, limits: ProjectLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  enter(folder: string, depth: number): void {
    let names: string[];
    try {
      const real = realpathSync(folder);
      if (this.#seen.has(real)) return;
      this.#seen.add(real);
      names = readdirSync(folder).sort();
    } catch (error) {
      this.leaveOut(`the folder ${this.#path(folder)} cannot be read (${codeOf(error)})`, true);
      return;
    }
    const folders: string[] = [];
    for (const name of names) {
      if (++this.#count > this.#limits.entries) {
        if (this.#count === this.#limits.entries + 1)
          this.leaveOut(`the project has more than ${this.#limits.entries} files; the rest was not looked at`, true);
        return;
      }
      const full = join(folder, name);
      try {
        const stat = statSync(full);
        if (stat.isDirectory()) {
          if (!passed.has(name)) folders.push(full);
        } else if (stat.isFile()) {
          this.entries.push({ path: this.#path(full), full, size: stat.size, modified: stat.mtimeMs });
        }
      } catch (error) {
        // A link that leads nowhere is no file; anything else is.
        if (!isLink(full)) this.leaveOut(`${this.#path(full)} cannot be looked at (${codeOf(error)})`, true);
      }
    }
    for (const next of folders) {
      if (depth + 1 > this.#limits.depth)
        this.leaveOut(`${this.#path(next)} is too deep down and was not looked at`, true);
      else this.enter(next, depth + 1);
    }
  }

  leaveOut(what: string, missing: boolean): void {
    if (missing) this.complete = false;
    if (this.notes.length < 20) this.notes.push(what);
  }

  #path(full: string): string {
    const path = relative(this.#root, full).split(sep).join("/");
    return path === "" ? basename(full) : path;
  }
}

function newest(programs: readonly Entry[], count: number): Set<string> {
  const sorted = [...programs].sort((a, b) => b.modified - a.modified || (a.path < b.path ? -1 : 1));
  return new Set(sorted.slice(0, count).map(({ path }) => path));
}

function checkFolder(root: string, given: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(root).isDirectory();
  } catch (cause) {
    throw new ProbityError(
      "project-folder-missing",
      `The project folder ${given} cannot be opened (${codeOf(cause)}).`,
      {
        facts: { folder: root },
        remedy: ["Give the folder that holds the .ioc, the .launch or the .vscode folder."],
        cause,
      },
    );
  }
  if (isFolder) return;
  throw new ProbityError("project-folder-missing", `${given} is a file, not a project's folder.`, {
    facts: { folder: root },
    remedy: ["Give the folder that holds it."],
  });
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
