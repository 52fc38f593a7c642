import { Refusal } from "./refusal.ts";
import type { Terminal } from "./terminal.ts";

/** Something that cannot be undone. */
export interface Confirmation {
  /** What will be destroyed: lines for the user. */
  readonly lines: readonly string[];
  /** `--yes` was given. */
  readonly yes: boolean | undefined;
}

/**
 * Lets the user decide on something that destroys: `--yes`, or "y" or "yes" on a terminal. Rejects with
 * `confirmation-needed` where nobody can be asked, and with `confirmation-refused`; nothing was done in either case.
 */
export async function confirm(terminal: Terminal, { lines, yes = false }: Confirmation): Promise<void> {
  if (yes) return;
  const what = lines.join(" ");
  if (!terminal.inputIsTerminal || terminal.readLine === undefined) {
    throw new Refusal("confirmation-needed", `${what} Nobody can be asked here, so nothing was done.`, {
      remedy: ["Give --yes if that is what you want.", "Or run it on a terminal, which asks."],
    });
  }
  terminal.error(`${lines.join("\n")}\nGo on? [y/N] `);
  const answer = await terminal.readLine();
  if (/^\s*y(es)?\s*$/i.test(answer)) return;
  throw new Refusal("confirmation-refused", "It was not confirmed, so nothing was done.", {
    remedy: ["Answer y to go on, or give --yes."],
  });
}
