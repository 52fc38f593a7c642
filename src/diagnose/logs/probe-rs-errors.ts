/** The errors of probe-rs, by the sentence that each level of a `Caused by:` chain prints. */
import type { ConnectManner, FactValues } from "../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "./log-reader.ts";
import { systemError, usbErrorText } from "./usb-errors.ts";
import { hexValue } from "./values.ts";

type Answer = FactValues["wire-answer"]["answer"];

function answered({ memory }: LineContext, answer: Answer): Said[] {
  // After a download that went well a refusal is one address's, not the chip's.
  if (memory.get("programmed") === true && answer === "fault") return [say("client-trouble", { what: "memory" })];
  // Nor does it come to the wires: the chip is reset then, and its new program runs.
  if (memory.get("programmed") === true && answer !== "wait") return [say("target-lost", { during: "run" })];
  if (memory.get("attached") === true) {
    const during = memory.get("operation") as "erase" | "program" | "verify" | undefined;
    return [say("target-lost", { during: during ?? "session" })];
  }
  const manner = memory.get("manner") as ConnectManner | undefined;
  return [say("wire-answer", { answer, ...(manner && { manner }) })];
}

/** Statuses that tell of the probe itself. */
function ofProbe(name: string): Said | undefined {
  if (/^Jtag(?:Spi|Dma|Internal|Cmd)Error$/i.test(name))
    return say("probe-trouble", { what: "usb-error", detail: name });
  if (/^JtagAlreadyOpened/i.test(name)) return say("probe-trouble", { what: "busy", detail: name });
  if (/^JtagUnknownCmd$/i.test(name)) return say("probe-trouble", { what: "firmware-too-old" });
  return undefined;
}

/** ST-LINK statuses by the names of probe-rs. */
function ofStatus(name: string): Answer | undefined {
  // Old firmware says no more than "unknown" of an access that the bus refused; power that nothing acknowledges is alike.
  if (/^Jtag(?:Unknown|DbgPower|Write|WriteVerify)Error$/i.test(name)) return "fault";
  if (/^Jtag(?:NoDeviceConnected|GetIdcodeError|UnknownJtagChain)$/i.test(name)) return "none";
  if (/^(?:Jtag)?(?:Swd)?(?:Ap|Dp|Cmd)?Wait$/i.test(name) || /Wait$/i.test(name)) return "wait";
  if (/Fault$/i.test(name) || /Sticky(?:Orun)?Error$/i.test(name)) return "fault";
  if (/^Swd[AD]pError$/i.test(name)) return "none";
  if (/Parity|Wdata|Error$/i.test(name)) return "error";
  return undefined;
}

function trouble(
  operation: FactValues["flash-trouble"]["operation"],
  { memory }: LineContext,
  parts: Omit<FactValues["flash-trouble"], "operation"> = {},
): Said[] {
  memory.set("operation", operation);
  return [say("flash-trouble", { operation, ...parts })];
}

const chipNotNamed = say("option-unknown", { option: "--chip (which chip it is)", lacking: true });

