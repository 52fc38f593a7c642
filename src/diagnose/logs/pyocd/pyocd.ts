/** pyOCD 0.20 to 0.46: command line, `pyocd gdbserver`, its exceptions and tracebacks. */

import type { FactValues } from "../../facts.ts";
import { type LogReader, line, type Said, say } from "../log-reader.ts";
import { rawSerialPatterns } from "../raw-serial.ts";
import { rttPatterns } from "../rtt.ts";
import { hexValue, probeFirmware } from "../values.ts";
import { runOnWindows } from "../windows.ts";
import { pyocdFlash } from "./flash.ts";
import { finishPacks, pyocdPacks } from "./packs.ts";
import { pyocdPython } from "./python.ts";
import { finishPythons, pyocdPythons } from "./pythons.ts";
import { pyocdSteps } from "./steps.ts";
import { protocolIn, pyocdWires } from "./wires.ts";

const tool = "pyocd";

function reached(stage: FactValues["stage"]["stage"]): Said {
  return say("stage", { stage, reached: true });
}

export const pyocd: LogReader = {
  tools: [tool],
  patterns: [
    runOnWindows,
    line("sudo", 3, /^sudo (?:-\w+ )*\S{0,120}\bpyocd\b/i, () => [say("run-as-root", {})]),
    line(
      "pyocd",
      8,
      /(?:^|[\s/\\])pyocd(?:-\w+)?(?:\.exe)? +(?:flash|load|erase|gdbserver|gdb|commander|cmd|list|reset|rtt|server|pack|json|info|-\w+)\b(.*)/i,
      (match, { memory }) => {
        for (const key of ["core", "manner", "operation", "opened", "unread", "nonsense"]) memory.delete(key);
        const said: Said[] = [say("stage", { stage: "started", reached: true })];
        if (/(?:connect_mode=|--connect[= ])under-?reset|-M *under-reset/i.test(match[1])) {
          memory.set("manner", "under-reset");
          said.push(say("option", { name: "initialize-reset", value: "true", tool }));
        } else if (/(?:connect_mode=|--connect[= ])attach/i.test(match[1])) memory.set("manner", "attach");
        memory.delete("protocol");
        if (/dap_protocol=jtag/i.test(match[1])) {
          memory.set("protocol", "jtag");
          said.push(say("option", { name: "protocol", value: "jtag", tool }));
        } else if (/dap_protocol=swd/i.test(match[1])) memory.set("protocol", "swd");
        const clock = /(?:^|\s)(?:-f|--frequency)[= ]*(\d+(?:\.\d+)?) *([km]?)/i.exec(match[1]);
        if (clock !== null) {
          const hertz = Number(clock[1]) * ({ k: 1e3, m: 1e6 }[clock[2].toLowerCase()] ?? 1);
          said.push(say("wire-clock", { khz: hertz / 1000 }));
        }
        return said;
      },
    ),
    line("pyocd", 8, /\bpyocd(?:[./\\]\w+)+|pyocd\.core\.exceptions/i),
    line("pyocd", 5, /^pyocd,? (?:version )?v?(\d+\.\d+\.\d+)/i, (match) => [
      say("tool", { name: tool, version: match[1] }),
    ]),
    // Every log line of it ends in the name of the module; older ones have level and module in front.
    line(
      [
        "board]",
        "dap]",
        "discovery]",
        "cortex_m]",
        "gdbserver]",
        "loader]",
        "session]",
        "eraser]",
        "load_cmd]",
        "stlink]",
        "rom_table]",
        "dwt]",
        "fpb]",
        "soc_target]",
        "coresight_target]",
        "flash]",
        "sequencer]",
        "cmsis_pack]",
        "pack_cmd]",
        "probe]",
        "usb]",
        "usb_hid]",
        "pyusb_backend]",
        "target]",
        "ap]",
        "commander]",
        "gdbserver_cmd]",
        "common]",
      ],
      8,
      /^\d{7} [DIWEC] .+\[(?:\w+\.)?(?:board|dap|discovery|cortex_m|gdbserver|loader|session|eraser|load_cmd|stlink|rom_table|dwt|fpb|soc_target|coresight_target|flash|sequencer|cmsis_pack|pack_cmd|probe|usb|usb_hid|pyusb_backend|target|ap|commander|gdbserver_cmd|common)\]$/i,
    ),
    // What ends it, it says under no module's name; the time in front is of seven digits.
    line("000", 8, /^000\d{4} [CEW] .+\[__main__\]$/),
    line(
      [
        "board:",
        "dap:",
        "cortex_m:",
        "gdbserver:",
        "flash_loader:",
        "rom_table:",
        "coresight_target:",
        "server:",
        "stlink:",
      ],
      8,
      /^\d{7}:(?:debug|info|warning|error|critical):(?:board|dap|cortex_m|gdbserver|flash_loader|rom_table|coresight_target|server|stlink):/i,
    ),
    line("stlink.usb", 5, /^(?:\d{1,8}[: ])?(?:debug|info|warning|error):(?:\w+\.)*stlink\.usb:/i),
    // Said of a probe that was chosen and answers for its board: there is one.
    line("target type is", 8, /target type is (\w+)/i, (match) => [
      reached("started"),
      reached("probe-opened"),
      ...(/^cortex_m$/i.test(match[1])
        ? [say("chip-unsupported", { name: match[1], has: "core" })]
        : [say("chip-name", { name: match[1], by: "option" })]),
    ]),
    line("stlink probe", 8, /stlink probe (\S+) firmware version: *(\S+)/i, (match, { memory }) => {
      memory.set("opened", true);
      return [
        say("probe-serial", { serial: match[1] }),
        say("probe-firmware", probeFirmware(match[2])),
        reached("probe-opened"),
      ];
    }),
    line("actual swd frequency", 8, /actual (?:swd|jtag) frequency is (\d+) khz/i, (match) => [
      say("wire-clock", { khz: Number(match[1]) }),
    ]),
    line("dp idr = 0x", 8, /dp idr = 0x([0-9a-f]{8})/i, (match, { memory }) => {
      memory.set("opened", true);
      // A debug port has a number; zeros are a line that nobody drives.
      if (hexValue(match[1]) === 0) {
        memory.set("unread", true);
        return [say("wire-answer", { answer: "none", ...protocolIn(memory) }), reached("probe-opened")];
      }
      return [
        say("idcode", { value: hexValue(match[1]) }),
        say("wire-answer", { answer: "ok", ...protocolIn(memory) }),
        reached("probe-opened"),
      ];
    }),
    line(["idr = 0x"], 6, /ap#\d+ idr = 0x/i),
    line("designer=", 4, /rom table #0 @ 0x[0-9a-f]+ \(designer=([0-9a-f]{3})/i, (match) => {
      const value = hexValue(match[1]);
      // Bank and code, as JEP106 packs them; ARM's own (0x43B) is the core's table and not the chip's maker.
      return value === 0x43b ? [] : [say("designer", { code: value & 0x7f, bank: value >>> 8 })];
    }),
    line(["cpu core #", "cortex-m"], 8, /cpu core #\d+(?: is|:) *(?:arm )?cortex-m\d+/i, (_, { memory }) => {
      memory.set("core", true);
      return [reached("target-connected")];
    }),
    line(["hardware watchpoints", "hardware breakpoints"], 5, /\d hardware (?:watchpoints|breakpoints)/i),
    line("gdb server", 8, /gdb ?server (?:started on|listening on) port (\d+)/i, () => [reached("server-ready")]),
    line(["semihost server started", "telnet: server"], 6, /semihost server started|telnet.*listening/i),
    line("client connected to port", 6, /client connected to port \d+/i, () => [reached("client-connected")]),
    line("client disconnected from port", 6, /client (?:disconnected|detached)/i, () => [
      say("server-ended", { why: "client-left" }),
    ]),
    line("generic 'cortex_m' target type", 10, /generic '?cortex_m'? target type is selected/i, () => [
      say("chip-unsupported", { name: "cortex_m", has: "core" }),
    ]),
    // The index of packs lists what can be had; an old one, or a name that is spelt otherwise, has no match.
    line("no matching devices", 8, /no matching devices\b/i, () => [say("chip-unsupported", {})]),
    line(["target type", "target '"], 6, /target (?:type )?'?(\w+)'? (?:is )?not recogni[sz]ed/i, (match) => [
      say("chip-unsupported", { name: match[1] }),
    ]),
    ...pyocdWires,
    ...pyocdFlash,
    ...pyocdSteps,
    ...pyocdPacks,
    ...pyocdPythons,
    ...rawSerialPatterns,
    ...rttPatterns(2),
    ...pyocdPython,
    line(["core is", "core #"], 3, /core (?:#?\d+ )?is (?:in )?(?:locked up|lockup)/i, () => [
      say("core", { state: "lockup" }),
    ]),
  ],
  finish: (memory) => [...finishPacks(memory), ...finishPythons(memory)],
};
