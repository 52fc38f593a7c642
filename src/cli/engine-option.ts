import type { Command } from "commander";
import { engineNamed } from "../session/engine-of-spec.ts";
import { engineNames, setEngineDefaults } from "../sim/cpu/default-engine.ts";

/** The engine of virtual boards for which nothing else names one. */
export const engineVariable = "PROBITY_ENGINE";

/** What the help says of `--engine`. */
export const engineHelp = `virtual board: what executes the program: ${engineNames.join(", ")}`;

/** `--engine`, for every verb that opens a virtual board. */
export function withEngineOption(command: Command): Command {
  return command.option("--engine <name>", engineHelp);
}

/** Takes the default from the environment. Throws `engine-invalid`. */
export function takeEngineDefault(name = process.env[engineVariable]): void {
  if (name === undefined || name === "") return;
  setEngineDefaults({ engine: engineNamed(name, engineVariable) });
}
