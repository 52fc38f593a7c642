/**
 * Failures in words that any program may use: of shells, runtimes and build tools that start a debug tool, of USB
 * libraries and of linkers. Read where no reader of a tool's own words understood the line.
 */
import type { FactValues } from "../facts.ts";
import { computerPatterns, finishComputer } from "./computer.ts";
import { crashPatterns } from "./crashes.ts";
import { type LinePattern, type LogLine, type LogReader, line, type Said, say } from "./log-reader.ts";
import { notForThisMachine } from "./other-processor.ts";
import { sourcePatterns } from "./program-source.ts";
import { isSerialPort, serialPortPatterns } from "./serial-ports.ts";
import { toldInWords } from "./told-in-words.ts";
import { usbErrorText } from "./usb-errors.ts";
import { hexValue } from "./values.ts";

type Missing = FactValues["path-missing"]["what"];

/** What a file is by the end of its name. */
function kindOf(path: string): Missing {
  if (/\.(?:elf|axf|bin|hex|out|s19|srec|uf2|dfu)$/i.test(path)) return "program";
  if (/\.(?:cfg|tcl|json|ya?ml|svd|ld|ini|conf|toml|ioc|gdb|gdbinit|pack|pdsc)$/i.test(path)) return "config";
  if (/\.(?:stldr|flm)$/i.test(path)) return "loader";
  if (/\.(?:dll|dylib|so(?:\.[\d.]+)?)$/i.test(path)) return "library";
  return "other";
}

