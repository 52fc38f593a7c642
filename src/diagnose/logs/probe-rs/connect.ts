/** What each level of a `Caused by:` chain prints of a target that was not reached, or was lost. */
import type { ConnectManner, FactValues } from "../../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";

/** What a program says that is about to erase or write its own flash. */
const writesFlash =
  /\b(?:eras(?:e|es|ing)|(?:re)?writ(?:e|es|ing)|programm?(?:ing)?|stor(?:e|es|ing)|sav(?:e|es|ing)|flush(?:es|ing)?|commit(?:s|ting)?)\b.{0,60}\b(?:flash|pages?|sectors?|eeprom|nvm|nvs|banks?|config\w*|settings|storage|0x0?80[0-9a-f]{5})\b|\b(?:flash|pages?|sectors?|eeprom|nvm|nvs)\b.{0,40}\b(?:eras|writ|programm?ing|stor|sav)/i;

type Answer = FactValues["wire-answer"]["answer"];

function answered({ memory }: LineContext, answer: Answer): Said[] {
  // After a download that went well a refusal is one address's, not the chip's.
  if (memory.get("programmed") === true && answer === "fault") return [say("client-trouble", { what: "memory" })];
  // A port that waits is there, and a program that has just printed was awake: its bus is held up.
  const printed = memory.get("printed") as string | undefined;
  if (answer === "wait" && printed !== undefined) {
    return [say("target-lost", { during: "run", waits: true, ...(writesFlash.test(printed) && { writing: true }) })];
  }
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

export const connectErrors: readonly LinePattern[] = [
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
  line("timeout while attaching to target under reset", 8, /timeout while attaching to target under reset/i, () => [
    say("halt-failed", { manner: "under-reset" }),
  ]),
  line(
    ["failed to read register", "failed to write register"],
    4,
    /failed to (?:read|write) register (\S+) at address 0x([0-9a-f]+)/i,
  ),
  line(
    ["missing permissions", "an operation could not be performed because"],
    5,
    /(?:missing|lacked the) permissions? to (?:erase|do so)|device (?:is )?(?:locked|read-?protected)/i,
    () => [say("read-protection", { on: true })],
  ),
];
