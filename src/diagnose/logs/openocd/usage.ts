/** OpenOCD's own answer to a command that it cannot take: it prints how the command, or its group, is used, and ends. */

import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";
import { isAfterInit } from "./configuration.ts";

/** Commands, and groups of them, that configurations and command lines use before the target is there. */
const commands = [
  "adapter",
  "bindto",
  "cmsis-dap",
  "cmsis_dap_vid_pid",
  "dap",
  "debug_level",
  "flash",
  "ftdi",
  "gdb_port",
  "gdb",
  "hla",
  "hla_device_desc",
  "hla_layout",
  "hla_serial",
  "hla_vid_pid",
  "interface",
  "itm",
  "jlink",
  "jtag",
  "log_output",
  "program",
  "reset_config",
  "rtt",
  "st-link",
  "swd",
  "swo",
  "target",
  "tcl_port",
  "telnet_port",
  "tpiu",
  "transport",
] as const;

const name = commands.map((each) => each.replace("-", "\\-")).join("|");
/** What stands for an argument in a line of usage: `<cmd>`, `[khz]`, `(vid pid)*`, `'on'|'off'`. */
const grammar =
  /\b(?:serial_string|bank_id|port_num)\b|<[\w ./-]{1,40}>|\[(?!\$|expr|string|file)[\w' |.<>=[\]-]{1,80}\]|\([\w|' -]{1,80}\)|'\w+'\|'\w+'/;

/** Commands of the command line (`-c`), as they were asked for. */
export function rememberCommands(text: string, memory: Map<string, unknown>): void {
  const asked = [...text.matchAll(/-c +(?:"([^"]{1,300})"|'([^']{1,300})'|(\S{1,80}))/g)].slice(0, 30);
  const list = asked.flatMap((each) => (each[1] ?? each[2] ?? each[3]).split(";")).map((each) => each.trim());
  if (list.length > 0) memory.set("asked", list);
}

/** The command that was asked for, of those that begin like the usage; else the usage's own words. */
function commandOf(usage: string, memory: Map<string, unknown>): string {
  const words = usage.split(/ +/).filter((word) => /^[\w-]+$/.test(word));
  const asked = (memory.get("asked") as readonly string[] | undefined) ?? [];
  for (let count = Math.min(words.length, 3); count > 0; count--) {
    const start = words.slice(0, count).join(" ");
    const found = asked.find((each) => each === start || each.startsWith(`${start} `));
    if (found !== undefined) return found.split(/ +/).slice(0, 2).join(" ");
  }
  return words.slice(0, 2).join(" ");
}

function usage(text: string, { memory }: LineContext): Said[] {
  // Typed into a server that runs, it is a slip; and told once is enough.
  if (memory.get("banner") !== true || memory.get("examined") === true || memory.get("usage") === true) return [];
  memory.set("usage", true);
  // Of a group it prints all that it has.
  const command = commandOf((memory.get("usage-group") as string | undefined) ?? text, memory);
  return [say("config-unfit", { command, why: isAfterInit(command) ? "early" : "usage" })];
}

export const usagePatterns: readonly LinePattern[] = [
  line(commands, 0, new RegExp(`^(?:user : *)?(${name})$`, "i"), (match, { memory }) => {
    if (memory.get("banner") === true && !memory.has("usage-group")) memory.set("usage-group", match[1]);
    return [];
  }),
  line(
    commands,
    4,
    new RegExp(
      `^(?:user : *)?((?:${name})(?: [\\w-]+){0,3} (?:[<\\[(]|'\\w+'\\||(?:serial_string|bank_id)\\b).{0,300})$`,
      "i",
    ),
    (match, context) => (grammar.test(match[1]) && !/[;{}$"]/.test(match[1]) ? usage(match[1], context) : []),
  ),
  line("wrong # args", 4, /wrong # args: should be "([^"]{1,200})"/i, (match) => [
    say("config-unfit", { command: match[1].split(/ +/).slice(0, 2).join(" "), why: "usage" }),
  ]),
  line("invalid command argument", 6, /^(?:error: *)?invalid command argument\b/i, (_, { memory }) =>
    memory.get("examined") === true ? [] : [say("config-unfit", { command: "an argument", why: "usage" })],
  ),
  // Targets lay on a chain of TAPs (-chain-position) until 0.11, where a debug access port (-dap) came between.
  line(
    ["required when creating target", "target requires -"],
    6,
    /required when creating target|target requires -\w+ parameter/i,
    () => [say("config-unfit", { command: "target create", why: "usage" })],
  ),
];
