/** The open-source stlink tools 1.3 to 1.8: st-flash, st-info, st-util (and st-trace). */
import { chipByDeviceId } from "../../../chips/table.ts";
import type { Tool } from "../../facts.ts";
import { isBetweenReleases } from "../../releases.ts";
import { harmlessOf } from "../harmless-lines.ts";
import { type LineContext, type LogLine, type LogReader, line, type Said, say } from "../log-reader.ts";
import { decimalValue, hexValue, probeFirmware } from "../values.ts";
import { runOnWindows } from "../windows.ts";
import { stlinkFlashPatterns } from "./flash.ts";
import { endNrst, finishNrst } from "./nrst.ts";
import { probePatterns, toolAndFiles } from "./probe.ts";

/** Names as they call themselves, and ours. */
const names: Readonly<Record<string, Tool>> = {
  "st-flash": "st-flash",
  "st-info": "st-info",
  "st-util": "st-util",
  "st-trace": "st-util",
};

/** What a run leaves in the reader's notes, and the next one knows nothing of. */
const ofOneRun = [
  "identified",
  "unidentified",
  "operation",
  "port",
  "read-id",
  "unparsed",
  "no-erase",
  "locked",
  "unlisted",
] as const;

function started(match: RegExpExecArray, { memory }: LineContext): Said[] {
  endNrst(memory);
  for (const key of [...ofOneRun, "manner", "usb-error"]) memory.delete(key);
  // The banner comes behind the command line.
  if (memory.get("manner-next") !== undefined) memory.set("manner", memory.get("manner-next"));
  memory.delete("manner-next");
  memory.set("development", isBetweenReleases(match[2]));
  return [
    say("tool", { name: names[match[1].toLowerCase()] ?? "st-flash", version: match[2] }),
    say("stage", { stage: "started", reached: true }),
  ];
}

const banner = (name: "st-flash" | "st-info" | "st-util" | "st-trace") =>
  line(name, 10, new RegExp(`^(${name}) v?(\\d+\\.\\d+\\.\\d+\\S*)`, "i"), started, names[name]);

/** A command line of one of the tools. */
const command = (name: "st-flash" | "st-info" | "st-util") =>
  line(
    name,
    5,
    new RegExp(`(?:^|[\\s/\\\\$>])${name}(?:\\.exe)?((?: +\\S+)*)`, "i"),
    (match, { memory }) => {
      // A run of its own: what an earlier one found is not there to be lost in this one.
      const said: Said[] = [say("stage", { stage: "started", reached: true })];
      endNrst(memory);
      for (const key of ofOneRun) memory.delete(key);
      const file = / write "?(\S+\.\w{2,4}|\S*\btarget[\\/]thumbv\S+)"? /i.exec(`${match[1]} `)?.[1];
      if (file !== undefined) said.push(say("image-file", { path: file }));
      const raw = / write "?(\S+\.bin)"? (0x[0-9a-f]{1,8})\b/i.exec(match[1]);
      if (raw !== null) said.push(say("image-raw", { path: raw[1], address: Number(raw[2]) }));
      const format = /--format[= ](\w+)/i.exec(match[1])?.[1];
      if (format !== undefined) said.push(say("option", { name: "format", value: format, tool: name }));
      if (/--connect-under-reset/i.test(match[1])) {
        memory.set("manner", "under-reset");
        memory.set("manner-next", "under-reset");
        said.push(say("option", { name: "initialize-reset", value: "true", tool: name }));
      }
      return said;
    },
    name,
  );

function identified(memory: Map<string, unknown>, id: number): Said[] {
  // A chip that is held in reset, or was not read at all, has the ID 0.
  if (id === 0) return [say("chip-unidentified", {})];
  memory.set("identified", true);
  return [
    say("device-id", { id: id & 0xfff, ...(id > 0xfff && { revision: id >>> 16 }) }),
    say("stage", { stage: "identified", reached: true }),
  ];
}

