/** stm32loader, the same in Python: its steps with -V, and its exceptions. */
import { type LinePattern, line, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";
import { commandRefused, serialThere } from "./protocol.ts";

const tool = "stm32loader";

export const stm32loaderPatterns: readonly LinePattern[] = [
  line(
    "stm32loader",
    8,
    /(?:^|[\s/\\"])stm32loader(?:\.py|\.exe)?"? +-|stm32loader[\w.-]*[/\\](?:\w+[/\\])?(?:__main__|main|bootloader)\.py|stm32loader\.bootloader\.\w+/i,
    undefined,
    tool,
  ),
  line("activating bootloader", 6, /^activating boot ?loader/i, undefined, tool),
  line(
    ["bootloader version", "chip id:"],
    4,
    /^(?:boot ?loader version:? *(?:0x)?[0-9a-f]{2}|chip id: *0x([0-9a-f]{3})\b.*)$/i,
    (match, { memory }) => [
      ...serialThere(memory),
      ...(match[1] === undefined ? [] : [say("device-id", { id: hexValue(match[1]) })]),
    ],
    tool,
  ),
  line(
    "command: ",
    5,
    /^(?:\*\*\* )?command: (?:get|read|write|erase|extended|go|unprotect|readout)/i,
    undefined,
    tool,
  ),
  line(
    ["can't init", "can not init", "cannot init"],
    6,
    /(?:can'?t|can ?not) init\b.{0,20}(?:boot ?loader)?.{0,10}(?:ensure|boot0|$)/i,
    () => [say("boot-loader", { over: "serial", answer: "none", to: "0x7F" })],
    tool,
  ),
  line(
    ["nack 0x", "nack "],
    6,
    /\bnack (?:for command )?(?:0x)?([0-9a-f]{1,2})\b/i,
    (match, { memory }) => [...serialThere(memory), ...commandRefused(hexValue(match[1]))],
    tool,
  ),
  line(
    "unknown response",
    5,
    /unknown response\.? *(?:\(?0x([0-9a-f]{2}))?/i,
    () => [say("boot-loader", { over: "serial", answer: "garbled" })],
    tool,
  ),
  line(
    ["can't read port or timeout", "no response (timeout)"],
    5,
    /can'?t read port or timeout|no response \(timeout\)/i,
    () => [say("boot-loader", { over: "serial", answer: "none" })],
    tool,
  ),
  // Behind the two lengths each byte that differs: what was read, and what the file has.
  line(
    "0x",
    10,
    /^0x([0-9a-f]{1,6}): 0x([0-9a-f]{1,2}) vs 0x([0-9a-f]{1,2})$/i,
    (match, { memory }) => {
      if (memory.get("differs") === true) return [];
      memory.set("differs", true);
      return [
        say("flash-trouble", {
          operation: "verify",
          reason: "mismatch",
          address: 0x0800_0000 + hexValue(match[1]),
          found: hexValue(match[2]),
          expected: hexValue(match[3]),
        }),
      ];
    },
    tool,
  ),
  line(
    "verification",
    2,
    /^verification (ok|failed)/i,
    (match) => [
      /ok/i.test(match[1])
        ? say("stage", { stage: "verified", reached: true })
        : say("flash-trouble", { operation: "verify", reason: "mismatch" }),
    ],
    tool,
  ),
];
