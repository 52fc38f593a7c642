import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { isProbityError, ProbityError } from "../base/errors.ts";
import type { LoaderFile } from "../formats/loader-file.ts";
import { readLoader } from "../formats/read-loader.ts";
import { nearNames, someNames } from "./near-names.ts";

/** Folders, separated as PATH is, in which loaders are looked for by name. */
export const loaderFoldersVariable = "PROBITY_LOADERS";

/** Larger than any loader: the RAM of no STM32 holds more. */
const LARGEST_FILE = 64 * 1024 * 1024;
const loaderName = /\.(stldr|flm)$/i;

/** Where loaders are looked for by name, in order: ExternalLoader of `-cp`, PROBITY_LOADERS, the working folder. */
export function loaderFolders(cubeProgrammer: string, environment: string | undefined): string[] {
  const folders = cubeProgrammer === "" ? [] : [join(cubeProgrammer, "ExternalLoader")];
  folders.push(...(environment ?? "").split(delimiter).filter((folder) => folder !== ""));
  return [...folders, "."];
}

/**
 * The file that a loader's name means: a path as it is, a bare name in the first of the folders that has it. Throws
 * `loader-not-found`, with the folders that were searched and the names that come near, or `loader-unreadable` for what
 * is no file.
 */
export function findLoader(name: string, folders: readonly string[]): string {
  const isPath = /[\\/]/.test(name);
  const candidates = isPath ? [name] : folders.map((folder) => join(folder, name));
  const found = candidates.find((path) => isFile(path));
  if (found !== undefined) return found;
  const known = listLoaderFiles(isPath ? [dirname(name)] : folders);
  const leaveOut = "Or take the external loader out of the debug configuration, if the program does not need it.";
  const other = candidates
    .map((path) => ({ path, kind: name === "" ? undefined : kindOf(path) }))
    .find(({ kind }) => kind);
  if (other !== undefined) {
    throw new ProbityError("loader-unreadable", `The external loader ${name} is ${other.kind}, not a file.`, {
      facts: { loader: name, path: resolve(other.path) },
      remedy: [
        ...(other.kind === "a folder" ? [theOnes("In it are", listLoaderFiles([other.path]))] : []),
        "Name the loader's file itself (.stldr or .FLM).",
        leaveOut,
      ],
    });
  }
  const near = nearNames(
    basename(name),
    known.map((path) => basename(path)),
  );
  const cause =
    name === "" ? "An external loader was asked for, but its name is empty." : `There is no external loader ${name}.`;
  throw new ProbityError("loader-not-found", cause, {
    facts: { loader: name, searched: (isPath ? [resolve(name)] : folders.map((folder) => resolve(folder))).join(", ") },
    remedy: [
      ...(near.length > 0 ? [`Did you mean ${near.join(" or ")}?`] : []),
      `Give the loader's full path, or put its folder into ${loaderFoldersVariable}.`,
      ...(near.length === 0 && known.length > 0 ? [theOnes(isPath ? "In that folder are" : "There are", known)] : []),
      leaveOut,
    ],
  });
}

function theOnes(words: string, paths: readonly string[]): string {
  return paths.length === 0 ? "No loader is in it." : `${words}: ${someNames(paths.map((path) => basename(path)))}.`;
}

/** What is there instead of a file; undefined where nothing is, or a file. */
function kindOf(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (found.isFile()) return undefined;
    if (found.isDirectory()) return "a folder";
    return found.isFIFO() ? "a pipe" : found.isSocket() ? "a socket" : "a device";
  } catch {
    return undefined;
  }
}

/** Reads a loader. Throws what {@link readLoader} throws, `loader-unreadable`, or `loader-not-found`. */
export function openLoader(name: string, folders: readonly string[]): LoaderFile {
  const path = findLoader(name, folders);
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > LARGEST_FILE) throw new Error("it is larger than any loader");
    bytes = readFileSync(path);
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new ProbityError("loader-unreadable", `The loader ${path} cannot be read (${system}).`, {
      facts: { path, system },
      remedy: ["Correct the path, or the permissions of the file."],
      cause,
    });
  }
  return readLoader(bytes, path);
}

/** Every loader file in the folders; a name that an earlier folder has hides later ones. */
export function listLoaderFiles(folders: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const name of namesIn(folder).sort()) {
      const path = join(folder, name);
      if (loaderName.test(name) && !found.has(name) && isFile(path)) found.set(name, path);
    }
  }
  return [...found.values()];
}

/** The loaders in the folders that are what they seem to be; the others come with the reason. */
export function readLoaders(
  folders: readonly string[],
): { readonly path: string; readonly loader?: LoaderFile; readonly problem?: string }[] {
  return listLoaderFiles(folders).map((path) => {
    try {
      return { path: resolve(path), loader: openLoader(path, [""]) };
    } catch (error) {
      return { path: resolve(path), problem: isProbityError(error) ? error.message : String(error) };
    }
  });
}

/** A folder that is missing, is a file, or must not be read holds no loaders, as with PATH. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
