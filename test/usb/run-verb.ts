import type { Terminal } from "../../src/cli/terminal.ts";
import { runVerb } from "../../src/cli/verbs.ts";

/** Runs a command line of ours in this process. */
export async function run(words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const text = { out: "", error: "" };
  const terminal: Terminal = {
    out: (more) => {
      text.out += more;
    },
    error: (more) => {
      text.error += more;
    },
    errorIsTerminal: false,
    onStop: () => {},
    exit: () => {},
  };
  const status = await runVerb(words, terminal);
  return { status, ...text };
}
