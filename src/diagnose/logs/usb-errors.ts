/** What the errors of USB libraries mean, for every tool that prints them (libusb's names and codes; Linux's errno). */
import { type Said, say } from "./log-reader.ts";

/** A libusb error by name (`LIBUSB_ERROR_ACCESS`, `ACCESS`) or number (-3). */
export function libusbError(text: string): Said | undefined {
  const name = /^-?\d+$/.test(text) ? names[Math.abs(Number(text))] : text.replace(/^LIBUSB_ERROR_/i, "").toUpperCase();
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
