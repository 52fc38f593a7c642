/** What STM32CubeProgrammer says when it fails. */
import type { ConnectManner, FactValues } from "../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "./log-reader.ts";
import { segmentFailures } from "./stm32cubeprogrammer-segments.ts";
import { programmerUsage } from "./stm32cubeprogrammer-usage.ts";
import { libusbError } from "./usb-errors.ts";
import { hexValue } from "./values.ts";

const tool = "stm32cubeprogrammer";

/** Volts at VTref below which nothing can answer. */
const NO_POWER = 0.5;
type Operation = FactValues["flash-trouble"]["operation"];

/** Nothing answers, or what answered before does no more. */
function silent({ memory }: LineContext, answer: "none" | "error" = "none"): Said[] {
  if (memory.get("boot-loader") === true) return [];
  if (memory.get("identified") === true) return lost(memory);
  return [say("wire-answer", { answer, ...asked(memory) })];
}

/** A chip that answered before does no more: while what was done. */
function lost(memory: Map<string, unknown>, otherwise: "session" | "reset" = "session"): Said[] {
  const operation = memory.get("operation") as "erase" | "program" | "verify" | "run" | "option-bytes" | undefined;
  // Option bytes are loaded by a reset.
  if (operation === "option-bytes") return [trouble("option-bytes"), say("target-lost", { during: "reset" })];
  return [say("target-lost", { during: otherwise === "reset" ? "reset" : (operation ?? otherwise) })];
}

/** How a target was asked that answers, or does not: as far as the command line or the programmer's own lines tell. */
export function asked(memory: Map<string, unknown>): {
  manner?: ConnectManner;
  protocol?: "swd" | "jtag";
  khz?: number;
} {
  const manner = memory.get("manner") as ConnectManner | undefined;
  const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
  const khz = memory.get("khz") as number | undefined;
  return { ...(manner && { manner }), ...(protocol && { protocol }), ...(khz !== undefined && { khz }) };
}

function trouble(operation: Operation, more: Omit<FactValues["flash-trouble"], "operation"> = {}): Said {
  return say("flash-trouble", { operation, ...more });
}

/** The place that the programmer named last. */
function addressIn(memory: Map<string, unknown>): { address?: number } {
  const address = memory.get("address");
  return typeof address === "number" ? { address } : {};
}

/** A read that failed where ST's boot loader answers: a chip that is held in reset has none that could. */
function unreadByBootLoader(memory: Map<string, unknown>): Said[] | undefined {
  if (memory.get("boot-loader") !== true) return undefined;
  return [say("boot-loader", { over: memory.get("over") === "serial" ? "serial" : "usb", answer: "unread" })];
}

/** A device of DFU that does not tell its chip, and whose strings name another maker than ST. */
function ofOtherMaker(memory: Map<string, unknown>): Said[] | undefined {
  const maker = memory.get("usb-maker") as string | undefined;
  if (memory.get("boot-loader") !== true || maker === undefined || /^stm|^--|^n\/?a\b/i.test(maker)) return undefined;
  const product = memory.get("usb-product") as string | undefined;
  return [say("boot-loader", { over: "usb", answer: "foreign", to: [maker, product].filter(Boolean).join(", ") })];
}

/** A read of RAM through ST's boot loader, whose own it is. */
function ramRefused(memory: Map<string, unknown>): Said[] | undefined {
  const { address } = addressIn(memory);
  if (memory.get("boot-loader") !== true || address === undefined || address >>> 28 !== 2) return undefined;
  const over = memory.get("over") === "serial" ? "serial" : "usb";
  return [say("boot-loader", { over, answer: "refused", to: `Read Memory at 0x${address.toString(16)}` })];
}