export const probeRsErrors: readonly LinePattern[] = [
  line("connecting to the chip was unsuccessful", 10, /connecting to the chip was unsuccessful/i, () => [
    say("stage", { stage: "target-connected", reached: false }),
  ]),
  line(
    ["failed to attach", "failed attaching to"],
    5,
    /failed (?:to attach|attaching) to (?:the )?(?:target|chip|probe)/i,
    () => [say("stage", { stage: "target-connected", reached: false })],
  ),
  line(
    [
      "an arm specific error",
      "an error with the usage of the probe",
      "an error specific to",
      "an error which is specific",
      "an error occurred in the communication",
      "an error occurred while communicating with",
      "probe could not be created",
      "error processing",
      "error in previous batched",
    ],
    10,
    /probe could not be created|an arm specific error occurr?ed|an error with the usage of the probe (?:has )?occurr?ed|an error (?:which is )?specific to (?:the |a )?(?:debug )?probe|an error specific to the selected architecture|error occurr?ed (?:in the communication|while communicating) with (?:an access port|the probe|a core)/i,
  ),
  line(["send_jtag_command", "got swd"], 8, /send_jtag_command \d+ failed: *(\w+)|got (swd\w+)/i, (match, context) => {
    const name = match[1] ?? match[2];
    // A write that was taken and then thrown away sets the same flag as a garbled one (ADIv5 B2.2.2): behind an access
    // port that holds off or refuses it is that.
    const answer = /Wdata/i.test(name) && context.memory.get("held-off") === true ? "fault" : ofStatus(name);
    if (answer === "wait" || answer === "fault") context.memory.set("held-off", true);
    return answer === undefined ? [] : answered(context, answer);
  }),
  line("command failed with status", 8, /command failed with status (\w+)/i, (match, context) => {
    const probe = ofProbe(match[1]);
    if (probe !== undefined) return [probe];
    const answer = ofStatus(match[1]);
    return answer === undefined ? [] : answered(context, answer);
  }),
  line(
    ["target device did not respond", "no acknowledge", "target device responded"],
    8,
    /target device did not respond to (?:attach )?request|no acknowledge\w*(?: response)?(?: was)? received|received no acknowledge/i,
    (_, context) => answered(context, "none"),
  ),
  line(
    "target device responded with",
    8,
    /target device responded with(?: a)? (fault|wait) response/i,
    (match, context) => answered(context, match[1].toLowerCase() as Answer),
  ),
  // Instruction registers in a row, each with a fixed pattern at its end (IEEE 1149.1): what was shifted out is no such row.
  line(
    [
      "an error occurred handling the jtag scan chain",
      "invalid ir scan chain",
      "fewer irs",
      "more irs",
      "invalid idcode",
      "jtag scan chain",
      "invalid tap",
      "no targets were found",
    ],
    6,
    /(?:error .{0,30}jtag scan chain|invalid ir scan chain|(?:fewer|more) irs (?:detected )?than taps|jtag scan chain (?:is )?(?:empty|broken|invalid)|invalid idcode|invalid tap)/i,
    (_, { memory }) => [
      say("option", { name: "protocol", value: "jtag", tool: "probe-rs" }),
      ...(memory.get("attached") === true ? [] : [say("wire-answer", { answer: "none", protocol: "jtag" })]),
    ],
  ),
  line(
    ["incorrect parity", "unexpected answer"],
    5,
    /incorrect parity|parity error on read|received unexpected ack/i,
    (_, context) => answered(context, "error"),
  ),
  line("failed to find the target or attach", 8, /failed to find the target or attach to the target/i, (_, context) =>
    answered(context, "none"),
  ),
  line(
    [
      "no probe was found",
      "no debug probes were found",
      "probe was not found",
      "probe not found",
      "no connected probes were found",
      "no probes were found",
      "no debug probe",
    ],
    6,
    /no (?:(?:connected|debug) )?probes? (?:was|were) (?:found|detected)|\bprobe (?:was )?not found\b|no debug probe (?:was )?found/i,
    (match, { memory }) =>
      memory.get("opened") === true
        ? []
        : [
            say("probe-trouble", {
              what: /was not found/i.test(match[0]) && !/^no/i.test(match[0]) ? "serial-not-found" : "none-found",
            }),
          ],
  ),
  line(
    ["probes were found:", "more than one probe found"],
    8,
    /\b(\d{1,3}) probes were found:|more than one probe found; use --probe/i,
    (match) => [
      say("option-unknown", {
        option: `--probe (which of the ${match[1] ?? "several"} that are attached)`,
        lacking: true,
      }),
    ],
  ),
  // A session that ends takes its settings back: it had been opened.
  line(
    ["could not clear all hardware breakpoints", "failed to deconfigure device during shutdown"],
    8,
    /could not clear all hardware breakpoints|failed to deconfigure device during shutdown/i,
    (_, { memory }) => {
      memory.set("attached", true);
      return [say("stage", { stage: "target-connected", reached: true }), say("target-lost", { during: "session" })];
    },
  ),
  line("this could be a permission issue", 8, /this could be a permission issue/i),
  line(
    ["usb device could not be opened"],
    8,
    /usb device could not be opened\.? *please check the permissions/i,
    () => [say("probe-trouble", { what: "permission" })],
  ),
  line(
    ["os error", "access denied", "permission denied"],
    3,
    /((?:permission denied|access (?:is )?denied|device or resource busy|no such device|input\/output error|operation timed out|broken pipe)[^()]*)\(os error (\d+)\)/i,
    (match) => {
      const said = systemError(Number(match[2]), match[1]);
      return said === undefined ? [] : [said];
    },
  ),
  line(
    ["access denied", "permission denied", "insufficient permissions"],
    2,
    /(?:access|permission) denied(?!.*\(os error)/i,
    (match) => [say("probe-trouble", { what: "permission", detail: match[0] })],
  ),
  line(
    ["exclusive access", "interface is busy", "interface is claimed", "could not be opened for exclusive"],
    4,
    /(?:could not be opened for )?exclusive access|interface is (?:busy|claimed)|resource busy/i,
    () => [say("probe-trouble", { what: "busy" })],
  ),
  // A level of the chain that says no more than where it happened.
  line(
    ["usb"],
    6,
    /^(?:\d{1,2}: *)?(?:an? )?usb (?:communication )?error(?: (?:has )?occurr?ed)?[.:]?$|^(?:\d{1,2}: *)?usb:?$/i,
    () => [say("probe-trouble", { what: "usb-error", detail: "a transfer to the probe failed" })],
  ),
  // The library's own log: which step failed, and the system's number.
  line("nusb::", 8, /\bnusb::\S+ .*(?:fail|error|stall|e000[0-9a-f]{4})/i, ({ input }) => {
    const said = usbErrorText(input);
    return said === undefined ? [] : [said];
  }),
  // The level below it is the system's, or the USB library's, own word for what happened.
  line(
    [
      "timed out",
      "operation timed out",
      "transfer ",
      "endpoint ",
      "device disconnected",
      "hardware fault",
      "hardware issue",
      "entity not found",
      "no such device",
      "pipe error",
      "resource busy",
      "device or resource busy",
      "i/o error",
      "input/output error",
    ],
    0,
    /^\d{1,2}: *((?:operation )?timed out|transfer .{0,20}(?:cancell?ed|aborted|failed|timed out).{0,40}|endpoint .{0,10}stall\w*.{0,20}|device disconnected|hardware (?:fault|issue).{0,40}|entity not found|no such device.{0,60}|pipe error|(?:device or )?resource busy|i\/o error|input\/output error)\.?$/i,
    (match, { previous }) => {
      const said = usbErrorText(match[1]);
      const belowUsb = previous !== undefined && /^(?:\d{1,2}: *)?(?:an? )?usb\b.{0,40}$/i.test(previous.text);
      return belowUsb && said !== undefined ? [said] : [say("unknown-error", { text: match.input })];
    },
  ),
  line(
    ["usb communication error", "usb error while"],
    5,
    /usb communication error|usb error while (?:taking|opening)/i,
    () => [say("probe-trouble", { what: "usb-error" })],
  ),
  line(
    [
      "the firmware on the probe is outdated",
      "probe firmware",
      "stlink firmware does not support",
      "current version of the stlink",
      "does not support multiple aps",
    ],
    8,
    // An ST-LINK/V2 opens access ports (command 4B) from J28 on; before, there was no choice of them.
    /(?:the )?firmware on the probe is outdated|probe firmware .*outdated|stlink firmware does not support|(does not support multiple aps\b)/i,
    (match) => [say("probe-trouble", { what: "firmware-too-old", ...(match[1] !== undefined && { or: "tool" }) })],
  ),
  line(
    ["the selected probe does not support", "the connected probe does not support", "the probe does not support"],
    8,
    /the (?:selected |connected )?probe does not support the (?:['"]?(\w+)['"]? (?:interface|protocol)|interface ['"](\w+))/i,
    (match) => [
      say("probe-trouble", { what: "unsupported", detail: `no ${(match[1] ?? match[2]).toUpperCase()} with it` }),
    ],
  ),
  line("jtag not supported on probe", 8, /jtag not supported on probe/i, () => [
    say("probe-trouble", { what: "unsupported", detail: "its firmware has no debug part" }),
  ]),
  // The probe was opened, and answers what no ST-LINK does.
  line(
    ["invalid voltage values", "probe is in an unknown mode", "unknown mode", "not enough bytes"],
    0,
    /^(?:error: *)?(?:\d{1,2}: *)?(invalid voltage values returned by probe|(?:probe is in an )?unknown mode\b|not enough bytes (?:were )?(?:read|written))/i,
    (match) => [say("probe-trouble", { what: "usb-error", detail: match[1] })],
  ),
  line(
    ["target power-up failed", "powering up the", "power up the", "debug power"],
    5,
    /target power-?up failed|(?:failed|error|unable).{0,20}power(?:ing)?[ -]?up\b|debug power.{0,20}(?:failed|timed out)/i,
    (_, context) => answered(context, "fault"),
  ),
  line("the ap with address", 8, /the ap with address .*?(?:\bv1\((\d{1,3})\).*)?does not exist/i, (match) => [
    say("access-port-failed", match[1] === undefined ? {} : { ap: Number(match[1]) }),
  ]),
  // It lies behind the access port, which the debug port has let through to.
  line("error reading rom table", 8, /error reading rom table/i, (_, context) => answered(context, "fault")),
  // DPIDR of all ones or zeros: no debug port drove the line.
  line(
    ["the debug port version", "failed to parse register dpidr"],
    8,
    /debug port version 15 is not supported|failed to parse register dpidr from 0x(?:0{8}|f{8})/i,
    (_, context) => answered(context, "none"),
  ),
  line(
    ["an error occurred in the swd communication", "swd protocol error"],
    8,
    /error occurred in the swd communication|swd protocol error/i,
    (_, context) => answered(context, "error"),
  ),
  line("failed to erase chip", 8, /failed to erase chip\b/i, (_, context) => trouble("erase", context)),
  // The deepest level names what is lacking, in words of its own.
  line(
    [
      "is not supported",
      "not supported by",
      "not supported on",
      "does not support",
      "invalid page size",
      "unable to create a breakpoint",
      "can leave the device",
    ],
    0,
    /^(?:\d{1,2}|error): .*(?:not supported|does not support the interface|invalid page size|unable to create a breakpoint|probe re-attach)/i,
    ({ input }) => [say("unknown-error", { text: input.replace(/^\d{1,2}: /, "") })],
  ),
  // It stopped at a breakpoint of its own code, or at an exception that is caught: which, the frames below may tell.
  line("cpu halted unexpectedly", 8, /cpu halted unexpectedly/i, ({ input }) => [
    say("unknown-error", { text: input }),
  ]),
  // Of exceptions it has the core stop at HardFault (DEMCR.VC_HARDERR), which takes the others unless they have handlers.
  line("firmware exited unexpectedly: exception", 8, /firmware exited unexpectedly: exception\b/i, (_, { memory }) =>
    memory.get("panicked") === true ? [] : [say("exception-active", { number: 3, unnamed: true })],
  ),
  // The core that was asked for by number is not in the chip's description.
  line("core ", 5, /\bcore \d{1,2} (?:was )?not found\b/i, ({ input }) => [say("unknown-error", { text: input })]),
  line("no available hardware breakpoints", 8, /no available hardware breakpoints/i, () => [
    say("breakpoints-exhausted", {}),
  ]),
  line("the core has to be halted", 8, /the core has to be halted for (?:the|this) operation/i, () => [
    say("halt-failed", {}),
  ]),
  line("timeout while attaching to target under reset", 8, /timeout while attaching to target under reset/i, () => [
    say("halt-failed", { manner: "under-reset" }),
  ]),
  line(
    ["a timeout occurred", "timeout occurred", "the operation timed out", "timeout"],
    3,
    /^(?:error:? *)?(?:\d+: *)?(?:a )?timeout (?:has )?occurr?ed/i,
    (_, { memory }) => {
      const operation = memory.get("operation") as "erase" | "program" | "verify" | undefined;
      if (operation !== undefined) return [say("flash-trouble", { operation, reason: "timeout" })];
      // What it waits for without work on flash is a core that halts.
      return memory.get("open-failed") === true ? [] : [say("halt-failed", {})];
    },
  ),
  line(
    ["failed to erase flash sector", "failed to erase the whole chip", "failed to erase"],
    8,
    /failed to erase (?:the whole chip|flash sector(?: at address (?:0x)?([0-9a-f]+))?)/i,
    (match, context) => trouble("erase", context, match[1] === undefined ? {} : { address: hexValue(match[1]) }),
  ),
  line(
    "the page write of the page at address",
    10,
    /page write of the page at address (?:0x)?([0-9a-f]+) failed/i,
    (match, context) => trouble("program", context, { address: hexValue(match[1]) }),
  ),
  line("the execution of", 8, /the execution of ['"]?(\w+)['"]? failed with code (\d+)/i, (match, context) => {
    const operation = /erase/i.test(match[1])
      ? "erase"
      : /program|page/i.test(match[1])
        ? "program"
        : /verify/i.test(match[1])
          ? "verify"
          : "algorithm";
    return trouble(operation, context, operation === "algorithm" ? { reason: "algorithm" } : {});
  }),
  line("flash content verification failed", 8, /flash content verification failed|verification failed/i, (_, context) =>
    trouble("verify", context, { reason: "mismatch" }),
  ),
  line(
    ["no flash memory contains", "no nvm", "no flash region contains", "no suitable nvm"],
    10,
    /no (?:flash|nvm) (?:memory|region) contains the (?:entire |complete )?requested (?:memory )?range:? *(?:0x)?([0-9a-f]+)/i,
    (match, context) => trouble("program", context, { reason: "size", address: hexValue(match[1]) }),
  ),
  line(
    ["the initialization of the flash algorithm", "the uninitialization of the flash algorithm"],
    10,
    /the (?:un)?initiali[sz]ation of the flash algorithm failed/i,
    (_, context) => trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line("failed to load the flash algorithm", 10, /failed to load the flash algorithm into ram/i, (_, context) =>
    trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line(
    ["no suitable (default) flash loader", "no suitable flash loader", "no flash loader algorithm"],
    10,
    /no (?:suitable )?(?:\(default\) )?flash (?:loader )?algorithm\b.{0,40}?(?:target:? *([\w-]*\d[\w-]*)|$|\btarget\b)/i,
    (match) => [say("chip-unsupported", match[1] === undefined ? {} : { name: match[1] })],
  ),
  line(
    [
      "more than one suitable",
      "multiple flash algorithms",
      "multiple flash loader",
      "more than one flash",
      "multiple suitable",
    ],
    10,
    /(?:more than one|multiple)(?: suitable| default)? flash (?:loader )?(?:algorithms?|loaders?)\b/i,
    () => [say("chip-unsupported", { has: "several" })],
  ),
  line(
    ["found multiple chips", "multiple chips found"],
    8,
    /(?:found )?multiple chips (?:found )?matching ['"]?([\w-]+)/i,
    (match) => [say("chip-unsupported", { name: match[1] })],
  ),
  // Written to RAM, it does not read back: at that address there is none, or it has no clock.
  line("failed to verify flash algorithm", 10, /failed to verify (?:the )?flash algorithm/i, (_, context) =>
    trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line(
    "the ram contents did not match",
    10,
    /the ram contents did not match the expected contents after loading the flash algorithm/i,
    (_, context) => trouble("algorithm", context, { reason: "algorithm" }),
  ),
  line(
    "the core entered an unexpected status",
    10,
    /the core entered an unexpected status: *(.*)/i,
    (match, context) => [
      ...trouble("algorithm", context, { reason: "algorithm" }),
      ...(/locked ?up/i.test(match[1]) ? [say("core", { state: "lockup" })] : []),
    ],
  ),
  line("verify failed", 4, /^(?:error: *)?(?:\d{1,2}: *)?verify failed\.?$/i, (_, context) =>
    trouble("verify", context, { reason: "mismatch" }),
  ),
  line("0x0", 4, /\b0x([0-9a-f]{8}) is not contained in (?:nvm|ram|flash|memory)/i, (match, context) =>
    trouble("program", context, { reason: "size", address: hexValue(match[1]) }),
  ),
  line(
    ["something during the interaction with the core", "error while flashing", "failed to flash"],
    6,
    /something during the interaction with the core went wrong|^(?:error:? *)?(?:failed to flash|error while flashing)|failed to download/i,
  ),
  line(
    [
      "unable to load specification for chip",
      "the chip ",
      "failed to find chip",
      "the requested chip",
      "chip not found",
      "no target with",
      "is not a known chip",
    ],
    5,
    /unable to load specification for chip|the requested chip was not found|the chip ['"]?([\w-]+)['"]? was not found in the database|chip ['"]?(\S+?)['"]? not found|chip not found(?:: *['"]?([\w-]+))?|failed to find (?:a )?chip|['"`]?([\w-]+)['"`]? is not a known chip/i,
    (match) => {
      const name = match[1] ?? match[2] ?? match[3] ?? match[4];
      return [say("chip-unsupported", name === undefined ? {} : { name })];
    },
  ),
  line(
    ["unable to identify", "unable to automatically", "the connected chip could not automatically"],
    5,
    /(?:unable to (?:automatically )?identify|could not automatically be determined|could not autodetect)/i,
    (match, { memory }) =>
      // By itself it goes by the ROM table, which names a die that several of ST's chips have.
      /determined/i.test(match[0]) && memory.get("chip") !== true ? [chipNotNamed] : [say("chip-unidentified", {})],
  ),
  line("try specifying your chip with", 8, /try specifying your chip with the `?--chip/i, () => [chipNotNamed]),
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
  line("a generic chip was selected as the target", 8, /a generic chip was selected as the target/i, () => [
    say("chip-unsupported", { name: "generic", has: "core" }),
  ]),
  line(
    ["failed to read register", "failed to write register"],
    4,
    /failed to (?:read|write) register (\S+) at address 0x([0-9a-f]+)/i,
  ),
  // Windows: another driver than WinUSB is bound to the probe's interface, or none.
  line(
    ["could not determine driver", "driver is ", "incompatible driver", "no compatible driver", "winusb"],
    6,
    /could not determine driver for interface|driver is (?:none|some\("(?!winusb)\w+"\)),? *not usable|(?:in|no )compatible driver (?:is |for|bound)|winusb driver.*(?:not|missing)|(?:requires|needs) .{0,30}winusb/i,
    () => [say("probe-trouble", { what: "driver-missing", detail: "WinUSB" })],
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
  line(
    ["no ram defined for target", "no core can access the"],
    8,
    /no ram defined for target|no core can access the (?:nvm|ram) region/i,
    () => [say("chip-unsupported", {})],
  ),
  line("can't find elf file at", 8, /can'?t find elf file at [`'"]?([^`'"]{1,250}?)[`'"]?;/i, (match) => [
    say("path-missing", { what: "program", path: match[1] }),
  ]),
  line("probe could not be opened", 8, /probe could not be opened: *(.{1,120})/i, (match) => [
    usbErrorText(match[1]) ?? say("stage", { stage: "probe-opened", reached: false }),
  ]),
  line("failed to open the debug probe", 8, /failed to open the debug probe/i, (_, { memory }) => {
    memory.set("open-failed", true);
    return [say("stage", { stage: "probe-opened", reached: false })];
  }),
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
  line(
    ["missing permissions", "an operation could not be performed because"],
    5,
    /(?:missing|lacked the) permissions? to (?:erase|do so)|device (?:is )?(?:locked|read-?protected)/i,
    () => [say("read-protection", { on: true })],
  ),
];
