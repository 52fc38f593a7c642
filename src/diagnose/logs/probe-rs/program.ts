/** What probe-rs prints of the program: its file, its panics and faults, breakpoints. */
import { type LinePattern, line, say } from "../log-reader.ts";

export const programErrors: readonly LinePattern[] = [
  // The program's own words, as defmt and log print them behind a time stamp; what the tool says of itself has (HOST) before it.
  line(
    ["info ", "debug ", "trace ", "warn ", "error "],
    0,
    /^(?:[\d.:]{1,20} +)?\[?(?:info|debug|trace|warn|error)\]? +(.{1,300})/i,
    (match, { memory }) => {
      const runs = memory.get("programmed") === true || memory.get("reset") === true;
      if (runs && !/^error\b/i.test(match.input)) memory.set("printed", match[1]);
      return [];
    },
  ),
  // It stopped at a breakpoint of its own code, or at an exception that is caught: which, the frames below may tell.
  line("cpu halted unexpectedly", 8, /cpu halted unexpectedly/i, ({ input }) => [
    say("unknown-error", { text: input }),
  ]),
  // Of exceptions it has the core stop at HardFault (DEMCR.VC_HARDERR), which takes the others unless they have handlers.
  line("firmware exited unexpectedly: exception", 8, /firmware exited unexpectedly: exception\b/i, (_, { memory }) =>
    memory.get("panicked") === true ? [] : [say("exception-active", { number: 3, unnamed: true })],
  ),
  line("no available hardware breakpoints", 8, /no available hardware breakpoints/i, () => [
    say("breakpoints-exhausted", {}),
  ]),
  line("the core has to be halted", 8, /the core has to be halted for (?:the|this) operation/i, () => [
    say("halt-failed", {}),
  ]),
  // Of the two that go together one is there: the symbol comes with defmt's part of the linker script, or defmt itself.
  line(["section found, but no version"], 8, /\bdefmt\W{1,3}section found, but no version symbol/i, () => [
    say("rtt-missing", { logger: false }),
  ]),
  line(
    "defmt ",
    8,
    /defmt (?:wire format )?version mismatch: firmware is using ([\w.-]{1,30}),? `?([\w-]{1,30})`? supports ([\w.-]{1,30})/i,
    (match) => [
      say("version-mismatch", {
        between: `The program's defmt (${match[1]}) and ${match[2]}, which reads ${match[3]},`,
      }),
    ],
  ),
  line(
    [
      "no loadable elf sections",
      "no loadable segments",
      "could not read elf",
      "unknown file magic",
      "failed to parse elf",
      "failed to read or decode",
    ],
    6,
    /no loadable (?:elf sections|segments)|(?:could not read|failed to parse) (?:the )?elf|unknown file magic|failed to read or decode the (?:elf|ihex|uf2) file/i,
    () => [say("image-unusable", {})],
  ),
  // Sections of the file that claim the same place, or a description of the chip that lacks memory which the tool needs.
  line("adding data for addresses", 8, /adding data for addresses .{0,60} overlaps previously added data/i, () => [
    say("image-unusable", { overlaps: true }),
  ]),
  // The file's level, and below it the system's word for why.
  line(
    [
      "failed to open the elf file",
      "failed to open the chip description",
      "an io error has occurred while reading",
      "failed to open binary file",
    ],
    8,
    /failed to open the (?:elf file|chip description) '([^']{1,250})'|an io error has occurred while reading the firmware file|failed to open binary file/i,
    (match, { memory }) => {
      memory.set("file", match[1] ?? "");
      return [];
    },
  ),
  line(
    "no such file or directory",
    0,
    /^(?:\d{1,2}: *)?no such file or directory \(os error 2\)$/i,
    (_, { memory }) => {
      const file = memory.get("file") as string | undefined;
      memory.delete("file");
      return file === undefined
        ? []
        : [
            say("path-missing", {
              what: file.endsWith("ml") ? "config" : "program",
              ...(file !== "" && { path: file }),
            }),
          ];
    },
  ),
  line("can't find elf file at", 8, /can'?t find elf file at [`'"]?([^`'"]{1,250}?)[`'"]?;/i, (match) => [
    say("path-missing", { what: "program", path: match[1] }),
  ]),
  // What the program itself prints of its panic; a tool's own names a thread of the computer's.
  line(
    "panicked at ",
    4,
    /^(?!.*\bthread ')(?:[\d.:]{1,20} +)?(?:\[?(?:error|info)\]? *)?(?:[\w:]{1,40} *)?panicked at ['"\w/]/i,
    (_, { memory }) => {
      memory.set("panicked", true);
      return [say("stop", { function: "rust_begin_unwind" })];
    },
  ),
  // probe-run's verdict, below its backtrace. A stack that runs over faults where it cannot go on.
  line("the program panicked", 5, /^\(host\) error +the program panicked\.?$/i, (_, { memory }) => {
    if (memory.get("panicked") === true) return [];
    // Older releases say so of every HardFault: a panic ends in one, and has its own frames below it.
    if (memory.has("faulted") && memory.get("panic-frame") !== true) return [];
    memory.set("panicked", true);
    return [say("stop", { function: "rust_begin_unwind" })];
  }),
  line("the program has overflowed its stack", 8, /the program has overflowed its stack/i, (_, { memory }) => {
    memory.delete("faulted");
    return [say("exception-active", { number: 3 })];
  }),
  line(
    ["rust_begin_unwind", "core::panicking", "panic"],
    0,
    /^\d{1,2}: (?:rust_begin_unwind|core::panicking|\w*panic)/i,
    (_, { memory }) => {
      memory.set("panic-frame", true);
      return [];
    },
  ),
  // A frame of that backtrace: whether the fault was a panic's, what stands below it tells.
  line("hardfault", 0, /^\d{1,2}: hardfault(?:_?trampoline|_?handler|_)?$/i, (_, { line: found, memory }) => {
    memory.set("faulted", found);
    return [];
  }),
  line(
    ["hardfault", "firmware exited"],
    5,
    /(?:frame \d+: *|\bfirmware (?:exited|reached).*?)(hardfault(?:_?trampoline|_?handler)?)/i,
    (match, { memory }) =>
      // A panic's last instruction is an undefined one (udf), so that a debugger sees it as a HardFault.
      memory.get("panicked") === true
        ? []
        : [say("exception-active", { number: 3 }), say("stop", { function: match[1] })],
  ),
  line("the program has exited", 5, /the program has (?:exited|crashed)|device (?:halted|reached a) .*hardfault/i),
];
