import { type LinePattern, line, say } from "./log-reader.ts";

/** A program whose file is named as Windows has it: what an error number means depends on the system. */
export const runOnWindows: LinePattern = line("exe", 0, /[\w-]\.exe\b/i, () => [
  say("operating-system", { name: "windows" }),
]);
