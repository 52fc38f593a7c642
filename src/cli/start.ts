import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { Script } from "node:vm";
import { setBranchHints } from "../sim/cpu/translator/branch-hints.ts";
import { compiledCodeFile, compiledCodeFolder, keepCompiledCode, keptCompiledCode } from "./compiled-code.ts";

/** Milliseconds after which what was compiled is kept, so that a program that is killed has done it. */
const PATIENCE = 2000;

/** What a built file exports. */
type Exports = Record<string, unknown>;
type Wrapped = (exports: Exports, require: (name: string) => unknown, module: object, filename: string) => void;

/**
 * The beginning of both executables as built: runs `main` of the command line, which stands beside this file. Of the time
 * until a server waits, compiling it would be the greatest part: so what V8 compiles is kept for the next time.
 */
export function start(program: string): Promise<void> {
  const { main } = load("cli.js") as { main: (program: string, words: readonly string[]) => Promise<void> };
  return main(program, process.argv.slice(2));
}

/** A file of this folder, run as a CommonJS module: it is a comment with its stamp and its
 * encoding, and the function of the module. */
function load(name: string): Exports {
  const path = join(__dirname, name);
  const nodes = createRequire(path);
  const bytes = readFileSync(path);
  const [, stamp, coding] = /^\/\*(\w+) (\w+)\*\//.exec(bytes.toString("latin1", 0, 80)) ?? [];
  // What is ASCII alone is read and compiled the quickest as Latin 1.
  const source = bytes.toString(coding === "latin1" ? "latin1" : "utf8");
  const folder = compiledCodeFolder();
  const file =
    folder === undefined || stamp === undefined ? undefined : compiledCodeFile(folder, basename(name, ".js"), stamp);
  const kept = file === undefined ? undefined : keptCompiledCode(file);
  const script = new Script(source, { filename: path, ...(kept !== undefined && { cachedData: kept.code }) });
  const taken = kept !== undefined && script.cachedDataRejected === false;
  if (folder !== undefined && file !== undefined && !(taken && kept.settled)) {
    keepOnce(script, taken, (code, settled) => keepCompiledCode(folder, file, { code, settled }));
  }
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapped;
  run(module.exports, (id) => (id.startsWith("./") ? load(id.slice(2)) : nodes(id)), module, path);
  return module.exports;
}

/** Keeps what is compiled after a while; or at the end, unless that of such a short run is kept already. */
function keepOnce(script: Script, shortIsKept: boolean, keep: (code: Buffer, settled: boolean) => void): void {
  const plain = new Script("0").createCachedData();
  let asked = 0;
  // V8 compares versions, flags and the length of the source; one that it has compiled before it does not look at again.
  const flagsAreAsTheyWere = (): boolean =>
    new Script(String(++asked), { cachedData: plain }).cachedDataRejected === false;
  let settled = false;
  // Code is taken back under the same flags of V8 only, and the next start begins without those of the translator.
  const keepNow = (): void => {
    const changed = !flagsAreAsTheyWere();
    if (changed) setBranchHints(false);
    if (flagsAreAsTheyWere()) keep(script.createCachedData(), settled);
    if (changed) setBranchHints(true);
  };
  if (!shortIsKept) process.once("exit", keepNow);
  setTimeout(() => {
    settled = true;
    process.off("exit", keepNow);
    keepNow();
  }, PATIENCE).unref();
}
