import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** What V8 compiled of a source. */
export interface CompiledCode {
  readonly code: Buffer;
  /** The program had run for a while: what it does in its usual life is in it, and not what one `--version` needs alone. */
  readonly settled: boolean;
}

/** Behind the code: its length, and 1 when it is {@link CompiledCode.settled}; little-endian words. */
const TRAILER = 8;

/** Compiled code that was not written for so long, in milliseconds, is taken for that of a version that is gone. */
const MONTH = 30 * 24 * 3600 * 1000;

/**
 * Where this user's programs keep what can be made again; `undefined` where that is not known, or where
 * `NODE_DISABLE_COMPILE_CACHE` is set, as for Node's own cache of this kind.
 */
export function compiledCodeFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (environment.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const { XDG_CACHE_HOME: cache, LOCALAPPDATA: local, HOME: home } = environment;
  if (platform === "win32") return local ? join(local, "probity", "Cache") : undefined;
  if (cache) return join(cache, "probity");
  if (!home) return undefined;
  return platform === "darwin" ? join(home, "Library", "Caches", "probity") : join(home, ".cache", "probity");
}

/** The file of what was compiled of a source, by this machine's V8. `stamp` differs whenever the source does. */
export function compiledCodeFile(folder: string, name: string, stamp: string): string {
  return join(folder, `${name}-${stamp}-${process.versions.v8}-${process.arch}.code`);
}

/**
 * What {@link keepCompiledCode} wrote; `undefined` when it is not there, not whole, or not this user's: whoever can write
 * the file decides what this program does.
 */
export function keptCompiledCode(file: string): CompiledCode | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const { uid, size } = fstatSync(descriptor);
    if (process.getuid !== undefined && uid !== process.getuid()) return undefined;
    const bytes = readFileSync(descriptor);
    const length = size - TRAILER;
    if (length <= 0 || bytes.length !== size || bytes.readUInt32LE(length) !== length) return undefined;
    return { code: bytes.subarray(0, length), settled: bytes.readUInt32LE(length + 4) === 1 };
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Writes it whole or not at all, and removes what is old beside it. Where that can't be done, nothing is kept. */
export function keepCompiledCode(folder: string, file: string, compiled: CompiledCode): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const other = join(folder, name);
      if (/\.code(\.\d+)?$/.test(name) && Date.now() - statSync(other).mtimeMs > MONTH) rmSync(other, { force: true });
    }
    const part = `${file}.${process.pid}`;
    try {
      writeThrough(part, compiled);
      renameSync(part, file);
    } catch {
      rmSync(part, { force: true });
    }
  } catch {
    // A folder that can't be used: every start compiles.
  }
}

/** All of it is on the disk when this returns: a name that is there before its content is worse than none. */
function writeThrough(path: string, { code, settled }: CompiledCode): void {
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeUInt32LE(code.length);
  trailer.writeUInt32LE(settled ? 1 : 0, 4);
  const descriptor = openSync(path, "wx", 0o600);
  try {
    for (const bytes of [code, trailer]) writeAll(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
