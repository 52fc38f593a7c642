/** Programs that a system could not start for being built for another processor. */
import { type Said, say } from "./log-reader.ts";

/** A file that holds a program for the chip, by its name; a path with blanks where it is quoted. */
const forChip =
  /["'\u2018`]([^"'\u2019`]{1,250}\.(?:elf|axf|out))["'\u2019`]|([^\s"']{1,250}\.(?:elf|axf|out))(?=[\s"':,;)]|$)/i;

/** The program for the chip itself was started, or another one that is not of this machine's kind. */
export function notForThisMachine(text: string): Said[] {
  const match = forChip.exec(text);
  return match === null
    ? [say("version-mismatch", { between: "The program and this machine (it is built for another processor)" })]
    : [say("image-launched", { path: match[1] ?? match[2] })];
}
