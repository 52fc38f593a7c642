import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The command that starts `probity`: a program and its first words. */
export function ownProgram(): readonly string[] {
  const here = fileURLToPath(import.meta.url);
  // Built, the command line is a few files in one folder, with the executables beside them.
  if (extname(here) === ".js") return [process.execPath, join(dirname(here), "probity.js")];
  return [process.execPath, ...process.execArgv, process.argv[1]];
}
