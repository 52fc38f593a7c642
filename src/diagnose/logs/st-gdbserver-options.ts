/** ST-LINK_gdbserver's options as its log, its banner and a command line show them. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { commandWords, unquotedName } from "./values.ts";

/** Long names by the short ones, and whether a value follows. */
const short: Readonly<Record<string, readonly [name: string, takesValue: boolean]>> = {
  c: ["config-file", true],
  e: ["persistent", false],
  f: ["log-file", true],
  l: ["log-level", true],
  p: ["port-number", true],
  v: ["verbose", false],
  r: ["refresh-delay", true],
  s: ["verify", false],
  d: ["swd", false],
  z: ["swo-port", true],
  a: ["cpu-clock", true],
  b: ["swo-clock-div", true],
  k: ["initialize-reset", false],
  q: ["debuggers", false],
  i: ["serial-number", true],
  m: ["apid", true],
  g: ["attach", false],
  t: ["shared", false],
  ei: ["extload_init", true],
  el: ["extload", true],
  cp: ["stm32cubeprogrammer-path", true],
};
const long = new Map([
  ...Object.values(short),
  ...(["halt", "erase-all", "incremental", "semihosting", "external-init"] as const).map(
    (name) => [name, false] as const,
  ),
  ...(
    ["frequency", "temp-path", "pend-halt-timeout", "semihost-console-port", "target-sel", "memory-map"] as const
  ).map((name) => [name, true] as const),
]);

/** An option as facts: itself, and the loader or probe that it names. */
export function optionFacts(name: string, value: string): Said[] {
  const said: Said[] = [say("option", { name, value, tool: "st-link-gdbserver" })];
  if ((name === "extload" || name === "extload_init") && value !== "") {
    said.push(say("loader", { name: unquotedName(value), ...(/[\\/]/.test(value) && { path: value }) }));
  }
  if (name === "serial-number" && value !== "") said.push(say("probe-serial", { serial: value }));
  return said;
}

/** Facts of a command line that starts the server. */
export function commandFacts(text: string): Said[] {
  const words = commandWords(text);
  const said: Said[] = [];
  let swd = false;
  for (let i = 0; i < words.length; i++) {
    const match = /^(--?)([a-z_-]+)(?:=(.*))?$/i.exec(words[i]);
    if (match === null) continue;
    const known = match[1] === "--" ? ([match[2], long.get(match[2])] as const) : short[match[2]];
    if (known === undefined || known[1] === undefined) continue;
    const [name, takesValue] = known;
    swd ||= name === "swd";
    const value = takesValue ? (match[3] ?? words[++i] ?? "") : "true";
    said.push(...optionFacts(name, value));
  }
  if (!swd && words.length > 3) said.push(say("option", { name: "swd", value: "false", tool: "st-link-gdbserver" }));
  return said;
}

/** Rows of the list of options in the log file; `+` stands before those that the user gave. */
const row =
  /^([+ ]?) ?(halt|config-file|persistent|log-file|log-level|port-number|verbose|refresh-delay|verify|swd|swo-port|cpu-clock|swo-clock-div|initialize-reset|debuggers|serial-number|apid|attach|shared|erase-all|memory-map|ext-memory-loaders|extload(?:_init)?|stm32cubeprogrammer-path|temp-path|preserve-temps|frequency|licenses|ignore-rest|version|help|incremental|external-init|semihosting|semihost-console-port|pend-halt-timeout|target-sel|pcm-pm-force) +("[^"]*"?|true|false|-?\d+)\s*$/;

/** Rows of the banner, and the options they stand for. */
const banner: Readonly<Record<string, string>> = {
  "persistent mode": "persistent",
  "logfile name": "log-file",
  "logging level": "log-level",
  "listen port number": "port-number",
  "verbose mode": "verbose",
  "swd debug": "swd",
  initwhile: "initialize-reset",
  "access port": "apid",
};

export const optionPatterns: readonly LinePattern[] = [
  line(
    [
      "extload",
      "initialize-reset",
      "serial-number",
      "port-number",
      "log-file",
      "stm32cubeprogrammer-path",
      "config-file",
      "swd ",
      "apid",
      "attach ",
      "shared ",
      "persistent ",
      "verify ",
      "frequency ",
      "halt ",
      "erase-all",
    ],
    2,
    row,
    (match, { line: { functionName }, memory }) => {
      const value = match[3].replace(/^"|"$/g, "");
      // Where something took the `+` off, a value that is no default tells as well.
      const given = match[1] === "+" || (value !== "" && match[2] === "extload");
      if (match[2] === "swd") {
        memory.set("swd", value === "true");
        return [say("option", { name: "swd", value, tool: "st-link-gdbserver" })];
      }
      if (!given && functionName === undefined && match[2] !== "apid") return [];
      return given && value !== "false" ? optionFacts(match[2], value) : [];
    },
  ),
  line(
    Object.keys(banner),
    4,
    /^(persistent mode|logfile name|logging level|listen port number|verbose mode|swd debug|initwhile|access port) *: *(.+)$/i,
    (match, { line: at, memory }) => {
      const label = match[1].toLowerCase();
      const value = /^enabled/i.test(match[2]) ? "true" : /^disabled/i.test(match[2]) ? "false" : match[2].trim();
      if (label === "verbose mode") memory.set("banner-end", at);
      if (label === "swd debug") memory.set("swd", value === "true");
      if (label === "initwhile" && value === "true") memory.set("manner", "under-reset");
      // Without SWD it is JTAG; of the others a row that says no tells nothing.
      return value === "false" && label !== "swd debug"
        ? []
        : [say("option", { name: banner[label], value, tool: "st-link-gdbserver" })];
    },
  ),
  line(
    "st-link_gdbserver",
    5,
    /\bst-link_gdbserver(?:\.exe|\.sh)?["']?( +["']?-{1,2}[a-z].*)$/i,
    (match, { memory }) => {
      const said = commandFacts(match[1]);
      memory.set(
        "swd",
        !said.some(([kind, value]) => kind === "option" && (value as { value: string }).value === "false"),
      );
      return said;
    },
  ),
];
