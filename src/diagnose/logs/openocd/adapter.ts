/** What OpenOCD says when it cannot open or use the probe. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";
import { usbErrorText } from "../usb-errors.ts";

/**
 * Errors of libusb: they count at the end, if no probe answered after them. OpenOCD tries every device that may be its
 * probe, and on Windows one without a driver of libusb fails in sessions that go well.
 */
export function pending(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const kept = memory.get("usb-pending");
  if (Array.isArray(kept)) return kept;
  const made: { line: LogLine; said: Said }[] = [];
  memory.set("usb-pending", made);
  return made;
}

/** The probe answered: what failed before was another device. */
export function probeAnswered(memory: Map<string, unknown>): void {
  memory.delete("usb-pending");
  memory.delete("usb-error");
}

/** Why the probe could not be opened or used: the first that is told is the cause, and "open failed" only follows. */
function because(memory: Map<string, unknown>, said: Said): Said[] {
  if (memory.get("usb-error") === true) return [];
  memory.set("usb-error", true);
  return [said];
}

/** Probes other than ST-LINKs, by their drivers' words. */
function otherKind(text: string): string {
  return /j-?link/i.test(text) ? "J-Link" : /ftdi/i.test(text) ? "adapter with an FTDI chip" : "CMSIS-DAP probe";
}

