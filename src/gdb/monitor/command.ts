import type { GdbClient } from "../gdb-client.ts";

/**
 * How a command ended: all was printed (`done`), it is refused (`failed`, GDB shows "Protocol error with Rcmd"), or
 * with a last text that stands in the reply itself.
 */
export type MonitorResult = "done" | "failed" | { readonly text: string };

/** One `monitor` command. */
export interface MonitorCommand {
  /** Its words, as the user types them: `flash mass_erase`. */
  readonly words: string;
  /** The arguments as `monitor help` shows them; empty without any. */
  readonly usage: string;
  /** One line for `monitor help`. */
  readonly help: string;
  /** Prints with `client.console`. An error is printed with its remedy and refuses the command. */
  run(args: readonly string[], client: GdbClient): MonitorResult | Promise<MonitorResult>;
}

/** A number as users write it, decimal or with `0x`; `undefined` when it is none of 32 bits. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined;
  const value = Number(text);
  return value < 2 ** 32 ? value : undefined;
}

/** `0xE00FF003`: a register value in the wording of the commands that IDEs ask for it with. */
export function upperHex(value: number): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}
