/** Rows of tools' lists of probes with bytes that are no text where the serial number of an ST-LINK belongs. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** What no serial number has: letters beyond ASCII, control characters, and the same as Python and Rust write them. */
const noText = /[^ -~]|\\x[0-9a-f]{2}|\\u\{?[0-9a-f]{1,4}/i;

/** `0   STM32 STLink   ...` of pyOCD, `[0]: STLink V2 (VID: 0483, PID: 3748, Serial: ..., STLink)` of probe-rs. */
export const rawSerialPatterns: readonly LinePattern[] = [
  line(
    ["stlink", "st-link"],
    0,
    /^\d{1,2}\s{2,}\S[^\\]{0,60}?st-?link\S{0,20}\s{2,}(\S.{0,80})$|\bst-?link\b.{0,30}\bpid: 37[0-9a-f]{2}, serial: ?(.{1,80}?), *st-?link\)/i,
    (match) => (noText.test(match[1] ?? match[2]) ? [say("probe-serial-raw", {})] : []),
  ),
];