export const adapterPatterns: readonly LinePattern[] = [
  line(
    [
      "libusb_",
      "failed to open device",
      "could not open device 0x",
      "could not claim interface",
      "could not set config",
    ],
    4,
    /(?:libusb_\w+|failed to open device)\b.*?\bLIBUSB_ERROR_\w+|could not (?:open device 0x[0-9a-f]{4}:0x[0-9a-f]{4}|claim interface|set configuration): \S/i,
    (match, { memory, line: at }) => {
      const said = usbErrorText(match.input);
      if (said === undefined) return [];
      memory.set("usb-error", true);
      pending(memory).push({ line: at, said });
      return [];
    },
  ),
  // Says only that none could be opened; a line of libusb before it says why.
  line("open failed", 4, /^(?:error: *)?open failed\b/i, (_, { memory }) =>
    memory.get("usb-error") === true ? [] : [say("probe-trouble", { what: "none-found", detail: "open failed" })],
  ),
  line(
    ["no device found", "no st-link detected", "no stlink"],
    4,
    /^(?:error: *)?no (?:device found|st-?link detected|stlink .*found)/i,
    (_, { memory }) => (memory.get("usb-error") === true ? [] : [say("probe-trouble", { what: "none-found" })]),
  ),
  // It looks at every probe: those of other serial numbers count when none was the one.
  line(
    ["no device matches the serial", "device serial number"],
    6,
    /no device matches the serial|device (?:alternate )?serial number '(.{0,60}?)' doesn'?t match requested serial/i,
    (match, { memory, line: at }) => {
      memory.set("usb-error", true);
      const said = say("probe-trouble", { what: "serial-not-found", detail: match[1] ?? "others" });
      pending(memory).push({ line: at, said });
      return [];
    },
  ),
  line("st-link open failed", 8, /st-link open failed *\((.*?) mismatch\)/i, (match, { memory }) =>
    because(
      memory,
      say(
        "probe-trouble",
        /serial/i.test(match[1]) ? { what: "serial-not-found", detail: "others" } : { what: "none-found" },
      ),
    ),
  ),
  line(
    [
      "unable to find a matching cmsis-dap",
      "unable to find cmsis-dap",
      "unable to open cmsis-dap",
      "no cmsis-dap",
      "unable to open ftdi device",
      "no j-link device found",
      "no jlink",
    ],
    10,
    /(?:unable to (?:find a matching|find|open) cmsis-dap|no cmsis-dap device|unable to open ftdi device|no j-?link device found)/i,
    ({ input }, { memory }) =>
      memory.get("usb-error") === true ? [] : [say("probe-trouble", { what: "none-found", kind: otherKind(input) })],
  ),
  // What the probe tells of itself, read before anything else, is not to be had.
  line(
    ["could not get the langid", "invalid string in st-link usb serial", "unexpected serial length"],
    8,
    /could not get the langid|invalid string in st-link usb serial|unexpected serial length \(\d+\) in descriptor/i,
    (_, { memory }) =>
      because(memory, say("probe-trouble", { what: "usb-error", detail: "its serial number cannot be read" })),
  ),
  line("socket ", 6, /socket (?:send|recv) error: .{1,80}\(errno \d+\)/i, (match, { memory }) =>
    because(memory, say("probe-trouble", { what: "shared-server-missing", detail: match[0] })),
  ),
  line(
    [
      "cmsis-dap command",
      "error writing data",
      "error reading data",
      "error reading usb data",
      "error writing usb data",
    ],
    8,
    /cmsis-dap command (?:cmd_\w+ failed|mismatch)|error (?:reading|writing) (?:usb )?data\b(?! to flash)/i,
    () => [say("probe-trouble", { what: "usb-error", detail: "CMSIS-DAP" })],
  ),
  line(
    ["st-link doesn't support swo frequency", "swo frequency is not suitable", "tracing is not supported by this"],
    8,
    /st-link doesn'?t support swo frequency|swo frequency is not suitable|tracing is not supported by this version/i,
    (match) => [
      say("probe-trouble", {
        what: "unsupported",
        detail: /tracing/i.test(match[0]) ? "no SWO with it" : "no SWO at the frequency that was asked for",
      }),
    ],
  ),
  line(
    "the attached st-link version doesn't support",
    8,
    /the attached st-link version doesn't support (trace|this trace mode)/i,
    (match) => [
      say("probe-trouble", {
        what: "unsupported",
        detail: /mode/i.test(match[1]) ? "no SWO of this kind" : "no SWO with it",
      }),
    ],
  ),
  line("the selected device is already used", 10, /the selected device is already used/i, (_, { memory }) =>
    because(memory, say("probe-trouble", { what: "busy" })),
  ),
  line("unable to claim", 6, /unable to claim (?:jtag|usb|the)? ?interface/i, () => [
    say("stage", { stage: "probe-opened", reached: false }),
  ]),
  line("cmsis-dap: ", 8, /cmsis-dap: (swd|jtag) not supported/i, (match) => [
    say("adapter-unfit", { transport: match[1].toLowerCase() }),
  ]),
  line("claim interface failed", 8, /claim interface failed/i, (_, { memory }) =>
    because(memory, say("probe-trouble", { what: "busy", detail: "claim interface failed" })),
  ),
  line(
    [
      "read version failed",
      "failed to read version",
      "reset device failed",
      "libusb_get_pid failed",
      "jtag_libusb_get_pid failed",
      "failed to send usb cmd",
      "failed to receive usb cmd",
      "usb bulk",
      "jtag_libusb_bulk",
    ],
    8,
    /read version failed|failed to read version|reset device failed|libusb_get_pid failed|failed to (?:send|receive) usb cmd|bulk[_ ](?:read|write) failed/i,
    (_, { memory }) => because(memory, say("probe-trouble", { what: "usb-error" })),
  ),
  // Transfers of a bundle, one by one.
  line(
    ["jtag_libusb_bulk_transfer", "error, transfer ", "failed to submit transfer"],
    6,
    /\btransfer \d{1,4} failed, *(?:error|result) *:? *(-?\d{1,3})|failed to submit transfer \d{1,4}, *error *-?\d{1,3}/i,
    (match, { memory, line: at }) => {
      memory.set("usb-error", true);
      pending(memory).push({ line: at, said: say("probe-trouble", { what: "usb-error", detail: match[0] }) });
      return [];
    },
  ),
  // stlink-server's status for a transfer on USB that failed.
  line("tcp error status", 10, /tcp error status 0x([0-9a-f]+)/i, (match) => [
    say("probe-trouble", { what: "usb-error", detail: match[0] }),
  ]),
  line("tcp busy", 8, /^(?:error: *)?tcp busy/i),
  line(
    ["cannot connect to stlink server", "cannot get the stlink-server version"],
    10,
    /cannot connect to stlink server|cannot get the stlink-server version/i,
    (_, { memory }) => because(memory, say("probe-trouble", { what: "shared-server-missing" })),
  ),
  line(
    ["st-link version does not support", "mode (transport) not supported"],
    8,
    /st-link version does not support|mode \(transport\) not supported/i,
    (_, { memory }) => because(memory, say("probe-trouble", { what: "firmware-too-old" })),
  ),
  line(
    ["the firmware in the st-link", "firmware in the st-link"],
    8,
    /firmware in the st-?link.{0,20} only supports (?:the )?(?:deprecated )?(?:hla|high)/i,
    (_, { memory }) => because(memory, say("probe-trouble", { what: "firmware-too-old" })),
  ),
  line(
    ["the specified adapter driver", "the specified debug interface"],
    10,
    /the specified (?:adapter driver|debug interface) was not found *\(?['"]?([\w-]+)?/i,
    (match) => [say("adapter-unfit", { ...(match[1] !== undefined && { driver: match[1] }) })],
  ),
  line(
    [
      "transport ",
      "the selected transport",
      "no valid jtag interface",
      "session's transport",
      "adapter driver",
      "session transport was not selected",
      "unable to select a session transport",
      "no transport named",
    ],
    8,
    /transport ["'](\w+)["'] is not supported by|no transport named ["'](\w+)["'] is available|no valid jtag interface configured|session'?s transport is not selected|(?:adapter )?driver (?:\S+ )?does(?: not|n't) support (?:the )?(?:selected )?transport(?: ["']?(\w+))?|session transport was not selected|unable to select a session transport|selected transport doesn'?t support|transport ['"]?(\w+)['"]? (?:not|isn'?t|is not) (?:supported|available)/i,
    (match, { memory }) => {
      const transport = match.slice(1).find((each) => each !== undefined);
      if (transport === undefined && memory.get("transport-told") === true) return [];
      memory.set("transport-told", true);
      return [say("adapter-unfit", transport === undefined ? {} : { transport })];
    },
  ),
  line("error selecting '", 8, /error selecting '(\w+)' as transport/i, (match) => [
    say("adapter-unfit", { transport: match[1] }),
  ]),
  line(
    ["debug adapter", "adapter driver", "no debug adapter", "can't change session's transport"],
    8,
    /debug adapter (?:does not|doesn['’]?t) support (?:any transports|(?:the )?['"]?(\w+)['"]? transport|.{0,40})|no debug adapter|adapter driver.*(?:not configured|doesn'?t support)|debug adapter has to be specified/i,
    (match, { memory }) => {
      memory.set("transport-told", true);
      return [say("adapter-unfit", match[1] === undefined ? {} : { transport: match[1] })];
    },
  ),
];
