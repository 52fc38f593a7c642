import { type ServerOption, ServerSettings, serverOptions } from "./option-table.ts";

/** A command line that ST's parser would refuse, in the words of its library. */
export class ParseError extends Error {
  /** As the parser names the argument: `--no-reset`, `-p (--port-number)`. */
  readonly argument: string;

  constructor(argument: string, message: string) {
    super(message);
    this.argument = argument;
  }
}

/** `-p (--port-number)`: how the parser names an option in its errors. */
function labelOf(option: ServerOption): string {
  return option.short === undefined ? `(--${option.long})` : `-${option.short} (--${option.long})`;
}

function readValue(option: ServerOption, text: string): string | number {
  if (option.kind !== "number") return text;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : /^0[xX][0-9a-fA-F]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new ParseError(labelOf(option), `Couldn't read argument value from string '${text}'`);
  }
  return value;
}

/** `-ve`: several one-letter flags behind one dash. */
function combinedFlags(word: string): readonly ServerOption[] | undefined {
  if (!/^-[a-zA-Z]{2,}$/.test(word)) return undefined;
  const flags = [...word.slice(1)].map((letter) =>
    serverOptions.find((option) => option.short === letter && option.kind === "flag"),
  );
  return flags.every((flag) => flag !== undefined) ? flags : undefined;
}

/**
 * Parses a command line as ST-LINK_gdbserver does: exact long names, one-letter and two-letter short names behind one
 * dash, the value as the next word, `--` (or `--ignore-rest`) ends it. `readConfig` delivers the words of a config file.
 * Throws {@link ParseError}.
 */
export function parseServerArguments(
  words: readonly string[],
  readConfig: (path: string) => readonly string[],
): ServerSettings {
  const settings = new ServerSettings();
  parseInto(settings, words, false);
  // The file comes last: what the command line gave wins, wherever -c stands.
  if (settings.given("config-file")) parseInto(settings, readConfig(settings.text("config-file")), true);
  return settings;
}

function parseInto(settings: ServerSettings, words: readonly string[], fromFile: boolean): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--" || word === "--ignore-rest") {
      settings.set(serverOptions.find((option) => option.long === "ignore-rest")!, true);
      return;
    }
    const option = serverOptions.find(
      (candidate) =>
        word === `--${candidate.long}` || (candidate.short !== undefined && word === `-${candidate.short}`),
    );
    if (option === undefined) {
      const flags = combinedFlags(word);
      if (flags === undefined) throw new ParseError(word, "Couldn't find match for argument");
      for (const flag of flags) assign(settings, flag, true, fromFile);
      continue;
    }
    if (option.kind === "flag") {
      assign(settings, option, true, fromFile);
      continue;
    }
    if (i + 1 >= words.length) throw new ParseError(labelOf(option), "Missing a value for this argument!");
    assign(settings, option, readValue(option, words[++i]), fromFile);
  }
}

function assign(
  settings: ServerSettings,
  option: ServerOption,
  value: string | number | boolean,
  fromFile: boolean,
): void {
  if (settings.given(option.long) && option.kind !== "list") {
    // What the command line gave wins over the file; the same option twice on the command line is refused.
    if (fromFile) return;
    if (option.kind !== "flag") throw new ParseError(labelOf(option), "Argument already set!");
  }
  settings.set(option, value);
}

/**
 * The words of a config file: one option a line as on the command line, or name and value on two successive lines;
 * `#` starts a comment line. Double quotes keep blanks together.
 */
export function configWords(text: string): string[] {
  const words: string[] = [];
  for (const raw of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    for (const match of line.matchAll(/"([^"]*)"|(\S+)/g)) words.push(match[1] ?? match[2]);
  }
  return words;
}
