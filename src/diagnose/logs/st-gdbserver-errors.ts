/** What ST-LINK_gdbserver says when it fails (reference: texts, reasons and exit statuses of versions 5 to 7). */
import type { ConnectManner } from "../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

const tool = "st-link-gdbserver";

/** Nothing answered; with what is known of how it was tried. */
export function noAnswer({ memory }: LineContext): Said[] {
  const manner = memory.get("manner") as ConnectManner | undefined;
  const protocol = memory.get("swd") === true ? "swd" : undefined;
  return [say("wire-answer", { answer: "none", ...(manner && { manner }), ...(protocol && { protocol }) })];
}

/** The texts behind "Reason:", the exit status that goes with each, and what they tell. */
const reasons: readonly (readonly [words: string, pattern: RegExp, facts: (context: LineContext) => Said[]])[] = [
  ["device connect error", /device connect error/i, () => [say("probe-trouble", { what: "busy" })]],
  ["failed to connect to device", /failed to connect to device/i, () => [say("probe-trouble", { what: "busy" })]],
  ["no device found on target", /no device found on target/i, noAnswer],
  ["unknown mcu found on target", /unknown mcu found on target/i, () => [say("chip-unidentified", {})]],
  [
    "st-link firmware upgrade required",
    /st-link firmware upgrade required/i,
    () => [say("probe-trouble", { what: "firmware-too-old" })],
  ],
  ["could not verify st device", /could not verify st device/i, () => [say("genuine", { verdict: "doubtful" })]],
  ["no st-link found", /no st-link (?:found|detected)/i, () => [say("probe-trouble", { what: "none-found" })]],
  ["no st-link detected", /no st-link detected/i, () => [say("probe-trouble", { what: "none-found" })]],
  [
    "st-link dll error",
    /st-link dll error/i,
    () => [say("probe-trouble", { what: "usb-error", detail: "ST-LINK DLL error" })],
  ],
  ["usb communication error", /usb communication error/i, () => [say("probe-trouble", { what: "usb-error" })]],
  [
    "st-link device with",
    /(?:with|has) (?:a )?(?:missing|no|(?:an )?(?:empty|invalid)) serial number/i,
    () => [say("probe-trouble", { what: "serial-absent" })],
  ],
  ["target not halted", /target not halted/i, () => [say("halt-failed", {})]],
  ["held under reset", /(?:device|target) held under reset/i, () => [say("nrst", { level: "low", driven: false })]],
];

const reasonWords = reasons.map(([words]) => words);