/** Names of the probe driver's errors, and what each means. */
const driverErrors: Readonly<Record<string, (context: LineContext) => Said[]>> = {
  DEV_TARGET_CMD_ERR: (context) => silent(context),
  // The debug port was entered, and the core did not stop: no open lead.
  DEV_TARGET_NOT_HALTED: ({ memory }) => {
    const manner = memory.get("manner") as ConnectManner | undefined;
    return [
      say("wire-answer", { answer: "ok", ...(manner && { manner }) }),
      say("halt-failed", { ...(manner && { manner }), answering: true }),
    ];
  },
  DEV_NO_DEVICE: (context) => silent(context),
  DEV_TARGET_COMM_ERR: (context) => silent(context, "error"),
  DEV_TARGET_CONNECT_ERR: (context) => silent(context),
  DEV_USB_COMM_ERR: () => [say("probe-trouble", { what: "usb-error" })],
  DEV_TIMEOUT: () => [say("probe-trouble", { what: "usb-error", detail: "time-out" })],
  DEV_CONNECT_ERR: (context) => {
    const { memory } = context;
    if (memory.get("boot-loader") === true) return [];
    // It had the probe measure the target's voltage: nobody else holds that.
    if (memory.has("volts") && memory.get("identified") !== true) return silent(context);
    // The same program had the probe a moment ago.
    return memory.get("identified") === true
      ? [say("target-lost", { during: "session" })]
      : [say("probe-trouble", { what: "busy" })];
  },
  DEV_NO_STLINK: () => [say("probe-trouble", { what: "none-found" })],
  DEV_NOT_FOUND: () => [say("probe-trouble", { what: "none-found" })],
  DEV_TARGET_HELD_UNDER_RESET: () => [say("nrst", { level: "low", driven: false })],
  DEV_TARGET_RESET_ERR: (context) => silent(context),
  DEV_UNKNOWN_MCU_TARGET: () => [say("chip-unidentified", {})],
  DEV_FW_OLD: () => [say("probe-trouble", { what: "firmware-too-old" })],
  DEV_OLD_FW: () => [say("probe-trouble", { what: "firmware-too-old" })],
};

/** What the probe's driver answered, by the name that it has for it. */
function ofDriver([, name]: RegExpExecArray, context: LineContext): Said[] {
  context.memory.set("told", true);
  return [say("verdict", { tool, text: name }), ...(driverErrors[name.toUpperCase()]?.(context) ?? [])];
}