export const stlinkOrg: LogReader = {
  tools: ["st-flash", "st-util", "st-info"],
  patterns: [
    ...harmlessOf("st-flash"),
    runOnWindows,
    banner("st-flash"),
    banner("st-info"),
    banner("st-util"),
    banner("st-trace"),
    command("st-flash"),
    command("st-info"),
    command("st-util"),
    // Its log lines name the source file that speaks: `INFO common.c: ...`, `WARN src/usb.c: ...`.
    line(
      ["info ", "warn ", "error ", "debug "],
      8,
      /\b(?:info|warn|error|debug) (?:\S*\/)?(?:src\/)?(?:stlink-)?(?:common|common_flash|common_legacy|usb|sg|chipid|flash_loader|flashloader|gdb-server|read_write|option_bytes|map_file|flash)\.c:/i,
    ),
    line("loading device parameters", 8, /loading device parameters/i),
    line(
      "device connected is:",
      8,
      /device connected is: {0,3}(.{1,80}?), {0,3}id *0x([0-9a-f]+)/i,
      (match, { memory }) => {
        memory.delete("unlisted");
        return [say("chip-name", { name: match[1].trim(), by: "tool" }), ...identified(memory, hexValue(match[2]))];
      },
    ),
    line(
      "sram size:",
      8,
      /sram size: *0x[0-9a-f]+ bytes \(\d+ kib\), *flash: *(?:0x)?([0-9a-f]+) bytes \((\d+) kib\)/i,
      (match) => [say("flash-size", { kib: Number(match[2]) })],
    ),
    line(
      ["kib sram,", "stm32", "unknown"],
      6,
      /(?:^|\.c: *)([^:]{1,60}): (\d+) kib sram, (\d+) kib flash in at least (\d+) (?:kib|byte)/i,
      (match, { memory }) => {
        if (/unknown/i.test(match[1]) || match[2] === "0") return [];
        memory.set("identified", true);
        memory.delete("unlisted");
        return [
          say("chip-name", { name: match[1].trim(), by: "tool" }),
          say("flash-size", { kib: Number(match[3]) }),
          say("stage", { stage: "identified", reached: true }),
        ];
      },
    ),
    line(
      ["st-util: ", "st-flash: ", "st-info: ", "invalid option"],
      6,
      /^(?:st-(?:util|flash|info): +(?:unrecognized|unknown|invalid) option(?: --)? *'?(-{0,2}[\w-]+)|invalid option:? *(-\S+))/i,
      (match) => [say("option-unknown", { option: match[1] ?? match[2] })],
    ),
    line(
      [
        "expected args for this command",
        "invalid value for",
        "unknown command line argument",
        "can't parse a frequency",
      ],
      4,
      /^(?:\*{3} error: (?:expected args for this command: *(.{1,60})|invalid value for (\S{1,30}))|(?:.{0,40}\.c: *)?unknown command line argument: *'([^']{1,60})|can'?t parse a frequency: *(\S{1,30}))/i,
      (match) => [
        say("option-unknown", {
          option: match[1] === undefined ? (match[2] ?? match[3] ?? match[4]) : `what it was given for "${match[1]}"`,
        }),
      ],
    ),
    // Its checker names no word: the usage that it prints below does.
    line(
      "invalid command line",
      3,
      /^invalid command line$/i,
      () => [say("option-unknown", { option: "one of its words" })],
      "st-flash",
    ),
    line("sudo", 3, /^sudo (?:\S*\/)?st-(?:info|util|flash|trace)\b/i, () => [say("run-as-root", {})]),
    line(
      "found ",
      8,
      /^found (\d+) stlink programmers?/i,
      (match, { line: found, memory }) => {
        if (match[1] === "0") return [say("probe-trouble", { what: "none-found" })];
        memory.set("found", found);
        return [say("stage", { stage: "probe-opened", reached: true })];
      },
      "st-info",
    ),
    // What it lists of each programmer.
    line(
      [
        "version:",
        "serial:",
        "hla-serial:",
        "openocd:",
        "flash:",
        "sram:",
        "chipid:",
        "descr:",
        "dev-type:",
        "core_id",
      ],
      0,
      /^(?:version|serial|hla-serial|openocd|flash|sram|chipid|core_id|descr|dev-type) *:/i,
      (_, { memory }) => {
        memory.delete("found");
        return [];
      },
      "st-info",
    ),
    line(
      "version:",
      2,
      /^version: *(v\d+j\d+\S*)/i,
      (match) => [say("probe-firmware", probeFirmware(match[1]))],
      "st-info",
    ),
    line(
      "serial:",
      1,
      /^serial: *([0-9a-f]{16,26})\b/i,
      (match) => [say("probe-serial", { serial: match[1] })],
      "st-info",
    ),
    line(["hla-serial:", 'openocd: "'], 6, /^(?:hla-serial|openocd): *"(?:\\x[0-9a-f]{2})+/i, undefined, "st-info"),
    line(
      "flash:",
      2,
      /^flash: *(\d+) *\(pagesize: *(\d+)\)/i,
      (match, { memory }) => {
        memory.set("no-pages", match[2] === "0");
        return match[2] === "0" ? [] : [say("flash-size", { kib: Number(match[1]) / 1024 })];
      },
      "st-info",
    ),
    line(
      "sram:",
      1,
      /^sram: *(\d+)$/i,
      (match, { memory }) => {
        memory.set("no-sram", match[1] === "0");
        return [];
      },
      "st-info",
    ),
    line(
      "chipid:",
      6,
      /^chipid: *0x([0-9a-f]+)/i,
      (match, { memory }) => {
        const id = hexValue(match[1]);
        memory.set("listed-id", id);
        return looksUnread(id) ? unread({ memory }, id) : identified(memory, id);
      },
      "st-info",
    ),
    line(
      ["descr:", "dev-type:"],
      7,
      /^(?:descr|dev-type): *(.+)/i,
      (match, { memory }) => {
        if (!/unknown/i.test(match[1])) {
          const name = match[1].trim();
          // The size of a page and of the SRAM are the tool's own numbers, not read from the chip.
          const numbers = memory.get("no-pages") !== true || memory.get("no-sram") !== true;
          return [
            say("chip-name", { name, by: "tool" }),
            ...(numbers ? [] : [say("chip-unsupported", { name, has: "name" })]),
          ];
        }
        // An ID that was read, of a chip that is not in the tool's list.
        const id = memory.get("listed-id") as number | undefined;
        return id === undefined || looksUnread(id) ? [] : [unknownHere(id & 0xfff)];
      },
      "st-info",
    ),
    // It answers `st-info --chipid` with the number alone; a read that failed leaves 0.
    line(
      "0x0",
      0,
      /^0x(0[0-9a-f]{0,7})$/i,
      (match, context) => {
        if (!/(?:^|\s)--chip-?id$/i.test(context.previous?.text ?? "")) return [];
        const id = hexValue(match[1]);
        return looksUnread(id) ? unread(context, id) : identified(context.memory, id);
      },
      "st-info",
    ),
    line("unknown chip id!", 10, /unk?nown chip id! *(?:0x)?([0-9a-f]+)/i, (match, context) => {
      const id = hexValue(match[1]);
      context.memory.set("unlisted", true);
      return looksUnread(id)
        ? unread(context, id)
        : [say("device-id", { id: id & 0xfff, revision: id >>> 16 }), unknownHere(id & 0xfff)];
    }),
    line(
      ["could not find chip id", "failed to read core_id"],
      8,
      /could not find chip id|failed to read core_id/i,
      (_, context) => unread(context),
    ),
    // A core without a way to its flash is of the flash patterns' matter.
    line("unknown coreid", 6, /unknown coreid(?!, not sure how)[^:]*: *(?:0x)?([0-9a-f]+)/i, (match, context) => {
      const id = hexValue(match[1]);
      if (looksUnread(id)) return unread(context);
      // ARM's debug ports have 0x477 in their lowest bits: the core was read, and no way to its chip's flash is known here.
      return [(id & 0xfff) === 0x477 ? say("chip-unsupported", { has: "no-flash" }) : say("chip-unidentified", {})];
    }),
    line(
      "fp_ctrl",
      8,
      /\[fp_ctrl\] = 0x([0-9a-f]{1,8}) expecting 0x([0-9a-f]{1,8})/i,
      ([, found, wanted]) => [
        say("breakpoint-unit", { revision: hexValue(found) >>> 28, expected: hexValue(wanted) >>> 28 }),
      ],
      "st-util",
    ),
    line(
      "unsupported target",
      8,
      /unsupported target \(chip id is *(?:0x)?([0-9a-f]+), *core id is *(?:0x)?([0-9a-f]+)/i,
      (match, context) => {
        const id = hexValue(match[1]);
        // ARM's debug ports have 0x477 in their lowest bits: with one the port answered, whatever the chip's id.
        const answered = (hexValue(match[2]) & 0xfff) === 0x477;
        if (id === 0) return answered ? [say("chip-unidentified", {})] : unread(context);
        return [say("device-id", { id: id & 0xfff, revision: id >>> 16 }), unknownHere(id & 0xfff)];
      },
    ),
    line("core_id = ", 6, /core_id = 0x([0-9a-f]{8})/i, (match, context) => {
      const value = hexValue(match[1]);
      if (value === 0 || value === 0xffff_ffff) return unread(context);
      // ARM's debug ports have 0x477 in their lowest bits: what has not was left in a buffer.
      if ((value & 0xfff) !== 0x477) return [];
      context.memory.set("port", true);
      return [say("idcode", { value })];
    }),
    // What its debug output shows of each register that is read: the ID's, and the one with the size of that chip's flash.
    line(
      "stlink_read_debug32",
      6,
      /stlink_read_debug32 ([0-9a-f]{1,8}) (?:is|from) 0x([0-9a-f]{1,8})/i,
      (match, { memory }) => registerRead(hexValue(match[1]), hexValue(match[2]), memory),
    ),
    line(
      "chip id is ",
      8,
      /chip id is (?:0x)?([0-9a-f]+), *core id is *(?:0x)?([0-9a-f]+)/i,
      (match, context) =>
        // ARM's debug ports have 0x477 in their lowest bits: with one the port answered, whatever the chip's id.
        looksUnread(hexValue(match[1])) && (hexValue(match[2]) & 0xfff) !== 0x477
          ? unread(context)
          : [...identified(context.memory, hexValue(match[1])), say("idcode", { value: hexValue(match[2]) })],
      "st-util",
    ),
    // Of a chip that its list has without a way to write it: so it lists the ID 0, which a read that failed gives.
    line("invalid flash type", 8, /invalid flash type/i, (_, context) => {
      const { memory } = context;
      memory.set("unidentified", true);
      if (memory.get("unparsed") === true) return [say("version-mismatch", { between: toolAndFiles })];
      return memory.get("port") === true ? [say("chip-unidentified", {})] : unread(context, 0);
    }),
    line("target voltage", 3, /target voltage = (\d+)\.?(\d+)? *(m?v)/i, (match) => [
      say("voltage", {
        volts: /^m/i.test(match[3]) ? Number(match[1]) / 1000 : decimalValue(`${match[1]}.${match[2] ?? 0}`),
      }),
    ]),
    // It compares with 1.71 V, and refuses; what is too low for 32 bits at once it writes by bytes.
    line("target voltage", 8, /target voltage \((\d+) mv\) too low( for flash writes)?/i, (match) => {
      const volts = Number(match[1]) / 1000;
      return [
        say("voltage", { volts }),
        // It looks at the voltage as it is about to write: the chip was found before.
        say("wire-answer", { answer: "ok" }),
        ...(match[2] !== undefined && volts >= 1 ? [say("voltage-below", { volts: 1.71 })] : []),
      ];
    }),
    line("jtag/swd freq set to", 6, /jtag\/swd freq set to (\d+)/i, (match) => [
      say("wire-clock", { khz: Number(match[1]) }),
    ]),
    line(
      "unable to match requested speed",
      3,
      /unable to match requested speed (\d+) khz, using (\d+) khz/i,
      (match) => [say("wire-clock", { khz: Number(match[2]), asked: Number(match[1]) })],
    ),
    ...probePatterns,
    ...stlinkFlashPatterns,
    line(
      "listening at *:",
      10,
      /listening at \*:(\d+)/i,
      () => [say("stage", { stage: "server-ready", reached: true })],
      "st-util",
    ),
    line(
      "gdb connected",
      8,
      /^gdb connected\.?/i,
      () => [say("stage", { stage: "client-connected", reached: true })],
      "st-util",
    ),
    line("use of software breakpoints", 6, /^use of software breakpoints/i, undefined, "st-util"),
    line("karl - should read back", 10, /karl - should read back/i, undefined, "st-util"),
    line(
      "bind: ",
      3,
      /^bind: *(address already in use.*)/i,
      (match) => [say("port-taken", { port: 4242, system: match[1] })],
      "st-util",
    ),
    line(
      ["cannot bind", "could not listen"],
      4,
      /(?:cannot bind|could not listen)\D*(\d+)?/i,
      (match) => [say("port-taken", { port: Number(match[1] ?? 4242) })],
      "st-util",
    ),
    line(
      ["receive error", "cannot recv", "error: cannot recv"],
      5,
      /cannot recv: *-\d/i,
      () => [say("server-ended", { why: "client-left" })],
      "st-util",
    ),
  ],
  // It counts programmers before it opens one; what it then lists of each is missing.
  finish: (memory) => {
    const found = memory.get("found") as LogLine | undefined;
    return [
      ...finishNrst(memory),
      ...(found === undefined
        ? []
        : [{ line: found, said: say("stage", { stage: "target-connected", reached: false }) }]),
    ];
  },
};

/** DBGMCU_IDCODE, where it is on Cortex-M3 and later, on Cortex-M0, and on H7. */
const idRegisters: ReadonlySet<number> = new Set([0xe004_2000, 0x4001_5800, 0x5c00_1000]);

function registerRead(value: number, address: number, memory: Map<string, unknown>): Said[] {
  if (idRegisters.has(address) && !looksUnread(value)) {
    memory.set("read-id", value & 0xfff);
    return identified(memory, value);
  }
  const id = memory.get("read-id") as number | undefined;
  const register = id === undefined ? undefined : chipByDeviceId(id)?.flashSizeRegister;
  if (register === undefined || (register.address & ~3) !== address) return [];
  const raw = ((register.address & 2) === 0 ? value : value >>> 16) & 0xffff;
  return [say("flash-size", { kib: raw, raw })];
}

/**
 * Numbers that come when no chip was read: nothing, all ones, the address that was asked, and what was left in the
 * probe's buffer (its product or vendor id).
 */
function looksUnread(id: number): boolean {
  const low = id & 0xfff;
  return (
    id === 0 ||
    (id & 0xffff) === 0x0483 ||
    // ST's device IDs are 0x4xx and 0x50x; Artery's fill all 32 bits. What is neither is an address or a value that was
    // sent (0xE0042000, 0x05FA0004), or a probe's product id (0x3748).
    (id >>> 24 !== 0x70 && (low < 0x400 || low > 0x51f))
  );
}

/** An id that the tool does not know: an STM32 that came after it, or none. */
function unknownHere(id: number): Said {
  const chip = chipByDeviceId(id);
  const hex = `0x${id.toString(16)}`;
  return chip === undefined
    ? say("chip-unidentified", { id })
    : say("chip-unsupported", { name: `${chip.name} (device ID ${hex})` });
}

/** What a read that failed leaves behind: addresses and values that were sent, and the probe's own numbers. */
function isEcho(id: number): boolean {
  return id === 0 || id > 0xffff || (id & 0xffff) === 0x0483 || (id & 0xff00) === 0x3700;
}

/** The chip's id could not be read: nothing came back. */
function unread({ memory }: Pick<LineContext, "memory">, id?: number): Said[] {
  if (memory.get("identified") === true) return [say("target-lost", { during: "session" })];
  const under = memory.get("manner") === "under-reset";
  return [
    // What was left in a buffer: the chip did not answer, or the tool misreads it.
    ...(id === undefined
      ? []
      : [
          say("chip-unidentified", {
            garbage: id,
            ...(isEcho(id) && memory.get("development") !== true && { echo: true }),
          }),
        ]),
    say("wire-answer", { answer: "none", ...(under && { manner: "under-reset" }) }),
    say("stage", { stage: "target-connected", reached: false }),
  ];
}
