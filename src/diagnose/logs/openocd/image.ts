/** What OpenOCD's readers of program files say of a file that they cannot take, and of a form that they do not know. */
import { type LinePattern, line, say } from "../log-reader.ts";

/** Endings of files that are read in their own patterns. */
const known = /\.(?:cfg|tcl|elf|hex|bin|s19|srec|axf|out|ihex|mot|uf2)\b/i;

export const imagePatterns: readonly LinePattern[] = [
  // A drive and no separators: Tcl took the backslashes for escapes, and what they made (a new line, a blank) cuts the path.
  line("couldn't open", 3, /couldn'?t open *["'{]?([a-z]:[^\\/"'{}<>|]{1,250})$/i, (match) =>
    known.test(match[1]) ? [] : [say("path-missing", { what: "program", path: match[1].trim() })],
  ),
  line(
    ["program ", "flash write_image "],
    0,
    /\b(?:program|flash write_image(?: (?:erase|unlock))*) [{"']*([^\s{}"']{1,250}\.bin)[}"']* (0x[0-9a-f]{1,8})\b/i,
    (match) => [say("image-raw", { path: match[1], address: Number(match[2]) })],
  ),
  line(
    ["invalid elf file", "cannot read elf", "cannot seek to elf", "cannot find elf"],
    8,
    /invalid elf file\b|cannot (?:read|seek to|find) elf (?:file|segment|program)/i,
    () => [say("image-unusable", {})],
  ),
  line(
    ["unhandled ihex", "unhandled s19", "premature end of", "incorrect record checksum", "too many sections found"],
    8,
    /(?:unhandled|premature end of|checksum found in|too many sections found in) (?:ihex|s19)\b/i,
    () => [say("image-unusable", {})],
  ),
  line("failed buffering ihex image", 8, /failed buffering ihex image/i, () => [say("image-unusable", {})]),
  // Two parts of one file for the same place: a boot loader and a program that were merged, most often.
  line("section at 0x", 8, /section at 0x[0-9a-f]{1,16} overlaps section ending at/i, () => [
    say("image-unusable", { overlaps: true }),
  ]),
  line("flash write aborted", 6, /^(?:error: *)?flash write aborted\.?$/i),
  line("unknown image type", 8, /unknown image type: *(\S{1,40}?)(?:,|$)/i, (match) => [
    say("option-unknown", { option: match[1] }),
  ]),
];
