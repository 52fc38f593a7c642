/** OpenOCD 0.10 to 0.12 and its vendors' builds, with ST-LINK, CMSIS-DAP or other adapters. */
import { alonePatterns } from "../alone.ts";
import { harmlessOf } from "../harmless-lines.ts";
import { type LogReader, line, say } from "../log-reader.ts";
import { memoryWords } from "../memory-words.ts";
import { probeProduct } from "../probe-products.ts";
import { rttPatterns } from "../rtt.ts";
import { decimalValue, hexValue, probeFirmware } from "../values.ts";
import { runOnWindows } from "../windows.ts";
import { adapterPatterns, pending, probeAnswered } from "./adapter.ts";
import { configurationPatterns } from "./configuration.ts";
import { connectPatterns, reached } from "./connect.ts";
import { externalFlashPatterns, finishExternalFlash } from "./external-flash.ts";
import { finishFlash, flashPatterns } from "./flash.ts";
import { imagePatterns } from "./image.ts";
import { finishListed, listedScripts } from "./listed-scripts.ts";
import { finishTarget, targetPatterns } from "./target.ts";
import { rememberCommands, usagePatterns } from "./usage.ts";

const tool = "openocd";

export const openocd: LogReader = {
  tools: [tool],
  // GDB shows what its server prints meanwhile, a line or two of it.
  beside: ["gdb"],
  patterns: [
    ...harmlessOf("openocd"),
    runOnWindows,
    ...memoryWords,
    line("sudo", 3, /^sudo (?:-\w+ )*\S{0,120}\bopenocd\b/i, () => [say("run-as-root", {})]),
    ...alonePatterns,
    ...listedScripts,
    line("open on-chip debugger", 10, /open on-chip debugger *v?(\d+\.\d+\.\d+\S*)?/i, (match, { memory }) => {
      // A new run: nothing of the last one holds.
      for (const key of [
        "halted",
        "examined",
        "lost",
        "operation",
        "erases",
        "manner",
        "halt-failed",
        "not-halted",
        "transport-told",
        "usage",
        "usage-group",
        "attached-running",
        "ap-write",
        "unaligned",
        "unable",
        "uncompared",
        "external-flash",
        "external-failed",
        "bus-dead",
        "debug-unit-unread",
      ])
        memory.delete(key);
      memory.set("banner", true);
      return [
        say("tool", { name: tool, ...(match[1] !== undefined && { version: match[1] }) }),
        say("stage", { stage: "started", reached: true }),
      ];
    }),
    line("target/", 3, /\btarget[/\\](stm32\w+?)x?(?:_\w+)?\.cfg/i, (match) => [
      say("chip-name", { name: match[1].toUpperCase(), by: "option" }),
    ]),
    // Boards of ST's that have a probe: the file is named for the board, st_nucleo_h745zi.cfg or stm32f4discovery.cfg.
    line("board/", 3, /\bboard[/\\](?:st_)?(\w*(?:nucleo|disco|eval)\w*)\.cfg/i, (match) => [
      say("probe-kind", { name: match[1].toUpperCase().replaceAll("_", "-") }),
    ]),
    line(
      "stm32",
      2,
      /^(?:info : *)?\[?(stm32\w{1,4}?)x?\.cpu\d?\]?:? (?:(?:hardware|target) has |cortex-m\d+\+? r\d+p\d+ processor)/i,
      (match) => [say("chip-name", { name: match[1].toUpperCase(), by: "option" })],
    ),
    // What its configuration calls the target: for most the family, of whatever maker.
    line(
      ["stm32", "gd32", "at32", "apm32", "cks32", "hk32", "mm32", "ch32"],
      0,
      /^(?:info : *)?\[?((?:stm|gd|at|apm|cks|hk|mm|ch)32\w{1,8}?)x?\.cpu\d?\]?:? (?:(?:hardware|target) has|halted due)/i,
      (match, { memory }) => {
        memory.set("target-name", match[1]);
        return [];
      },
    ),
    line(
      "openocd",
      3,
      /openocd(?:\.exe)?["']? (?:.* )?-f *["']?\S*?(?:(?:interface|board|target)\/\S+|\.cfg\b)/i,
      ({ input }, { memory }) => {
        rememberCommands(input, memory);
        return [say("stage", { stage: "started", reached: true })];
      },
    ),
    line(
      ["auto-selecting first available", "transport "],
      8,
      /auto-selecting (?:first available )?(?:session )?transport(?: "?(jtag)\b)?/i,
      (match, { memory }) => {
        if (match[1] === undefined) return [];
        memory.set("protocol", "jtag");
        return [say("transport-chosen", { transport: "jtag" })];
      },
    ),
    line(
      "the selected transport took over",
      10,
      /the selected transport took over low-level target control/i,
      (_, { memory }) => {
        memory.set("high-level", true);
        return [];
      },
    ),
    line("for bug reports, read", 4, /for bug reports, read/i),
    line("openocd.org", 4, /openocd\.org\/doc\/doxygen/i),
    line("licensed under gnu gpl", 3, /licensed under gnu gpl/i),
    line("listening on port", 10, /listening on port *(\d+) *for (tcl|telnet|gdb) connections/i, (match) =>
      match[2].toLowerCase() === "gdb" ? [reached("server-ready")] : [],
    ),
    line("starting gdb server for", 8, /starting gdb server for \S+ on (\d+)/i, () => [reached("server-ready")]),
    line("accepting", 8, /accepting '?gdb'? connection/i, () => [reached("client-connected")]),
    // The IDE reads the ROM table's peripheral ID (ARMv7-M, table B2-1: 0xE00FFFD0) to see whose chip it is, before all else.
    line("o.k.:0xe00fff", 4, /^o\.k\.: *0xe00fff[c-f][0-9a-f]/i, (_, { memory, line: at }) => {
      memory.set("whose", at.number);
      return [];
    }),
    // The same question over the high-level adapter, which has no access ports to ask.
    line("invalid ap#", 8, /invalid ap#0x0/i, (_, { memory, line: at }) => {
      memory.set("whose", at.number);
      return [];
    }),
    line("dropped 'gdb' connection", 10, /dropped 'gdb' connection/i, (_, { memory, line: at }) => {
      const asked = memory.get("whose") as number | undefined;
      return asked !== undefined && at.number - asked < 6 ? [say("client-trouble", { what: "not-st" })] : [];
    }),
    line("shutdown command invoked", 8, /shutdown command invoked/i),
    line("in procedure", 4, /in procedure '\w+/i),
    line(["openocd init failed", "openocd"], 5, /\*\* openocd init failed \*\*/i, () => [
      say("stage", { stage: "target-connected", reached: false }),
    ]),
    line("debug_level:", 3, /^debug_level: *\d/i),
    line(
      ["srst_", "none separate", "trst_"],
      6,
      /^(?:none|srst_only|trst_only|trst_and_srst|srst_pulls_trst).*\b(?:separate|connect_(?:de)?assert_srst|srst_\w+)/i,
      (match, { memory }) => {
        const held = /connect_assert_srst/i.test(match.input);
        memory.set("manner", held ? "under-reset" : "normal");
        return held ? [say("option", { name: "initialize-reset", value: "true", tool })] : [];
      },
    ),
    // STM32CubeIDE names the target after the chip, and connects under reset unless told otherwise.
    line(
      ["stm32", "stlink_dap_op_connect"],
      4,
      /^(?:info : *)?\[?stm32[a-z]\w{5,12}\.cpu\b|stlink_dap_op_connect\(connect\)/i,
      (_, { memory }) => {
        if (!memory.has("manner")) memory.set("manner", "under-reset");
        return [];
      },
    ),
    line("reset_config", 3, /reset_config .*\bconnect_assert_srst/i, (_, { memory }) => {
      memory.set("manner", "under-reset");
      return [say("option", { name: "initialize-reset", value: "true", tool })];
    }),
    // Old builds write the parts of the version apart.
    line("stlink v", 10, /stlink v(\d) +jtag v(\d+) +api v\d(?:.*?pid +0x([0-9a-f]{4}))?/i, (match, { memory }) => {
      probeAnswered(memory);
      return [
        ...kind(match[3]),
        say("probe-firmware", probeFirmware(`V${match[1]}J${match[2]}`)),
        reached("probe-opened"),
      ];
    }),
    line(
      "stlink v",
      10,
      /stlink (v\d+j\d+\w*) *\(api v(\d)\) *vid:pid *([0-9a-f]{4}):([0-9a-f]{4})/i,
      (match, { memory }) => {
        // A probe answers with its vendor id; zeros are no answer.
        if (match[3] === "0000" || /^v0/i.test(match[1]))
          return [say("probe-trouble", { what: "usb-error", detail: match[0] })];
        probeAnswered(memory);
        return [...kind(match[4]), say("probe-firmware", probeFirmware(match[1])), reached("probe-opened")];
      },
    ),
    line("using stlink api", 8, /using stlink api v\d/i),
    line("target voltage", 3, /target voltage *: *(-?\d+[.,]\d+)(?! *v\b)/i, (match, { memory }) => {
      memory.set("volts", true);
      return [say("voltage", { volts: Math.max(0, decimalValue(match[1])) }), reached("probe-opened")];
    }),
    // A J-Link's.
    line("vtarget", 5, /^(?:info : *)?vtarget *= *(\d+[.,]\d+) *v\b/i, (match) => [
      say("voltage", { volts: decimalValue(match[1]) }),
      reached("probe-opened"),
    ]),
    line(
      "target voltage may be too low",
      10,
      /target voltage may be too low for reliable debugging/i,
      (_, { memory }) =>
        // Below 1.5 V it says so; the value stands in the line before, where that was not cut off.
        memory.get("volts") === true ? [] : [say("voltage-below", { volts: 1.5 })],
    ),
    // The command, in a configuration or in somebody's words; kilohertz.
    line(["adapter speed ", "adapter_khz "], 2, /\badapter[_ ](?:speed|khz) +(\d{2,5})\b(?! *khz)/i, (match) => [
      say("wire-clock", { khz: Number(match[1]) }),
    ]),
    line(["clock speed", "adapter speed"], 4, /(?:clock|adapter) speed:? *(\d+) *khz/i, (match, { memory }) => [
      say("wire-clock", { khz: Number(match[1]), ...asked(memory, Number(match[1])) }),
    ]),
    line(
      "unable to match requested speed",
      4,
      /unable to match requested speed *(\d+) *khz, *using *(\d+)/i,
      (match, { memory }) => {
        memory.set("asked", Number(match[1]));
        return [say("wire-clock", { khz: Number(match[2]), asked: Number(match[1]) })];
      },
    ),
    ...adapterPatterns,
    ...connectPatterns,
    ...rttPatterns(2),
    ...targetPatterns,
    ...flashPatterns,
    ...externalFlashPatterns,
    ...imagePatterns,
    ...usagePatterns,
    ...configurationPatterns,
    line(
      "couldn't bind",
      10,
      /couldn'?t bind(?: (?!to\b)(\w+))?(?: to socket)?(?: on port (\d+))?(?: *: *(.*))?/i,
      (match) => [
        say("port-taken", {
          port: Number(match[2] ?? defaultPorts[match[1]?.toLowerCase() ?? ""] ?? 0),
          ...(match[3] && { system: match[3].trim() }),
        }),
      ],
    ),
    line(
      ["can't find", "couldn't open"],
      4,
      /(?:can'?t find|couldn'?t open) *["']?((?:[a-z]:)?[\w./\\+-]+\.(?:cfg|tcl))/i,
      (match) => [say("path-missing", { what: "config", path: match[1] })],
    ),
    // `-f` without a file takes the next option for its name.
    line(
      ["can't find", "couldn't open"],
      4,
      /(?:can'?t find|couldn'?t open) +["']?(-{1,2}[a-z][\w-]*)["']?$/i,
      (match) => [say("path-missing", { what: "config", path: match[1] })],
    ),
    line(
      "couldn't open",
      3,
      /couldn'?t open *["'{]?([^"'{}<>|]{1,250}?\.(?:elf|hex|bin|s19|srec|axf|out|ihex|mot|uf2))\b/i,
      (match) => [say("path-missing", { what: "program", path: match[1] })],
    ),
    line("unexpected command line argument", 8, /unexpected command line argument: *(\S+)/i, (match) => [
      say("option-unknown", { option: match[1] }),
    ]),
    // Debug level 3.
    line(["debug: ", "user : "], 3, /^(?:debug|user) {0,1}: /i),
    line(
      ["hl_layout_open", "command failed with error code", "stlink_usb_"],
      5,
      /hl_layout_open|command failed with error code -\d|\bstlink_usb_\w+/i,
    ),
    line("keep_alive() was not invoked", 10, /keep_alive\(\) was not invoked/i),
    line(["deprecated!", "warn :", "info :", "error:"], 1, /^(?:deprecated! use|(?:warn|info) : )/i),
  ],
  finish: (memory) => [
    ...pending(memory),
    ...finishTarget(memory),
    ...finishFlash(memory),
    ...finishExternalFlash(memory),
    ...finishListed(memory),
  ],
};

const defaultPorts: Readonly<Record<string, number>> = { gdb: 3333, telnet: 4444, tcl: 6666 };

function kind(productId: string | undefined) {
  if (productId === undefined) return [];
  const id = hexValue(productId);
  return [say("probe-kind", { name: probeProduct(id) ?? "ST-LINK", productId: id })];
}

function asked(memory: Map<string, unknown>, khz: number): { asked?: number } {
  const value = memory.get("asked");
  return typeof value === "number" && value !== khz ? { asked: value } : {};
}
