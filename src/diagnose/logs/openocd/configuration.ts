/** What OpenOCD does not take of its configuration, a program in Tcl: words, names, values, and the order of them. */
import { type LineContext, type LinePattern, line, type Said, say } from "../log-reader.ts";

/** Commands that OpenOCD registers when `init` has made the targets ready. */
const afterInit =
  /^(?:halt|wait_halt|soft_reset_halt|reset|reset_nag|resume|step|poll|reg|[sg]et_reg|r?[bw]p|m[dw][bhwd]|(?:read|write)_memory|mem2array|array2mem|(?:load|dump|verify|test|fast_load)_image(?:_checksum)?|verify_image_checksum|fast_load|profile|virt2phys|scan_chain|flash (?:probe|info|erase_\w+|write_\w+|fill[bhwd]|md[bhw]|protect|read_bank|verify_\w+|padded_value))$/i;

/** Whether a command, of which subcommands are a part, is there only after `init`. */
export function isAfterInit(command: string): boolean {
  return afterInit.test(command);
}

/**
 * A command that OpenOCD has, with its arguments, taken for one name: in Tcl blanks part words unless they are escaped or
 * quoted (Tcl(n), rules 2 to 4 and 9).
 */
const oneWord =
  /^(?:flash|program|verify_image|load_image|reset|halt|init|targets?|adapter|transport|gdb_port|source|set|mww|mdw|stm32\w{2,3}) +\S/i;

/** Commands of ST's server, by which STM32CubeIDE asks for the debug port and the ROM table; OpenOCD has none of them. */
const ofStsServer = /^(?:read|write)(?:ap|dp)(?:ex)?$/i;

function unknown(command: string): Said[] {
  if (ofStsServer.test(command)) return [say("client-trouble", { what: "not-st", detail: command })];
  const why = oneWord.test(command) ? "one-word" : isAfterInit(command) ? "early" : undefined;
  return [say("config-unfit", { command, ...(why !== undefined && { why }) })];
}

/** A file with its folder, where a number belongs. */
const filePath = /[\\/][^\\/]*\.[a-z]\w{1,5}$/i;
/** What a front end in JavaScript prints of a value that it has not got. */
const noValue = /^(?:undefined|null|NaN|\[object \w+\])$/;

/** Once a core was examined, the configuration was taken: what is refused then was typed, or is the target's. */
function unlessExamined(make: (match: RegExpExecArray) => Said) {
  return (match: RegExpExecArray, { memory }: LineContext): Said[] =>
    memory.get("examined") === true ? [] : [make(match)];
}

