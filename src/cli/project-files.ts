import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { ProbityError } from "../base/errors.ts";
import type { UnreadPath } from "../diagnose/project/broken-files.ts";
import { type ProjectFile, projectFileKind } from "../diagnose/project/project-file.ts";

/** The files of a project as they were found. */
export interface FoundProject {
  readonly folder: string;
  readonly files: readonly ProjectFile[];
  /** False when something was left out: too deep, too many, unreadable. */
  readonly complete: boolean;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** Files that are for the checks, and folders, that the system does not let one read. */
  readonly unread: readonly UnreadPath[];
}

/** What is asked of the disk; a test can give another. */
export interface Disk {
  readonly list: (folder: string) => string[];
  readonly read: (file: string) => Uint8Array;
  /** ms, for the limit of time. */
  readonly now: () => number;
}

const realDisk: Disk = {
  list: (folder) => readdirSync(folder),
  read: (file) => new Uint8Array(readFileSync(file)),
  now: () => performance.now(),
};

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
  /** ms that the walk may take. */
  readonly time: number;
}

const usual: ProjectLimits = {
  depth: 12,
  entries: 50_000,
  textBytes: 8 * 1024 * 1024,
  binaryBytes: 64 * 1024 * 1024,
  programs: 6,
  time: 10_000,
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
export function findProjectFiles(folder: string, limits: ProjectLimits = usual, disk: Disk = realDisk): FoundProject {
  const root = resolve(folder);
  checkFolder(root, folder);
  const walk = new Walk(root, limits, disk);
  walk.run();
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
      const bytes = disk.read(full);
      return binary ? { path, bytes, modified } : { path, text: new TextDecoder().decode(bytes), modified };
    } catch (error) {
      walk.unread.push({ path, why: codeOf(error) });
      return { path, modified };
    }
  });
  return { folder: root, files, complete: walk.complete, notes: walk.notes, unread: walk.unread };
}

/** Level by level, so that where it has to stop, what lies near the top was seen. */
class Walk {
  readonly entries: Entry[] = [];
  readonly notes: string[] = [];
  readonly unread: UnreadPath[] = [];
  complete = true;
  readonly #root: string;
  readonly #limits: ProjectLimits;
  readonly #disk: Disk;
  readonly #seen = new Set<string>();
  #count = 0;

  constructor(root: string, limits: ProjectLimits, disk: Disk) {
    this.#root = root;
    this.#limits = limits;
    this.#disk = disk;
  }

  run(): void {
    const { depth: deepest, entries: most, time } = this.#limits;
    const end = this.#disk.now() + time;
    let level = [this.#root];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > deepest) {
        const more = level.length > 1 ? ` and ${level.length - 1} more folders are` : " is";
        this.leaveOut(`${this.#path(level[0])}${more} too deep down and not looked at`, true);
        return;
      }
      const next: string[] = [];
      for (const folder of level) {
        for (const name of this.#names(folder)) {
          if (++this.#count > most) {
            this.leaveOut(`the project has more than ${most} files; the rest was not looked at`, true);
            return;
          }
          if (this.#disk.now() > end) {
            this.leaveOut(`after ${time / 1000} s and ${this.#count} files the rest was not looked at`, true);
            return;
          }
          this.#look(join(folder, name), name, next);
        }
      }
      level = next;
    }
  }

  #names(folder: string): string[] {
    try {
      const real = realpathSync(folder);
      if (this.#seen.has(real)) return [];
      this.#seen.add(real);
      return this.#disk.list(folder).sort();
    } catch (cause) {
      if (folder === this.#root) throw unreadable(this.#root, codeOf(cause), cause);
      this.complete = false;
      this.unread.push({ path: `${this.#path(folder)}/`, why: codeOf(cause) });
      return [];
    }
  }

  #look(full: string, name: string, folders: string[]): void {
    try {
      const stat = statSync(full);
      if (stat.isDirectory()) {
        if (!passed.has(name)) folders.push(full);
      } else if (stat.isFile()) {
        this.entries.push({ path: this.#path(full), full, size: stat.size, modified: stat.mtimeMs });
      }
    } catch (error) {
      // A link that leads nowhere is no file; anything else is.
      if (isLink(full)) return;
      this.complete = false;
      this.unread.push({ path: this.#path(full), why: codeOf(error) });
    }
  }

  leaveOut(what: string, missing: boolean): void {
    if (missing) this.complete = false;
    if (this.notes.length < 20) this.notes.push(what);
  }

  #path(full: string): string {
    const path = relative(this.#root, full).split(sep).join("/");
    // The path is for showing and for comparing; the file is opened by its full name.
    return path === "" ? basename(full) : path.replace(/\p{Cc}/gu, "?");
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

function unreadable(folder: string, why: string, cause: unknown): ProbityError {
  return new ProbityError("project-folder-unreadable", `The project folder ${folder} cannot be read (${why}).`, {
    facts: { folder },
    remedy: ["Look at its owner and permissions (ls -ld), or run the command as the user who owns it."],
    cause,
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