export const errorPatterns: readonly LinePattern[] = [
  line("error in initializing st-link device", 10, /error in initiali[sz]ing st-link device/i, () => [
    say("server-ended", { why: "error" }),
  ]),
  // What the server gives as the cause: a verdict, which may be refuted, and what its own text tells.
  line("reason", 3, /^reason *: *(?:\((\d+)\) *)?(.+)/i, (match, context) => [
    say("verdict", { tool, text: match[2].trim() }),
    ...(match[1] === undefined ? [] : [say("exit-status", { status: Number(match[1]), tool })]),
    ...(/^unknown/i.test(match[2]) && match[1] === "0" ? [say("port-taken", { port: 0 })] : []),
    ...reasons.flatMap(([, pattern, facts]) => (pattern.test(match[2]) ? facts(context) : [])),
  ]),
  line(
    reasonWords,
    8,
    /^(?!reason)(?:error: *)?(?:\[?gdbserver\]?[: ]*)?(?:\(\d+\) *)?(device connect error|failed to connect to device|no device found on target|unknown mcu found on target|st-link firmware upgrade required|could not verify st device|no st-link (?:found|detected)|st-link dll error|usb communication error|device held under reset|st-link device with .{2,20} serial number)/i,
    (match, context) => reasons.flatMap(([, pattern, facts]) => (pattern.test(match[1]) ? facts(context) : [])),
  ),
  line("target no device found", 10, /target no device found/i, (_, context) => noAnswer(context)),
  line("target unknown mcu target", 10, /target unknown mcu target/i, () => [say("chip-unidentified", {})]),
  line("target connection failed", 8, /target connection failed/i, (_, context) => noAnswer(context)),
  line("target unknown error", 10, /target unknown error *(-?\d+)/i, (match) => [
    say("error-code", { code: `st-internal-${match[1]}`, message: match[0] }),
  ]),
  line("target usb comms error", 10, /target usb comms? error/i, () => [say("probe-trouble", { what: "usb-error" })]),
  line("target dll error", 8, /target dll error/i, () => [say("probe-trouble", { what: "usb-error" })]),
  line(["target held under reset", "target device held"], 8, /target (?:device )?held (?:under|in) reset/i, () => [
    say("nrst", { level: "low", driven: false }),
  ]),
  line("st-link: ", 8, /^(?:reason *: *(?:\(\d+\) *)?)?st-link: *(\w{6,}) +not found/i, (match) => [
    say("probe-trouble", { what: "serial-not-found" }),
    say("option", { name: "serial-number", value: match[1], tool }),
  ]),
  line("st-link enumeration failed", 8, /st-link enumeration failed/i, () => [
    say("probe-trouble", { what: "usb-error", detail: "enumeration failed" }),
  ]),
  line("not able to connect to server", 6, /not able to connect to server/i, () => [
    say("probe-trouble", { what: "shared-server-refused" }),
  ]),
  line("failed launching stlink-server", 10, /failed launching stlink-server/i, () => [
    say("probe-trouble", { what: "shared-server-missing" }),
  ]),
  line("failed to read rom table", 10, /failed to read rom table(?: via ap *(\d+))?/i, (match) => [
    say("access-port-failed", match[1] === undefined ? {} : { ap: Number(match[1]) }),
  ]),
  line("vendor = ", 6, /^vendor *= *0x([0-9a-f]{1,3})\b/i, (match) => [
    say("designer", { code: hexValue(match[1]) & 0x7f }),
  ]),
  line(
    "failed to bind to port",
    8,
    /failed to bind to port *(\d+)(?:[^:]*?error code *(-?\d+))?(?:\s*:\s*(.*))?/i,
    (match) => [
      say("port-taken", {
        port: Number(match[1]),
        ...(portReason(match) !== undefined && { system: portReason(match) }),
      }),
    ],
  ),
  line(
    ["failure starting gdb server", "failure starting swv server"],
    8,
    /failure starting (?:gdb|swv) server\D*(\d+)/i,
    (match) => [say("port-taken", { port: Number(match[1]) })],
  ),
  line(
    "couldn't locate stm32cubeprogrammer",
    10,
    /couldn'?t locate stm32cubeprogrammer(?: in *["']([^"']*)["'])?/i,
    (match) => [say("path-missing", { what: "stm32cubeprogrammer", ...(match[1] && { path: match[1] }) })],
  ),
  line("parse error", 2, /parse error: *(?:argument: *)?(.*)/i, (match, { memory }) => {
    memory.set("parse-error", match[1]);
    const option = /-{1,2}[\w-]+/.exec(match[1])?.[0];
    return option === undefined ? [] : [say("option-unknown", { option })];
  }),
  // TCLAP says in a second line what is wrong with the option of the first.
  line(
    [
      "couldn't read argument value",
      "does not meet constraint",
      "missing a value for this argument",
      "argument already set",
    ],
    8,
    /couldn'?t read argument value|does not meet constraint|missing a value for this argument|argument already set/i,
    (_, { memory }) => {
      const about = (memory.get("parse-error") as string | undefined) ?? "";
      const option = /--\w[\w-]*/.exec(about)?.[0] ?? /-\w+/.exec(about)?.[0] ?? "an option";
      return [say("option-unknown", { option, refused: "value" })];
    },
  ),
  line("required argument", 8, /required arguments? missing *: *(-{0,2}[\w-]+)/i, (match) => [
    say("option-unknown", { option: match[1].startsWith("-") ? match[1] : `--${match[1]}`, lacking: true }),
  ]),
  line("couldn't find match for argument", 10, /couldn'?t find match for argument(?: +(-\S+))?/i, (match) =>
    match[1] === undefined ? [] : [say("option-unknown", { option: match[1] })],
  ),
  line("target is not responding", 6, /target is not responding/i, (_, { memory }) => [
    say("target-lost", { during: memory.get("download") === true ? "run" : "session" }),
  ]),
  // It asks again only what it had reached.
  line("failed to get status", 8, /failed to get status(.*retrying)?/i, (match, context) =>
    match[1] !== undefined || context.memory.get("ready") === true
      ? [say("target-lost", { during: "session" })]
      : noAnswer(context),
  ),
  line(
    ["failed to read target status", "failed to read registers from"],
    8,
    /failed to read (?:target status|registers from target)/i,
    (_, { memory, line: at }) => {
      // Breakpoints are worked at while the core stands still.
      const breakpoint = memory.get("breakpoint-access") as number | undefined;
      const halted = breakpoint !== undefined && at.number - breakpoint <= 3;
      return [say("target-lost", { during: halted ? "step" : "session" })];
    },
  ),
  line("error in stm32cubeprogrammer", 10, /error in stm32cubeprogrammer/i, () => [
    say("verdict", { tool, text: "Error in STM32CubeProgrammer" }),
  ]),
  // It could not be started, or ended with an error that it told before.
  line("encountered error when opening", 8, /encountered error when opening (.{1,250})/i, (match) => [
    say("path-missing", { what: "other", path: match[1].trim(), doubtful: true }),
  ]),
  line(["fail create session", "fail starting session"], 8, /fail (?:create|starting) session/i, () => [
    say("version-mismatch", { between: "ST-LINK_gdbserver and STM32CubeProgrammer" }),
  ]),
  line(["libstlinkusbdriver", "stlinkusbdriver"], 10, /(?:lib)?stlinkusbdriver\S*/i, (match, { line: { text } }) =>
    /cannot|can't|could not|not found|no such|fail|image not|unable|unsatisfied/i.test(text)
      ? [say("path-missing", { what: "library", path: match[0].replace(/[:;,]+$/, "") })]
      : [],
  ),
  line(["localhost", "127.0.0.1"], 0, /(?:localhost|127\.0\.0\.1):\d+: *.*?(refused|timed out)/i, (match) => [
    say("client-trouble", { what: /refused/i.test(match[1]) ? "refused" : "timed-out" }),
  ]),
  // GDB's, or the IDE's, in a paste of both.
  line("load failed", 0, /^load failed\b/i, () => [say("client-trouble", { what: "load-failed" })]),
  line("failed determine breakpoint type", 6, /failed determine breakpoint type/i, (_, { memory, line: at }) => {
    memory.set("breakpoint-access", at.number);
    return [];
  }),
  line("hidden/unsupported v-command", 8, /hidden\/unsupported v-command/i),
  line("darwin_claim_interface", 3, /darwin_claim_interface/i, () => [
    say("operating-system", { name: "macos" }),
    say("probe-trouble", { what: "busy", detail: "darwin_claim_interface" }),
  ]),
];

function portReason(match: RegExpExecArray): string | undefined {
  const text = [match[2] && `error code ${match[2]}`, match[3]?.trim()].filter(Boolean).join(": ");
  return text === "" ? undefined : text;
}
