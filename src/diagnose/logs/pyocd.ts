/** pyOCD 0.20 to 0.46: command line, `pyocd gdbserver`, its exceptions and tracebacks. */

import type { ConnectManner, FactValues } from "../facts.ts";
import { type LineContext, type LogReader, line, type Said, say } from "./log-reader.ts";
import { finishPacks, pyocdPacks } from "./pyocd-packs.ts";
import { finishPythons, noteNoneFound, pyocdPythons } from "./pyocd-pythons.ts";
import { pyocdSteps } from "./pyocd-steps.ts";
import { removedFromPython } from "./python-removals.ts";
import { rttPatterns } from "./rtt.ts";
import { systemError } from "./usb-errors.ts";
import { hexValue, probeFirmware } from "./values.ts";
import { runOnWindows } from "./windows.ts";

const tool = "pyocd";

function reached(stage: FactValues["stage"]["stage"]): Said {
  return say("stage", { stage, reached: true });
}

function answered({ memory }: LineContext, answer: FactValues["wire-answer"]["answer"]): Said[] {
  // With the core found it is the place that was asked for that refuses.
  if (memory.get("core") === true && answer === "fault") return [say("client-trouble", { what: "memory" })];
  if (memory.get("core") === true) {
    const during = memory.get("operation") as "erase" | "program" | "verify" | "reset" | undefined;
    return [say("target-lost", { during: during ?? "session" })];
  }
  const manner = memory.get("manner") as ConnectManner | undefined;
  return [
    say("wire-answer", { answer, ...(manner && { manner }), ...protocolIn(memory) }),
    ...(answer === "none" ? [say("stage", { stage: "target-connected", reached: false })] : []),
  ];
}

/** The status of an ST-LINK command as pyOCD numbers it, and what it says of the wires. */
const stlinkStatus: Readonly<Record<number, FactValues["wire-answer"]["answer"]>> = {
  // Old firmware says no more than this of an access that the bus refused.
  1: "fault",
  4: "none",
  5: "none",
  7: "wait",
  9: "none",
  // The port answers, and nothing acknowledges its request for power.
  11: "fault",
  12: "fault",
  13: "fault",
  16: "wait",
  17: "fault",
  18: "none",
  19: "error",
  20: "wait",
  21: "fault",
  22: "none",
  23: "error",
  24: "error",
  25: "fault",
  26: "error",
};

/** Statuses that tell of the probe itself: inner errors, a command that it refuses, and one that it does not know. */
const ofProbe: Readonly<Record<number, FactValues["probe-trouble"]["what"]>> = {
  2: "usb-error",
  3: "usb-error",
  6: "usb-error",
  8: "usb-error",
  66: "firmware-too-old",
};

function usb(code: string, text: string, { memory }: LineContext): Said[] {
  const said = systemError(Number(code), text);
  if (said === undefined) return [];
  // A probe that was used before and is gone was unplugged; one that was never opened was not found.
  return memory.get("opened") !== true &&
    memory.get("core") !== true &&
    said[0] === "probe-trouble" &&
    said[1].what === "unplugged"
    ? [say("probe-trouble", { what: "none-found", detail: text })]
    : [said];
}

function trouble(
  operation: FactValues["flash-trouble"]["operation"],
  match: RegExpExecArray,
  parts: Omit<FactValues["flash-trouble"], "operation"> = {},
): Said {
  const address = /address (?:0x)?([0-9a-f]{6,8})|@ ?0x([0-9a-f]+)/i.exec(match.input);
  return say("flash-trouble", {
    operation,
    ...(address !== null && { address: hexValue(address[1] ?? address[2]) }),
    ...parts,
  });
}

function protocolIn(memory: Map<string, unknown>): { protocol?: "swd" | "jtag" } {
  const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
  return protocol === undefined ? {} : { protocol };
}

function scriptError(text: string): Said[] {
  const removedIn = removedFromPython(text);
  return [say("script-error", { text, ...(removedIn !== undefined && { removedIn }) })];
}

