/** What the errors of USB libraries mean, for every tool that prints them (libusb's names and codes; Linux's errno). */
import { type Said, say } from "./log-reader.ts";

/** A libusb error by name (`LIBUSB_ERROR_ACCESS`, `ACCESS`) or number (-3). */
export function libusbError(text: string): Said | undefined {
  const code = Math.abs(Number(text));
  const name = /^-?\d+$/.test(text)
    ? code === 99
      ? "OTHER"
      : names[code]
    : text.replace(/^LIBUSB_ERROR_/i, "").toUpperCase();
  const detail = name === undefined ? undefined : `LIBUSB_ERROR_${name}`;
  switch (name) {
    case "ACCESS":
      return say("probe-trouble", { what: "permission", detail });
    case "BUSY":
      return say("probe-trouble", { what: "busy", detail });
    case "NO_DEVICE":
      return say("probe-trouble", { what: "unplugged", detail });
    case "NOT_SUPPORTED":
    case "NOT_FOUND":
      return say("probe-trouble", { what: "driver-missing", detail });
    case "IO":
    case "TIMEOUT":
    case "PIPE":
    case "OVERFLOW":
    case "INTERRUPTED":
    case "INVALID_PARAM":
    case "NO_MEM":
    case "OTHER":
      return say("probe-trouble", { what: "usb-error", detail });
    default:
      return undefined;
  }
}

/** By number, as libusb counts them. */
const names: readonly (string | undefined)[] = [
  undefined,
  "IO",
  "INVALID_PARAM",
  "ACCESS",
  "NO_DEVICE",
  "NOT_FOUND",
  "BUSY",
  "TIMEOUT",
  "OVERFLOW",
  "PIPE",
  "INTERRUPTED",
  "NO_MEM",
  "NOT_SUPPORTED",
];

/** An errno of a USB access, as Python's and Rust's libraries print it: `[Errno 13]`, `(os error 13)`. */
export function systemError(code: number, text: string): Said | undefined {
  const detail = text.trim();
  // Windows' codes where they differ from Linux's: 5 is access denied, 31 a device that does not work, 32 in use.
  if (/access is denied|insufficient permission|permission denied/i.test(text))
    return say("probe-trouble", { what: "permission", detail });
  switch (code) {
    case 1:
    case 13:
      return say("probe-trouble", { what: "permission", detail });
    case 16:
      return say("probe-trouble", { what: "busy", detail });
    case 2:
    case 19:
      return say("probe-trouble", { what: "unplugged", detail });
    case 5:
    case 31:
    case 32:
    case 60:
    case 71:
    case 75:
    case 84:
    case 110:
    case 10060:
      return say("probe-trouble", { what: "usb-error", detail });
    default:
      return undefined;
  }
}

/** What libusb's and the systems' texts for an error mean, whatever tool prints them of a USB device; in order. */
const texts: readonly (readonly [pattern: RegExp, name: string])[] = [
  [
    /\b(?:0x)?e00002e2|permission|access (?:is )?denied|not permitted|\bEACCES\b|\bEPERM\b|write access|errno[ =]*(?:1|13)\b/i,
    "ACCESS",
  ],
  [
    /\b(?:0x)?e00002c5|\bbusy\b|\bin use\b|exclusive|used by (?:an)?other|another (?:process|program|application)|\bEBUSY\b/i,
    "BUSY",
  ],
  [
    /no such device|disconnected|\b(?:0x)?e00002c0|device not configured|not connected|\bENODEV\b|\bENXIO\b|has been removed/i,
    "NO_DEVICE",
  ],
  [/not supported|unimplemented|entity not found|no driver|winusb|zadig/i, "NOT_SUPPORTED"],
  [
    /input\/output|\bi\/o (?:error|operation)|pipe error|broken pipe|\bstall|time[d -]*out|overflow|protocol (?:error|violation)|\bEIO\b|\bEPIPE\b|\bETIMEDOUT\b|\bEPROTO\b|\bEILSEQ\b|\bESHUTDOWN\b|not functioning|semaphore|hardware (?:fault|issue)|(?:transfer|request) (?:was )?(?:cancell?ed|aborted)|gen(?:eral)? failure|does not recognize the command|\b(?:0x)?e000(?:404f|4051|4061|02ed|02d6|02eb)|kIOReturn(?:NotResponding|Aborted|Timeout|IOError)|kIOUSBPipeStalled/i,
    "IO",
  ],
];

/**
 * libusb finds no bus when it is to begin: of its errors there it gives OTHER (-99) where Linux has no usbfs, as in WSL
 * and in containers.
 */
const noBus =
  /(?:libusb_init\b|initiali[sz]\w* (?:of )?libusb|libusb init\w*).{0,60}(?:-99\b|ERROR_OTHER|other error)|could not find usbfs/i;

/** The fact that an error's text tells of a USB device, or `undefined`. */
export function usbErrorText(text: string): Said | undefined {
  if (noBus.test(text)) return say("probe-trouble", { what: "no-usb" });
  const named = /\bLIBUSB_ERROR_(\w+)/i.exec(text)?.[1];
  if (named !== undefined) return libusbError(named);
  // How a transfer ended, as libusb calls it.
  const ended = /\bLIBUSB_TRANSFER_(ERROR|TIMED_OUT|CANCELLED|STALL|NO_DEVICE|OVERFLOW)\b/i.exec(text)?.[1];
  if (ended !== undefined) return withDetail(libusbError(/^no/i.test(ended) ? "NO_DEVICE" : "IO"), text);
  const name = texts.find(([pattern]) => pattern.test(text))?.[1];
  if (name !== undefined) return withDetail(libusbError(name), text);
  const number = /(?:error|code|returned|failed|status|rc|ret)\W{0,4}(-\d{1,2})\b/i.exec(text)?.[1];
  return number === undefined ? undefined : libusbError(number);
}

/** The text itself in place of the name that it stands for. */
function withDetail(said: Said | undefined, text: string): Said | undefined {
  if (said?.[0] !== "probe-trouble") return said;
  return say("probe-trouble", { what: said[1].what, detail: text.trim().slice(0, 100) });
}