/** A file or program that is not there; by chance it is none that matters. */
function missing(path: string | undefined): Said[] {
  const bare = path?.trim().replace(/^["'`‘“{]+|["'`’”},;]+$/g, "");
  if (bare === undefined || bare === "") return [say("path-missing", { what: "other", doubtful: true })];
  if (isSerialPort(bare)) return [say("serial-port-failed", { port: bare, why: "missing" })];
  return [say("path-missing", { what: kindOf(bare), path: bare, doubtful: true })];
}

function missingAt(group: number): LinePattern["facts"] {
  return (match) => missing(match[group]);
}

/** An error number of the system's: not there, or not allowed to be run. */
function startFailed(path: string, code: number): Said[] {
  if (code === 8 || code === 193 || code === 216 || code === 86) return notForThisMachine(path);
  return missing(path);
}

/** Words that stand around a path in a message. */
const quoted = String.raw`["'\`‘“]?`;
const path = String.raw`([^"'\`’”]{1,250}?)`;
const unquoted = String.raw`["'\`’”]?`;

const starts: readonly LinePattern[] = [
  // dash: `sh: 0: Can't open x.sh`; bash: `bash: x.sh: No such file or directory`, `x: line 3: y: command not found`.
  line(
    ["can't open ", "cannot open "],
    0,
    /^(?:[\w./-]{0,80}sh|python\d?(?:\.exe)?|make(?:\[\d+\])?): (?:\d{1,5}: )?(?:can't|cannot) open (?:file )?["']?([^"':]{1,250})/i,
    missingAt(1),
  ),
  line(
    ["not found", "no such file or directory", "permission denied", "command not found", "is a directory"],
    0,
    /^(?:error: *)?(?:[\w./-]{0,80}(?:sh|env|sudo|xargs|nohup|time|make|make\.exe)(?:\[\d{1,3}\])?): (?:(?:line )?\d{1,6}: )?["']?([^"': ][^"':]{0,250}?)["']?: (?:command )?(?:not found|no such file or directory|permission denied)\.?$/i,
    missingAt(1),
  ),
  line("command not found", 0, /^([\w.+-]{2,60}): command not found$/i, missingAt(1)),
  line("command not found: ", 0, /command not found: *(\S{1,200})$/i, missingAt(1)),
  line(
    "is not recognized as",
    0,
    new RegExp(`^${quoted}${path}${unquoted} {0,3}:? {0,3}.{0,40}is not recognized as `, "i"),
    missingAt(1),
  ),
  // `X not found. Please install it or add it to your PATH`, in one line or two.
  line(
    ["not found"],
    0,
    /^(?:error: *|fatal error: *)?(\S{1,120}?(?:\.sh|\.exe|\.bat|\.cmd|\.py)) (?:was |is )?not found\b/i,
    missingAt(1),
  ),
  // Node, also where a path lost its separators.
  line("spawn ", 0, /\bspawn(?:sync)? (.{1,250}?)\s?(?:ENOENT|EACCES|EPERM|UNKNOWN)\b/i, missingAt(1)),
  // Typed from a screen the error's name may be misspelt; but for what the system lacks itself all mean the program.
  line(
    "spawn ",
    0,
    /\bspawn (\S{1,250}) (?!E(?:MFILE|NFILE|AGAIN|NOMEM|2BIG|NOENT|ACCES|PERM)\b)E[A-Z]{4,8}$/i,
    missingAt(1),
  ),
  line("spawn ", 0, /\bspawn (\S{1,250}?)(?:ENOENT|EACCES)\b/i, missingAt(1)),
  line("enoent", 0, /\bENOENT\b.{0,60}?(?:open|stat|access|scandir|spawn) '([^']{1,250})'/i, missingAt(1)),
  // Windows' error 193, in whatever program's words.
  line(
    ["valid win32", "error 193", "winerror 193", "valid application for this os"],
    0,
    /not a valid (?:win32 application|application for this os)|\b(?:win)?error 193\b/i,
    ({ input }) => notForThisMachine(input),
  ),
  // Java: Arduino 1.x, Eclipse.
  line("cannot run program", 0, /cannot run program "([^"]{1,250})".{0,300}?error=(\d{1,4})/i, (match) =>
    startFailed(match[1], Number(match[2])),
  ),
  line(
    "cannot run program",
    0,
    /cannot run program "([^"]{1,250})"[^:]{0,120}: (?:unknown reason|launching failed)/i,
    (match) => (/\.(?:elf|axf|out)$/i.test(match[1]) ? notForThisMachine(`'${match[1]}'`) : missing(match[1])),
  ),
  // Go: Arduino's command line.
  line("fork/exec", 0, /fork\/exec (\S{1,250}?): (.{1,80})/i, (match) =>
    startFailed(match[1], /exec format|bad cpu|not a valid win32/i.test(match[2]) ? 8 : 2),
  ),
  line("exec: ", 0, /\bexec: "([^"]{1,250})": (?:executable )?file (?:not found|does not exist)/i, missingAt(1)),
  // Python's subprocess and open().
  line(
    ["filenotfounderror", "errno 2", "winerror 2"],
    0,
    /^(?!.*\bport\b.{0,12}\bCOM\d).*\[(?:errno|winerror) 2\][^']{0,120}(?:'([^']{1,250})')?/i,
    missingAt(1),
  ),
  line("permissionerror", 0, /permissionerror: \[(?:errno|winerror) (?:5|13)\][^']{0,60}'([^']{1,250})'/i, (match) =>
    isSerialPort(match[1])
      ? [say("serial-port-failed", { port: match[1], why: "permission" })]
      : /\/dev\/|usb/i.test(match[1])
        ? [say("probe-trouble", { what: "permission" })]
        : missing(match[1]),
  ),
  line(
    "system cannot find the",
    0,
    /^(?!.*\bport\b.{0,12}\bCOM\d).*the system cannot find the (?:file|path|drive) specified/i,
    missingAt(1),
  ),
  // cargo and just: the program stands before the reason.
  line(
    ["could not execute process"],
    0,
    /could not execute process .{0,3}?((?:probe-rs|cargo|openocd|\S*gdb\S*|[\w./-]+)).{0,200}\(never executed\)/i,
    missingAt(1),
  ),
  line(
    ["failed to start", "failed to run", "failed to execute", "could not start", "unable to start", "unable to launch"],
    0,
    /(?:failed|could not|unable) to (?:start|run|execute|launch)(?: (?:the )?(?:process|program|command))? ["'`]([^"'`]{1,250})["'`].{0,60}(?:no such file|not found|does not exist|cannot find)/i,
    missingAt(1),
  ),
  // A shell's status for a command that is not there, passed on by make, ninja, CMake, npm, CI.
  line(
    ["error 127", "exit code 127", "exit code: 127", "exit status 127", "exited with 127", "code 127", "status 127"],
    0,
    /\b(?:error|code|status|with)[: ]+(?:code )?127\b/i,
    () => missing(undefined),
  ),
  // CMake.
  line(
    "is not a full path",
    0,
    /^([\w+-]{2,60}(?:\.exe)?)$|(\S{2,200}) is not a full path and was not found/i,
    (match) => missing(match[1] ?? match[2]),
  ),
  line(
    ["not found in the path", "not found in path", "not in the path", "not on the path", "not in your path"],
    0,
    /["'`]?([\w./\\:+-]{2,200})["'`]? (?:was |is )?(?:not found|not|could not be found) (?:in|on) (?:the |your )?(?:system )?\$?%?path\b/i,
    missingAt(1),
  ),
  line(
    ["does not exist", "doesn't exist", "no such file", "not found"],
    0,
    /["'`]?([\w./\\:+@${}-]{2,250}\.(?:elf|axf|bin|hex|out|cfg|tcl|json|yaml|yml|svd|stldr|flm|ld))["'`]?:? {0,3}(?:does(?: not|n't) exist|no such file|(?:was |is |could )?not (?:be )?found)/i,
    missingAt(1),
  ),
  line(
    ["open file", "open the file", "read file", "load file", "find file"],
    0,
    /(?:unable|failed|could ?n[o']t|cannot|can't) (?:to )?(?:open|read|load|find) (?:the )?file[ :]*["'`]?([^"'`:]{2,250})["'`]?(?=:|$| for\b)/i,
    (match) => {
      // What is opened as a file is not a program to be started, whatever its name ends in.
      const [kind, value] = missing(match[1])[0] as Extract<Said, readonly ["path-missing", unknown]>;
      return [say(kind, { ...value, what: value.what === "other" ? "program" : value.what })];
    },
  ),
  // make, SCons: the program was not built.
  line(
    ["no rule to make target", "source "],
    0,
    /no rule to make target ["'`]?([^"'`\s]{1,250}\.(?:elf|bin|hex))|\bsource [`'"]([^`'"]{1,250})['"] not found, needed by/i,
    (match) => missing(match[1] ?? match[2]),
  ),
  line(
    ["stm32cubeprogrammer", "stm32_programmer_cli"],
    0,
    /\bstm32(?:cubeprogrammer|_programmer_cli)(?:\.exe)? (?:could )?(?:was |is )?not (?:be )?found\b|\b(?:find|locate) (?:the )?stm32(?:cubeprogrammer|_programmer_cli)\b/i,
    ({ input }) =>
      /not|unable|fail|n't/i.test(input) ? [say("path-missing", { what: "stm32cubeprogrammer", doubtful: true })] : [],
  ),
  // VS Code's own C++ debugger.
  line(
    ["midebuggerpath", "unable to determine path to debugger"],
    0,
    /midebuggerpath.{0,20}is invalid|unable to determine path to debugger/i,
    () => [say("path-missing", { what: "other", path: "arm-none-eabi-gdb", doubtful: true })],
  ),
];

const flash: readonly LinePattern[] = [
  // IAR.
  line(
    "verify error",
    0,
    /verify error at address 0x([0-9a-f]{1,8})(?:, *target byte: *0x([0-9a-f]{2}), *byte in file: *0x([0-9a-f]{2}))?/i,
    (match) => [
      say("flash-trouble", {
        operation: "verify",
        reason: "mismatch",
        address: hexValue(match[1]),
        ...(match[3] !== undefined && { found: hexValue(match[2]), expected: hexValue(match[3]) }),
      }),
    ],
  ),
  // PlatformIO and the Arduino IDE count before they upload.
  line(
    ["the program size", "the data size"],
    0,
    /\bthe (program|data) size \((\d{1,9}) bytes\) is greater than maximum allowed \((\d{1,9}) bytes\)/i,
    (match) => [
      say("link-overflow", {
        region: /program/i.test(match[1]) ? "FLASH" : "RAM",
        bytes: Number(match[2]) - Number(match[3]),
      }),
    ],
  ),
  // The linker scripts of the Arduino core for STM32: FLASH begins so far behind its start.
  line("ld_flash_offset=", 0, /\bdefsym[=,]LD_FLASH_OFFSET=(0x[0-9a-f]{1,8}|\d{1,9})\b/i, (match) => {
    const path = / -o "?([^\s"]{1,250})/.exec(match.input)?.[1];
    return [say("image-linked", { offset: Number(match[1]), ...(path !== undefined && { path }) })];
  }),
  // A line of a linker script.
  line("origin", 0, /^(?:FLASH|ROM)\w{0,10}\s*\([rwxail!]{1,6}\)\s*:\s*ORIGIN\s*=\s*(0x0?8[0-9a-f]{6})\b/i, (match) => [
    say("image-linked", { offset: Number(match[1]) - 0x0800_0000 }),
  ]),
  // GNU's linker and LLVM's: the script, or a part of it that another one includes.
  line(
    ["cannot find linker script", "cannot open linker script"],
    0,
    /\bcannot (?:find|open) linker script (?:file )?([\w./\\-]{1,250})/i,
    (match) => [say("path-missing", { what: "config", path: match[1].replace(/[:.]$/, "") })],
  ),
  line(
    ["region ", "section ", "ld.lld"],
    0,
    /\bregion ['"\u2018]?(\w{1,40})['"\u2019]:? overflowed by (\d+) bytes|\bwill not fit in region ['"\u2018]?(\w{1,40})/i,
    ({ 1: named, 2: bytes, 3: unfit }) => {
      return [say("link-overflow", { region: named ?? unfit, ...(bytes !== undefined && { bytes: Number(bytes) }) })];
    },
  ),
  // The drive that an ST-LINK with mass storage shows: FAIL.TXT.
  line("interface firmware", 0, /\binterface firmware failed to reset\/halt the target/i, () => [
    say("wire-answer", { answer: "none" }),
  ]),
  line("application file format", 0, /\bapplication file format is unknown/i, () => [say("image-unusable", {})]),
  // Keil: no programming algorithm of the project's list has that range.
  line("no algorithm found for", 0, /no algorithm found for: *([0-9a-f]{8})h/i, (match) => [
    say("flash-trouble", { operation: "program", reason: "size", address: hexValue(match[1]) }),
  ]),
];

/** Lines of Intel HEX or S-records that are none, in any reader's words. */
const files: readonly LinePattern[] = [
  line(
    ["hex", "ihex", "intel", "intelhex", "s-record", "srec", "s19", "record", "elf"],
    0,
    /\b(?:invalid|bad|corrupt\w*|damaged|malformed|incorrect|wrong|(?:failed|unable|can ?not|could not) (?:to )?parse|parse error|pars(?:ing|e) fail\w*|checksum (?:error|mismatch|fail\w*)).{0,40}\b(?:intel[- ]?hex|i?hex(?: file| record| line)|s-?records?|srec|s19|elf(?: file| header| image))\b|\b(?:intel[- ]?hex|i?hex (?:file|record|line)|s-?records?|srec|s19|elf (?:file|header|image))\b.{0,40}\b(?:invalid|corrupt\w*|damaged|malformed|checksum (?:error|mismatch|fail\w*)|parse error|pars(?:ing|e) fail\w*|cannot be parsed)|hexrecorderror|hexreadererror|\bintelhex\.(?:Record\w{4,20}|EOFRecord|HexRecord|HexReader|NotEnoughData|EmptyIntelHex|\w{4,30}Record)Error\b/i,
    () => [say("image-unusable", {})],
  ),
];

const connections: readonly LinePattern[] = [
  line("econnrefused", 0, /\bECONNREFUSED\b/, (match) => [
    say("client-trouble", { what: "refused", detail: match.input.slice(0, 120) }),
  ]),
  line(
    ["eaddrinuse", "address already in use", "only one usage of each socket"],
    0,
    /(?:EADDRINUSE|address already in use|only one usage of each socket).{0,80}?(?::(\d{2,5}))?\)?$/i,
    (match) => [say("port-taken", { port: Number(match[1] ?? 0), system: "in use" })],
  ),
  line(
    ["connection refused", "connection timed out", "actively refused"],
    0,
    /(?:localhost|127\.0\.0\.1|\[?::1\]?):(\d{2,5})\b.{0,60}(refused|timed out)/i,
    (match) => [say("client-trouble", { what: /refused/i.test(match[2]) ? "refused" : "timed-out" })],
  ),
];

/** Compilers and linkers have options, too. */
const compiler = /^\S{0,200}?(?:gcc|g\+\+|cc1(?:plus)?|clang|\bld|\bas|rustc|cmake|ninja)(?:\.exe)?[: ]/i;

const options: readonly LinePattern[] = [
  // getopt, argparse, clap, Go's flags, .NET's and Node's parsers: they quote the option, or it has its dashes or a colon
  // before it. A word that only goes on ("invalid argument while sending") is a sentence of something else.
  line(
    [
      "unrecognized ",
      "unrecognised ",
      "unknown option",
      "unknown argument",
      "unknown flag",
      "invalid option",
      "invalid choice",
      "illegal option",
      "unexpected argument",
      "found argument",
      "flag provided but not defined",
      "no such option",
      "bad option",
      "wrong option",
      "wrong command",
      "wrong parameter",
      "wrong argument",
      "invalid argument",
      "invalid parameter",
      "unknown parameter",
      "unexpected parameter",
      "requires an argument",
      "invalid value",
    ],
    0,
    /(?:un(?:known|expected|recogni[sz]ed)|invalid|illegal|bad|wrong|no such) (?:options?|arguments?|parameters?|flags?|command(?: |-)line (?:option|argument|parameter)s?|choice)(?: name)?(?::? *(?:--? )?["'`](-{0,2}\w[\w.=-]{0,60})|:? *(-{1,2}\w[\w.=-]{0,60})|: *(\w[\w.=-]{0,60}))|found argument ["'`](-{0,2}[\w-]{1,60})|flag provided but not defined: *(-\S{1,60})|option ["'`]?(-{0,2}[\w-]{1,60})["'`]? requires an argument|invalid value ["'`][^"'`]{1,80}["'`] for ["'`]?(--?[\w-]{1,60})/i,
    (match) =>
      compiler.test(match.input)
        ? []
        : [say("option-unknown", { option: match.slice(1).find((each) => each !== undefined) ?? "an option" })],
  ),
];

/** A device on USB, whatever the tool calls it; a serial port is none of these. */
const aboutUsb =
  /^(?!.*libusb: (?:info|debug|warning))(?!.*(?:\btty|\bcom\d|serial port)).*(?:usb|st-?link|cmsis-?dap|j-?link|\bdfu|debug(?:ger| probe| adapter)?\b|\bhid)/i;
const wentWrong =
  /\b(?:errors?|fail\w*|could ?n[o']t|cannot|can't|unable|denied|busy|in use|LIBUSB_ERROR_\w+|errno|returned -\d{1,2})\b/i;

const usb: readonly LinePattern[] = [
  // libusb on Windows lists every device that has no driver; those of ST with a product ID of 0x37 are its probes.
  line("has no driver", 0, /\bdevice has no driver\b.{0,40}\bVID_0483&PID_37[0-9a-f]{2}/i, () => [
    say("probe-trouble", { what: "driver-missing", detail: "libusb found the device, and no driver for it" }),
  ]),
  line(
    ["usb", "libusb", "st-link", "stlink", "cmsis-dap", "j-link", "jlink", "dfu", "debug", "hid"],
    0,
    /usb|st-?link|cmsis-?dap|j-?link|\bdfu|\bhid|debug/i,
    ({ input }) => {
      if (!wentWrong.test(input) || !aboutUsb.test(input)) return [];
      const said = usbErrorText(input);
      if (said !== undefined) return /libusb|usb|open|claim|access|device/i.test(input) ? [said] : [];
      // Opened or claimed in vain, and no reason told.
      return /\b(?:open|claim|libusb_\w+)/i.test(input) && /usb|st-?link|cmsis/i.test(input)
        ? [say("stage", { stage: "probe-opened", reached: false })]
        : [];
    },
  ),
  // Python's USB library under a tool: the innermost call of a traceback, whose end may be cut off.
  line(
    "file ",
    0,
    /^file "[^"]{0,240}[\\/](?:usb[\\/](?:core|backend[\\/]\w+)|libusb1?|hid(?:api)?|(?:hidapi|pyusb|pywinusb)\w{0,20}|usb1[\\/]__init__)\.py", line \d+, in (?:_?(?:read|write|ctrl_transfer|bulk_(?:read|write)|intr_(?:read|write)|check|exchange|transfer\w*))\b/i,
    (_, { memory, line: at }) => {
      if (!memory.has("usb-call")) memory.set("usb-call", at);
      return [];
    },
  ),
  // The user's ^C broke the call off, which waited.
  line("keyboardinterrupt", 0, /^KeyboardInterrupt\b/, (_, { memory }) => {
    memory.delete("usb-call");
    return [];
  }),
  line(
    ["target board you compiled for is not connected", "no supported devices", "no board detected"],
    0,
    /target board you compiled for is not connected|no supported devices? (?:is |are )?connected/i,
    () => [say("probe-trouble", { what: "none-found" })],
  ),
];

/** A call into the USB library that an exception came out of. */
function usbCall(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const at = memory.get("usb-call") as LogLine | undefined;
  if (at === undefined) return [];
  return [
    {
      line: at,
      said: say("probe-trouble", { what: "usb-error", detail: "a call of the USB library raised an exception" }),
    },
  ];
}

export const anyTool: LogReader = {
  tools: ["other"],
  lastResort: true,
  patterns: [
    ...starts,
    ...options,
    ...crashPatterns,
    ...flash,
    ...files,
    ...connections,
    ...serialPortPatterns,
    ...usb,
    ...computerPatterns,
    ...sourcePatterns,
    ...toldInWords,
  ],
  finish: (memory) => [...finishComputer(memory), ...usbCall(memory)],
};
