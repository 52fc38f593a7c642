/** pyOCD at the probe, the wires and the debug port: what it did not find, and what did not answer. */
import type { ConnectManner, FactValues } from "../../facts.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { systemError } from "../usb-errors.ts";
import { hexValue, probeFirmware } from "../values.ts";
import { noteNoneFound } from "./pythons.ts";

function answered({ memory }: LineContext, answer: FactValues["wire-answer"]["answer"]): Said[] {
  // With the core found it is the place that was asked for that refuses.
  if (memory.get("core") === true && answer === "fault") return [say("client-trouble", { what: "memory" })];
  if (memory.get("core") === true) {
    const during = memory.get("operation") as "erase" | "program" | "verify" | "reset" | undefined;
    return [say("target-lost", { during: during ?? "session" })];
  }
  const manner = memory.get("manner") as ConnectManner | undefined;
  return [
    say("wire-answer", { answer, ...(manner && { manner }), ...protocolIn(memory) }),
    ...(answer === "none" ? [say("stage", { stage: "target-connected", reached: false })] : []),
  ];
}

/** The status of an ST-LINK command as pyOCD numbers it, and what it says of the wires. */
const stlinkStatus: Readonly<Record<number, FactValues["wire-answer"]["answer"]>> = {
  // Old firmware says no more than this of an access that the bus refused.
  1: "fault",
  4: "none",
  5: "none",
  7: "wait",
  9: "none",
  // The port answers, and nothing acknowledges its request for power.
  11: "fault",
  12: "fault",
  13: "fault",
  16: "wait",
  17: "fault",
  18: "none",
  19: "error",
  20: "wait",
  21: "fault",
  22: "none",
  23: "error",
  24: "error",
  25: "fault",
  26: "error",
};

/** Statuses that tell of the probe itself: inner errors, a command that it refuses, and one that it does not know. */
const ofProbe: Readonly<Record<number, FactValues["probe-trouble"]["what"]>> = {
  2: "usb-error",
  3: "usb-error",
  6: "usb-error",
  8: "usb-error",
  66: "firmware-too-old",
};

function usb(code: string, text: string, { memory }: LineContext): Said[] {
  const said = systemError(Number(code), text);
  if (said === undefined) return [];
  // A probe that was used before and is gone was unplugged; one that was never opened was not found.
  return memory.get("opened") !== true &&
    memory.get("core") !== true &&
    said[0] === "probe-trouble" &&
    said[1].what === "unplugged"
    ? [say("probe-trouble", { what: "none-found", detail: text })]
    : [said];
}

/** SWD or JTAG, where the command line tells. */
export function protocolIn(memory: Map<string, unknown>): { protocol?: "swd" | "jtag" } {
  const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
  return protocol === undefined ? {} : { protocol };
}

/** The generations of two versions in one message (`V3J3`, `v2J24`), where they differ: what is there, and what is asked for. */
function comparedIn(text: string): Pick<FactValues["probe-trouble"], "compared"> {
  const [found, least] = [/\bcurrent version is\b(.{1,40}?),/i, /\b(?:at least|minimum|required)\b(.{1,40})/i].map(
    (words) => probeFirmware(words.exec(text)?.[1] ?? "").generation,
  );
  return found === undefined || least === undefined || found === least ? {} : { compared: { found, least } };
}

