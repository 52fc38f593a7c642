/** Runs of pyOCD by different Pythons in one log: what one of them sees and another does not. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";

/**
 * Which Python a command line names: `py -3.11`, `python3.9`, or the folder that its pyocd is in. Empty: whichever comes
 * first in the path, which may be one of those.
 */
function pythonOf(before: string): string {
  const named = /(?:^|\s)((?:\S*[\\/])?(?:py(?:thon)?(?:\d[\d.]*)?)(?:\.exe)?(?: +-\d[\d.]*\S*)?) +-m *$/i.exec(
    before,
  )?.[1];
  const folder = /(?:^|\s)(\S{1,200}[\\/])$/.exec(before)?.[1];
  const python = named ?? folder ?? "";
  return /\d|[\\/]/.test(python) ? python : "";
}

export const pyocdPythons: readonly LinePattern[] = [
  line("pyocd", 0, /^(.{0,200}?)\bpyocd(?:\.exe)? +[\w-]/i, (match, { memory }) => {
    memory.set("python", pythonOf(match[1]));
    return [];
  }),
  // A row of `pyocd list`.
  line(
    ["stlink", "st-link", "stm32 stlink"],
    0,
    /^\d{1,2}\s{2,}\S.{0,60}?st-?link.{0,40}?\s{2,}[0-9a-f]{12,32}\b/i,
    (_, { memory, line: at }) => {
      memory.set("listed-by", { line: at, python: memory.get("python") ?? "" });
      return [];
    },
  ),
];

/** Notes that a run found no probe. */
export function noteNoneFound(memory: Map<string, unknown>): void {
  memory.set("none-by", memory.get("python") ?? "");
}

/** A probe that the pyOCD of one Python lists, and that of another does not. */
export function finishPythons(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const listed = memory.get("listed-by") as { readonly line: LogLine; readonly python: string } | undefined;
  const none = memory.get("none-by") as string | undefined;
  if (listed === undefined || none === undefined || listed.python === none) return [];
  const by = listed.python === "" ? "the pyOCD of another Python" : `the pyOCD of ${listed.python}`;
  return [{ line: listed.line, said: say("probe-seen", { by }) }];
}
