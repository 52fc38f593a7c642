/** What probe-rs prints of the probe: none, one that may not be opened, USB, its firmware; and its own limits. */
import type { ConnectManner } from "../../facts.ts";
import { type LinePattern, line, say } from "../log-reader.ts";
import { systemError, usbErrorText } from "../usb-errors.ts";

export const probeErrors: readonly LinePattern[] = [
  line(
    [
      "no probe was found",
      "no debug probes were found",
      "probe was not found",
      "probe not found",
      "no connected probes were found",
      "no probes were found",
      "no debug probe",
      // What `list` said up to 0.12.
      "no devices were found",
    ],
    6,
    /^no devices were found\.?$|no (?:(?:connected|debug) )?probes? (?:was|were) (?:found|detected)|\bprobe (?:was )?not found\b|no debug probe (?:was )?found/i,
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
  // A command of probe-rs' own, which the driver for this kind of probe has not: nobody chooses it by hand.
  line(
    "command not supported by current probe",
    8,
    /command not supported by current probe:? *(.{0,120}?)\.?$/i,
    (match, { memory }) => {
      const manner = memory.get("manner") as ConnectManner | undefined;
      return [say("probe-command-missing", { command: match[1], ...(manner && { manner }) })];
    },
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
  // Windows: another driver than WinUSB is bound to the probe's interface, or none.
  line(
    ["could not determine driver", "driver is ", "incompatible driver", "no compatible driver", "winusb"],
    6,
    /could not determine driver for interface|driver is (?:none|some\("(?!winusb)\w+"\)),? *not usable|(?:in|no )compatible driver (?:is |for|bound)|winusb driver.*(?:not|missing)|(?:requires|needs) .{0,30}winusb/i,
    () => [say("probe-trouble", { what: "driver-missing", detail: "WinUSB" })],
  ),
  line("probe could not be opened", 8, /probe could not be opened: *(.{1,120})/i, (match) => [
    usbErrorText(match[1]) ?? say("stage", { stage: "probe-opened", reached: false }),
  ]),
  line("failed to open the debug probe", 8, /failed to open the debug probe/i, (_, { memory }) => {
    memory.set("open-failed", true);
    return [say("stage", { stage: "probe-opened", reached: false })];
  }),
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
    /^(?:\d{1,2}|error): (?!command not supported by current).*(?:not supported|does not support the interface|invalid page size|unable to create a breakpoint|probe re-attach)/i,
    ({ input }) => [say("unknown-error", { text: input.replace(/^\d{1,2}: /, "") })],
  ),
];
