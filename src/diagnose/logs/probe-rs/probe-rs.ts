/** probe-rs and its front ends: cargo-flash, cargo-embed, `probe-rs run`, probe-run. */

import { harmlessOf } from "../harmless-lines.ts";
import { type LinePattern, type LogLine, type LogReader, line, type Said, say } from "../log-reader.ts";
import { probeProduct } from "../probe-products.ts";
import { rawSerialPatterns } from "../raw-serial.ts";
import { rttPatterns } from "../rtt.ts";
import { decimalValue, hexValue } from "../values.ts";
import { chipErrors } from "./chip.ts";
import { connectErrors } from "./connect.ts";
import { flashErrors } from "./flash.ts";
import { probeErrors } from "./probe.ts";
import { programErrors } from "./program.ts";
import { repeatPatterns } from "./repeats.ts";

const tool = "probe-rs";

function option(match: RegExpExecArray, memory: Map<string, unknown>): Said[] {
  const said: Said[] = [say("stage", { stage: "started", reached: true })];
  const chip = /--chip[= ]"?([\w.-]+)/i.exec(match.input);
  memory.set("chip", chip !== null);
  if (chip !== null) said.push(say("chip-name", { name: chip[1], by: "option" }));
  if (/--connect-under-reset/i.test(match.input)) {
    memory.set("manner", "under-reset");
    said.push(say("option", { name: "initialize-reset", value: "true", tool }));
  }
  const probe = /--probe[= ]"?[0-9a-f]{4}:[0-9a-f]{4}:(\w+)/i.exec(match.input);
  if (probe !== null) said.push(say("option", { name: "serial-number", value: probe[1], tool }));
  const program = /[^\s"'`]{0,160}\bthumbv\d\w{0,4}(?:\.\w{4})?-none-eabi(?:hf)?[^\s"'`]{0,160}/i.exec(match.input);
  if (program !== null) said.push(say("image-file", { path: program[0] }));
  const speed = /--speed[= ](\d+)/i.exec(match.input);
  if (speed !== null) said.push(say("option", { name: "frequency", value: speed[1], tool }));
  return said;
}

/** A probe of a list; of several it is not told which one is used. */
function probeKind(productId: string, serial: string | undefined, memory: Map<string, unknown>): Said[] {
  const listed = (memory.get("listed") as number | undefined) ?? 0;
  memory.set("listed", listed + 1);
  if (listed > 0) return [];
  const id = hexValue(productId);
  return [
    say("probe-kind", { name: probeProduct(id) ?? "ST-LINK", productId: id }),
    ...(serial === undefined ? [] : [say("probe-serial", { serial })]),
    say("probe-seen", { by: "probe-rs' own list" }),
  ];
}

const commands: readonly LinePattern[] = [
  line("sudo", 3, /\bsudo (?:-\w+ )*\S{0,120}\b(?:probe-rs|cargo[ -](?:flash|embed))\b/i, () => [
    say("run-as-root", {}),
  ]),
  line(
    ["probe-rs", "cargo flash", "cargo-flash", "cargo embed", "cargo-embed", "probe-run"],
    8,
    /(?:^|[\s`/\\"])(?:probe-rs(?:\.exe)? (?:run|download|attach|erase|gdb|info|list|reset|chip|debug|verify|read|write)|cargo[ -](?:flash|embed)|probe-run)\b/i,
    (match, { memory }) => {
      // Cargo's last word of it, or a build tool's, names the command once more.
      if (/process didn'?t exit successfully|\bexit (?:code|status)\b/i.test(match.input)) return [];
      // A session anew: what the last one came to holds no longer.
      for (const key of [
        "manner",
        "attached",
        "operation",
        "programmed",
        "printed",
        "reset",
        "panicked",
        "panic-frame",
        "faulted",
        "read",
        "nonsense",
      ])
        memory.delete(key);
      return option(match, memory);
    },
  ),
  line(
    ["probe-rs", "cargo-flash", "cargo-embed"],
    8,
    /^(?:probe-rs(?:-cli)?|cargo-(?:flash|embed)|probe-run) v?(\d+\.\d+\.\d+)/i,
    (match) => [say("tool", { name: tool, version: match[1] })],
  ),
  // The file of a report, as --report writes it.
  line("probe-rs", 6, /^"[^"]*\bprobe-rs(?:\.exe)?",?$|\bprobe-rs\\+probe-rs\\+data\\/i),
  line("os", 0, /^"os": "(windows|linux|macos)"/i, (match) => [
    say("operating-system", { name: match[1].toLowerCase() as "windows" | "linux" | "macos" }),
  ]),
  line(["probe_rs::", "probe_rs"], 8, /\bprobe_rs(?:_\w+)?(?:::\w+)+/),
  line("chip", 3, /--chip[= ]"?[\w.-]+/i),
  // The argument of --chip, which a report has in a line of its own, quoted.
  line("stm32", 0, /^[\\"', ]*["'](stm32[a-z]{1,3}\d{1,2}\w{3,8})\\?["'][\\"', ]*$/i, (match) => [
    say("chip-name", { name: match[1], by: "option" }),
  ]),
];

export const probeRs: LogReader = {
  tools: [tool],
  patterns: [
    ...harmlessOf("probe-rs"),
    ...commands,
    line("target voltage (vapp)", 8, /target voltage \(vapp\)(?::| is) *(-?\d+[.,]\d+) *v/i, (match) => [
      say("voltage", { volts: decimalValue(match[1]) }),
      say("stage", { stage: "probe-opened", reached: true }),
    ]),
    line(["host) info", "host) error", "host) warn"], 8, /\(host\) (?:info|warn|error)\b/i),
    line("the following debug probes were found", 8, /the following debug probes were found/i, () => [
      say("stage", { stage: "probe-opened", reached: true }),
    ]),
    line(
      "stlink v",
      4,
      /\bst-?link ?v?\S* \(vid: ([0-9a-f]{4}), pid: ([0-9a-f]{4})(?:, serial: (\w+))?/i,
      (match, { memory }) => probeKind(match[2], match[3], memory),
    ),
    line("stlink v", 6, /\bst-?link v\S* -- ([0-9a-f]{4}):([0-9a-f]{4}):(\w+)/i, (match, { memory }) =>
      probeKind(match[2], match[3], memory),
    ),
    line(
      ["erasing", "programming", "finished", "verifying"],
      4,
      /\b(erasing|programming|verifying) \u2714? *(?:100% *)?\[[#=-]+\]/i,
      (match, { memory }) => {
        memory.set("attached", true);
        const what = match[1].toLowerCase();
        return /100%|\u2714/.test(match.input)
          ? [
              say("stage", {
                stage: what === "erasing" ? "erased" : what === "programming" ? "programmed" : "verified",
                reached: true,
              }),
            ]
          : [];
      },
    ),
    line(
      ["erasing sectors", "programming pages"],
      6,
      /(erasing sectors|programming pages) {0,4}\u2714? {0,4}\[\d\d:\d\d:\d\d\].*/i,
      (match, { memory }) => {
        memory.set("attached", true);
        memory.set("operation", /erasing/i.test(match[0]) ? "erase" : "program");
        const amounts = /([\d.]+) ?(\w*)\/ *([\d.]+) ?(\w*)/.exec(match[0]);
        return amounts !== null && amounts[1] === amounts[3]
          ? [say("stage", { stage: /erasing/i.test(match[0]) ? "erased" : "programmed", reached: true })]
          : [];
      },
    ),
    line(
      ["finished in", "finished programming in"],
      4,
      /(?:^| {3,})finished (?:programming )?in \d+(?:\.\d+)?m?s\b/i,
      (_, { memory }) => {
        memory.set("programmed", true);
        return [say("stage", { stage: "programmed", reached: true })];
      },
    ),
    // What an algorithm tells of its own work; the chip's own flash is below.
    line(
      ["address: 0x", "address=0x", "logical_address"],
      0,
      /\b(?:logical_)?address(?: is)?[:=] *0x([6-9][0-9a-f]{7})\b(?:.{0,10}\bsize[:=] *0x([0-9a-f]{1,8}))?/i,
      (match) => [
        say("image-part", { address: hexValue(match[1]), ...(match[2] !== undefined && { size: hexValue(match[2]) }) }),
      ],
    ),
    line("flashing program", 5, /flashing program \(\d+ pages/i),
    // The first releases of probe-run: what follows the reset is the program's.
    line("flashing program ..", 5, /^flashing program ?\.\./i, (_, { memory }) => {
      memory.set("operation", "program");
      return [];
    }),
    line("resetting device", 2, /^resetting device$/i, (_, { memory }) => {
      if (memory.get("operation") !== "program") return [];
      memory.delete("operation");
      memory.set("reset", true);
      return [];
    }),
    line("success!", 4, /^(?:\(host\) info +)?success!/i, (_, { memory }) => {
      memory.set("programmed", true);
      return [say("stage", { stage: "programmed", reached: true })];
    }),
    // `probe-rs info` asks by both protocols, one after the other.
    line("probing target via", 8, /^probing target via (swd|jtag)/i, (match, { memory }) => {
      memory.set("protocol", match[1].toLowerCase());
      return [];
    }),
    // The ROM table's components were read: the debug port and what is behind it answer.
    // Each begins its identification with a fixed preamble (ADIv5 D1.2.1), where it can be read.
    line("component at 0x", 4, /component at 0x[0-9a-f]{8}(?:.*(invalid preamble))?/i, (match, { memory }) => {
      const said: Said[] = [];
      const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
      if (memory.get("read") !== true) said.push(say("wire-answer", { answer: "ok", ...(protocol && { protocol }) }));
      if (match[1] !== undefined && memory.get("nonsense") !== true) {
        memory.set("nonsense", true);
        said.push(say("access-port-failed", { nonsense: true }));
      }
      memory.set("read", true);
      return said;
    }),
    // `probe-rs info`: the tree of debug port and access ports.
    line("debug port:", 8, /^debug port: (?:DPv\d|version)/i, (_, { memory }) => {
      const protocol = memory.get("protocol") as "swd" | "jtag" | undefined;
      return [say("wire-answer", { answer: "ok", ...(protocol && { protocol }) })];
    }),
    line("error during access", 6, /error during access: /i, ({ input }) => [say("unknown-error", { text: input })]),
    line("done processing config", 8, /done processing config/i),
    line("gdb stub listening", 8, /(?:firing up gdb stub|gdb stub listening) at/i, () => [
      say("stage", { stage: "server-ready", reached: true }),
    ]),
    line("cargo run", 1, /^running `.*probe/i),
    line(["the core is in locked up", "core "], 6, /core (?:\d+ )?is (?:in )?locked ?up\b/i, () => [
      say("core", { state: "lockup" }),
    ]),
    ...connectErrors,
    ...probeErrors,
    ...flashErrors,
    ...chipErrors,
    ...programErrors,
    ...repeatPatterns,
    ...rttPatterns(5),
    ...rawSerialPatterns,
  ],
  finish: (memory) => {
    const faulted = memory.get("faulted") as LogLine | undefined;
    return faulted === undefined || memory.get("panicked") === true
      ? []
      : [{ line: faulted, said: say("exception-active", { number: 3, unnamed: true }) }];
  },
};