/** The generations of two versions in one message (`V3J3`, `v2J24`), where they differ: what is there, and what is asked for. */
function comparedIn(text: string): Pick<FactValues["probe-trouble"], "compared"> {
  const [found, least] = [/\bcurrent version is\b(.{1,40}?),/i, /\b(?:at least|minimum|required)\b(.{1,40})/i].map(
    (words) => probeFirmware(words.exec(text)?.[1] ?? "").generation,
  );
  return found === undefined || least === undefined || found === least ? {} : { compared: { found, least } };
}

export const pyocd: LogReader = {
  tools: [tool],
  patterns: [
    runOnWindows,
    line("sudo", 3, /^sudo (?:-\w+ )*\S{0,120}\bpyocd\b/i, () => [say("run-as-root", {})]),
    line(
      "pyocd",
      8,
      /(?:^|[\s/\\])pyocd(?:-\w+)?(?:\.exe)? +(?:flash|load|erase|gdbserver|gdb|commander|cmd|list|reset|rtt|server|pack|json|info|-\w+)\b(.*)/i,
      (match, { memory }) => {
        for (const key of ["core", "manner", "operation", "opened", "unread", "nonsense"]) memory.delete(key);
        const said: Said[] = [say("stage", { stage: "started", reached: true })];
        if (/(?:connect_mode=|--connect[= ])under-?reset|-M *under-reset/i.test(match[1])) {
          memory.set("manner", "under-reset");
          said.push(say("option", { name: "initialize-reset", value: "true", tool }));
        } else if (/(?:connect_mode=|--connect[= ])attach/i.test(match[1])) memory.set("manner", "attach");
        memory.delete("protocol");
        if (/dap_protocol=jtag/i.test(match[1])) {
          memory.set("protocol", "jtag");
          said.push(say("option", { name: "protocol", value: "jtag", tool }));
        } else if (/dap_protocol=swd/i.test(match[1])) memory.set("protocol", "swd");
        const clock = /(?:^|\s)(?:-f|--frequency)[= ]*(\d+(?:\.\d+)?) *([km]?)/i.exec(match[1]);
        if (clock !== null) {
          const hertz = Number(clock[1]) * ({ k: 1e3, m: 1e6 }[clock[2].toLowerCase()] ?? 1);
          said.push(say("wire-clock", { khz: hertz / 1000 }));
        }
        return said;
      },
    ),
    line("pyocd", 8, /\bpyocd(?:[./\\]\w+)+|pyocd\.core\.exceptions/i),
    line("pyocd", 5, /^pyocd,? (?:version )?v?(\d+\.\d+\.\d+)/i, (match) => [
      say("tool", { name: tool, version: match[1] }),
    ]),
    // Every log line of it ends in the name of the module; older ones have level and module in front.
    line(
      [
        "board]",
        "dap]",
        "discovery]",
        "cortex_m]",
        "gdbserver]",
        "loader]",
        "session]",
        "eraser]",
        "load_cmd]",
        "stlink]",
        "rom_table]",
        "dwt]",
        "fpb]",
        "soc_target]",
        "coresight_target]",
        "flash]",
        "sequencer]",
        "cmsis_pack]",
        "pack_cmd]",
        "probe]",
        "usb]",
        "usb_hid]",
        "pyusb_backend]",
        "target]",
        "ap]",
        "commander]",
        "gdbserver_cmd]",
        "common]",
      ],
      8,
      /^\d{7} [DIWEC] .+\[(?:\w+\.)?(?:board|dap|discovery|cortex_m|gdbserver|loader|session|eraser|load_cmd|stlink|rom_table|dwt|fpb|soc_target|coresight_target|flash|sequencer|cmsis_pack|pack_cmd|probe|usb|usb_hid|pyusb_backend|target|ap|commander|gdbserver_cmd|common)\]$/i,
    ),
    // What ends it, it says under no module's name; the time in front is of seven digits.
    line("000", 8, /^000\d{4} [CEW] .+\[__main__\]$/),
    line(
      [
        "board:",
        "dap:",
        "cortex_m:",
        "gdbserver:",
        "flash_loader:",
        "rom_table:",
        "coresight_target:",
        "server:",
        "stlink:",
      ],
      8,
      /^\d{7}:(?:debug|info|warning|error|critical):(?:board|dap|cortex_m|gdbserver|flash_loader|rom_table|coresight_target|server|stlink):/i,
    ),
    line("stlink.usb", 5, /^(?:\d{1,8}[: ])?(?:debug|info|warning|error):(?:\w+\.)*stlink\.usb:/i),
    // Said of a probe that was chosen and answers for its board: there is one.
    line("target type is", 8, /target type is (\w+)/i, (match) => [
      reached("started"),
      reached("probe-opened"),
      ...(/^cortex_m$/i.test(match[1])
        ? [say("chip-unsupported", { name: match[1], has: "core" })]
        : [say("chip-name", { name: match[1], by: "option" })]),
    ]),
    line("stlink probe", 8, /stlink probe (\S+) firmware version: *(\S+)/i, (match, { memory }) => {
      memory.set("opened", true);
      return [
        say("probe-serial", { serial: match[1] }),
        say("probe-firmware", probeFirmware(match[2])),
        reached("probe-opened"),
      ];
    }),
    line("actual swd frequency", 8, /actual (?:swd|jtag) frequency is (\d+) khz/i, (match) => [
      say("wire-clock", { khz: Number(match[1]) }),
    ]),
    line("dp idr = 0x", 8, /dp idr = 0x([0-9a-f]{8})/i, (match, { memory }) => {
      memory.set("opened", true);
      // A debug port has a number; zeros are a line that nobody drives.
      if (hexValue(match[1]) === 0) {
        memory.set("unread", true);
        return [say("wire-answer", { answer: "none", ...protocolIn(memory) }), reached("probe-opened")];
      }
      return [
        say("idcode", { value: hexValue(match[1]) }),
        say("wire-answer", { answer: "ok", ...protocolIn(memory) }),
        reached("probe-opened"),
      ];
    }),
    line(["idr = 0x"], 6, /ap#\d+ idr = 0x/i),
    line("designer=", 4, /rom table #0 @ 0x[0-9a-f]+ \(designer=([0-9a-f]{3})/i, (match) => {
      const value = hexValue(match[1]);
      // Bank and code, as JEP106 packs them; ARM's own (0x43B) is the core's table and not the chip's maker.
      return value === 0x43b ? [] : [say("designer", { code: value & 0x7f, bank: value >>> 8 })];
    }),
    line(["cpu core #", "cortex-m"], 8, /cpu core #\d+(?: is|:) *(?:arm )?cortex-m\d+/i, (_, { memory }) => {
      memory.set("core", true);
      return [reached("target-connected")];
    }),
    line(["hardware watchpoints", "hardware breakpoints"], 5, /\d hardware (?:watchpoints|breakpoints)/i),
    line("gdb server", 8, /gdb ?server (?:started on|listening on) port (\d+)/i, () => [reached("server-ready")]),
    line(["semihost server started", "telnet: server"], 6, /semihost server started|telnet.*listening/i),
    line("client connected to port", 6, /client connected to port \d+/i, () => [reached("client-connected")]),
    line("client disconnected from port", 6, /client (?:disconnected|detached)/i, () => [
      say("server-ended", { why: "client-left" }),
    ]),
    line("generic 'cortex_m' target type", 10, /generic '?cortex_m'? target type is selected/i, () => [
      say("chip-unsupported", { name: "cortex_m", has: "core" }),
    ]),
    // The index of packs lists what can be had; an old one, or a name that is spelt otherwise, has no match.
    line("no matching devices", 8, /no matching devices\b/i, () => [say("chip-unsupported", {})]),
    line(["target type", "target '"], 6, /target (?:type )?'?(\w+)'? (?:is )?not recogni[sz]ed/i, (match) => [
      say("chip-unsupported", { name: match[1] }),
    ]),
    line(
      [
        "no connected debug probes",
        "no available debug probe",
        "waiting for a debug probe",
        "no connected debug probe",
      ],
      8,
      /no connected debug probes?(?! matches)|no available debug probes?|waiting for a debug probe to be connected/i,
      (_, { memory }) => {
        noteNoneFound(memory);
        return [say("probe-trouble", { what: "none-found" })];
      },
    ),
    line(
      ["no connected debug probe matches", "waiting for a debug probe matching"],
      10,
      /debug probe match(?:es|ing) unique id '([^']*)'/i,
      (match) => [say("probe-trouble", { what: "serial-not-found", detail: match[1] })],
    ),
    line(
      ["no ack", "swd/jtag communication failure", "unexpected ack", "swd/jtag"],
      8,
      /no ack(?:nowledge)?(?: received)?\b|communication failure \(no ack\)/i,
      (_, context) => answered(context, "none"),
    ),
    line("swd/jtag communication failure", 8, /communication failure \((fault|wait) ack\)/i, (match, context) =>
      answered(context, match[1].toLowerCase() as "fault" | "wait"),
    ),
    line(
      ["unexpected ack", "swd/jtag communication failure", "invalid ack"],
      8,
      /unexpected ack(?: value)?(?: \((\d+)\))?|swd\/jtag (?:communication failure \((?:invalid|parity)|parity error)/i,
      (match, context) => answered(context, match[1] === "7" ? "none" : "error"),
    ),
    // It asks for one access port after the other until one is not there; the core's is the first.
    line("error probing ap#", 8, /error probing ap#(\d+)/i, (match) =>
      match[1] === "0" ? [say("access-port-failed", { ap: 0 })] : [say("unknown-error", { text: match.input })],
    ),
    line(
      ["transfer error while reading ap#", "transfer error while reading ahb", "transfer error while reading apb"],
      8,
      /transfer error while reading (?:\w{3}-)?ap#(\d+) rom table(?:.*@ *0x([0-9a-f]{1,8}))?/i,
      (match) => [
        say("wire-answer", { answer: "fault" }),
        // The table of a Cortex-M0+ stands at 0xF0000000: behind a further port it is a second core's (RM0453).
        ...(match[1] !== "0" && match[2] !== undefined && hexValue(match[2]) >>> 28 === 0xf
          ? [say("access-port-failed", { ap: Number(match[1]) })]
          : []),
      ],
    ),
    line("stlink error", 8, /^(?!.*error probing ap#).*stlink error \((\d+)\)/i, (match, context) => {
      const answer = stlinkStatus[Number(match[1])];
      const other = ofProbe[Number(match[1])];
      if (other !== undefined) return [say("probe-trouble", { what: other, detail: match.input.trim().slice(0, 80) })];
      if (match[1] === "14") return [say("probe-trouble", { what: "busy", detail: match.input.trim() })];
      // SWO and a clock that is not offered (32, 65) say nothing of the wires.
      return answer === undefined ? [] : answered(context, answer);
    }),
    line(
      ["unable to power up", "failed to power up", "power up", "power-up", "dp power"],
      5,
      /(?:unable|failed) to power[- ]up|power-?up request timed out/i,
      // The port took the request and acknowledged the read that shows no power: it answers.
      (_, context) => answered(context, "fault"),
    ),
    // Every component begins its identification with a fixed preamble (ADIv5 D1.2.1), and the first table is always there.
    line("invalid coresight component", 8, /invalid coresight component, cidr=0x[0-9a-f]{1,8}/i, (_, { memory }) => {
      memory.set("nonsense", true);
      return [];
    }),
    line("no cores were discovered", 8, /no cores were discovered/i, (_, { memory }) =>
      memory.get("core") === true || memory.get("unread") === true
        ? []
        : [say("access-port-failed", memory.get("nonsense") === true ? { nonsense: true } : {})],
    ),
    // Releases before 0.20 name the wires in place of the memory.
    line(
      ["memory transfer fault", "swd/jtag transfer fault"],
      8,
      /^(?!.*(?:error probing|while reading) (?:\w{3}-)?ap#).*(?:memory|swd\/jtag) transfer fault\b/i,
      (match, context) => {
        const at = /@ *0x([0-9a-f]{1,8})/i.exec(match.input)?.[1];
        const address = at === undefined ? undefined : hexValue(at);
        return [
          say("client-trouble", {
            what: "memory",
            ...(address !== undefined && { address }),
            ...(/fault \(write\)/i.test(match.input) && { write: true as const }),
          }),
          // The core's own registers, before the core had been found: the bus behind the debug port refuses.
          ...(address !== undefined &&
          address >= 0xe0000000 &&
          !/no ack/i.test(match.input) &&
          context.memory.get("core") !== true
            ? answered(context, "fault")
            : []),
        ];
      },
    ),
    line(["transferfaulterror", "transfertimeouterror", "transfererror"], 5, /pyocd\.\S*Transfer\w*Error/i),
    line(
      ["errno", "usberror", "usb error"],
      3,
      /^(?!.*\/dev\/(?:tty|cu)).*\[errno (\d+)\] *((?:access denied|permission denied|resource busy|device or resource busy|no such device|operation timed out|input\/output error|pipe error|entity not found).*)/i,
      (match, context) => usb(match[1], match[2], context),
    ),
    line(
      ["no backend available", "no libusb library was found", "libusb"],
      4,
      /no backend available|no libusb library was found/i,
      () => [say("path-missing", { what: "library", path: "libusb-1.0" })],
    ),
    line(
      ["stlink", "st-link", "firmware"],
      4,
      /(?:unsupported|older|old|too old).{0,40}(?:stlink |st-link )?firmware(?: version)?|firmware version.{0,40}(?:too old|not supported|unsupported)|firmware does not support jtag\/swd/i,
      ({ input }) => [say("probe-trouble", { what: "firmware-too-old", ...comparedIn(input) })],
    ),
    line("errno", 3, /\[(?:errno|winerror) (?:48|98|10048|10013)\]/i, (match) => [
      say("port-taken", {
        port: Number(/port (\d+)|:(\d{4,5})/.exec(match.input)?.[1] ?? 3333),
        system: match.input.trim(),
      }),
    ]),
    line(
      ["asserting reset prior to connect", "performing connect pre-reset"],
      8,
      /asserting reset prior to connect|performing connect pre-reset/i,
      (match, { memory }) => {
        if (/asserting/i.test(match[0])) memory.set("manner", "under-reset");
        return [];
      },
    ),
    line(
      ["timed out waiting", "timeout waiting", "timed out"],
      3,
      /time?d? ?out (?:while )?waiting (?:for|to) .{0,30}(halt|reset)/i,
      (_, { memory }) => [say("halt-failed", memory.get("manner") === "under-reset" ? { manner: "under-reset" } : {})],
    ),
    line(["erasing chip", "erasing sector"], 6, /^(?:\d{7}\S* )?\w* ?erasing (?:chip|sectors?)\b/i, (_, { memory }) => {
      memory.set("operation", "erase");
      return [];
    }),
    line("chip erase complete", 6, /(?:chip|mass) erase complete/i, () => [reached("erased")]),
    line("loading ", 3, /\bloading (\S+\.(?:elf|axf|hex|bin))/i, (match, { memory }) => {
      memory.set("operation", "program");
      return [say("image-file", { path: match[1] })];
    }),
    line("erased ", 8, /erased \d+ bytes \(\d+ sectors?\), programmed (\d+) bytes/i, () => [
      reached("erased"),
      reached("programmed"),
    ]),
    line("programmed ", 5, /programmed \d+ bytes \(\d+ pages?\)/i, () => [reached("programmed")]),
    line(
      ["flash erase", "erase sector failure", "erase_sector", "erase_all", "flasherasefailure"],
      6,
      /(?:flash )?erase (?:sector|all|page) (?:failure|timed out)|erase_(?:sector|all|page)\(.*\) error|FlashEraseFailure/i,
      (match) => [trouble("erase", match)],
    ),
    line(
      ["flash program", "program_page", "flashprogramfailure"],
      6,
      /(?:flash )?program (?:page|phrase) (?:failure|timed out)|program_page\(.*\) error|FlashProgramFailure/i,
      (match) => [trouble("program", match)],
    ),
    line(
      ["flash init", "flash uninit", "init failure"],
      5,
      /flash (?:un)?init(?:iali[sz]ation)? (?:failure|timed out)|\binit failure\b/i,
      (match) => [trouble("algorithm", match, { reason: "algorithm" })],
    ),
    line(
      "target was not halted as expected",
      10,
      /target was not halted as expected after calling flash algorithm routine(?: \(ipsr=(\d+)\))?/i,
      (match) => [trouble("algorithm", match, { reason: "algorithm" })],
    ),
    line(
      ["flash algorithm timed out", "timeout waiting for flash", "algo timeout"],
      5,
      /flash (?:algorithm|algo)?.*time?d? ?out|time?d? ?out .*flash/i,
      (match) => [trouble("algorithm", match, { reason: "timeout" })],
    ),
    line(
      ["page verify", "verify failed", "verification failed"],
      4,
      // Of a certificate it is said where something is fetched from the net.
      /(?<!certificate )\bverif(?:y|ication) (?:failed|failure|mismatch)/i,
      (match) => [trouble("verify", match, { reason: "mismatch" })],
    ),
    line(
      [
        "no memory region",
        "no flash memory",
        "no flash region",
        "memory region",
        "not within a",
        "is not flash memory",
      ],
      5,
      /no (?:memory|flash)(?: memory)? region (?:defined|found|for|contains|at)|not within a flash region|is not flash memory/i,
      (match) => [trouble("program", match, { reason: "size" })],
    ),
    line(
      ["in secure state", "is locked", "device is locked", "device is protected", "flash security", "read protection"],
      4,
      /in secure state|(?:device|target|chip) is (?:locked|secured|protected)|read(?:out)? protection/i,
      () => [say("read-protection", { on: true })],
    ),
    line(
      ["magic number does not match", "elferror"],
      5,
      /magic number does not match|(?:^|[^./\\\w]|exceptions\.)elferror: /i,
      () => [say("image-unusable", {})],
    ),
    ...pyocdSteps,
    ...pyocdPacks,
    ...pyocdPythons,
    ...rttPatterns(2),
    // It goes on without: what a configuration names may be missing.
    line("error attempting to access config file", 8, /error attempting to access config file/i, () => []),
    // What Python says of calls and names that do not fit one another: nothing that a probe or target does.
    line(
      [
        "has no attribute",
        "unexpected keyword argument",
        "positional argument",
        "unbound method",
        "is not callable",
        "not subscriptable",
      ],
      4,
      /\b((?:'?\w+'? object|module '?\w[\w.]*'?|type object '?\w+'?) has no attribute\b.{0,80}|\w+\(\) (?:got an unexpected keyword argument|takes|missing \d).{0,80}|unbound method .{0,80}|'\w+' object is not (?:callable|subscriptable))/i,
      (match) => scriptError(match[1].trim()),
    ),
    // A call in the traceback: the last one before the error is where Python was.
    line('file "', 0, /^file "([^"]{1,300})", line \d+, in /i, (match, { memory }) => {
      memory.set("own-code", /[\\/]pyocd[\\/]/i.test(match[1]));
      return [];
    }),
    line(
      ["typeerror: ", "attributeerror: ", "nameerror: ", "unboundlocalerror: ", "zerodivisionerror: "],
      4,
      /^(?:type|attribute|name|unboundlocal|zerodivision)error: (.{1,120})/i,
      (match, { memory }) => (memory.get("own-code") === true ? scriptError(match[1].trim()) : []),
    ),
    line("no module named", 2, /\b(no module named '?(?:imp|distutils|asyncore|asynchat)'?)(?:\s|$)/i, (match) =>
      scriptError(match[1]),
    ),
    line("uncaught exception", 4, /\bE?R?R?O?R?:?(?:__main__:)?uncaught exception/i),
    line(["core is", "core #"], 3, /core (?:#?\d+ )?is (?:in )?(?:locked up|lockup)/i, () => [
      say("core", { state: "lockup" }),
    ]),
  ],
  finish: (memory) => [...finishPacks(memory), ...finishPythons(memory)],
};
