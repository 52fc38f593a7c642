/** pystlink: a small programmer in Python for ST-LINK, which says what it finds in labelled lines. */
import { type LogReader, line, say } from "./log-reader.ts";
import { decimalValue, hexValue, probeFirmware } from "./values.ts";

const tool = "pystlink";

export const pystlink: LogReader = {
  tools: [tool],
  patterns: [
    line("pystlink", 8, /(?:^|[\s/\\"$])pystlink(?:\.py)?"? (?:-\w|--\w|\w+:)/i, (match) => {
      const file = /(?:write|verify):(?:0x[0-9a-f]+:)?(\S+\.\w{2,4})/i.exec(match.input)?.[1];
      return [
        say("stage", { stage: "started", reached: true }),
        ...(file === undefined ? [] : [say("image-file", { path: file })]),
      ];
    }),
    line("device:", 6, /^device: *(st-?link\/\S+) +(v\d+j\d+\S*)/i, (match) => [
      say("probe-kind", { name: match[1] }),
      say("probe-firmware", probeFirmware(match[2])),
      say("stage", { stage: "probe-opened", reached: true }),
    ]),
    line("supply:", 4, /^supply: *(\d+[.,]\d+) *v/i, (match) => [say("voltage", { volts: decimalValue(match[1]) })]),
    line("coreid:", 4, /^coreid: *(?:0x)?([0-9a-f]{8})/i, (match) => [say("idcode", { value: hexValue(match[1]) })]),
    // It reads CPUID for this one.
    line("core:", 2, /^core: *cortex-?m\d/i, () => [
      say("wire-answer", { answer: "ok" }),
      say("stage", { stage: "target-connected", reached: true }),
    ]),
    line("mcu:", 2, /^mcu: *(stm32\S+)/i, (match) => [say("chip-name", { name: match[1], by: "tool" })]),
    line("flash:", 1, /^flash: *(\d+) *kb$/i, (match) => [say("flash-size", { kib: Number(match[1]) })]),
    line("supply voltage is", 8, /supply voltage is (\d+[.,]\d+) *v, but minimum/i, (match) => [
      say("voltage", { volts: decimalValue(match[1]) }),
      say("flash-trouble", { operation: "program" }),
    ]),
    line("st-link/v2 is not connected", 8, /st-link\/v2 is not connected/i, () => [
      say("probe-trouble", { what: "none-found" }),
    ]),
    line("verify error at block address", 8, /verify error at block address: *(?:0x)?([0-9a-f]{1,8})/i, (match) => [
      say("flash-trouble", { operation: "verify", reason: "mismatch", address: hexValue(match[1]) }),
    ]),
    line(
      ["flash programming error", "error while writing flash"],
      4,
      /^\**\s*(?:flash programming error|error .*flash)/i,
      () => [say("flash-trouble", { operation: "program" })],
    ),
  ],
};
