/** stm32flash 0.4 to 0.7 (also as Arduino brings it), and stm32loader: ST's boot loader over a serial port. */
import { type LogReader, line, type Said, say } from "../log-reader.ts";
import { hexValue } from "../values.ts";
import { answerOf, commandRefused, commandWords, serialThere as there } from "./protocol.ts";
import { stm32loaderPatterns } from "./stm32loader.ts";

type Operation = "erase" | "program" | "verify" | "read";

function failed(operation: Operation, parts: { address?: number; expected?: number; found?: number } = {}): Said[] {
  return [say("flash-trouble", { operation, ...(operation === "verify" && { reason: "mismatch" }), ...parts })];
}

export const stm32flash: LogReader = {
  tools: ["stm32flash", "stm32loader"],
  patterns: [
    ...stm32loaderPatterns,
    line("stm32flash", 10, /^stm32flash (?!.*(?:-\w |\/dev|not found))\S+$/i, (match, { memory }) => {
      memory.clear();
      return [
        say("tool", { name: "stm32flash", version: match[0].replace(/^\S+ /, "") }),
        say("stage", { stage: "started", reached: true }),
      ];
    }),
    line("stm32flash", 8, /(?:^|[\s/\\"])stm32flash(?:\.exe)?"? +.*(?:-[bmwrvgeikuso]\b|\/dev\/|\bcom\d)/i, (match) => {
      const file = /-w +"?([^\s"]+)/.exec(match.input)?.[1];
      return file === undefined ? [] : [say("image-file", { path: file })];
    }),
    line(
      ["http://stm32flash", "using parser"],
      6,
      /stm32flash\.(?:sourceforge|googlecode)|^using parser *: *(?:raw binary|intel hex)/i,
    ),
    line("interface serial", 8, /^interface (?:serial_\w+|i2c)\s*: */i),
    line("serial config", 5, /^serial config *: *\d/i),
    line(["version ", "option 1", "option 2"], 3, /^(?:version|option [12]) *: *0x[0-9a-f]{2}\b/i, (_, { memory }) =>
      there(memory),
    ),
    // In four digits, where STM32CubeProgrammer has three of what it read over a probe.
    line("device id", 4, /^device id *: *0x0([0-9a-f]{3})(?: \((.+)\))?$/i, (match, { memory }) => [
      ...there(memory),
      say("device-id", { id: hexValue(match[1]) }),
      say("stage", { stage: "identified", reached: true }),
    ]),
    line(
      ["write to memory", "erasing memory", "read memory", "wrote address"],
      5,
      /^(write to memory|erasing memory|read memory|wrote (?:and verified )?address 0x[0-9a-f]+.*)$/i,
      (match, { memory }) => {
        const eras = /eras/i.test(match[1]);
        memory.set("operation", eras ? "erase" : /^read/i.test(match[1]) ? "read" : "program");
        return /100(?:\.0+)?%\) *done/i.test(match[1]) ? [say("stage", { stage: "programmed", reached: true })] : [];
      },
    ),
    line(
      ["failed to init device", "failed to get init ack", "failed to send init"],
      10,
      /failed to (?:init device|get init ack|send init)/i,
      () => [say("boot-loader", { over: "serial", answer: "none", to: "0x7F" })],
    ),
    line("failed to read ack byte", 8, /failed to read ack byte/i, (_, { memory }) => {
      if (memory.get("there") !== true) return [say("boot-loader", { over: "serial", answer: "none" })];
      const operation = memory.get("operation") as Operation | undefined;
      return [say("target-lost", { during: operation === "erase" || operation === "program" ? operation : "session" })];
    }),
    line(
      "got nack from device on command",
      10,
      /got nack from device on command (?:0x)?([0-9a-f]{1,2})/i,
      (match, { memory }) => [...there(memory), ...commandRefused(hexValue(match[1]))],
    ),
    line(
      "unexpected reply from device on command",
      10,
      /unexpected reply from device on command (?:0x)?([0-9a-f]{1,2})/i,
      (match) => [say("boot-loader", { over: "serial", answer: "garbled", to: commandWords(hexValue(match[1])) })],
    ),
    line("got byte ", 8, /got byte 0x([0-9a-f]{2}) instead of ack/i, (match) => {
      const answer = answerOf(hexValue(match[1]));
      return answer === undefined ? [] : [say("boot-loader", { over: "serial", answer })];
    }),
    line("bootloader did not", 8, /bootloader did not return(?:ed)? correct information/i, () => [
      say("boot-loader", { over: "serial", answer: "garbled", to: "Get" }),
    ]),
    line("the interface was not closed properly", 6, /the interface was not closed properly/i, (_, { memory }) =>
      there(memory),
    ),
    line(
      "unknown/unsupported device",
      8,
      /unknown\/unsupported device \(device id: 0x([0-9a-f]{1,4})/i,
      (match, { memory }) => [
        ...there(memory),
        say("chip-unsupported", { name: `a chip with device ID 0x${match[1]}` }),
      ],
    ),
    line(
      [
        "mass erase failed",
        "mass erase error",
        "page-by-page erase",
        "can't initiate chip",
        "failed to erase memory",
        "erase failed",
      ],
      0,
      /mass erase (?:failed|error)|page-by-page erase (?:failed|error)|can'?t initiate chip (?:mass )?erase|failed to erase memory|^erase failed/i,
      () => failed("erase"),
    ),
    line(
      ["failed to write memory at address", "failed to read memory at address"],
      10,
      /failed to (write|read) memory at address 0x([0-9a-f]+)/i,
      (match, { memory }) => [
        ...there(memory),
        ...failed(/write/i.test(match[1]) ? "program" : "read", { address: hexValue(match[2]) }),
      ],
    ),
    line(
      "failed to verify at address",
      10,
      /failed to verify at address 0x([0-9a-f]+)(?:, expected 0x([0-9a-f]+) and found 0x([0-9a-f]+))?/i,
      (match, { memory }) => [
        ...there(memory),
        ...failed("verify", {
          address: hexValue(match[1]),
          ...(match[2] !== undefined && { expected: hexValue(match[2]), found: hexValue(match[3]) }),
        }),
      ],
    ),
    line("error probing interface", 8, /error probing interface "?serial/i, () => [say("serial-port-failed", {})]),
    line("cannot handle device", 6, /cannot handle device "([^"]{1,80})"/i, (match) => [
      say("serial-port-failed", { port: match[1] }),
    ]),
    line("failed to open port", 2, /^failed to open port: *(\S{1,80})$/i, (match) => [
      say("serial-port-failed", { port: match[1] }),
    ]),
    line(
      ["failed to open", "cannot open"],
      3,
      /^(?:cannot|failed to) open (?:file )?"?([^":]{1,200}\.(?:bin|hex))"?/i,
      (match) => [say("path-missing", { what: "program", path: match[1] })],
    ),
  ],
};
