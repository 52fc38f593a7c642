/** pyOCD's words for steps that it refuses: what the probe cannot do, comparators, files, places that are no flash. */
import { type LinePattern, line, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";

export const pyocdSteps: readonly LinePattern[] = [
  line(
    "requested wire protocol",
    8,
    /requested wire protocol (\w+) not supported by the (?:debug )?probe/i,
    (match) => [say("probe-trouble", { what: "unsupported", detail: `no ${match[1].toUpperCase()} with it` })],
  ),
  // Access ports at addresses of 32 bits and more (ADIv6) need commands of their own.
  line("connected to adiv6 target", 8, /connected to adiv6 target with probe that does not support/i, () => [
    say("probe-trouble", { what: "unsupported", detail: "it cannot reach access ports of ADIv6" }),
  ]),
  // A remark: it goes on with the protocol in force.
  line("cannot use ", 6, /cannot use (?:swd|jtag); already connected with/i, () => []),
  line(
    "no more ",
    6,
    /no more (?:(?:available|hardware) )?(break|watch)points(?:!!| are available), dropped/i,
    (match) => [say("breakpoints-exhausted", /watch/i.test(match[1]) ? { watchpoint: true } : {})],
  ),
  line(
    ["unknown file format '", "file path '"],
    6,
    /unknown file format '(.{0,20}?)'|file path '(.{1,200}?)' does not have an extension and no format/i,
    (match) => [say("image-unusable", match[2] === undefined ? {} : { path: match[2] })],
  ),
  line("failed to find flm file", 8, /failed to find flm file: *(\S.{0,200}?)(?: \[\w+\])?$/i, (match) => [
    say("path-missing", { what: "loader", path: match[1] }),
  ]),
  // The description of the chip names the memory, and no way to write it.
  line(
    ["flash region '", "flash memory region at"],
    6,
    /flash region '.{1,60}' has no flash algo|flash memory region at address 0x[0-9a-f]+ has no flash instance/i,
    () => [say("chip-unsupported", {})],
  ),
  line(
    ["memory region at address", "address 0x", "flash address 0x"],
    6,
    /(?:memory region at )?address 0x([0-9a-f]{5,8}) is (?:not (?:in )?flash|not within a memory region|before flash start)(?! memory)/i,
    (match) => [say("flash-trouble", { operation: "program", reason: "size", address: hexValue(match[1]) })],
  ),
  line("flash program phrase failure", 8, /phrase failure: *(?:unaligned start|phrase length is unaligned)/i, () => [
    say("flash-trouble", { operation: "program", reason: "alignment" }),
  ]),
  // The algorithm's own end, and its check of what it left in the registers.
  line(
    ["flash uninit", "ipsr should be", "frame pointer should be", "stack pointer should be"],
    5,
    /flash uninit \(result code|(?:ipsr|frame pointer|stack pointer) should be (?:0x)?[0-9a-f]+ but is 0x/i,
    () => [say("flash-trouble", { operation: "algorithm", reason: "algorithm" })],
  ),
  line(
    "more than one debug probe matches",
    8,
    /more than one debug probe matches unique id '([^']{0,60})'/i,
    (match) => [say("option-unknown", { option: `the unique ID "${match[1]}" (several probes have it in theirs)` })],
  ),
  line("invalid core number", 6, /invalid core numbers?: *(\d[\d, ]{0,20})/i, (match) => [
    say("option-unknown", { option: `core ${match[1].trim()}` }),
  ]),
];
