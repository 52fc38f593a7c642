/** cortex-debug: VS Code's debug console, and the dialogs and the console around the GDB server that it starts. */
import type { FactValues } from "../facts.ts";
import { finishSettings, refusedToRun, settingPatterns } from "./cortex-debug-settings.ts";
import { type LinePattern, type LogReader, line, type Said, say } from "./log-reader.ts";
import { commandWords, unquotedName } from "./values.ts";

const tool = "cortex-debug";

function missing(what: FactValues["path-missing"]["what"], path: string | undefined): Said[] {
  return [say("path-missing", { what, ...(path !== undefined && path !== "" && { path }) })];
}

/** What GDB said when it could not be launched, quoted by the extension. */
const launchFailures: readonly (readonly [pattern: RegExp, what: FactValues["client-trouble"]["what"]])[] = [
  [/refused/i, "refused"],
  [/timed out|\btimeout\b|tried to join a drive/i, "timed-out"],
  [/closed|disconnected/i, "closed"],
  [/\bload failed|(?:erasing|writing data to|finishing) flash/i, "load-failed"],
];

/** GDB's refusal of the program's file, and the command that named it. */
const missingFile = /^"?(.{1,250}?)"?: no such file or directory\.?.*file-(?:exec|symbol)/i;

/** Properties that launch.json has to have for a kind of server, by the words in which they are missed. */
const required: readonly (readonly [words: string, property: string])[] = [
  ["device identifier is required", "device"],
  ["at least one openocd configuration file must be specified", "configFiles"],
  ["openocd configuration files are required", "configFiles"],
  ["a serial port for the black magic probe gdb server is required", "BMPGDBSerialPort"],
  ["external gdb server type must specify the gdb target", "gdbTarget"],
];

/** Servers by the file's name, and what the command line has that the extension makes for each `servertype`. */
const servers: readonly { readonly type: string; readonly program: RegExp; readonly options: RegExp }[] = [
  { type: "stlink", program: /^st-?link_?gdb_?server/i, options: /^(?:-cp|--swd|--halt)$/ },
  { type: "stutil", program: /^st-util/i, options: /^--listen_port$/ },
  { type: "openocd", program: /^openocd/i, options: /^gdb_port\b/ },
  { type: "jlink", program: /^jlinkgdbserver/i, options: /^-(?:singlerun|nogui|swoport)$/i },
  { type: "pyocd", program: /^pyocd/i, options: /^gdbserver$/ },
];

function launched(match: RegExpExecArray): Said[] {
  return [say("stage", { stage: "started", reached: true }), ...optionsOfAnother(match[1])];
}

/** The extension makes the options for the `servertype`, and starts whatever `serverpath` names. */
function optionsOfAnother(commandLine: string): Said[] {
  const [program = "", ...words] = commandWords(commandLine);
  const there = servers.find((each) => each.program.test(unquotedName(program)));
  const meant = servers.find((each) => words.some((word) => each.options.test(word)));
  if (there === undefined || meant === undefined || there === meant) return [];
  const option = words.find((word) => meant.options.test(word)) ?? "";
  return [
    say("option-unknown", { option, meant: { type: meant.type, fits: there.type, program: unquotedName(program) } }),
  ];
}

const launchChecks: readonly LinePattern[] = [
  ...required.map(([words, property]) =>
    line(words, 8, new RegExp(words, "i"), () => [
      say("option-unknown", { option: `"${property}" in launch.json`, lacking: true }),
    ]),
  ),
  line("invalid servertype parameters", 8, /invalid servertype parameters/i, () => [
    say("option-unknown", { option: 'the value of "servertype" in launch.json' }),
  ]),
  line(
    "gdb server does not have support for",
    8,
    /\bthe .{2,30} gdb server does not have support for the (\w{2,20}) option/i,
    (match) => [say("option-unknown", { option: `"${match[1]}" in launch.json` })],
  ),
  // Remarks: it goes on with the folder that is not there, and with an old GDB for a while yet.
  line(
    ['invalid "cwd"', "will deprecate use of gdb version"],
    8,
    /invalid "cwd": .{0,260}trying to continue|will deprecate use of gdb version \d/i,
    () => [],
  ),
];

