/** ST-LINK_gdbserver 5.x to 7.x: console and log file (`-f`). */
import type { ConnectManner } from "../facts.ts";
import { harmlessOf } from "./harmless-lines.ts";
import { type LineContext, type LogLine, type LogReader, line, type Said, say } from "./log-reader.ts";
import { dumpPatterns, finishDump } from "./st-gdbserver-dump.ts";
import { errorPatterns } from "./st-gdbserver-errors.ts";
import { optionPatterns } from "./st-gdbserver-options.ts";
import { decimalValue, hexValue, probeFirmware } from "./values.ts";

const stage = (name: Parameters<typeof reached>[0]) => () => [reached(name)];
function reached(name: "server-ready" | "client-connected" | "identified" | "target-connected" | "probe-opened") {
  return say("stage", { stage: name, reached: true });
}

function manner(word: string): ConnectManner {
  return /under/i.test(word) ? "under-reset" : /attach|hot/i.test(word) ? "attach" : "normal";
}

function connectionMode(match: RegExpExecArray, { memory }: LineContext): Said[] {
  const how = manner(match[1]);
  memory.set("manner", how);
  const name = how === "under-reset" ? "initialize-reset" : how === "attach" ? "attach" : undefined;
  return name === undefined ? [] : [say("option", { name, value: "true", tool: "st-link-gdbserver" })];
}

const states = { HALT: "halted", RUN: "running", RESET: "in-reset", SLEEP: "sleeping" } as const;

export const stGdbServer: LogReader = {
  tools: ["st-link-gdbserver"],
  patterns: [
    ...harmlessOf("st-link-gdbserver"),
    line("st-link gdb server", 10, /st-link gdb server\. *version *(\d[\d.]*\d)/i, (match, { memory }) => {
      // A new server: what was remembered is the last one's.
      for (const key of ["manner", "swd", "identified", "ready", "download", "loader-at"]) memory.delete(key);
      memory.set("started", true);
      return [
        say("tool", { name: "st-link-gdbserver", version: match[1] }),
        say("stage", { stage: "started", reached: true }),
      ];
    }),
    line("version: ", 5, /st-link_gdbserver\S* +version: *(\d[\d.]*\d)/i, (match) => [
      say("tool", { name: "st-link-gdbserver", version: match[1] }),
    ]),
    line("starting server with the following", 10, /starting server with the following options/i),
    line("configuration flags", 10, /configuration flags (?:start|end)/i),
    ...optionPatterns,
    line("target connection mode", 10, /target connection mode *: *([a-z ]+)/i, connectionMode),
    line("hardware watchpoint supported", 8, /hardware watchpoint supported by the target/i, () => [
      reached("target-connected"),
    ]),
    line(
      ["com frequency", "swd frequency", "jtag frequency"],
      6,
      /^(?:com|swd|jtag) frequency *= *(\d+) *khz/i,
      (m) => [say("wire-clock", { khz: Number(m[1]) }), reached("probe-opened")],
    ),
    line("st-link firmware version", 8, /st-link firmware version *[:=] *(v[\w.]+)/i, (match) => [
      say("probe-firmware", probeFirmware(match[1])),
      reached("probe-opened"),
    ]),
    line("device id", 1, /^device id *: *0x([0-9a-f]{1,8})\b/i, (match, { memory }) => {
      const id = hexValue(match[1]);
      if (id === 0) return [say("chip-unidentified", {})];
      memory.set("identified", true);
      const connect = memory.get("manner") as ConnectManner | undefined;
      const how = connect === undefined ? {} : { manner: connect };
      return [
        say("device-id", { id: id & 0xfff }),
        say("wire-answer", { answer: "ok", ...how }),
        reached("identified"),
      ];
    }),
    line("pc: ", 1, /^pc: *0x([0-9a-f]{1,8})\b(?!.*ret)/i, (match) => [
      say("core-register", { name: "pc", value: hexValue(match[1]) }),
    ]),
    line("st-link device status", 10, /st-link device status *: *(halt|run|reset|sleep)_?mode/i, (match) => [
      say("core", { state: states[match[1].toUpperCase() as keyof typeof states] }),
    ]),
    // It asked and was told nothing that it knows: the core is not where it was left.
    line("st-link device status", 10, /st-link device status *: *lock_?up/i, () => [say("core", { state: "lockup" })]),
    line("st-link device status", 10, /st-link device status *: *unknown/i, () => [say("core", { state: "unknown" })]),
    line("st-link detects target voltage", 10, /st-link detects target voltage *[=:] *(\d+[.,]\d+) *v/i, (match) => [
      say("voltage", { volts: decimalValue(match[1]) }),
      reached("probe-opened"),
    ]),
    line("st-link device initialization ok", 10, /st-link device initialization ok/i, () => [
      reached("target-connected"),
    ]),
    line("waiting for debugger connection", 6, /waiting for debugger connection/i, (_, { memory }) => {
      memory.set("ready", true);
      if (memory.get("identified")) return [reached("server-ready")];
      // The server takes clients only once it has the target.
      const connect = memory.get("manner") as ConnectManner | undefined;
      return [
        reached("server-ready"),
        reached("target-connected"),
        say("wire-answer", { answer: "ok", ...(connect && { manner: connect }) }),
      ];
    }),
    line("waiting for connection on port", 5, /waiting for connection on port *(\d+)/i),
    line("accepted connection on port", 5, /accepted connection on port *(\d+)/i),
    line("debugger connected", 4, /^debugger connected/i, stage("client-connected")),
    line(
      ["gdb session thread", "gdbsessionmanager"],
      6,
      /gdb session thread|gdbsessionmanager/i,
      stage("client-connected"),
    ),
    line("debugger connection lost", 6, /debugger connection lost|gdb session terminated/i, () => [
      say("server-ended", { why: "client-left" }),
    ]),
    line("shutting down", 4, /^shutting down\.\.\./i, () => [say("server-ended", { why: "unknown" })]),
    line("exit.", 1, /^exit\.$/i),
    line("st-link firmware update available", 8, /st-link firmware update available/i, () => [
      say("probe-update-offered", {}),
    ]),
    line(["reading rom table", "stm32_appreset", "stm32_hardwarereset", "pollandnotify", "swvsrv state"], 5, /./),
    line("nvic_", 3, /^nvic_(dfsr|cfgfsr|hfsr|cfsr)_reg *= *0x([0-9a-f]{1,8})/i, (match) => [
      say("register", {
        name: match[1].toUpperCase().replace("CFGFSR", "CFSR"),
        value: hexValue(match[2]),
      }),
    ]),
    // The programmer's words, between its own.
    line(["download verified", "file download complete"], 0, /download (?:verified|complete)/i, (_, { memory }) => {
      memory.set("download", true);
      return [];
    }),
    line("st-link_gdb_server_", 6, /^(?!error\b).*st-link_gdb_server_\w+\.srec/i, (_, { memory }) => {
      memory.set("download", true);
      return [];
    }),
    ...dumpPatterns,
    ...errorPatterns,
  ],
  finish: (memory) => {
    const found: { line: LogLine; said: Said }[] = [...finishDump(memory)];
    const banner = memory.get("banner-end") as LogLine | undefined;
    // The banner names SWD only where it was asked for (`-d`); without it the server uses JTAG.
    if (banner !== undefined && memory.get("swd") === undefined) {
      found.push({ line: banner, said: say("option", { name: "swd", value: "false", tool: "st-link-gdbserver" }) });
    }
    return found;
  },
};
