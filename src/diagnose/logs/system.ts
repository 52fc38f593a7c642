/** What the operating system says of a program that it could not start, or had to end. */
import { type LogReader, line, type Said, say } from "./log-reader.ts";
import { notForThisMachine } from "./other-processor.ts";

/** A library's name without the quotation marks that systems put around it. */
function bare(name: string): string {
  return name.replace(/^['"`‘“]+|['"`’”:;,.]+$/g, "");
}

/** Programs that debug or program an STM32, by the names of their files; a path before it and an extension behind. */
const name = String.raw`((?:[\w.:\\/-]{0,160}[/\\])?(?:openocd|st-(?:flash|util|info|trace)|pyocd|probe-rs|cargo-(?:flash|embed)|(?:arm-none-eabi-)?gdb(?:-multiarch)?|stm32_programmer(?:_cli)?|st-link_(?:gdbserver|cli)|stlink-server|stm32cubeprogrammer|dfu-util|jlink\w{0,20})(?:\.exe|\.sh)?)`;
const program = `["'\`]?${name}["'\`]?`;

/** Names of these programs, as words of which every line about one has one. */
const programWords = [
  "openocd",
  "st-flash",
  "st-util",
  "st-info",
  "pyocd",
  "probe-rs",
  "cargo-flash",
  "arm-none-eabi-gdb",
  "stm32_programmer_cli",
];

/** That a command is not there, or is none, as Windows and shells say it in several languages. */
const notFoundAnywhere = [
  "could(?: ?n.t| not) be found",
  "can(?: ?n.t|not) be found",
  "nicht gefunden|falsch geschrieben|nicht als [^:]{0,40}erkannt",
  "introuvable|pas reconnue?",
  "no se (?:reconoce|encontr|ha encontrado)|no encontrad[ao]",
  "n[\u00e3a]o (?:\u00e9|e|foi) (?:reconhecid|encontrad)[ao]",
  "non (?:\u00e8|e'?) (?:riconosciut|stat)[ao]|comando non trovato",
  "niet (?:herkend|gevonden)",
  "nie (?:jest rozpoznawan|znaleziono)",
  "\u043d\u0435 (?:\u044f\u0432\u043b\u044f\u0435\u0442\u0441\u044f|\u043d\u0430\u0439\u0434\u0435\u043d)",
  "\u4e0d\u662f\u5185\u90e8|\u672a\u627e\u5230\u547d\u4ee4",
  "\u5185\u90e8\u30b3\u30de\u30f3\u30c9|\u30b3\u30de\u30f3\u30c9\u304c\u898b\u3064\u304b",
].join("|");

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
      new RegExp(`(?:command not found|unknown command): *${program}$`, "i"),
      notFound,
    ),
    // Scripts that look for a program by themselves.
    line(
      "not found",
      10,
      new RegExp(`^(?:error: *)?${program} (?:is |was |could )?not (?:be )?found\\b`, "i"),
      notFound,
    ),
    // cmd and PowerShell.
    line(
      "is not recognized as",
      10,
      new RegExp(`${program} is not recognized as (?:an internal or external command|(?:the|a) name of a cmdlet)`, "i"),
      notFound,
    ),
    // In other languages and other words: the name quoted or before a colon, and then that it is not there.
    line(
      programWords,
      10,
      new RegExp(`(?:["']${name}["']|(?:^|\\s)${name} ?:)[^:]{0,80}?(?:${notFoundAnywhere})`, "i"),
      (match) => [say("path-missing", { what: "other", path: match[1] ?? match[2] })],
    ),
    // Runtimes that start a program: Node, Python.
    line(
      ["spawn ", "no such file or directory: "],
      10,
      new RegExp(String.raw`(?:\bspawn |no such file or directory: )${program}(?: ENOENT|$)`, "i"),
      notFound,
    ),
    // Go: `exec: "openocd": executable file not found in $PATH`.
    line(
      "exec: ",
      10,
      new RegExp(`\\bexec: ${program}: (?:executable )?file (?:not found|does not exist)`, "i"),
      notFound,
    ),
    // west: `FATAL ERROR: required program openocd not found; install it or add its location to PATH`.
    line("required program", 10, new RegExp(`required program ${program} (?:is )?not found`, "i"), notFound),
    // A board's own list of what may flash it.
    line(
      ["does not support runner", "runner configured"],
      8,
      /does not support runner (\w{2,30})|no '(\w{2,30})' runner configured/i,
      (match) => [say("option-unknown", { option: `the runner ${match[1] ?? match[2]}`, refused: "value" })],
    ),
    // cargo runs `cargo-flash` for `cargo flash`.
    line(
      ["no such command", "no such subcommand"],
      10,
      /no such (?:sub)?command:? {0,2}\W?(flash|embed)\b/i,
      (match) => [say("path-missing", { what: "other", path: `cargo-${match[1].toLowerCase()}` })],
    ),
    // Python without the package, or without the one that speaks USB.
    line(
      "no module named",
      10,
      /no module named ["']?(pyocd|usb|libusb\w*|hid|cmsis_pack_manager|serial|intelhex|elftools|pylink)\b/i,
      (match) => [say("path-missing", { what: /^pyocd$/i.test(match[1]) ? "other" : "library", path: match[1] })],
    ),
    // A program for another processor: the kernel's words, the shell's, and those of macOS and Windows.
    line(
      [
        "exec format error",
        "cannot execute binary file",
        "bad cpu type in executable",
        "not compatible with the version of windows",
      ],
      10,
      /exec format error|cannot execute binary file|bad cpu type in executable|not compatible with the version of windows/i,
      ({ input }) => notForThisMachine(input),
    ),
    // STATUS_DLL_NOT_FOUND, by which Windows ends a program that it could not load.
    line(["0xc0000135", "1073741515", "3221225781"], 10, /\b0xc0000135\b|-1073741515\b|\b3221225781\b/i, () => [
      say("path-missing", { what: "library", path: "a DLL of the program" }),
    ]),
    // libusb on macOS.
    line("opened for exclusive access", 10, /another process has device opened for exclusive access/i, () => [
      say("operating-system", { name: "macos" }),
      say("probe-trouble", { what: "busy", detail: "opened for exclusive access" }),
    ]),
    // ld.so(8).
    line("error while loading shared libraries", 10, /error while loading shared libraries: *(\S+?): /i, (match) => [
      say("path-missing", { what: "library", path: bare(match[1]) }),
    ]),
    // dyld of macOS.
    line("library not loaded", 10, /(?:dyld.{0,20}: *)?library not loaded: *(\S+)/i, (match) => [
      say("path-missing", { what: "library", path: bare(match[1]) }),
    ]),
    // Java, in which ST's windows and IDE are written, and that of Eclipse's launcher.
    line("java runtime environment", 10, /java runtime environment\b.{0,60}\bmust be available/i, () => [
      say("path-missing", { what: "other", path: "Java" }),
    ]),
    line(
      ["jvm terminated", "failed to load the jni", "javafx runtime components", "unsupportedclassversionerror"],
      10,
      /\bjvm terminated\. exit code *= *(?!0\b)|failed to load the jni shared library|javafx runtime components are missing|\bunsupportedclassversionerror\b/i,
      () => [
        say("version-mismatch", {
          between: "The program and the Java that it was started with (ST's tools bring their own, in the folder jre),",
        }),
      ],
    ),
    line(
      "unsatisfiedlinkerror",
      10,
      /unsatisfiedlinkerror: *(?:can't load library:? *|no )?([^\s:]{3,200}?)(?: in java\.library\.path.*|: .*)?$/i,
      (match) => [say("path-missing", { what: "library", path: bare(match[1]) })],
    ),
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
