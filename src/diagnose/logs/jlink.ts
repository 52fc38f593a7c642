/** SEGGER's J-Link GDB server and J-Link Commander, as far as an STM32 behind them needs it. */

import { type LineContext, type LogReader, line, type Said, say } from "./log-reader.ts";
import { rttPatterns } from "./rtt.ts";
import { decimalValue, hexValue } from "./values.ts";

const tool = "jlink-gdbserver";

function silent({ memory }: LineContext): Said[] {
  if (memory.get("core") === true) return [say("target-lost", { during: "session" })];
  // The debug port has answered: what is not reached stands behind it.
  if (memory.get("port") === true) {
    return [say("access-port-failed", {}), say("stage", { stage: "target-connected", reached: false })];
  }
  return [say("wire-answer", { answer: "none" }), say("stage", { stage: "target-connected", reached: false })];
}

function trouble(
  operation: "erase" | "program" | "verify" | "algorithm",
  address?: string,
  reason?: "mismatch" | "algorithm",
): Said[] {
  return [
    say("flash-trouble", {
      operation,
      ...(address !== undefined && { address: hexValue(address) }),
      ...(reason !== undefined && { reason }),
    }),
  ];
}

export const jlink: LogReader = {
  tools: [tool],
  patterns: [
    line("segger j-link", 10, /segger j-link (?:gdb server|commander)(?:.*?)? v(\d+\.\d+\w*)/i, (match, { memory }) => {
      memory.clear();
      return [say("tool", { name: tool, version: match[1] }), say("stage", { stage: "started", reached: true })];
    }),
    line(["jlinkgdbserver", "jlinkexe", "jlinkarm"], 8, /\bjlink(?:gdbserver(?:cl)?|exe|arm\.dll)\b/i),
    line(
      ["connecting to j-link", "j-link is connected"],
      8,
      /connecting to j-link(?: via usb)?\.\.\.|j-link is connected/i,
      (match) => (/is connected/i.test(match[0]) ? [say("stage", { stage: "probe-opened", reached: true })] : []),
    ),
    line(
      [
        "connecting to j-link failed",
        "could not connect to j-link",
        "cannot connect to j-link",
        "cannot connect to the probe",
        "failed to open dll",
        "no emulators connected",
      ],
      8,
      /connecting to j-link failed|(?:could not|cannot) connect to (?:j-link|the probe)|no emulators? (?:connected|found)/i,
      () => [say("probe-trouble", { what: "none-found", detail: "J-Link" })],
    ),
    line("firmware: j-link", 8, /firmware: *(j-link .+)/i, (match) => [
      say("probe-kind", { name: match[1].replace(/ compiled.*/i, "") }),
    ]),
    line("s/n:", 3, /^s\/n: *(\d+)/i, (match) => [say("probe-serial", { serial: match[1] })]),
    line(
      ["vtref", "target voltage", "vtarget"],
      4,
      /(?:vtref|target voltage|vtarget) *[=:] *(\d+[.,]\d+) *v\b/i,
      (match) => [
        say("voltage", { volts: decimalValue(match[1]) }),
        say("stage", { stage: "probe-opened", reached: true }),
      ],
    ),
    line(["target interface speed"], 4, /target interface speed: *(\d+) *khz/i, (match) => [
      say("wire-clock", { khz: Number(match[1]) }),
    ]),
    line("found sw", 8, /found sw-?dp with id 0x([0-9a-f]{8})/i, (match, { memory }) => {
      memory.set("port", true);
      return [say("idcode", { value: hexValue(match[1]) }), say("wire-answer", { answer: "ok", protocol: "swd" })];
    }),
    line(["jlink info", "jlink warning", "jlink error"], 6, /\bjlink (?:info|warning|error): /i),
    // A scan by JTAG that reads one level for ever: no TAP drives TDO.
    line(
      [
        "could not measure total ir len",
        "tdo is constant",
        "no devices found on jtag chain",
        "no device found on jtag",
      ],
      8,
      /total ir len\w*\b.{0,40}tdo is constant|tdo is constant (?:high|low)|no devices? found on jtag chain/i,
      (_, { memory }) => {
        memory.set("jtag", true);
        return [say("wire-answer", { answer: "none", protocol: "jtag" })];
      },
    ),
    line(
      "could not find supported cpu core on jtag chain",
      8,
      /could not find (?:a )?supported cpu(?: core)? on jtag chain/i,
      (_, { memory }) =>
        memory.get("jtag") === true ? [] : [say("wire-answer", { answer: "none", protocol: "jtag" })],
    ),
    line(
      "bad jtag communication",
      8,
      /bad jtag communication: *write to ir: *expected 0x([0-9a-f]+), *got 0x([0-9a-f]+)/i,
      (_, { memory }) =>
        memory.get("jtag") === true ? [] : [say("wire-answer", { answer: "error", protocol: "jtag" })],
    ),
    line("found cortex-m", 8, /found cortex-m\d+ r\d+p\d+/i, (_, { memory }) => {
      memory.set("core", true);
      return [say("stage", { stage: "target-connected", reached: true })];
    }),
    line(
      ["connected to target", "waiting for gdb connection"],
      6,
      /^connected to target|waiting for gdb connection/i,
      (match) =>
        /waiting/i.test(match[0])
          ? [say("stage", { stage: "server-ready", reached: true })]
          : [say("stage", { stage: "target-connected", reached: true })],
    ),
    line("connected to 127", 4, /^connected to (?:127\.0\.0\.1|\[?::1)/i, () => [
      say("stage", { stage: "client-connected", reached: true }),
    ]),
    line(
      [
        "could not connect to target",
        "cannot connect to target",
        "target connection not possible",
        "can not attach to cpu",
        "failed to initialized dap",
        "failed to initialize dap",
        "connecting to cpu via connect under reset failed",
      ],
      8,
      /(?:could not|cannot) connect to (?:the )?target|target connection not possible|can ?not attach to cpu|failed to initialized? dap/i,
      (_, context) => (context.memory.get("device-unknown") === true ? [] : silent(context)),
    ),
    line(
      "connecting to cpu via connect under reset failed",
      10,
      /connecting to cpu via connect under reset failed/i,
      (_, { memory }) =>
        memory.get("port") === true
          ? [say("access-port-failed", {})]
          : [say("wire-answer", { answer: "none", manner: "under-reset" })],
    ),
    line(
      "failed to get index for device name",
      10,
      /failed to get index for device name '?([^'.]*)/i,
      (match, { memory }) => {
        memory.set("device-unknown", true);
        return [say("chip-unsupported", { name: match[1] })];
      },
    ),
    line(
      ["unknown device", "unknown / supported device", 'device "'],
      8,
      /unknown device selected|device ".*" (?:is )?unknown|unknown (?:\/ supported )?device: *"?(\w+)/i,
      (match, { memory }) => {
        memory.set("device-unknown", true);
        return [say("chip-unsupported", match[1] === undefined ? {} : { name: match[1] })];
      },
    ),
    // Its maker's software knows the copies.
    line(
      ["the connected j-link is defective", "the connected probe appears to be", "clone"],
      8,
      /connected (?:j-link|probe|emulator) (?:is (?:defective|a clone)|appears to be a j-link clone)/i,
      () => [
        say("probe-trouble", { what: "unsupported", detail: "SEGGER's software takes it for a copy of a J-Link" }),
      ],
    ),
    line(
      ["could not find core in coresight", "could not find cortex-m", "no cortex-m device found"],
      8,
      /could not find (?:core in coresight|cortex-m\S* core)|no cortex-m (?:device|core) found/i,
      () => [say("access-port-failed", {})],
    ),
    line(
      ["cpu could not be halted", "failed to halt cpu", "could not halt"],
      8,
      /cpu could not be halted|failed to halt cpu|cpu is not halted/i,
      () => [say("halt-failed", {})],
    ),
    line(
      [
        "read-protected",
        "read protection",
        "read-out protection",
        "readout protection",
        "securely protected",
        "device is secured",
        "device secured",
      ],
      4,
      /(?:device|flash|stm32).{0,40}(?:read[- ]?(?:out)?[- ]?protect|secured)|read[- ]?(?:out)?[- ]?protection(?: level [12])? is (?:set|active|enabled)/i,
      () => [say("read-protection", { on: true })],
    ),
    line(["failed to erase sectors", "failed to erase"], 5, /failed to erase sectors?.*?(?:0x([0-9a-f]+))?/i, (match) =>
      trouble("erase", match[1]),
    ),
    line(
      ["failed to program", "error while programming", "programming failed"],
      5,
      /(?:failed to program|error while programming|programming failed)(?:.*?@ (?:address )?0x([0-9a-f]+))?/i,
      (match) => trouble("program", match[1]),
    ),
    line("verification failed", 4, /verification failed(?: @ address 0x([0-9a-f]+))?/i, (match) =>
      trouble("verify", match[1], "mismatch"),
    ),
    line(
      ["failed to prepare for programming", "failed to download ramcode"],
      8,
      /failed to prepare for programming|failed to download ramcode/i,
      () => trouble("algorithm", undefined, "algorithm"),
    ),
    // Between the program and the probe, not between probe and chip.
    line(
      ["communication timed out", "usb..transfer error", "usb communication", "failed to communicate with probe"],
      6,
      /communication timed out: requested \d+ bytes|usb\.{2,3} ?transfer error|usb communication (?:error|failed)/i,
      () => [say("probe-trouble", { what: "usb-error", detail: "transfers to the J-Link time out" })],
    ),
    line("please check power, connection and settings", 8, /please check power, connection and settings/i, (match) => [
      say("verdict", { tool, text: match[0] }),
    ]),
    line(
      ["listening on tcp/ip port", "failed to open listener port"],
      6,
      /failed to open listener port (\d+)/i,
      (match) => [say("port-taken", { port: Number(match[1]) })],
    ),
    line("listening on tcp/ip port", 8, /listening on tcp\/ip port (\d+)/i),
    ...rttPatterns(2),
    line("gdbserver will be closed", 8, /gdbserver will be closed/i, () => [say("server-ended", { why: "error" })]),
  ],
};
