import { runGdbServer } from "./st-compat/gdbserver.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/**
 * The one entry of both executables. `ST-LINK_gdbserver` and `probity gdbserver` take ST's options; the other verbs
 * take their own. Sets the exit status; resolves when all is done.
 */
export async function main(
  program: string,
  words: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<void> {
  if (program === "ST-LINK_gdbserver") {
    terminal.exit(await runGdbServer(program, words, terminal));
  } else if (words[0] === "gdbserver") {
    terminal.exit(await runGdbServer("probity gdbserver", words.slice(1), terminal));
  } else {
    const { runVerb } = await import("./verbs.ts");
    terminal.exit(await runVerb(words, terminal));
  }
}
