import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Parts } from "../engine/lockstep.ts";
import type { MakeCpu } from "./virtual-core.ts";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * The virtual CPU with one place of its source changed, built from a copy: shows that the differential test would see
 * such a mistake. `change` gets the file's text and must return another one.
 */
export async function mutant(
  file: string,
  change: (text: string) => string,
): Promise<{ make: MakeCpu; parts: Parts; drop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "probity-mutant-"));
  const drop = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of ["base", "sim/cpu", "sim/time"]) {
      cpSync(join(source, part), join(folder, part), { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
    }
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const path = join(folder, "sim/cpu", file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${file} has changed: the mutation finds nothing to break`);
    writeFileSync(path, after);
    const url = pathToFileURL(join(folder, "sim/cpu/cortex-m3.ts")).href;
    const { CortexM3 } = (await import(/* @vite-ignore */ url)) as typeof import("../../src/sim/cpu/cortex-m3.ts");
    const memory = pathToFileURL(join(folder, "sim/cpu/translator/guest-memory.ts")).href;
    const { GuestMemory } = (await import(/* @vite-ignore */ memory)) as Pick<Parts, "GuestMemory">;
    return { make: (host, config) => new CortexM3(host, config), parts: { CortexM3, GuestMemory }, drop };
  } catch (error) {
    drop();
    throw error;
  }
}

/** In the interpreter's switch, the part of one opcode, by the comment with its name. */
export function changeOpcode(name: string, from: RegExp, to: string): (text: string) => string {
  return (text) => {
    const start = text.indexOf(`// ${name}\n`);
    const end = text.indexOf("continue;", start);
    if (start < 0 || end < 0) return text;
    return text.slice(0, start) + text.slice(start, end).replace(from, to) + text.slice(end);
  };
}