export const pyocdWires: readonly LinePattern[] = [
  line(
    ["no connected debug probes", "no available debug probe", "waiting for a debug probe", "no connected debug probe"],
    8,
    /no connected debug probes?(?! matches)|no available debug probes?|waiting for a debug probe to be connected/i,
    (_, { memory }) => {
      noteNoneFound(memory);
      return [say("probe-trouble", { what: "none-found" })];
    },
  ),
  line(
    ["no connected debug probe matches", "waiting for a debug probe matching"],
    10,
    /debug probe match(?:es|ing) unique id '([^']*)'/i,
    (match) => [
      say("probe-trouble", { what: "serial-not-found" }),
      say("option", { name: "serial-number", value: match[1], tool: "pyocd" }),
    ],
  ),
  line(
    ["no ack", "swd/jtag communication failure", "unexpected ack", "swd/jtag"],
    8,
    /no ack(?:nowledge)?(?: received)?\b|communication failure \(no ack\)/i,
    (_, context) => answered(context, "none"),
  ),
  line("swd/jtag communication failure", 8, /communication failure \((fault|wait) ack\)/i, (match, context) =>
    answered(context, match[1].toLowerCase() as "fault" | "wait"),
  ),
  line(
    ["unexpected ack", "swd/jtag communication failure", "invalid ack"],
    8,
    /unexpected ack(?: value)?(?: \((\d+)\))?|swd\/jtag (?:communication failure \((?:invalid|parity)|parity error)/i,
    (match, context) => answered(context, match[1] === "7" ? "none" : "error"),
  ),
  // It asks for one access port after the other until one is not there; the core's is the first.
  line("error probing ap#", 8, /error probing ap#(\d+)/i, (match) =>
    match[1] === "0" ? [say("access-port-failed", { ap: 0 })] : [say("unknown-error", { text: match.input })],
  ),
  line(
    ["transfer error while reading ap#", "transfer error while reading ahb", "transfer error while reading apb"],
    8,
    /transfer error while reading (?:\w{3}-)?ap#(\d+) rom table(?:.*@ *0x([0-9a-f]{1,8}))?/i,
    (match) => [
      say("wire-answer", { answer: "fault" }),
      // The table of a Cortex-M0+ stands at 0xF0000000: behind a further port it is a second core's (RM0453).
      ...(match[1] !== "0" && match[2] !== undefined && hexValue(match[2]) >>> 28 === 0xf
        ? [say("access-port-failed", { ap: Number(match[1]) })]
        : []),
    ],
  ),
  line("stlink error", 8, /^(?!.*error probing ap#).*stlink error \((\d+)\)/i, (match, context) => {
    const answer = stlinkStatus[Number(match[1])];
    const other = ofProbe[Number(match[1])];
    if (other !== undefined) return [say("probe-trouble", { what: other, detail: match.input.trim().slice(0, 80) })];
    if (match[1] === "14") return [say("probe-trouble", { what: "busy", detail: match.input.trim() })];
    // SWO and a clock that is not offered (32, 65) say nothing of the wires.
    return answer === undefined ? [] : answered(context, answer);
  }),
  line(
    ["unable to power up", "failed to power up", "power up", "power-up", "dp power"],
    5,
    /(?:unable|failed) to power[- ]up|power-?up request timed out/i,
    // The port took the request and acknowledged the read that shows no power: it answers.
    (_, context) => answered(context, "fault"),
  ),
  // Every component begins its identification with a fixed preamble (ADIv5 D1.2.1), and the first table is always there.
  line("invalid coresight component", 8, /invalid coresight component, cidr=0x[0-9a-f]{1,8}/i, (_, { memory }) => {
    memory.set("nonsense", true);
    return [];
  }),
  line("no cores were discovered", 8, /no cores were discovered/i, (_, { memory }) =>
    memory.get("core") === true || memory.get("unread") === true
      ? []
      : [say("access-port-failed", memory.get("nonsense") === true ? { nonsense: true } : {})],
  ),
  // Releases before 0.20 name the wires in place of the memory.
  line(
    ["memory transfer fault", "swd/jtag transfer fault"],
    8,
    /^(?!.*(?:error probing|while reading) (?:\w{3}-)?ap#).*(?:memory|swd\/jtag) transfer fault\b/i,
    (match, context) => {
      const at = /@ *0x([0-9a-f]{1,8})/i.exec(match.input)?.[1];
      const address = at === undefined ? undefined : hexValue(at);
      return [
        say("client-trouble", {
          what: "memory",
          ...(address !== undefined && { address }),
          ...(/fault \(write\)/i.test(match.input) && { write: true as const }),
        }),
        // The core's own registers, before the core had been found: the bus behind the debug port refuses.
        ...(address !== undefined &&
        address >= 0xe0000000 &&
        !/no ack/i.test(match.input) &&
        context.memory.get("core") !== true
          ? answered(context, "fault")
          : []),
      ];
    },
  ),
  line(["transferfaulterror", "transfertimeouterror", "transfererror"], 5, /pyocd\.\S*Transfer\w*Error/i),
  line(
    ["errno", "usberror", "usb error"],
    3,
    /^(?!.*\/dev\/(?:tty|cu)).*\[errno (\d+)\] *((?:access denied|permission denied|resource busy|device or resource busy|no such device|operation timed out|input\/output error|pipe error|entity not found).*)/i,
    (match, context) => usb(match[1], match[2], context),
  ),
  line(
    ["no backend available", "no libusb library was found", "libusb"],
    4,
    /no backend available|no libusb library was found/i,
    () => [say("path-missing", { what: "library", path: "libusb-1.0" })],
  ),
  line(
    ["stlink", "st-link", "firmware"],
    4,
    /(?:unsupported|older|old|too old).{0,40}(?:stlink |st-link )?firmware(?: version)?|firmware version.{0,40}(?:too old|not supported|unsupported)|firmware does not support jtag\/swd/i,
    ({ input }) => [say("probe-trouble", { what: "firmware-too-old", ...comparedIn(input) })],
  ),
  line("errno", 3, /\[(?:errno|winerror) (?:48|98|10048|10013)\]/i, (match) => [
    say("port-taken", {
      port: Number(/port (\d+)|:(\d{4,5})/.exec(match.input)?.[1] ?? 3333),
      system: match.input.trim(),
    }),
  ]),
  line(
    ["asserting reset prior to connect", "performing connect pre-reset"],
    8,
    /asserting reset prior to connect|performing connect pre-reset/i,
    (match, { memory }) => {
      if (/asserting/i.test(match[0])) memory.set("manner", "under-reset");
      return [];
    },
  ),
  line(
    ["timed out waiting", "timeout waiting", "timed out"],
    3,
    /time?d? ?out (?:while )?waiting (?:for|to) .{0,30}(halt|reset)/i,
    (_, { memory }) => [say("halt-failed", memory.get("manner") === "under-reset" ? { manner: "under-reset" } : {})],
  ),
];
