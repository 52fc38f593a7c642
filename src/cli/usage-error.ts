import type { Command, CommanderError } from "commander";
import { ProbityError } from "../base/errors.ts";

/** Commander's codes for what is wrong with a command line, and ours. */
const codes: Readonly<Record<string, string>> = {
  "commander.unknownOption": "option-unknown",
  "commander.unknownCommand": "verb-unknown",
  "commander.excessArguments": "argument-excess",
  "commander.missingArgument": "argument-missing",
  "commander.missingMandatoryOptionValue": "option-missing",
  "commander.optionMissingArgument": "option-value-missing",
  "commander.invalidArgument": "option-value-invalid",
  "commander.conflictingOption": "option-conflict",
  "commander.help": "verb-missing",
};

/** A command line that commander refused, as an error of ours. `words` are the command line. */
export function usageError(error: CommanderError, words: readonly string[]): ProbityError {
  const [sentence, ...hints] = error.message
    .replace(/^error: /, "")
    .split("\n")
    .filter((line) => line !== "");
  const verb = words.find((word) => !word.startsWith("-"));
  const known = error.code === "commander.unknownCommand" || verb === undefined ? "" : ` ${verb}`;
  const cause = error.code === "commander.help" ? `${verb ?? "probity"} needs one more word: what to do` : sentence;
  return new ProbityError(codes[error.code] ?? "usage-wrong", `${capital(cause.replace(/\.$/, ""))}.`, {
    remedy: [...hints.map((hint) => hint.replace(/^\((.*)\)$/, "$1")), `See probity${known} --help.`],
  });
}

/** Two options that cannot be given together. */
export function conflict(one: string, other: string): ProbityError {
  return new ProbityError("option-conflict", `${one} and ${other} cannot be given together.`, {
    facts: { one, other },
    remedy: [`Leave out ${one} or ${other}.`],
  });
}

/** Throws for an argument or a value that is empty, as a shell variable that is not set gives. */
export function refuseEmpty(command: Command): void {
  const at = command.args.indexOf("");
  const name = command.registeredArguments[at]?.name() ?? "argument";
  if (at >= 0) throw empty("argument-empty", `<${name}>`);
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if ([value].flat().includes("")) throw empty("option-value-empty", option.long ?? option.flags);
  }
}

function empty(code: string, name: string): ProbityError {
  return new ProbityError(code, `${name} is empty.`, {
    facts: { name },
    remedy: ["Write it out; if it comes from a variable of the shell, that variable is not set."],
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
