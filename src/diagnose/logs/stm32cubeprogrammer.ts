/** STM32CubeProgrammer 2.x: command line (STM32_Programmer_CLI) and the log of its window. */
import type { ConnectManner } from "../facts.ts";
import { bootsAgain } from "./boots-again.ts";
import { harmlessOf } from "./harmless-lines.ts";
import { type LineContext, type LogReader, line, type Said, say } from "./log-reader.ts";
import { programmerRows } from "./memory-words.ts";
import { optionByteRows } from "./option-byte-rows.ts";
import { signingTool } from "./stm32-signing-tool.ts";
import { asked, programmerErrors } from "./stm32cubeprogrammer-errors.ts";
import { programmerLoaders } from "./stm32cubeprogrammer-loaders.ts";
import { finishSecurity, programmerSecurity } from "./stm32cubeprogrammer-security.ts";
import { segmentErases } from "./stm32cubeprogrammer-segments.ts";
import { programmerEmbedded, programmerSecondCore } from "./stm32cubeprogrammer-stages.ts";
import { programmerUart } from "./stm32cubeprogrammer-uart.ts";
import { commandWords, decimalValue, hexValue, probeFirmware, unquotedName } from "./values.ts";
import { runOnWindows } from "./windows.ts";

const tool = "stm32cubeprogrammer";

function mode(text: string): ConnectManner {
  return /under/i.test(text) ? "under-reset" : /hot/i.test(text) ? "attach" : "normal";
}

/** `Flash size : 64 KBytes`, `1 MBytes`, `63.999 MBytes`. */
function flashSize(match: RegExpExecArray): Said[] {
  const assumed = /default/i.test(match[3] ?? "");
  const amount = decimalValue(match[1]);
  const kib = Math.round(/^m/i.test(match[2]) ? amount * 1024 : amount);
  // A size register that reads 0xFFFF is printed as a size.
  const erased = kib >= 65535;
  return [
    say("flash-size", { kib, ...(assumed && { assumed }) }),
    ...(erased ? [say("tool-defect", { what: "flash-size", detail: match[0].replace(/\s+/g, " ") })] : []),
  ];
}

/** An option byte that is to be written: `RDP=0xBB`. */
function optionByte(word: string): { name: string; value: string; tool: typeof tool } {
  return { name: "option-byte", value: word, tool };
}

/** What the command line of this run told holds from now on. */
function takeTold(memory: Map<string, unknown>): void {
  const told = memory.get("told-next") as Readonly<Record<string, unknown>> | undefined;
  if (told === undefined) return;
  for (const key of ["manner", "protocol", "khz"]) memory.delete(key);
  for (const [key, value] of Object.entries(told)) memory.set(key, value);
  memory.delete("told-next");
}

/** Options of a command line of STM32_Programmer_CLI. */
function command(match: RegExpExecArray, { memory }: LineContext): Said[] {
  const words = commandWords(match[1]);
  const said: Said[] = [];
  // Its banner comes behind its command line and forgets what an earlier run was told.
  const told: Record<string, unknown> = { manner: "normal" };
  memory.set("told-next", told);
  // A run of its own, also where its banner was left out of the text.
  if (words.some((word) => /^(?:-c|--connect)$/i.test(word)))
    for (const key of ["failed", "downloaded", "identified"]) memory.delete(key);
  for (let i = 0; i < words.length; i++) {
    const word = words[i].toLowerCase();
    const setting = /^(port|mode|freq|sn|reset|ap)=(.+)$/.exec(word);
    if (setting !== null) {
      said.push(say("option", { name: setting[1], value: setting[2], tool }));
      if (setting[1] === "sn") said.push(say("probe-serial", { serial: words[i].slice(3) }));
      if (setting[1] === "mode") {
        const how = /^ur|power/i.test(setting[2]) ? "under-reset" : /^hot/i.test(setting[2]) ? "attach" : "normal";
        told.manner = how;
        if (how === "under-reset") said.push(say("option", { name: "initialize-reset", value: "true", tool }));
      }
      if (setting[1] === "port" && /^(?:swd|jtag)$/.test(setting[2])) told.protocol = setting[2];
      if (setting[1] === "port" && setting[2] === "jtag")
        said.push(say("option", { name: "protocol", value: "jtag", tool }));
      if (setting[1] === "freq" && Number(setting[2]) > 0) told.khz = Number(setting[2]);
    } else if ((word === "-el" || word === "--extload") && words[i + 1] !== undefined) {
      const path = words[++i];
      said.push(
        say("option", { name: "extload", value: path, tool }),
        say("loader", { name: unquotedName(path), path }),
      );
    } else if (
      (word === "-w" || word === "-d" || word === "--write" || word === "--download") &&
      words[i + 1] !== undefined
    ) {
      const path = words[++i];
      said.push(say("image-file", { path }));
      if (/\.bin$/i.test(path) && /^0x[0-9a-f]{1,8}$/i.test(words[i + 1] ?? ""))
        said.push(say("image-raw", { path, address: Number(words[i + 1]) }));
    } else if (/^(?:-se|--skiperase)$/.test(word)) {
      said.push(say("option", { name: "skip-erase", value: "true", tool }));
    } else if (word === "-ob" || word === "--optionbytes") {
      while (/^[\w-]+=\w+$/.test(words[i + 1] ?? "")) said.push(say("option", optionByte(words[++i])));
    }
  }
  return said;
}