export const cortexDebug: LogReader = {
  tools: [tool],
  beside: ["openocd", "st-util", "pyocd", "st-link-gdbserver", "jlink-gdbserver", "gdb"],
  patterns: [
    line("cortex-debug", 10, /cortex-debug: vscode debugger extension version (\d+\.\d+\.\d+\S*)/i, (match) => [
      say("tool", { name: tool, version: match[1] }),
      say("stage", { stage: "started", reached: true }),
    ]),
    line(["cortex-debug", "marus25.cortex-debug"], 6, /\bmarus25\.cortex-debug(?:-(\d+\.\d+\.\d+))?/i, (match) =>
      match[1] === undefined ? [] : [say("tool", { name: tool, version: match[1] })],
    ),
    line("launching gdb-server:", 10, /launching gdb-server: *(.+)/i, launched),
    line("launching server:", 8, /launching server: *(.+)/i, launched),
    line("launching gdb:", 8, /^launching gdb: *(.+)/i, () => [say("stage", { stage: "started", reached: true })]),
    line(
      ["please check output tab", "please check terminal tab"],
      10,
      /please check (?:output|terminal) tab \((?:adapter output|gdb-server)\)/i,
    ),
    line(
      ["server console debug", "gdb-server session"],
      10,
      /server console debug:|gdb-server session (?:connected|closed|ended)/i,
    ),
    line(
      ["finished reading symbols from objdump", "reading symbols from"],
      10,
      /finished reading symbols from objdump|reading symbols from .*objdump/i,
    ),
    // A server that ends before anything debugs through it has failed; one that ends after that was told to.
    line(
      ["accepting 'gdb'", "gdb connected", "debugger connected", "target halted", "halted due"],
      0,
      /accepting 'gdb' connection|\b(?:gdb|debugger) connected|\bhalted due\b|target halted/i,
      (_, { memory }) => {
        memory.set("debugged", true);
        return [];
      },
    ),
    line(
      ["server console debug", "gdb server exited"],
      8,
      /gdb-server program closed|^gdb server exited\b/i,
      (_, { memory }) =>
        memory.get("debugged") === true ? [] : [say("stage", { stage: "server-ready", reached: false })],
    ),
    line("output radix", 5, /^output radix now set to/i),
    line(
      "program stopped, probably due to a reset",
      8,
      /program stopped, probably due to a reset and\/or halt issued by debugger/i,
      () => [say("stage", { stage: "client-connected", reached: true })],
    ),
    line("note: automatically using", 3, /automatically using ".*" for gdb/i),
    line(
      ["failed to launch", "unable to launch"],
      8,
      /(?:failed|unable) to launch ([\w -]+?) gdb server: *(.*)/i,
      (match, { memory, line: at }) => {
        const said: Said[] = [say("stage", { stage: "server-ready", reached: false })];
        const program = /spawn (.+?) (ENOENT|EACCES)/i.exec(match[2]);
        if (program !== null) said.push(...missing("other", program[1]));
        else if (/spawn EACCES/i.test(match[2])) refusedToRun(memory, at);
        if (/EADDRINUSE|already in use/i.test(match[2]))
          said.push(say("port-taken", { port: 0, system: match[2].trim() }));
        if (/timeout/i.test(match[2])) said.push(say("client-trouble", { what: "timed-out", detail: match[0].trim() }));
        return said;
      },
    ),
    line("gdb server quit unexpectedly", 10, /([\w -]{1,40}?):? gdb server quit unexpectedly/i, () => [
      say("stage", { stage: "server-ready", reached: false }),
      say("server-ended", { why: "error" }),
    ]),
    line(
      "gdb major version should be",
      10,
      /gdb major version should be >= *(\d{1,3}), yours is (\d{1,3})/i,
      (match) => [
        say("version-mismatch", {
          between: `This GDB (${match[2]}) and cortex-debug, which needs ${match[1]} or later,`,
        }),
      ],
    ),
    // It goes on without: the program has no such function, or no symbols.
    line(
      "unable to set temporary breakpoint",
      8,
      /launch\.json: unable to set temporary breakpoint "runToEntryPoint": *"([^"]{1,80})"/i,
      (match) => [say("option-unknown", { option: `"runToEntryPoint": "${match[1]}" in launch.json` })],
    ),
    line(
      ["gdb could not start as expected", "unable to start gdb", "could not start gdb", "gdb version"],
      8,
      /gdb could not start as expected|unable to start gdb even after|could not start gdb(?![ -]?server)(?: process)?/i,
      () => missing("other", "arm-none-eabi-gdb"),
    ),
    line("failed to launch gdb:", 6, /failed to launch gdb: *(.*)/i, (match) => {
      const file = missingFile.exec(match[1])?.[1];
      return [
        ...(file === undefined ? [] : missing("program", file)),
        say("client-trouble", {
          what: launchFailures.find(([pattern]) => pattern.test(match[1]))?.[1] ?? "other",
          detail: match[1].slice(0, 160),
        }),
      ];
    }),
    line(
      ["gdb executable", "the gdb-server"],
      5,
      /(?:gdb|gdb-server|server) executable "?(.*?)"? (?:was )?not found/i,
      (match) => missing("other", match[1]),
    ),
    line(
      "cannot find",
      3,
      /(?:executable file|"?executable"?) ?"?(.*?\.(?:elf|axf|out|hex))"? (?:does not exist|not found|cannot be found)|unable to find executable file at (.+)/i,
      (match) => missing("program", match[1] ?? match[2]),
    ),
    line(
      ["unable to find executable file at", "executable", "debug executable"],
      4,
      /unable to find executable file at (.+)|invalid "?executable"?.*: *(.+)/i,
      (match) => missing("program", match[1] ?? match[2]),
    ),
    line(
      ["could not find", "unable to find", "could not determine"],
      3,
      /(?:could not|unable to) (?:find|determine|locate) .*(?:st-?link ?_?gdb ?server|stm32cube(?:ide|programmer|clt))/i,
      () => missing("stm32cubeprogrammer", undefined),
    ),
    line(
      ['device": "stm32', 'device" : "stm32', 'device":"stm32'],
      1,
      /^"device" *: *"(stm32[a-z0-9]{4,14})" *,?$/i,
      (match) => [say("chip-name", { name: match[1], by: "project" })],
    ),
    line("cpufrequency", 2, /"cpuFrequency" *: *(\d{6,9})\b/i, (match) => [
      say("option", { name: "cpu-clock", value: match[1] }),
    ]),
    line("systemcoreclock", 0, /\bSystemCoreClock\b\D{1,60}?(\d{6,9})\b/i, (match) => [
      say("core-clock", { hertz: Number(match[1]) }),
    ]),
    // Its check of launch.json, before anything starts.
    ...launchChecks,
    ...settingPatterns,
    line(
      ["gdb exited unexpectedly", "gdb session ended"],
      6,
      /gdb exited unexpectedly|gdb session ended\. exit-code: [1-9]/i,
      () => [say("client-trouble", { what: "other", detail: "GDB ended by itself" })],
    ),
    line("cortex-debug", 4, /"type" *: *"cortex-debug"/i, (_, { memory }) => {
      memory.set("configuration", true);
      return [];
    }),
    line(["cdswoconfigure", "cdlivewatchsetup", "cdrtosconfigure"], 8, /^CD(?:SWO|LiveWatch|RTOS)\w{5,9}\b/),
    line("extension failed", 3, /cortex-debug extension failed/i),
  ],
  finish: finishSettings,
};
