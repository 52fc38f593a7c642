import { type ServerOption, serverOptions } from "./option-table.ts";
import type { ParseError } from "./parser.ts";

/** The version of ST's server whose behaviour is followed; clients compare it. */
export const compatibleVersion = "7.14.0";

function usage(option: ServerOption): string {
  const name = option.short === undefined ? `--${option.long}` : `-${option.short}`;
  const one = option.argument === undefined ? `[${name}]` : `[${name} <${option.argument}>]`;
  return option.kind === "list" ? `${one} ...` : option.long === "ignore-rest" ? "[--]" : one;
}

/** Words broken at 75 columns, continuation lines indented. */
function wrap(text: string, indent: string, continuation: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + 1 + word.length > 75) {
      lines.push(line);
      line = continuation + word;
    } else {
      line += (line.trim() === "" ? "" : " ") + word;
    }
  }
  lines.push(line);
  return lines.join("\n");
}

function usageLine(program: string): string {
  const indent = " ".repeat(program.length + 5);
  const words = [program, "", ...serverOptions.map((option) => usage(option).replaceAll(" ", "\u00a0"))].join(" ");
  return wrap(words, "   ", indent).replaceAll("\u00a0", " ");
}

/** What `-h` prints, in the layout of ST's parser library. */
export function helpText(program: string): string {
  const rows = serverOptions.map((option) => {
    const value = option.argument === undefined ? "" : ` <${option.argument}>`;
    const short = option.long === "ignore-rest" ? "--" : option.short === undefined ? undefined : `-${option.short}`;
    const names = short === undefined ? `--${option.long}${value}` : `${short}${value},  --${option.long}${value}`;
    const many = option.kind === "list" ? "  (accepted multiple times)" : "";
    return `   ${names}${many}\n${wrap(option.help, "     ", "     ")}\n`;
  });
  return `\nUSAGE: \n\n${usageLine(program)}\n\n\nWhere: \n\n${rows.join("\n")}\n\n   ST-LINK GDB server\n\n`;
}

/** What `--version` prints. */
export function versionText(program: string): string {
  return `\n${program}  version: ${compatibleVersion}\n\n`;
}

/** What a refused command line prints (to stderr; exit status 1). */
export function parseErrorText(program: string, error: ParseError): string {
  return (
    `PARSE ERROR: Argument: ${error.argument}\n             ${error.message}\n\n` +
    `Brief USAGE: \n${usageLine(program)}\n\nFor complete USAGE and HELP type: \n   ${program} --help\n\n`
  );
}
