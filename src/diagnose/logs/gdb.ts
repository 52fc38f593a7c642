/** GDB itself: in a terminal, in an IDE's console, or through its machine interface. */
import type { FactValues } from "../facts.ts";
import { alonePatterns } from "./alone.ts";
import { gdbBreakpoints } from "./gdb-breakpoints.ts";
import { at, faultNumber, gdbPlaces } from "./gdb-places.ts";
import { gdbSymbols } from "./gdb-symbols.ts";
import { harmlessOf } from "./harmless-lines.ts";
import { type LogReader, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

const tool = "gdb";

function client(what: FactValues["client-trouble"]["what"], detail?: string): Said {
  return say("client-trouble", { what, ...(detail !== undefined && { detail }) });
}

/** What a failed connection says in the system's words. */
function connection(text: string): Said {
  if (/refused|10061|verweigert|refus[\u00e9e]|rechazad|rifiutat|recusad|\u043e\u0442\u043a\u0430\u0437/i.test(text))
    return client("refused", text);
  // GDB on Windows takes the number of ETIMEDOUT (138) for one of the system's errors, and prints that one's text.
  if (/timed out|10060|join a drive/i.test(text)) return client("timed-out", text);
  return client("closed", text);
}

const otherRegisters =
  "GDB and the server, which sends another set of registers than this GDB expects (an old release of either, without a target description that both know),";

/** Every core has two comparators at least (ARMv6-M C1.8, ARMv7-M C1.11): the first breakpoint is refused for another reason. */
function refusedBreakpoint(text: string, memory: Map<string, unknown>): Said[] {
  return memory.get("refused") === 1 ? [say("unknown-error", { text })] : [say("breakpoints-exhausted", {})];
}

export const gdb: LogReader = {
  tools: [tool],
  beside: ["openocd", "st-util", "pyocd", "st-link-gdbserver", "cortex-debug", "jlink-gdbserver", "stm32cubeide"],
  patterns: [
    ...harmlessOf("gdb"),
    ...alonePatterns,
    line("gnu gdb", 10, /gnu gdb (?:\(.*\) )?(\d+(?:\.\d+)+)/i, (match, { memory }) => {
      memory.clear();
      return [say("tool", { name: tool, version: match[1] })];
    }),
    // Of other files that it would load by itself (pretty-printers of libraries) a session does not depend.
    line(
      "auto-loading has been declined",
      10,
      /file ["\u201c]([^"\u201d]{1,250}\.(?:gdbinit|gdb))["\u201d] auto-loading has been declined/i,
      (match) => [say("gdb-script-declined", { path: match[1] })],
    ),
    line("free software foundation", 2, /copyright \(c\) \d{4} free software foundation/i),
    line(
      ["this gdb was configured as", 'for help, type "help"', 'type "apropos word"'],
      6,
      /this gdb was configured as|for help, type "help"|type "apropos word"/i,
    ),
    line("reading symbols from", 6, /reading symbols from (.+?)\.\.\.(?! ?objdump)/i, (match) => [
      say("image-file", { path: match[1].trim() }),
    ]),
    ...gdbSymbols,
    line("no symbol table", 4, /no symbol table/i),
    line(["target remote", "target extended-remote"], 5, /target (?:extended-)?remote \S+/i),
    line(["target-select"], 5, /-?target-select (?:extended-)?remote \S+/i),
    line("remote debugging using", 10, /remote debugging using \S+/i, () => [
      say("stage", { stage: "client-connected", reached: true }),
    ]),
    // The linker script's own name for the end of the stack, asked for in GDB or seen in the linker's map.
    line(
      "0x2",
      0,
      /^(?:\$\d{1,4} = (?:\([^)]{1,40}\) *)?0x(?:0{8})?(2[0-9a-f]{7})\b|0x(?:0{8})?(2[0-9a-f]{7})\s+(?:PROVIDE \()?_estack\b)/i,
      (match, { previous }) =>
        match[1] !== undefined && !/\b_estack\b/.test(previous?.text ?? "")
          ? []
          : [say("initial-stack", { value: hexValue(match[1] ?? match[2]) })],
    ),
    // A serial port in place of a server, as a Black Magic Probe's.
    line(
      "no such file or directory",
      4,
      /^((?:\\\\\.\\)?COM\d{1,3}|\/dev\/(?:tty|cu)\S{1,60}): no such file or directory/i,
      (match) => [say("serial-port-failed", { port: match[1], why: "missing" })],
    ),
    // `localhost:3333: Connection refused.`, with or without the command that failed.
    line(
      [
        "connection refused",
        "connection timed out",
        "no connection could be made",
        "operation timed out",
        "unknown error 10060",
        "unknown error 10061",
        "no such file or directory",
        "could not connect",
        "the system tried to join",
      ],
      4,
      /(?:^|: |"|\. )(?:[\w.-]+|\[[0-9a-f:]+\])?:(\d{2,5}): *((?:connection|operation) (?:refused|timed out|reset by peer)|no connection could be made[^"]*|the system tried to join a drive[^"]*|unknown error \(?0x274[cd]\)?|unknown error 1006[01])/i,
      (match) => [connection(match[2])],
    ),
    line(
      "could not connect",
      4,
      /could not connect(?: to \S+)?: *(connection (?:refused|timed out)|.*1006[01].*)/i,
      (match) => [connection(match[1])],
    ),
    // The system's words, in whatever language: the command or its place, and a reason.
    line(
      ["target-select", "target remote", "target extended-remote", "localhost", "127.0.0.1"],
      5,
      /(?:^(?:localhost|127\.0\.0\.1)|target(?:-select| remote| extended-remote)\b.{0,120}?(?:[\w.-]+|\[[0-9a-f:]+\])?):(\d{2,5})"?[.:]? +(?:(?:localhost|127\.0\.0\.1)?:\1: *)?([^\s:(][^:]{9,200})$/i,
      (match) => (/^(?:listening|connected|accepted|started|waiting|\d)/i.test(match[2]) ? [] : [connection(match[2])]),
    ),
    // Something else than a GDB server listens there, or one that is out of step.
    // The answer to an earlier question (qSupported's begins so) came when GDB had given up on it.
    line("remote replied unexpectedly to", 10, /remote replied unexpectedly to '(\w+)': *(.*)/i, (match) => [
      client(/timeout|^PacketSize=/i.test(match[2]) ? "timed-out" : "protocol", match[0]),
    ]),
    line("target disconnected", 5, /^target disconnected\.?$/i, () => [client("closed")]),
    // What broke is GDB's picture of the server, made of the server's replies.
    line(
      ["internal-error: "],
      8,
      /\bremote(?:-\w+|\.c|_\w+)?\b.{0,20}:\d+: internal-error: |internal-error: .{0,120}\bremote_target::/i,
      () => [
        say("version-mismatch", {
          between: "GDB and the GDB server, whose reply broke what this GDB takes for granted,",
        }),
      ],
    ),
    line(
      ["a fatal error internal to gdb", "recursive internal problem", "internal-error: "],
      8,
      /fatal error internal to gdb|recursive internal problem|\binternal-error: /i,
      (match) => [client("other", match[0])],
    ),
    line("remote connection closed", 8, /remote connection closed/i, () => [client("closed")]),
    line(
      ["remote communication error"],
      10,
      /remote communication error\. *(?:target disconnected\.?)? *:? *(.*)/i,
      (match) => [client("closed", match[1] === "" ? undefined : match[1])],
    ),
    line("ignoring packet error", 10, /ignoring packet error, continuing/i, () => [
      client("timed-out", "Ignoring packet error"),
    ]),
    line("bogus trace status", 6, /bogus trace status|unexpected vcont reply|malformed response/i, (match) => [
      client(/timeout/i.test(match.input) ? "timed-out" : "protocol", match[0]),
    ]),
    line(
      ["remote 'g' packet reply", "truncated register", "remote register badly formatted"],
      8,
      /remote 'g' packet reply is too (?:long|short)|truncated register \d+ in remote 'g' packet|remote register badly formatted/i,
      (match, { memory }) =>
        // A GDB for ARM that expects other registers than the server sends: with or without FPA, VFP, xPSR.
        memory.get("arm") === true && /too long/i.test(match[0])
          ? [client("protocol", match[0]), say("version-mismatch", { between: otherRegisters })]
          : [client(memory.get("arm") === true ? "protocol" : "architecture", match[0])],
    ),
    line("reply contains invalid hex digit", 8, /reply contains invalid hex digit \d+/i, (match, { memory }) => [
      client(memory.get("arm") === true ? "protocol" : "architecture", match[0]),
    ]),
    line(
      ["undefined item", "target description specified unknown architecture"],
      8,
      /(?:undefined item: *"?arm|unknown architecture *"?(?:arm|cortex))/i,
      (match) => [client("architecture", match[0])],
    ),
    // GDB knows ARM, or it would call it unknown: what it selected is the file's.
    line(
      "selected architecture",
      8,
      /selected architecture (?!arm)(\S{2,30}) is not compatible with reported target architecture arm/i,
      (match, { memory }) => {
        // An ARM program in a GDB of this computer, or a program of this computer's in one that knows ARM.
        if (memory.get("arm") !== true && memory.get("elf") === true) return [client("architecture", match[0])];
        memory.set("arm", true);
        return [say("image-unusable", { architecture: match[1] })];
      },
    ),
    line(
      "selected architecture",
      8,
      /selected architecture \S+ is not compatible with reported target architecture (?!arm)(\S+)/i,
      (match) => [client("architecture", match[0])],
    ),
    line("no executable file specified", 6, /no executable file specified/i, () => [
      say("path-missing", { what: "program", doubtful: true }),
    ]),
    line("configured as", 2, /configured as.*--target=(\w+)/i, (match, { memory }) => {
      if (/^arm/i.test(match[1])) memory.set("arm", true);
      return [];
    }),
    line(
      ["arm-none-eabi-gdb", "arm-eabi-gdb", "gdb-multiarch"],
      3,
      /\b(?:arm-(?:none-)?eabi-gdb|gdb-multiarch)\b(?! *:? *(?:not found|command not))/i,
      (_, { memory }) => {
        memory.set("arm", true);
        return [];
      },
    ),
    line(["monitor"], 8, /"?monitor"? command not supported by this target/i, (match, { memory }) =>
      // Said when no target is connected: the command before it failed.
      memory.get("connected") === true ? [client("other", match[0])] : [],
    ),
    line(
      ["monitor ", "mon "],
      0,
      /^(?:\(gdb\) *|\d{0,6}-?interpreter-exec console ")?mon(?:itor)? ([\w ]{2,40}?)"?$/i,
      (match, { memory }) => {
        memory.set("monitor", match[1]);
        return [];
      },
    ),
    // ST's server, to OpenOCD's `reset halt` and `reset init`: the error that follows is GDB's own line.
    line("unknown reset option", 8, /unknown reset option/i, (match, { memory }) => {
      const command = (memory.get("monitor") as string | undefined) ?? "reset ...";
      return [client("protocol", `rcmd: ${match[0]} (monitor ${command})`)];
    }),
    // The empty reply of a server to a command that it does not have (GDB manual, qRcmd).
    line("target does not support this command", 8, /^target does not support this command\b/i, (match, { memory }) => {
      const command = memory.get("monitor") as string | undefined;
      return command === undefined ? [] : [client("protocol", `rcmd: ${match[0]} (monitor ${command})`)];
    }),
    line('target does not support "run"', 8, /^the "(?:extended-)?remote" target does not support "run"/i, () => [
      say("option-unknown", { option: "run", refused: "run" }),
    ]),
    line("protocol error with rcmd", 8, /protocol error with rcmd/i, (match, { memory }) => {
      const command = memory.get("monitor") as string | undefined;
      return [client("protocol", command === undefined ? match[0] : `${match[0]} (monitor ${command})`)];
    }),
    line(
      "could not fetch register",
      8,
      /could not fetch register "?(\w+)"?; remote failure reply '?e?([0-9a-f]{2})/i,
      (match) => [client("protocol", match[0])],
    ),
    line("continuing.", 0, /^continuing\.$/i, (_, { memory }) => {
      memory.set("ran", true);
      return [];
    }),
    // ST's server answers so, once the program was let run, when it asks the chip how it is and gets nothing.
    line("remote failure reply", 8, /remote failure reply: *e?([0-9a-f]{2})/i, (match, { memory }) =>
      match[1] === "31" && memory.get("ran") === true
        ? [say("target-lost", { during: "session" })]
        : [client("protocol", match[0])],
    ),
    line("cannot access memory at address", 6, /cannot access memory at address 0x([0-9a-f]+)/i, (match) => [
      say("client-trouble", { what: "memory", address: hexValue(match[1]) }),
    ]),
    line(
      "loading section",
      8,
      /loading section ([\w.$-]+), size 0x([0-9a-f]+) lma 0x([0-9a-f]+)/i,
      (match, { memory }) => {
        memory.set("loading", true);
        return [say("image-part", { address: hexValue(match[3]), size: hexValue(match[2]), section: match[1] })];
      },
    ),
    line(["start address 0x", "load size"], 8, /start address 0x[0-9a-f]+, load size (\d+)/i, (match, { memory }) => {
      memory.delete("loading");
      memory.delete("mismatch");
      if (match[1] === "0") return [say("image-unusable", {})];
      return [say("stage", { stage: "programmed", reached: true })];
    }),
    line("transfer rate:", 6, /transfer rate: \d+ /i),
    // Without the map `load` writes as if to RAM, and flash stays as it was.
    line(
      ["while parsing target memory map", "can not parse xml memory map", "malformed memory map"],
      8,
      /while parsing target memory map|can(?: ?not|'t) parse xml memory map|malformed memory map/i,
      () => [
        say("version-mismatch", { between: "GDB and the server, whose map of the target's memory it cannot read," }),
      ],
    ),
    line("overlapping regions in memory map", 8, /overlapping regions in memory map/i, () => [say("map-refused", {})]),
    line(
      ["not in executable format", "file format not recognized"],
      6,
      /"?([^"]{1,250}?)"?: not in executable format: *file (?:format not recognized|truncated)/i,
      (match) => [say("image-unusable", { path: match[1].trim() })],
    ),
    // Winsock's numbers, which this GDB has no words for.
    line("undocumented errno", 8, /\bundocumented errno (100\d\d)\b/i, ({ input, 1: number }) => [
      number === "10061" || number === "10060" ? connection(input) : client("closed", input),
    ]),
    // The answer to `info mem`: number, whether in use, from and to, what it is.
    line(
      ["nocache", "flash blocksize"],
      0,
      /^\d{1,3} {1,4}y\s+0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) (ro|rw|wo|flash(?: blocksize 0x([0-9a-f]{1,8}))?)\b/i,
      (match) => {
        const [low, high] = [hexValue(match[1]), hexValue(match[2])];
        const memory = /^flash/i.test(match[3]) || low >>> 29 === 1;
        const empty = memory && low === high;
        return empty || (match[4] !== undefined && hexValue(match[4]) === 0)
          ? [say("chip-unsupported", { has: "no-size" })]
          : [];
      },
    ),
    line("load failed", 4, /^(?:error: *)?load failed|["'\u201c]load failed[.!"'\u201d]/i, () => [
      client("load-failed", "Load failed"),
    ]),
    line(
      ["error erasing flash", "error writing data to flash", "error finishing flash"],
      8,
      /error (erasing flash with vflasherase|writing data to flash|finishing flash operation)/i,
      (match) => [
        client("load-failed", match[0]),
        ...(/erasing/i.test(match[1]) ? [say("flash-trouble", { operation: "erase" })] : []),
      ],
    ),
    line(
      "memory access error while loading section",
      8,
      /memory access error while loading section (\S+?)\.?$/i,
      (match) =>
        // The map that the server gives has nothing there.
        /^\.?\w{0,12}(?:[qox]spi|flash[23]|ext|sdram|psram|fmc|nor\b)/i.test(match[1])
          ? [say("flash-trouble", { operation: "program", reason: "size" })]
          : [client("load-failed", "memory access error")],
    ),
    line("writing to flash memory forbidden", 6, /writing to flash memory forbidden in this context/i),
    line(
      "section ",
      5,
      /^section ([\w.$-]+), range 0x([0-9a-f]+) -- 0x([0-9a-f]+): *(matched|mis-matched)/i,
      (match, { memory }) => {
        if (/mis/i.test(match[4])) {
          memory.set("mismatch", true);
          return [say("flash-trouble", { operation: "verify", reason: "mismatch", address: hexValue(match[2]) })];
        }
        // The next section says nothing of the one that differs.
        return memory.get("mismatch") === true ? [] : [say("stage", { stage: "verified", reached: true })];
      },
    ),
    line(
      "one or more sections of the target image does not match",
      6,
      /one or more sections of the target image (?:does|do) not match/i,
      () => [say("flash-trouble", { operation: "verify", reason: "mismatch" })],
    ),
    line(
      ["program received signal", "received signal", "thread "],
      8,
      /(?:program|thread \d+(?: .*?)?) received signal (SIG\w+)/i,
      (match, { memory }) => {
        memory.set("signal", match[1]);
        memory.set("connected", true);
        return match[1] === "SIGINT" || match[1] === "SIGTRAP" ? [] : [say("stop", { signal: match[1] })];
      },
    ),
    ...gdbPlaces,
    ...gdbBreakpoints,
    line(
      ["temporary breakpoint", "breakpoint "],
      6,
      /^(?:temporary breakpoint|breakpoint|hardware watchpoint|hardware assisted breakpoint) \d+(?:, | at 0x|:)(?:(?:0x([0-9a-f]{8}) in )?([\w:~<>]{1,200}) *\()?/i,
      (match, { memory }) => {
        memory.set("connected", true);
        if (/breakpoint \d+, /i.test(match.input)) memory.set("in-program", true);
        if (/, +main|, .*\bmain *\(/i.test(match.input)) {
          memory.set("ran", true);
          return [say("stage", { stage: "running", reached: true })];
        }
        // A breakpoint in a fault's handler is reached by the fault alone.
        return faultNumber(match[2] ?? "") === undefined ? [] : at(match[1], match[2]);
      },
    ),
    line(
      ["cannot insert", "could not insert hardware"],
      6,
      /could not insert hardware (?:breakpoints?|watchpoint)(?: (\d{1,4}))?|cannot insert hardware breakpoint (\d{1,4})/i,
      (match, { memory }) => {
        if (/watch/i.test(match[0])) return [say("breakpoints-exhausted", { watchpoint: true })];
        const number = Number(match[1] ?? match[2] ?? 0);
        memory.set("refused", Math.max(number, (memory.get("refused") as number | undefined) ?? 0));
        return refusedBreakpoint(match.input, memory);
      },
    ),
    // GDB's guess for whatever a server refuses.
    line(
      "you may have requested too many hardware",
      6,
      /you may have requested too many hardware breakpoints/i,
      ({ input }, { memory }) => refusedBreakpoint(input, memory),
    ),
    line("cannot insert breakpoint", 5, /cannot insert breakpoint \d+/i),
    line(
      "cannot execute this command while",
      6,
      /cannot execute this command while the (?:target|selected thread) is running/i,
    ),
    line(
      ["note: automatically using hardware breakpoints", "automatically using hardware"],
      8,
      /automatically using hardware breakpoints for read-only addresses/i,
    ),
    line(
      ["architecture rejected", "unrecognized item", "the target is not responding"],
      5,
      /architecture rejected target-supplied description|unrecognized item ".*" in "qsupported" response/i,
    ),
    // A target of GDB's own: nothing remote was ever connected, or no longer is.
    line(
      ["you can't do that when", 'monitor" command not supported by', "don't know how to run"],
      6,
      /you can'?t do that when your target is|"monitor" command not supported by this target|^don'?t know how to run\b/i,
      () => [client("unconnected")],
    ),
    line("you can't do that", 5, /you can'?t do that without a process/i),
    line(
      "the program is not being run",
      5,
      /the program is not being run|the program being debugged (?:is not being run|has been started already)/i,
    ),
    line("inferior 1", 4, /\[inferior 1 \(.*\) (?:detached|exited|killed)/i),
    // Memory at the start of flash, looked at by hand.
    line(["0x8000000", "0x08000000"], 2, /^0x0?8000000(?: <[^>]*>)?: *0x(f{8}) +0x(f{8})\b/i, (match) => [
      say("vector-table", {
        at: 0x08000000,
        stackPointer: hexValue(match[1]),
        resetVector: hexValue(match[2]),
      }),
    ]),
    // The machine interface's result record for a command that failed.
    line("error,msg", 10, /(?:^|[\s>\d])\^error,msg="/i),
    line("running,thread-id", 5, /\*running,thread-id="/i),
    line("arm m in lockup state", 10, /arm m in lockup state/i, () => [say("core", { state: "lockup" })]),
    line("device is read", 3, /device is read[- ]protected/i, () => [say("read-protection", { on: true })]),
    line("lockup", 3, /\block-?ed? ?up\b|\blockup\b/i, (match) =>
      /core|cpu|target/i.test(match.input) ? [say("core", { state: "lockup" })] : [],
    ),
  ],
};