export const programmerErrors: readonly LinePattern[] = [
  line("no stm32 target found", 10, /no stm32 target found/i, (_, context) => silent(context)),
  line("2nd connect tentative", 8, /2nd connect tentative/i, () => [say("connect-retry", {})]),
  line(
    ["could not verify st device", "the device is not a genuine"],
    8,
    /could not verify st device|device is not a genuine/i,
    () => [say("genuine", { verdict: "doubtful" }), say("verdict", { tool, text: "not a genuine device" })],
  ),
  line("unable to get core id", 10, /unable to get core id/i, (_, context) => silent(context)),
  line("st-link error", 10, /\bst-link error \((DEV_[A-Z_]{3,40})\)/i, ofDriver),
  line("dev_", 8, /\b(DEV_[A-Z_]{3,40})\b/, (match, context) =>
    /st-link error \(/i.test(match.input) ? [] : ofDriver(match, context),
  ),
  line(
    ["no debug probe detected", "no st-link detected", "no stlink detected"],
    5,
    /no (?:debug probe|st-?link) (?:is )?detected/i,
    () => [say("probe-trouble", { what: "none-found" })],
  ),
  line(
    ["wrong serial number", "wrong st-link serial", "st-link with serial", "serial number"],
    0,
    /(?:wrong (?:st-link )?serial number|serial number .*not found|with (?:the )?(?:given )?serial.*not (?:found|detected))/i,
    () => [say("probe-trouble", { what: "serial-not-found" })],
  ),
  line(
    [
      "st-link is already",
      "st-link already",
      "probe is already",
      "st-link device is already",
      "already used by another",
      "in use by another",
    ],
    5,
    /already (?:in use|used|connected|opened)|in use by (?:an)?other/i,
    () => [say("probe-trouble", { what: "busy" })],
  ),
  line(
    ["old st-link firmware", "st-link firmware version is too old", "please upgrade", "st-link firmware is old"],
    5,
    /old st-?link firmware|firmware.*(?:too old|upgrade)|st-?link firmware is old/i,
    // One text for two causes: "Old ST-LINK firmware/ST-LINK already used".
    ({ input }) => [
      say("probe-trouble", { what: "firmware-too-old", ...(/already (?:in )?use/i.test(input) && { or: "busy" }) }),
    ],
  ),
  line(
    ["stlink-server", "st-link server", "stlink server"],
    6,
    /^(?:error: *)?(?=.*(?:unable|fail|cannot|can't|could ?n[o']t|not (?:found|running|available)|refused)).*\bst-?link[ -]server\b.*/i,
    ({ input }) => [
      say("probe-trouble", {
        what: /not (?:be )?found|not installed|missing/i.test(input)
          ? "shared-server-missing"
          : "shared-server-refused",
      }),
    ],
  ),
  line("st-link usb communication error", 6, /st-link usb communication error/i, () => [
    say("probe-trouble", { what: "usb-error" }),
  ]),
  line(
    ["unknown or unsupported device", "cannot identify the device", "unknown device"],
    6,
    /(?:unknown or unsupported device|cannot identify the device|unknown device)(?:.*?devid *= *0x([0-9a-f]+))?/i,
    (match, { memory }) => {
      // An ID of 0 is one that was not read.
      const id = match[1] === undefined ? 0 : hexValue(match[1]) & 0xfff;
      return id === 0
        ? (ofOtherMaker(memory) ?? [say("chip-unidentified", {})])
        : [say("chip-unidentified", { id }), say("device-id", { id })];
    },
  ),
  line(
    [
      "target under reset",
      "target is under reset",
      "target is held under reset",
      "held under reset",
      "read out protection or",
    ],
    4,
    // Its sentence names protection first, and may be cut off behind that.
    /(?:target|device) (?:is )?(?:held )?under reset|read.?out protection or\b/i,
    ({ input }, { memory }) =>
      unreadByBootLoader(memory) ?? [
        say("nrst", {
          level: "low",
          driven: false,
          ...(/read.?out protection or/i.test(input) && { or: "read-protection" }),
        }),
      ],
  ),
  // Of a chip in its boot loader it concludes so from a read that was refused.
  line(
    ["is under read", "under read out"],
    6,
    /\bdevice is under read-? ?out protection(?! or\b)/i,
    (_, { memory }) => [
      say("read-protection", { on: true, ...(memory.get("boot-loader") === true && { inferred: true }) }),
    ],
  ),
  // Behind a download that went well, when the program was to be started.
  line("kept under reset", 6, /\bcore is kept under reset/i, () => [say("nrst", { level: "low", driven: false })]),
  line(
    "read operation failed",
    6,
    /\ba read operation failed\b/i,
    (_, { memory }) => unreadByBootLoader(memory) ?? [trouble("read", addressIn(memory))],
  ),
  line(
    ["failed to erase memory", "failed to erase", "mass erase", "erase operation", "unable to erase"],
    4,
    /(?:failed to erase|(?:mass )?erase.{0,20}(?:failed|error)|unable to erase)/i,
    (_, { memory }) => [trouble("erase", memory.get("erasing-external") === true ? { external: true } : {})],
  ),
  // Told of each; the first is enough.
  line("sector ", 5, /\bsector (\d{1,5}) does not exist/i, (match, { memory }) => {
    if (memory.get("no-sectors") === true) return [];
    memory.set("no-sectors", true);
    return [say("sectors-unknown", { first: Number(match[1]) })];
  }),
  ...segmentFailures,
  line(
    ["failed to download the file", "failed to download the sub-file", "failed to download"],
    3,
    /failed to download the (?:sub-)?file/i,
    (_, { memory }) => (memory.has("partition") ? [] : [trouble("program")]),
  ),
  line(
    "data mismatch found at address",
    8,
    /data mismatch found at address *0x([0-9a-f]+)(?: *\(byte *= *0x([0-9a-f]+) *instead of *0x([0-9a-f]+))?/i,
    (match) => [
      trouble("verify", {
        reason: "mismatch",
        address: hexValue(match[1]),
        ...(match[2] !== undefined && { found: hexValue(match[2]) }),
        ...(match[3] !== undefined && { expected: hexValue(match[3]) }),
      }),
    ],
  ),
  line("cannot connect to access port", 10, /cannot connect to access port *(\d+)/i, (match, context) => {
    const { memory } = context;
    memory.set("told", true);
    // It says so of a chip without power as well.
    if (((memory.get("volts") as number | undefined) ?? 3) < NO_POWER) return silent(context);
    // The debug port has answered then; what stands behind the access port has not.
    return [say("wire-answer", { answer: "ok" }), say("access-port-failed", { ap: Number(match[1]) })];
  }),
  line(["core is locked up", "core is locked-up", "core locked up"], 3, /core (?:is )?locked[ -]up/i, () => [
    say("core", { state: "lockup" }),
  ]),
  line(
    ["failed to connect to target", "failed to connect to the target"],
    3,
    /failed to connect to (?:the )?target/i,
    (_, context) => silent(context),
  ),
  line(
    "libusb",
    2,
    /libusb.*(?:couldn't open|could not open|need write access|requires write access).*|libusb.*errno=(?:1|13)\b/i,
    () => [say("probe-trouble", { what: "permission" })],
  ),
  line("libusb_error_", 3, /LIBUSB_ERROR_(\w+)/i, (match) => {
    const said = libusbError(match[1]);
    return said === undefined ? [] : [said];
  }),
  line(
    ["stm32_programmer_cli", "required program"],
    10,
    /(?:required program )?(\S{0,200}stm32_programmer_cli(?:\.exe|\.sh)?)["']?[: ]+(?:command )?not found/i,
    (match) => [say("path-missing", { what: "other", path: match[1].replace(/^["']/, "") })],
  ),
  line("fail to write buffer in flash", 8, /fail(?:ed)? to write buffer in flash/i, () => [trouble("program")]),
  line(
    ["failed to download data", "downloading"],
    6,
    /failed to download data|downloading (?:\d+-bit )?data failed/i,
    (_, { memory }) => {
      memory.set("failed", true);
      return [trouble("program")];
    },
  ),
  line("start operation failed", 6, /^(?:error: *)?start operation failed$/i, ({ input }, { memory }) => {
    // What was not written cannot be started.
    if (memory.get("failed") === true) return [];
    const partition = memory.get("started-partition") as number | undefined;
    if (partition !== undefined) return [say("embedded-flashing", { step: "start", partition, done: false })];
    if (memory.get("boot-loader") !== true) return [say("unknown-error", { text: input })];
    const over = memory.get("over") === "serial" ? ("serial" as const) : ("usb" as const);
    return [say("boot-loader", { over, answer: "refused", to: "the start of the program (Go, or leaving DFU)" })];
  }),
  line("problem occured while trying to connect", 8, /problem occurr?ed while trying to connect/i, (_, context) =>
    context.memory.get("told") === true ? [] : silent(context),
  ),
  line("download verification failed", 5, /download verification failed/i, () => [
    trouble("verify", { reason: "mismatch" }),
  ]),
  line(
    "flash loader",
    5,
    /^(?!.*\b(?:external|flashloaderpath)\b)(?!.*\.stldr).*flash loader (?:cannot be loaded|.*(?:fail|error|not found))/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["failed loading flash loader", "failed to load flash loader", "failed to run flash loader"],
    5,
    /failed (?:loading|to (?:load|run)) (?:the )?flash loader/i,
    () => [trouble("algorithm", { reason: "algorithm" })],
  ),
  line(
    ["file does not exist", "file doesn't exist", "failed to open file", "file not found", "wrong file path"],
    2,
    /(?:file (?:does(?: not|n't) exist|not found)|wrong file path|failed to open file)[ :]*(.*)/i,
    ({ 1: rest, input }) => [
      say("path-missing", {
        what: /\bloader\b/i.test(input) ? "loader" : "program",
        ...(rest.trim() && { path: rest.trim() }),
        // It goes on after what it only warns of.
        ...(/^warning\b/i.test(input) && { doubtful: true }),
      }),
    ],
  ),
  line(
    ["operation exceeds memory limits", "exceeds memory", "exceeds the flash", "memory size"],
    3,
    /exceeds? (?:the )?(?:memory|flash)/i,
    (_, { memory }) => [
      // From the first address of flash on it can be but the length that does. Where later segments lie is not told.
      Number(memory.get("segment") ?? 0) > 0
        ? trouble("program", { reason: "size" })
        : trouble("program", {
            reason: memory.get("address") === 0x0800_0000 ? "too-large" : "size",
            ...addressIn(memory),
          }),
    ],
  ),
  line(
    ["read out protection", "readout protection", "read-out protection", "read protection", "rdp"],
    5,
    /(?:read-? ?out|read) protect\w* (?:is )?(?:active|activated|enabled|set|level 1)|disable read-? ?out protect|(?:is|are) read-? ?(?:out )?protected|rdp *(?:=|:|is|level) *(?:0xbb|1)\b/i,
    () => [say("read-protection", { on: true })],
  ),
  line(
    ["write protected", "write-protected", "write protection", "wrp"],
    3,
    /(?:is|are|sectors?.*|pages?.*) write.?protect(?:ed)?|write protection (?:error|is active|is enabled)|wrperr/i,
    (_, { memory }) => [trouble(memory.get("operation") === "erase" ? "erase" : "program", { reason: "protected" })],
  ),
  line(["is not 255-bytes aligned", "bytes aligned"], 5, /not \d+-bytes? aligned/i, () => [
    trouble("program", { reason: "alignment" }),
  ]),
  line(["pgserr", "pgaerr", "proerr", "alignment error"], 3, /\b(?:pgserr|pgaerr|alignment error)\b/i, () => [
    trouble("program", { reason: "alignment" }),
  ]),
  line(
    ["unable to read", "failed to read"],
    6,
    /(?:unable|failed) to read (?:the )?(?:device id|core id|cpu ?id|id ?code|rom table|(?:core )?registers?(?! \w+ at address))/i,
    ({ input }, { memory }) =>
      // These lie behind the debug port, which was entered then.
      memory.get("boot-loader") === true || memory.get("identified") === true
        ? [say("unknown-error", { text: input })]
        : [say("wire-answer", { answer: /id ?code/i.test(input) ? "none" : "fault", ...asked(memory) })],
  ),
  line(
    ["unable to read", "failed to read", "data read failed", "cannot read memory"],
    2,
    /(?:unable|failed) to read (?!target status|(?:the )?(?:device id|core id|cpu ?id|id ?code|rom table|(?:core )?registers?))|cannot read memory|data read failed/i,
    (match, { memory }) =>
      ramRefused(memory) ?? [trouble("read", /data read/i.test(match[0]) ? addressIn(memory) : {})],
  ),
  line(
    ["uploading option byte", "reading option byte", "initializing the option byte", "failed to read option"],
    3,
    /(?:uploading|reading|initiali[sz]ing) (?:the )?option bytes?.{0,40}(?:fail|error)/i,
    ({ input }, { memory }) =>
      memory.get("boot-loader") === true ? [say("unknown-error", { text: input })] : [trouble("read")],
  ),
  line(
    ["failed to program option bytes", "option byte"],
    3,
    /^(?!.*(?:uploading|reading|initiali[sz]ing|input value)).*option bytes? .*(?:fail|error|unmatched|not (?:updated|programmed))|failed to (?:program|load) option/i,
    ({ input }, { memory }) =>
      memory.get("boot-loader") === true && /\bread\b/i.test(input)
        ? [say("unknown-error", { text: input })]
        : [trouble("option-bytes")],
  ),
  line(
    [
      "lost connection",
      "connection to device",
      "connection lost",
      "connection to the device",
      "connection to target",
      "connection to the target",
      "connection is lost",
      "connection was lost",
    ],
    4,
    /lost connection|(?<!debugger |client )connection (?:to (?:the )?(?:device|target) (?:0x[0-9a-f]+ )?)?(?:is |was )?lost/i,
    ({ input }, { memory }) => {
      if (memory.get("boot-loader") !== true) return lost(memory);
      return /serial port/i.test(input) ? [say("boot-loader", { over: "serial", answer: "none" })] : [];
    },
  ),
  line(
    ["failed to reconnect after reset", "unable to reset mcu"],
    8,
    /failed to reconnect after reset|unable to reset mcu/i,
    (_, context) => (context.memory.get("identified") === true ? lost(context.memory, "reset") : silent(context)),
  ),
  line(
    ["failed to write memory", "write memory failed"],
    4,
    /(?:failed to write memory|write memory failed)(?: at(?: address)?:? *0x([0-9a-f]{1,8})\b)?/i,
    (match) => [trouble("program", match[1] === undefined ? {} : { address: hexValue(match[1]) })],
  ),
  line(
    ["unable to reconnect", "failed to reconnect", "cannot reconnect"],
    8,
    /(?:unable|failed|cannot|could not)(?: to)? reconnect after (?:setting|writing|programming|loading) (?:the )?option bytes?/i,
    () => [trouble("option-bytes"), say("target-lost", { during: "reset" })],
  ),
  line("expected value", 6, /expected values? for option bytes?/i, () => [trouble("option-bytes")]),
  line(["core is not halted", "unable to halt"], 4, /core is not halted|unable to halt/i, () => [
    say("halt-failed", {}),
  ]),
  line(
    [
      "elf loader",
      "unsupported file format",
      "wrong file format",
      "file corrupted",
      "wrong format of the file",
      "parsing fail",
      "parsing count",
      "parsing ",
    ],
    4,
    /elf loader:? .*(?:invalid|error|fail)|(?:unsupported|wrong) file format|wrong format of the file|file corrupted|^(?:error: *)?parsing (?:fail|.{0,30}\bexpecting\b)/i,
    ({ input }) => [say("image-unusable", /define\w* the same memory/i.test(input) ? { overlaps: true } : {})],
  ),
  ...programmerUsage,
  // "If you are trying to connect to a device with TrustZone enabled ..." is advice that it gives of any chip.
  line(
    "trustzone",
    1,
    /^(?!.*\bif you are\b)(?:(error\b).*)?.*trustzone (?:is )?(?:enabled|active)|tzen *[=:] *(?:0x)?1\b/i,
    (match) => [
      say("trustzone", { on: true }),
      // What it was about to do was refused for that.
      ...(match[1] === undefined ? [] : [say("flash-trouble", { operation: "read", reason: "secure" })]),
    ],
  ),
];