/** It goes on with the next part after one that failed: what it then says of its work is of the other parts. */
function wentWell(stage: "programmed" | "verified", memory: Map<string, unknown>): Said[] {
  return memory.get("failed") === true ? [] : [say("stage", { stage, reached: true })];
}

export const stm32CubeProgrammer: LogReader = {
  tools: [tool],
  beside: ["st-link-gdbserver", "stm32cubeide"],
  patterns: [
    ...harmlessOf("stm32cubeprogrammer"),
    runOnWindows,
    line("stm32cubeprogrammer", 10, /stm32cubeprogrammer(?: api)? +v? ?(\d[\d.]*\d)/i, (match, { memory }) => {
      for (const key of [
        "manner",
        "protocol",
        "khz",
        "identified",
        "operation",
        "downloaded",
        "failed",
        "boot-loader",
        "usb-maker",
        "usb-product",
        "probe",
        "answered",
      ])
        memory.delete(key);
      takeTold(memory);
      memory.set("window", /programmer api\b/i.test(match[0]));
      return [say("tool", { name: tool, version: match[1] }), say("stage", { stage: "started", reached: true })];
    }),
    line("stm32_programmer_cli", 4, /stm32_programmer_cli(?:\.exe)?["')]?((?: +\S+)+)$/i, (match, context) => [
      ...(/\bsudo\b/.test(match.input.slice(0, match.index + 1)) ? [say("run-as-root", {})] : []),
      ...command(match, context),
    ]),
    line("log output file", 3, /log output file *:.*stm32cubeprogrammer/i),
    line("st-link sn", 4, /st-link sn *: *(\S+)/i, (match, { memory }) => {
      for (const key of ["identified", "failed", "volts"]) memory.delete(key);
      // The banner between was left out.
      takeTold(memory);
      memory.set("probe", true);
      return [say("probe-serial", { serial: match[1] }), say("stage", { stage: "probe-opened", reached: true })];
    }),
    line("st-link fw", 10, /st-link fw *: *(v\S+)/i, (match) => [say("probe-firmware", probeFirmware(match[1]))]),
    line("board ", 2, /^board *: *([\w-][\w .+-]*)$/i, (match) =>
      match[1].replace(/-/g, "") === "" ? [] : [say("probe-kind", { name: match[1].trim() })],
    ),
    line("voltage", 2, /^voltage *: *(\d+[.,]\d+) *v/i, (match, { memory }) => {
      memory.set("volts", decimalValue(match[1]));
      return [say("voltage", { volts: decimalValue(match[1]) })];
    }),
    line(["swd freq", "jtag freq"], 8, /^(swd|jtag) freq *: *(\d+) *khz/i, (match, { memory }) => {
      memory.set("protocol", match[1].toLowerCase());
      memory.set("khz", Number(match[2]));
      return [say("wire-clock", { khz: Number(match[2]) })];
    }),
    line("connect mode", 6, /^connect mode *: *(.+)/i, (match, { memory }) => {
      const how = mode(match[1]);
      memory.set("manner", how);
      return how === "under-reset" ? [say("option", { name: "initialize-reset", value: "true", tool })] : [];
    }),
    line("ur connection mode", 6, /^ur connection mode/i, (_, { memory }) => {
      memory.set("manner", "under-reset");
      return [say("option", { name: "initialize-reset", value: "true", tool })];
    }),
    line("reset mode", 5, /^reset mode *: *(.+)/i, (match) => [
      say("option", { name: "reset-mode", value: match[1].trim().toLowerCase(), tool }),
    ]),
    line("device id", 1, /^device id *: *0x([0-9a-f]{1,8})\b/i, (match, { memory }) => {
      const id = hexValue(match[1]) & 0xfff;
      if (id === 0) return [say("chip-unidentified", {})];
      memory.set("identified", true);
      return [
        say("device-id", { id }),
        say("wire-answer", { answer: "ok", ...asked(memory) }),
        say("stage", { stage: "target-connected", reached: true }),
        say("stage", { stage: "identified", reached: true }),
      ];
    }),
    // The chip's own boot loader, over USB or a UART and without an ST-LINK.
    line(
      [
        "usb speed",
        "dfu protocol",
        "product id",
        "bootloader protocol",
        "boot loader protocol",
        "serial port",
        "port configuration",
        "activating device",
      ],
      5,
      /^(?:usb speed *:|dfu protocol *:|product id *:.*(?:dfu|bootloader)|boot ?loader protocol version *:|serial port \S+ is successfully opened|port configuration *: *parity|activating device)/i,
      ({ input }, { memory }) => {
        if (memory.get("boot-loader") === true) return [];
        memory.set("boot-loader", true);
        memory.set("over", /^(?:usb|dfu|product)/i.test(input) ? "usb" : "serial");
        return [say("option", { name: "boot-loader", value: "true", tool })];
      },
    ),
    // Strings of the USB device.
    line(["manuf. id", "product id"], 1, /^(manuf\. id|product id) *: *(\S.{0,60})$/i, (match, { memory }) => {
      memory.set(/^m/i.test(match[1]) ? "usb-maker" : "usb-product", match[2].trim());
      return [];
    }),
    // The script by which Arduino's core for STM32 starts it.
    line("selected interface", 1, /^selected interface: *(dfu|serial|swd)/i, (match, { memory }) => {
      if (/swd/i.test(match[1]) || memory.get("boot-loader") === true) return [];
      memory.set("boot-loader", true);
      memory.set("over", /dfu/i.test(match[1]) ? "usb" : "serial");
      return [say("option", { name: "boot-loader", value: "true", tool })];
    }),
    // Its log at the highest verbosity: each access to the target.
    line(
      ["halt ap ", "run ap ", "r ap ", "w ap ", "init flashloader"],
      8,
      /^(?:(?:halt|run|reset) ap \d+$|[rw] ap \d+ (?:reg \d+ |@0x[0-9a-f]+)|init flashloader\b)/i,
    ),
    line("revision id", 4, /^revision id *: *(?:rev +)?(\S+)/i),
    line("device name", 3, /^device name *: *(.+)/i, (match) => [
      say("chip-name", { name: match[1].trim(), by: "tool" }),
    ]),
    line(
      ["flash size", "nvm size"],
      2,
      /^(?:flash|nvm) size *: *(\d+(?:[.,]\d+)?) *([km])bytes( *\(default\))?/i,
      flashSize,
    ),
    line("device type", 3, /^device type *: *(?:mcu|mpu)/i),
    line("device cpu", 4, /^device cpu *: *cortex-m\S*/i),
    line("bl version", 4, /^bl version *: *\S+/i),
    line("debug in low power mode", 3, /debug in low power mode/i),
    line("flash loader", 3, /flash loader .*is loaded/i),
    line("memory programming", 4, /^memory programming *\.\.\./i, (_, { memory }) => {
      memory.set("operation", "program");
      return [];
    }),
    line("opening and parsing file", 5, /opening and parsing file *: *(.+)/i, (match, { memory }) => {
      memory.delete("failed");
      memory.delete("segments");
      memory.set("file", match[1].trim());
      memory.delete("size");
      memory.delete("segment");
      return [say("image-file", { path: match[1].trim() })];
    }),
    // Between the file's name and its address: the size of all that is in it.
    line("size ", 0, /^size *: *(\d+(?:[.,]\d+)?) *(b(?:ytes)?|kb(?:ytes)?|mb(?:ytes)?) *$/i, (match, { memory }) => {
      const unit = { b: 1, k: 1024, m: 1024 * 1024 }[match[2][0].toLowerCase()] ?? 1;
      // Of S-records, which ST's server hands over, it is the length of their text.
      const text = /\.(?:srec|s19|s28|s37|mot)$/i.test((memory.get("file") as string | undefined) ?? "");
      if (memory.has("file") && !text) memory.set("size", Math.floor(decimalValue(match[1]) * unit));
      return [];
    }),
    line("address ", 0, /^address *: *0x([0-9a-f]{1,8})/i, (match, { memory }) => {
      memory.set("address", hexValue(match[1]));
      const size = memory.get("size") as number | undefined;
      const raw = /\.bin$/i.test((memory.get("file") as string | undefined) ?? "");
      memory.delete("file");
      memory.delete("size");
      return [
        say("image-part", {
          address: hexValue(match[1]),
          ...(size !== undefined && { size, ...(!raw && { whole: true }) }),
        }),
      ];
    }),
    line("data read successfully", 3, /^data read successfully/i, (_, { memory }) => {
      const address = memory.get("address");
      return typeof address === "number" ? [say("flash-read", { address })] : [];
    }),
    ...segmentErases,
    // A read for its window or a file, and the bar below it.
    line("uploading ...", 5, /^uploading \.\.\.$/i),
    line("read progress:", 5, /^read progress: *$/i),
    line("download in progress", 4, /download in progress/i, (_, { memory }) => {
      memory.set("operation", "program");
      return [];
    }),
    line(
      ["mass erase", "flash memory erase", "full chip erase"],
      3,
      /(?:mass|chip|flash memory) erase successfully/i,
      () => [say("stage", { stage: "erased", reached: true }), say("chip-erased", {})],
    ),
    line("file download complete", 6, /file download complete/i, (_, { memory }) => {
      memory.set("downloaded", true);
      return wentWell("programmed", memory);
    }),
    line("verifying", 1, /^verifying *\.\.\./i, (_, { memory }) => {
      memory.set("operation", "verify");
      return [];
    }),
    line("download verified successfully", 6, /download verified successfully/i, (_, { memory }) =>
      wentWell("verified", memory),
    ),
    // It announces the start; whether the program runs then, later lines tell.
    line(
      ["running program", "application is running", "start operation achieved"],
      3,
      /^(?:(running program)|application is running|start operation achieved successfully)/i,
      (match, { memory }) => {
        memory.set("operation", "run");
        memory.delete("started-partition");
        return match[1] === undefined ? [say("stage", { stage: "running", reached: true })] : [];
      },
    ),
    // After a reset by the user the program runs.
    line(
      ["software reset is performed", "hardware reset is performed", "core reset is performed"],
      6,
      /^(?:software|hardware|core) reset is performed/i,
      (_, { memory }) => {
        memory.set("operation", "run");
        return [];
      },
    ),
    line("option bytes successfully programmed", 8, /option bytes successfully programmed/i, (_, { memory }) => {
      memory.delete("operation");
      return [say("option-bytes-written", {})];
    }),
    line("time elapsed during", 4, /time elapsed during (?:download|upload|verifying|option bytes)/i),
    // The window's log of what it does for one who presses Apply.
    line("option byte command", 8, /^option byte command *: *-ob +(.+)/i, (match) =>
      match[1]
        .split(/\s+/)
        .filter((word) => /^[\w-]+=\w+$/.test(word))
        .map((word) => say("option", optionByte(word))),
    ),
    line("programming option bytes area", 6, /^programming option bytes area/i, (_, { memory }) => {
      memory.set("operation", "option-bytes");
      return [];
    }),
    ...optionByteRows,
    ...programmerRows,
    ...programmerUart,
    ...programmerSecondCore,
    ...programmerEmbedded,
    ...programmerSecurity,
    ...programmerLoaders,
    ...signingTool,
    ...bootsAgain,
    ...programmerErrors,
  ],
  finish: finishSecurity,
};
