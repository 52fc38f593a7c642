/** What the operating system says of a program that it could not start, or had to end. */
import { type LogReader, line, type Said, say } from "./log-reader.ts";

/** A library's name without the quotation marks that systems put around it. */
function bare(name: string): string {
  return name.replace(/^['"`‘“]+|['"`’”:;,.]+$/g, "");
}

/** Programs that debug or program an STM32, by the names of their files; a path before it and an extension behind. */
const program = String.raw`["'\`]?((?:[\w.:\\/-]{0,160}[/\\])?(?:openocd|st-(?:flash|util|info|trace)|pyocd|probe-rs|cargo-(?:flash|embed)|(?:arm-none-eabi-)?gdb(?:-multiarch)?|stm32_programmer_cli|st-link_(?:gdbserver|cli)|stlink-server|jlink\w{0,20})(?:\.exe|\.sh)?)["'\`]?`;

/** A program that a shell, a build tool or a runtime did not find. */
function notFound(match: RegExpExecArray): Said[] {
  return [say("path-missing", { what: "other", path: match[1] })];
}

export const system: LogReader = {
  tools: ["system"],
  patterns: [
    // sh, bash and make: `bash: openocd: command not found`, `sh: 1: openocd: not found`.
    line(
      ["command not found", "not found", "no such file or directory"],
      10,
      new RegExp(String.raw`(?:^|: ?|\s)${program}: *(?:command not found|not found|no such file or directory)$`, "i"),
      notFound,
    ),
    // zsh has it the other way round, fish calls it unknown.
    line(
      ["command not found: ", "unknown command: "],
      10,
      new RegExp(String.raw`(?:command not found|unknown command): *${program}$`, "i"),
      notFound,
    ),
    // cmd and PowerShell.
    line(
      "is not recognized as",
      10,
      new RegExp(
        String.raw`${program} is not recognized as (?:an internal or external command|(?:the|a) name of a cmdlet)`,
        "i",
      ),
      notFound,
    ),
    // Runtimes that start a program: Node, Python.
    line(
      ["spawn ", "no such file or directory: "],
      10,
      new RegExp(String.raw`(?:\bspawn |no such file or directory: )${program}(?: ENOENT|$)`, "i"),
      notFound,
    ),
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
