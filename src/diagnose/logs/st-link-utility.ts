/** STM32 ST-LINK Utility and its command line, ST-LINK_CLI. */
import type { ConnectManner } from "../facts.ts";
import { harmlessOf } from "./harmless-lines.ts";
import { type LineContext, type LogReader, line, type Said, say } from "./log-reader.ts";
import { decimalValue, hexValue, probeFirmware } from "./values.ts";

function silent({ memory }: LineContext): Said[] {
  if (memory.get("identified") === true) return [say("target-lost", { during: "session" })];
  const manner = memory.get("manner") as ConnectManner | undefined;
  return [say("wire-answer", { answer: "none", ...(manner && { manner }) })];
}

export const stLinkUtility: LogReader = {
  tools: ["st-link-utility"],
  patterns: [
    ...harmlessOf("st-link-utility"),
    line(
      ["stm32 st-link cli", "st-link cli", "stm32 st-link command line"],
      10,
      /st-link (?:cli|command line\w*)(?: interface)?(?: +v?(\d[\d.]*\d))?/i,
      (match) => [say("tool", { name: "st-link-utility", ...(match[1] !== undefined && { version: match[1] }) })],
    ),
    line("stm32 st-link utility", 10, /stm32 st-link utility(?: +v?(\d[\d.]*\d))?/i, (match) => [
      say("tool", { name: "st-link-utility", ...(match[1] !== undefined && { version: match[1] }) }),
    ]),
    line("st-link sn", 4, /st-link sn *: *(\w+)/i, (match, { memory }) => {
      memory.delete("identified");
      return [say("probe-serial", { serial: match[1] }), say("stage", { stage: "probe-opened", reached: true })];
    }),
    line(
      ["st-link firmware version", "v2j", "v2.j", "v3j"],
      4,
      /^(?:st-link firmware version *: *)?(v\d\.?j\d+(?:\.?[ms]\d+)*)\b/i,
      (match) => [say("probe-firmware", probeFirmware(match[1]))],
    ),
    // What ST-LINK_CLI was asked to write, and where.
    line("st-link_cli", 6, /\bst-link_cli(?:\.exe)?"? .{0,200}?-p "?(\S+\.bin)"? (0x[0-9a-f]{1,8})\b/i, (match) => [
      say("image-raw", { path: match[1], address: Number(match[2]) }),
    ]),
    line(["connected via swd", "connected via jtag"], 8, /connected via (swd|jtag)/i, (_, { memory }) => {
      memory.delete("identified");
      memory.delete("manner");
      return [say("stage", { stage: "probe-opened", reached: true })];
    }),
    line("disconnected from device", 8, /^disconnected from device/i, (_, { memory }) => {
      memory.delete("identified");
      return [];
    }),
    line("swd frequency", 3, /swd frequency *= *(\d+(?:[.,]\d+)?) *([mk])(?:hz)?\b/i, (match) => [
      say("wire-clock", { khz: decimalValue(match[1]) * (/m/i.test(match[2]) ? 1000 : 1) }),
    ]),
    line("connection mode", 5, /connection mode *: *([a-z -]+)/i, (match, { memory }) => {
      const how: ConnectManner = /under/i.test(match[1]) ? "under-reset" : /hot/i.test(match[1]) ? "attach" : "normal";
      memory.set("manner", how);
      return how === "under-reset"
        ? [say("option", { name: "initialize-reset", value: "true", tool: "st-link-utility" })]
        : [];
    }),
    line("debug in low power mode", 3, /debug in low power mode/i),
    line("device id", 2, /device id *: *0x([0-9a-f]{1,8})\b/i, (match, { memory }) => {
      const id = hexValue(match[1]) & 0xfff;
      if (id === 0) return [say("chip-unidentified", {})];
      memory.set("identified", true);
      const manner = memory.get("manner") as ConnectManner | undefined;
      return [
        say("device-id", { id }),
        say("wire-answer", { answer: "ok", ...(manner && { manner }) }),
        say("stage", { stage: "identified", reached: true }),
      ];
    }),
    line("device flash size", 4, /device flash size *: *(\d+) *kbytes/i, (match) => [
      say("flash-size", { kib: Number(match[1]), ...(Number(match[1]) >= 65535 && { raw: 0xffff }) }),
    ]),
    line("device family", 4, /device family *: *(.+)/i, (match) => [
      say("chip-name", { name: match[1].trim(), by: "tool" }),
    ]),
    line("target voltage", 1, /target voltage *[:=] *(\d+[.,]\d+) *v/i, (match) => [
      say("voltage", { volts: decimalValue(match[1]) }),
    ]),
    line(
      ["can not connect", "cannot connect", "can't connect", "no target connected", "unable to connect"],
      8,
      /(?:can ?not|can't|unable to) connect to (?:the )?target|no target connected/i,
      (_, context) => silent(context),
    ),
    // It advises so only where the attempt was another.
    line("please select", 8, /please select "?connect under reset"? mode/i, () => [
      say("wire-answer", { answer: "none", manner: "normal" }),
    ]),
    line(
      ["no st-link detected", "unable to connect to st-link", "no st-link found"],
      4,
      /no st-link (?:detected|found)|unable to connect to st-link/i,
      () => [say("probe-trouble", { what: "none-found" })],
    ),
    line("st-link usb communication error", 6, /st-link usb communication error/i, () => [
      say("probe-trouble", { what: "usb-error" }),
    ]),
    line(
      ["st-link already", "st-link is already", "already in use", "st-link in use"],
      3,
      /st-link.*already|already in use|st-link in use/i,
      () => [say("probe-trouble", { what: "busy" })],
    ),
    // The words are its own for a memory behind an external loader.
    line("cannot read external memory", 8, /can ?not read external memory/i, () => [
      say("loader-init", { outcome: "failed" }),
    ]),
    line("elf loader file", 8, /elf loader file is not accessible/i, () => [
      say("path-missing", { what: "loader", doubtful: true }),
    ]),
    line("stm32w1xx device", 10, /connect to an stm32w1xx device, please select/i),
    line("low frequency application", 10, /connect to a low frequency application *, please select/i),
    // Said of any command of the probe's that failed.
    line("internal command error", 8, /internal command error/i, ({ input }, context) =>
      context.memory.get("identified") === true || context.memory.has("manner")
        ? silent(context)
        : [say("unknown-error", { text: input })],
    ),
    line(
      ["connection lost", "connection to device lost"],
      4,
      /\b(?:target )?connection (?:to (?:the )?\w+ )?(?:is |was )?lost/i,
      (_, context) => silent(context),
    ),
    line("memory reading", 6, /error occurr?ed during memory reading/i, () => [
      say("flash-trouble", { operation: "read" }),
    ]),
    line("memory comparison", 6, /memory comparison (?:has )?fail/i, () => [
      say("flash-trouble", { operation: "verify", reason: "mismatch" }),
    ]),
    line("write memory", 4, /(?:failed|unable|can ?not|could not)(?: to)? write memory/i, () => [
      say("flash-trouble", { operation: "program" }),
    ]),
    line("mcu reset", 6, /mcu reset (?:has )?fail/i, (_, context) => silent(context)),
    line(
      ["can not read memory", "cannot read memory", "read out protection"],
      5,
      /can ?not read memory|disable read out protection|read out protection is (?:active|activated|enabled)/i,
      (match) =>
        /read out/i.test(match[0]) || /read out/i.test(match.input)
          ? [say("read-protection", { on: true })]
          : [say("flash-trouble", { operation: "read" })],
    ),
    line(["flash memory is write protected", "write protected", "write protection"], 3, /write protect/i, () => [
      say("flash-trouble", { operation: "program", reason: "protected" }),
    ]),
    // `Memory Sector @0x8004000 is not erased. Verify the memory protection.`
    line(
      ["memory sector", "sector ", "page "],
      8,
      /\b(?:sector|page)s? ?@?\S{0,12} (?:is|was|are) not erased\b/i,
      () => [say("flash-trouble", { operation: "erase" })],
    ),
    // What lay before could be read: it is not protection that ends it.
    line("beyond address", 8, /can ?not (?:read|write|erase) .{0,20}beyond address/i, ({ input }) => [
      say("unknown-error", { text: input }),
    ]),
    line(
      ["could not set breakpoint", "flash loader"],
      1,
      /(?:flash|external) loader.*(?:fail|error|cannot|can not)/i,
      () => [say("flash-trouble", { operation: "algorithm", reason: "algorithm" })],
    ),
    line(
      ["programming error @", "programmation error @"],
      5,
      /programm(?:ing|ation) error *@ *:? *0x([0-9a-f]{1,8})/i,
      (match) => [say("flash-trouble", { operation: "program", address: hexValue(match[1]) })],
    ),
    line(
      [
        "error occured during",
        "error occurred during",
        "flash programming error",
        "programming error",
        "programmation error",
        "erase error",
      ],
      5,
      /error occurr?ed (?:during|while) (?:the |memory )?(program|flash|erase|mass|verif)|programm(?:ing|ation) error(?! *@)|\berase error/i,
      (match) => [
        say("flash-trouble", {
          operation: /erase|mass/i.test(match[0]) ? "erase" : /verif/i.test(match[0]) ? "verify" : "program",
        }),
      ],
    ),
    line(
      ["verification...failed", "verification failed", "memory programmed in"],
      3,
      /verification *(?:\.\.\.)? *(ok|failed)|memory programmed in/i,
      (match) =>
        /failed/i.test(match[0])
          ? [say("flash-trouble", { operation: "verify", reason: "mismatch" })]
          : [say("stage", { stage: /ok/i.test(match[1] ?? "") ? "verified" : "programmed", reached: true })],
    ),
    line("unable to open file", 4, /^(?:error: *)?unable to open file\b[ :!"']*([^"'!]*)/i, (match) => [
      say("path-missing", { what: "program", ...(match[1].trim() !== "" && { path: match[1].trim() }) }),
    ]),
    line(
      ["file size", "size of the file", "file is larger", "file is bigger"],
      8,
      /\bfile(?:'s)?\b.{0,12}\b(?:bigger|larger|greater) than (?:the )?(?:device|flash|memory|target)\b/i,
      () => [say("flash-trouble", { operation: "program", reason: "too-large" })],
    ),
    line("could not set core in debug mode", 8, /could not set core in debug mode/i, () => [say("halt-failed", {})]),
    line("held under reset", 4, /target is held under reset/i, () => [say("nrst", { level: "low", driven: false })]),
    line("can not verify memory", 6, /can ?not verify memory/i, () => [
      say("flash-trouble", { operation: "verify", reason: "mismatch" }),
    ]),
    line(["old st-link firmware", "please upgrade"], 2, /old st-link firmware|firmware.*upgrade/i, () => [
      say("probe-trouble", { what: "firmware-too-old" }),
    ]),
    line(
      ["unknown target", "unknown device", "unsupported device", "device id is unknown"],
      2,
      /(?:unknown|unsupported) (?:target|device)|device id is unknown/i,
      () => [say("chip-unidentified", {})],
    ),
  ],
};
