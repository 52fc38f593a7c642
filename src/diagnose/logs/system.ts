/** What the operating system says of a program that it could not start, or had to end. */
import { type LogReader, line, say } from "./log-reader.ts";

/** A library's name without the quotation marks that systems put around it. */
function bare(name: string): string {
  return name.replace(/^['"`‘“]+|['"`’”:;,.]+$/g, "");
}

export const system: LogReader = {
  tools: ["system"],
  patterns: [
    // ld.so(8).
    line("error while loading shared libraries", 10, /error while loading shared libraries: *(\S+?): /i, (match) => [
      say("path-missing", { what: "library", path: bare(match[1]) }),
    ]),
    // dyld of macOS.
    line("library not loaded", 10, /(?:dyld.{0,20}: *)?library not loaded: *(\S+)/i, (match) => [
      say("path-missing", { what: "library", path: bare(match[1]) }),
    ]),
    // The dialog of Windows.
    line(
      ["the code execution cannot proceed", "the program can't start"],
      10,
      /(?:code execution cannot proceed|program can'?t start) because *(\S+\.dll)/i,
      (match) => [say("path-missing", { what: "library", path: bare(match[1]) })],
    ),
    line(
      "symbol lookup error",
      10,
      /(?:^|[\s/\\])([^\s/\\]+): symbol lookup error: *(\S+): undefined symbol/i,
      (match) => [
        say("version-mismatch", { between: `${match[1]} and the libraries that ${bare(match[2])} is loaded with` }),
      ],
    ),
    // Marks of quotation may be lost on the way into a forum.
    line("not found (required by", 10, /version [`'‘"]?([\w.]+)['’"]? not found \(required by/i, (match) => [
      say("version-mismatch", { between: `The program and this system's libraries (${match[1]} is asked for)` }),
    ]),
  ],
};