export const configurationPatterns: readonly LinePattern[] = [
  // Words that this version does not know any more, or not yet.
  line(
    ["invalid command name", "invalid subcommand", "unknown command", "unknown target type"],
    4,
    /invalid (?:command name|subcommand) *"([^"]{1,80})|^(?:error: *)?unknown command: *(\S{1,60})|unknown target type:? *(\S{1,40}?),? /i,
    (match) => unknown((match[1] ?? match[2] ?? match[3]).trim()),
  ),
  line("the '", 8, /^(?:error: *)?the '([^']{1,60})' command must be used (before|after) 'init'/i, (match) => [
    say("config-unfit", { command: match[1], why: match[2].toLowerCase() === "before" ? "late" : "early" }),
  ]),
  // Made twice: by the target's file, and by a line for releases whose file did not.
  line(
    ["cannot create ", "command/target: ", "command: ", "flash bank name"],
    6,
    /cannot create .{0,40}because a command with name '?([^'\s]{1,60})'? already exists|command(?:\/target)?: (\S{1,60}) exists|flash bank name '([^']{1,60})' already exists/i,
    (match) => [say("config-unfit", { command: match[1] ?? match[2] ?? match[3], why: "twice" })],
  ),
  // A target's file selects a transport itself where none was.
  line("can't change session's transport", 8, /can'?t change session'?s transport/i, () => [
    say("config-unfit", { command: "transport select", why: "twice" }),
  ]),
  line(["session transport is"], 8, /session transport is ["']?(\w+)["']? but your config requires/i, (match) => [
    say("config-unfit", { command: match[1], why: "transport" }),
  ]),
  line("flash driver '", 8, /flash driver '(\S{1,40})' not found/i, (match) => [
    say("config-unfit", { command: `flash driver ${match[1]}` }),
  ]),
  line(
    ["dap '", "tap '", "flash bank ", "target '"],
    6,
    /^(?:error: *)?(?:(dap|tap|target) '(\S{1,60})' (?:could )?not (?:be )?(?:found|defined)|flash bank '?(\S{1,40}?)'? (?:does not exist|not found))/i,
    (match) => [
      say("config-unfit", {
        command: match[3] === undefined ? `${match[1]} ${match[2]}` : `flash bank ${match[3]}`,
        why: "name",
      }),
    ],
  ),
  line(["no such variable"], 3, /can'?t read "([\w():]{1,60})": no such variable/i, (match) => [
    say("config-unfit", { command: `$${match[1]}`, why: "name" }),
  ]),
  line(
    ["unknown reset_config flag", "extra reset_config"],
    8,
    /unknown reset_config flag *\((\S{1,40})\)|extra reset_config \w+ spec *\((\S{1,40})\)/i,
    (match) => [say("config-unfit", { command: `reset_config ${match[1] ?? match[2]}`, why: "value" })],
  ),
  // The high-level adapter reaches the first access port alone.
  line("hla_target: invalid parameter", 8, /hla_target: invalid parameter (-[\w-]{1,20})/i, (match) => [
    say("config-unfit", { command: `target create ${match[1]}`, why: "value" }),
  ]),
  // A trace port that cannot do what the configuration asks of it; a reset line that is asked for and said not to be there.
  line(["does not support protocol"], 8, /(\S{1,40}) does not support protocol (\w{1,20})/i, (match) => [
    say("config-unfit", { command: `${match[1].replace(/^.*\./, "")} -protocol ${match[2]}`, why: "value" }),
  ]),
  // The trace port's start (`tpiu enable`, and `tpiu config`, which is that in its old form).
  line(
    ["swo pin frequency not set", "trace clock-in frequency not set"],
    8,
    /(swo pin|trace clock-in) frequency not set\.?$/i,
    (match) => [say("config-unfit", { command: /^swo/i.test(match[1]) ? "-pin-freq" : "-traceclk", why: "unset" })],
  ),
  line("bug: can't assert", 8, /bug: can'?t assert (srst|trst)\b/i, (match) => [
    say("config-unfit", { command: `reset_config without ${match[1].toLowerCase()}`, why: "value" }),
  ]),
  line("unknown rtos type", 8, /unknown rtos type:? *(\S{1,40}?),? try one of/i, (match) => [
    say("config-unfit", { command: `configure -rtos ${match[1]}`, why: "value" }),
  ]),
  line("no adapter layout", 8, /no adapter layout '([^']{1,40})' found/i, (match) => [
    say("config-unfit", { command: `hla_layout ${match[1]}`, why: "value" }),
  ]),
  line("couldn't resolve bindto", 10, /couldn'?t resolve bindto address: *(\S{1,80})/i, (match) => [
    say("config-unfit", { command: `bindto ${match[1]}`, why: "value" }),
  ]),
  // `khz option value ('fast') is not valid`: the name is the one that OpenOCD's own source has.
  line(
    "option value ('",
    4,
    /(\w{1,40})(?:\[[^\]]{1,12}\])? option value \('([^']{0,200})'\) is not valid/i,
    (match, context) =>
      filePath.test(match[2])
        ? [say("config-unfit", { command: match[2], why: "path" })]
        : unlessExamined(() => say("config-unfit", { command: `${match[1]} ${match[2]}`.trim(), why: "value" }))(
            match,
            context,
          ),
  ),
  line(
    "expected ",
    3,
    /\bexpected (?:integer|number|boolean|floating-point number) but got "([^"]{0,60})"/i,
    (match, context) =>
      noValue.test(match[1])
        ? [say("value-undefined", {})]
        : unlessExamined(() => say("config-unfit", { command: `"${match[1]}"`, why: "value" }))(match, context),
  ),
  // The command is printed with what it was given.
  line("undefined", 0, /(?:^|\s)(-{1,2}[a-z][\w-]{1,30}) undefined(?:\s|$)/i, (match) => [
    say("value-undefined", { option: match[1] }),
  ]),
  line("hla does not support multicore", 10, /\bhla does not support multicore\b/i, () => [
    say("adapter-unfit", { cores: true }),
  ]),
  // The ST-LINK's own comparison of what it wrote to memory (its status 0x15); flash is written otherwise.
  line("verify error", 0, /^(?:error: *)?verify error$/i, (match, { memory, line: at }) => {
    memory.set("written-otherwise", at.number);
    return [say("unknown-error", { text: match.input })];
  }),
  line("in procedure 'mw", 4, /in procedure '(mw[bhwd])'/i, (match, { memory, line: at }) =>
    at.number - ((memory.get("written-otherwise") as number | undefined) ?? -9) < 6
      ? [say("config-unfit", { command: match[1], why: "read-back" })]
      : [],
  ),
  // Jim Tcl's parser.
  line(
    [
      "missing close-brace",
      "missing close-bracket",
      "missing quote",
      "unmatched ",
      "extra characters after",
      "syntax error in expression",
    ],
    3,
    /^(?:\S{1,200}:\d{1,6}: )?(?:error: *)?(missing (?:close-(?:brace|bracket)|quote)|unmatched "[[{]"|extra characters after close-(?:brace|quote)|syntax error in expression .{1,80})/i,
    unlessExamined((match) => say("config-unfit", { command: match[1].slice(0, 80), why: "syntax" })),
  ),
];
