import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The command that starts `probity`: a program and its first words. */
export function ownProgram(): readonly string[] {
  const here = fileURLToPath(import.meta.url);
  // Built, all of the command line is one file, and the executables are beside it.
  if (basename(here) === "cli.js") return [process.execPath, join(dirname(here), "probity.js")];
  return [process.execPath, ...process.execArgv, process.argv[1]];
}
