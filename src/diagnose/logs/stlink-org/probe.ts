/** What the stlink tools say when the probe or the target cannot be reached. */
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { libusbError, usbErrorText } from "../usb-errors.ts";
import { nrstPattern } from "./nrst.ts";

function silent({ memory }: LineContext): Said[] {
  if (memory.get("identified") === true) return [say("target-lost", { during: "session" })];
  const under = memory.get("manner") === "under-reset";
  return [
    say("wire-answer", { answer: "none", ...(under && { manner: "under-reset" }) }),
    say("stage", { stage: "target-connected", reached: false }),
  ];
}

function usb(text: string, memory: Map<string, unknown>): Said[] {
  const said = libusbError(text);
  if (said === undefined) return [];
  memory.set("usb-error", true);
  return [said];
}

/** Commands that the probe answers by itself, without a target. */
const ofProbe = /GET_|DRIVE_NRST|SET_?FREQ|ENTER|EXIT|DFU|TRACE/i;

/** What the probe is asked of the target it refuses where it could not enter the target's debug port. */
function refusal(command: string, context: LineContext, detail: string): Said[] {
  return ofProbe.test(command) ? [say("probe-trouble", { what: "usb-error", detail })] : silent(context);
}

/** A transfer to a probe that was opened: its driver is there. */
function transfer(name: string, memory: Map<string, unknown>): Said[] {
  const [said] = usb(name, memory);
  return said?.[0] === "probe-trouble" && said[1].what === "driver-missing"
    ? [say("probe-trouble", { what: "usb-error", detail: name })]
    : usb(name, memory);
}

/** What does not go together when one of stlink's tools cannot take a file of its own that describes chips. */
export const toolAndFiles = "The tool and the files with which it describes the chips";

