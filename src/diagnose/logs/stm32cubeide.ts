/** STM32CubeIDE (and TrueSTUDIO): console and dialogs around the server and GDB. */
import { at } from "./gdb-places.ts";
import { type LogReader, line, type Said, say } from "./log-reader.ts";
import { traceClock } from "./trace-clock.ts";
import { probeFirmware } from "./values.ts";

const tool = "stm32cubeide";

/** What the exit status of the server says, where a dialog shows it and nothing else. */
const byStatus: Readonly<Record<number, readonly Said[]>> = {
  1: [say("probe-trouble", { what: "busy" })],
  4: [say("wire-answer", { answer: "none" })],
  5: [say("chip-unidentified", {})],
  6: [say("probe-trouble", { what: "firmware-too-old" })],
  17: [say("probe-trouble", { what: "serial-not-found" })],
  18: [say("genuine", { verdict: "doubtful" })],
  20: [say("probe-trouble", { what: "none-found" })],
  253: [say("path-missing", { what: "stm32cubeprogrammer" })],
  2147811325: [say("path-missing", { what: "stm32cubeprogrammer" })],
};

export const stm32CubeIde: LogReader = {
  tools: [tool],
  patterns: [
    line("stm32cubeide", 2, /stm32cubeide[ _/\\-]*v?(\d+\.\d+\.\d+)/i, (match) => [
      say("tool", { name: tool, version: match[1] }),
    ]),
    // STM32CubeIDE ends the names of a dual-core chip's projects so.
    line("launching ", 6, /'?launching (\S{0,80}_cm[47]\b)/i, (match) => [
      say("option", { name: "launch", value: match[1], tool }),
    ]),
    line("error in final launch sequence", 10, /error in final launch sequence/i),
    line("failed to start gdb server", 10, /failed to start gdb server/i, () => [
      say("stage", { stage: "server-ready", reached: false }),
    ]),
    line(
      ["failed to execute mi command", "error message from debugger back end"],
      5,
      /failed to execute mi command|error message from debugger back end/i,
    ),
    // The command that the dialog names as the one that failed; why, stands below it if at all.
    line("target-select", 5, /^-?target-select (?:extended-)?remote \S+:\d{2,5}$/i, (_, { previous }) =>
      previous !== undefined && /failed to execute mi command/i.test(previous.text)
        ? [say("client-trouble", { what: "refused" })]
        : [],
    ),
    // What it wanted to show is the code where the core stands.
    line("data-disassemble", 4, /-data-disassemble -s (0x[0-9a-f]{1,8}|\d{1,10}) -e /i, (match) => [
      say("stop", { pc: Number(match[1]) >>> 0 }),
    ]),
    // The dialog writes the server's exit status in brackets.
    line("reason", 6, /^reason *: *\((\d{1,10})\) *(.*)/i, (match) => [
      say("exit-status", { status: Number(match[1]), tool: "st-link-gdbserver" }),
      say("verdict", { tool, text: match[2].trim() }),
      ...(byStatus[Number(match[1])] ?? []),
      ...(match[1] === "0" ? [say("port-taken", { port: 0 })] : []),
    ]),
    line(
      ["st-link firmware verification", "st-link server is required"],
      6,
      /st-link (?:firmware verification|server is required)/i,
      (match) => (/server/i.test(match[0]) ? [say("probe-trouble", { what: "shared-server-missing" })] : []),
    ),
    line("st-link firmware upgrade required", 8, /st-link firmware upgrade required/i, () => [
      say("probe-trouble", { what: "firmware-too-old" }),
    ]),
    line("no st-link detected! please connect", 8, /no st-link detected/i, () => [
      say("probe-trouble", { what: "none-found" }),
    ]),
    line("could not verify st device", 10, /could not verify st device[!.]? *please verify that the latest/i, () => [
      say("client-trouble", { what: "not-st" }),
    ]),
    line(
      "could not determine gdb version",
      10,
      /could not determine gdb version(?: using command: *(.+))?/i,
      (match) => [
        say("path-missing", {
          what: "other",
          path: match[1]?.replace(/ --version.*/, "").trim() ?? "arm-none-eabi-gdb",
        }),
      ],
    ),
    line(
      ["program file does not exist", "program file not specified"],
      8,
      /program file (?:does not exist|not specified)/i,
      () => [say("path-missing", { what: "program" })],
    ),
    line("load failed", 0, /^load failed\b/i, () => [say("client-trouble", { what: "load-failed" })]),
    line(["error finishing flash operation"], 4, /error finishing flash operation/i, () => [
      say("client-trouble", { what: "load-failed" }),
    ]),
    line(
      ["connection timed out", "connection refused"],
      1,
      /localhost:\d+: *(?:connection|operation) (timed out|refused)/i,
      (match) => [say("client-trouble", { what: /refused/i.test(match[1]) ? "refused" : "timed-out" })],
    ),
    line(
      ["starting ", "waiting for "],
      8,
      /^(?:starting|waiting for) (?:the )?(?:st-?link|j-?link|openocd)?(?: ?\([\w ]+\))? ?gdb[ -]?server timed out/i,
      () => [say("stage", { stage: "server-ready", reached: false })],
    ),
    line(["error in services launch sequence", "problem occurred"], 6, /^error in services launch sequence/i),
    line(
      ["stlink-server", "st-link server"],
      6,
      /failed to start st-?link[ -]server|stlink-server(?:\.exe)? (?:could|was|is) not (?:be )?found/i,
      () => [say("probe-trouble", { what: "shared-server-missing" })],
    ),
    line("unable to connect to st-link", 4, /^unable to connect to st-link/i, () => [
      say("probe-trouble", { what: "none-found" }),
    ]),
    // The launch fails in the IDE, before a server or GDB is started.
    line(
      ["project ", "references non"],
      8,
      /^(?:launch configuration.{0,80}: *)?project ["']?([\w.+-]{1,80})["']? (?:does not exist|not found|is closed)|references (?:a )?non[- ]existing project ["']?([\w.+-]{1,80})/i,
      (match) => [say("launch-unfit", { what: "project", name: (match[1] ?? match[2]).replace(/\.$/, "") })],
    ),
    line(
      ["launch failed", "the selection cannot be launched", "no binaries"],
      8,
      /^launch failed\. binary not found|^(?:error: *)?no binar(?:y|ies) (?:to debug|found)/i,
      () => [say("path-missing", { what: "program" })],
    ),
    line("the selection cannot be launched", 8, /^the selection cannot be launched/i, () => [
      say("launch-unfit", { what: "none" }),
    ]),
    line("undefined debug error", 10, /^(?:error: *)?undefined debug error/i, () => [
      say("launch-unfit", { what: "unsaid" }),
    ]),
    // GDB stands where there is no program of the project's.
    line("no source available for", 4, /^no source available for ["\u201c]0x([0-9a-f]{1,8})["\u201d]/i, (match) => [
      say("stop", { pc: Number.parseInt(match[1], 16) >>> 0 }),
    ]),
    line(
      "no source available for",
      4,
      /^no source available for ["\u201c]([\w:~]{1,120})\(\) at 0x([0-9a-f]{1,8})["\u201d]/i,
      (match) => at(match[2], match[1]),
    ),
    line("initializing: unknown error code", 3, /unknown error code/i),
    line("break at address", 10, /break at address "?0x([0-9a-f]{1,8})"? with no debug information/i, (match) => [
      say("stop", { pc: Number.parseInt(match[1], 16) >>> 0, unknown: true }),
    ]),
    ...traceClock,
    // STLinkUpgrade, when the probe did not change to its update mode.
    line("st-link is not in the dfu mode", 10, /st-link is not in the dfu mode/i, () => [
      say("probe-trouble", { what: "upgrade-refused" }),
    ]),
    line("stlinkupgrade", 3, /stlinkupgrade/i),
    // It reads the version of a probe that has followed it into the update mode.
    line("version: v", 6, /^version: *(V\d\.J\d+\.[SMB]\d+\S*) +STM32 Debugger/i, (match, { memory }) => {
      memory.set("updater-version", true);
      return [say("probe-firmware", probeFirmware(match[1]))];
    }),
    line("jni ", 8, /^jni (?:command )?error\b/i, () => [say("probe-trouble", { what: "upgrade-broken" })]),
    line(
      ["upgrade error", "upgrade failed", "st-link firmware upgrade", "firmware upgrade"],
      4,
      // A dialog's title and sign may stand before its words.
      /(?:^|[\])>|] *)(?:st-?link (?:firmware )?)?upgrade (?:error|failed)|st-?link firmware upgrade\b.{0,20}(?:error|fail)/i,
      (_, { memory }) => [
        say("probe-trouble", {
          what: "upgrade-broken",
          ...(memory.get("updater-version") === true && { afterVersion: true }),
        }),
      ],
    ),
    line("unknown firmware type", 10, /unknown firmware type\b/i, () => [
      say("probe-trouble", { what: "upgrade-broken", detail: "its type is not known any more" }),
    ]),
  ],
};
