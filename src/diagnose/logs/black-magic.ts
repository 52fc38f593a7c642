/** Black Magic Probe: what its own GDB server and monitor commands say, and what looks for it. */
import { type LineContext, type LogReader, line, type Said, say } from "./log-reader.ts";
import { decimalValue } from "./values.ts";

const tool = "black-magic";

/** A scan that found nothing, or what was attached to went away. */
function silent({ memory }: LineContext, protocol?: "swd" | "jtag"): Said[] {
  const manner = memory.get("manner") as "under-reset" | undefined;
  return [say("wire-answer", { answer: "none", ...(manner && { manner }), ...(protocol && { protocol }) })];
}

export const blackMagic: LogReader = {
  tools: [tool],
  beside: ["gdb"],
  patterns: [
    line(
      "black magic",
      10,
      /black magic (?:probe|debug app)\b(?! gdb server is required)(?: \(firmware)? *(v\d[\w.-]*)?/i,
      (match) => [say("tool", { name: tool, ...(match[1] !== undefined && { version: match[1] }) })],
    ),
    line(["swdp_scan", "swd_scan", "jtag_scan", "auto_scan"], 5, /\bmon(?:i(?:tor?)?)? +(?:swdp?|jtag|auto)_scan\b/i),
    line("assert ", 8, /^assert [ns]rst during connect: *(enabled|disabled)/i, (match, { memory }) => {
      if (/dis/i.test(match[1])) memory.delete("manner");
      else memory.set("manner", "under-reset");
      return [];
    }),
    line("target voltage", 2, /^target voltage: *(?:(\d+[.,]\d+) *v|absent)/i, (match) => [
      // The probe prints so instead of a value that is next to nothing.
      say("voltage", { volts: match[1] === undefined ? 0 : decimalValue(match[1]) }),
    ]),
    line(
      ["sw-dp scan failed", "swd scan failed", "jtag scan failed", "jtag device scan failed", "auto scan failed"],
      6,
      /\b(?:(sw-dp|swd)|(jtag)(?: device)?|auto) scan failed/i,
      (match, context) => silent(context, match[1] ? "swd" : match[2] ? "jtag" : undefined),
    ),
    line(["sw-dp scan found no", "jtag scan found no"], 8, /(?:sw-dp|jtag) scan found no devices/i),
    // A request for which no acknowledge came in time; the firmware asks so itself.
    line("timeout during scan", 10, /timeout during scan\. *is target stuck in wfi/i, (_, context) => silent(context)),
    line("no usable targets found", 8, /no usable targets found/i, () => [
      say("wire-answer", { answer: "ok" }),
      say("chip-unidentified", {}),
    ]),
    line("no usable dp found", 8, /no usable dp found/i, (_, context) => silent(context)),
    line("no. att driver", 10, /^no\. att driver/i),
    line(
      ["1 ", "2 "],
      4,
      /^\d{1,2} {1,4}\*? {1,7}((?:stm32|gd32|at32|ch32)\w* ?[\w -]{0,40}?)(?: m\d.*)?$/i,
      (match) => [
        say("chip-name", { name: match[1].trim(), by: "tool" }),
        say("wire-answer", { answer: "ok" }),
        say("stage", { stage: "target-connected", reached: true }),
      ],
    ),
    line("attaching to remote target failed", 5, /^attaching to remote target failed/i, () => [say("halt-failed", {})]),
    line("target lost", 8, /\*+ ?target lost/i, () => [say("target-lost", { during: "run" })]),
    // Those that look for it by its name: on USB, then in the network.
    line(
      ["failed to resolve", "no black", "black", "debugger is not connected", "unable to find black"],
      8,
      /failed to resolve \w*black ?magic\w*|black ?magic(?: (?:debug )?probe)?(?: was| is)? not (?:found|detected|connected)|(?:no|find) black ?magic (?:debug )?probes?\b/i,
      () => [say("probe-trouble", { what: "none-found" })],
    ),
    line("please specify blackmagic", 8, /please specify blackmagic=/i, () => [
      say("probe-trouble", { what: "none-found" }),
    ]),
  ],
};