export const probePatterns: readonly LinePattern[] = [
  line(
    "couldn't find",
    8,
    /couldn'?t find (?:any |usb )?st-?link(?:\/v\d)? devices?|couldn'?t find \S* ?st-link devices/i,
    (_, { memory }) => (memory.get("usb-error") === true ? [] : [say("probe-trouble", { what: "none-found" })]),
  ),
  line(
    ["libusb_submit_transfer", "libusb_handle_events"],
    8,
    /libusb_submit_transfer\(-\d+\)|libusb_handle_events\(\) (?:timeout|\| has_error)/i,
    (_, { memory }) => {
      memory.set("usb-error", true);
      return [say("probe-trouble", { what: "usb-error", detail: "transfers over USB do not end" })];
    },
  ),
  // The descriptions of chips are files of its own since 1.8, in a folder that it names as the system does.
  line(
    [
      "stlink/chip",
      "stlink/config/chips",
      "stlink\\chip",
      "stlink\\config\\chips",
      "chips: no such",
      "chips/: no such",
    ],
    5,
    /((?:[a-z]:[\\/][^:"]{0,120}|\S{0,200})(?:stlink[\\/]{1,2}(?:chip|config[\\/]chips)|[\\/]chips)\S*?):? *no such file or directory/i,
    (match) => [say("path-missing", { what: "config", path: match[1] })],
  ),
  // The first generation speaks SCSI: a transfer over its mass storage that fails leaves old bytes in the buffer.
  line(
    ["receiving failed", "sending failed", "get csw", "error waiting for sg"],
    6,
    /(?:receiving|sending) failed: *(-\d+)/i,
    () => [say("probe-trouble", { what: "usb-error", detail: "no reply from an ST-LINK/V1" })],
  ),
  line("libusb", 3, /libusb.*(?:couldn'?t open usb device.*errno=(\d+)|requires write access)/i, (match, { memory }) =>
    // EACCES for want of rights to the file; EPERM where a container's group of devices does not have it.
    match[1] === undefined || match[1] === "13" || match[1] === "1"
      ? usb("ACCESS", memory)
      : match[1] === "16"
        ? usb("BUSY", memory)
        : [],
  ),
  // Releases before 1.0 look for the first generation alone, among the disks, unless they are told otherwise.
  line(
    ["error: the device ", "number of devices found", "number of /dev/sg"],
    6,
    /the device \/dev\/sg\d+ is not a stlink|number of \/dev\/sgx? ?devices found/i,
    (_, { memory }) => {
      memory.set("sg", true);
      return [];
    },
  ),
  // What stands in its way then is that the system has no bus, as in a container; a library of a wrong version does not link.
  line("failed to init libusb context", 8, /failed to init libusb context/i, (_, { memory }) => {
    memory.set("usb-error", true);
    return [say("probe-trouble", { what: "no-usb" })];
  }),
  line("stlink_device must be", 8, /stlink_device must be \S+ format/i, () => [
    say("option-unknown", { option: "STLINK_DEVICE (an environment variable)" }),
  ]),
  line("st-link not found", 3, /^st-?link not found/i, () => [say("probe-trouble", { what: "none-found" })]),
  line("failed to find an stlink v1", 8, /failed to find an stlink v1/i),
  line("error", 6, /error (-\d+)(?: \((\w+)\))? opening (?:st-?link|usb|device)/i, (match, { memory }) =>
    usb(match[2] ?? match[1], memory),
  ),
  // Opened, set up or claimed in vain, and the reason is not told.
  line(
    ["couldn't open", "could not open", "libusb_set_configuration", "libusb_get_configuration", "libusb_open"],
    6,
    /could(?:n'?t| not) open st-?link|libusb_(?:set_configuration|open)\w*\(\) failed$|libusb_get_configuration\(\)$/i,
    ({ input }, { memory }) => {
      if (/LIBUSB_ERROR_/.test(input)) return [];
      memory.set("usb-error", true);
      const told = usbErrorText(input);
      if (told !== undefined) return [told];
      // A device is set up once it was opened: neither rights nor a driver are what it lacks.
      if (/[sg]et_configuration/i.test(input)) {
        return [
          say("probe-trouble", { what: "usb-error", detail: "the probe could not be set up after it was opened" }),
        ];
      }
      return [say("stage", { stage: "probe-opened", reached: false })];
    },
  ),
  line("could not open usb device", 8, /could not open usb device .{1,40}?, *access error/i, (_, { memory }) =>
    usb("ACCESS", memory),
  ),
  line("failed to open usb device", 8, /failed to open usb device \S+, *libusb error: *(-?\d+)/i, (match, { memory }) =>
    usb(match[1], memory),
  ),
  line("could not open usb device", 6, /could not open usb device(?!.*access)/i, (_, { memory }) =>
    usb("OTHER", memory),
  ),
  line(
    ["stlink usb device found, but unable to claim", "libusb_claim_interface"],
    8,
    /unable to claim \(probably already in use|libusb_claim_interface\(\) failed/i,
    (_, { memory }) => usb("BUSY", memory),
  ),
  line("send_recv", 8, /\[!\] send_recv (?:read|send)(?!.*LIBUSB_ERROR_).*failed/i, (_, { memory }) =>
    transfer("IO", memory),
  ),
  line(
    ["request failed: libusb", "reply failed: libusb", "send request failed", "read reply failed"],
    8,
    /\b(\w{1,40}) (?:read )?(request|reply|recv|send)(?: \w+)? failed: *(LIBUSB_ERROR_\w+)/i,
    (match, context) => {
      const { memory } = context;
      // A stall is how a device refuses a request (USB 2.0, 9.2.7): the transfer was sound.
      const refused = /^LIBUSB_ERROR_PIPE$/i.test(match[3]) && /reply/i.test(match[2]);
      memory.set("refused", refused);
      if (!refused) return transfer(match[3], memory);
      // Up to 1.6 the line below tells which one.
      return /send_recv/i.test(match[1]) ? [] : refusal(match[1], context, match[3]);
    },
  ),
  // The command that went unanswered, or was cut short: alone, of a log that was.
  line(
    ["send_recv", "wrong length", "wrong reply length"],
    5,
    /\b([A-Z]\w{3,30}) wrong reply length|\[!\] (?:\w{1,40}\(\) send_recv$|send_recv (?:send request wrote|(?:STLINK_)?([A-Z]+_?[A-Z\d_]+)$)|wrong length (?:STLINK_)?(\w+))/,
    (match, context) => {
      const command = match[1] ?? match[2] ?? match[3];
      return context.memory.get("refused") === true && command !== undefined
        ? refusal(command, context, command)
        : [say("probe-trouble", { what: "usb-error", detail: command ?? "a command was cut short" })];
    },
  ),
  line(
    [
      "stlink not found",
      "no st-link device",
      "unable to get requested serial",
      "not found st-link with serial",
      "st-link with serial",
    ],
    3,
    /st-?link .*serial .*not found|no st-?link with serial|not found st-?link with serial/i,
    () => [say("probe-trouble", { what: "serial-not-found" })],
  ),
  line(
    ["failed to enter swd mode", "can not connect to target", "failed to connect to target"],
    5,
    /failed to enter swd mode|can ?not connect to target\. please use|^failed to connect to target/i,
    (match, context) =>
      // What could not be told is the chip, not whether anything answers.
      context.memory.get("unidentified") === true && /failed to connect/i.test(match[0]) ? [] : silent(context),
  ),
  line(
    ["failed to reset jtag", "failed to reset device", "failed to halt the core", "failed to get core's status"],
    6,
    /(?:^|\.c: *)failed to (?:reset (?:jtag|device)|halt the core|get core'?s status)/i,
    (match, context) => (/halt/i.test(match[0]) ? [say("halt-failed", {})] : silent(context)),
  ),
  line("failed to exit dfu mode", 8, /failed to exit dfu mode/i, () => [say("probe-trouble", { what: "dfu-mode" })]),
  nrstPattern,
  line("doesn't support jtag/swd", 8, /stlink doesn'?t support jtag\/swd/i, () => [
    say("probe-trouble", { what: "unsupported", detail: "its firmware has no debug part" }),
  ]),
  // Probes that answer with a status of their own: the driver prints it by number.
  line("unknown/unexpected stlink status code", 8, /unexpected stlink status code 0x([0-9a-f]+)/i, (_, context) =>
    silent(context),
  ),
  line("soft reset failed", 8, /soft reset failed: *(timeout|error)/i, (_, context) =>
    // The tool resets before it has read anything as well, and then nothing was there to lose.
    context.memory.get("identified") === true ? [say("target-lost", { during: "reset" })] : silent(context),
  ),
  line(
    ["jtag version", "stlink version", "st vid"],
    6,
    /^(?:\S+ \S+ )?(?:stlink version = 0x|jtag version +=|st vid +=)/i,
  ),
  // The files that describe the chips are read by the tool's own release: another one's have words that it lacks.
  line("failed to parse flash type", 10, /failed to parse flash type/i, (_, { memory }) => {
    if (memory.get("unparsed") === true) return [];
    memory.set("unparsed", true);
    return [say("version-mismatch", { between: toolAndFiles, wentOn: true })];
  }),
];
