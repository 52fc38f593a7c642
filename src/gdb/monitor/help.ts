import type { MonitorCommand } from "./command.ts";

/** The list is made from the other commands, so that it cannot go out of date. */
export function helpOf(commands: () => readonly MonitorCommand[]): MonitorCommand {
  return {
    words: "help",
    usage: "",
    help: "Show this list",
    run(_args, client) {
      const rows = commands().map(({ words, usage, help }) => [`${words} ${usage}`.trim(), help] as const);
      const width = Math.max(...rows.map(([left]) => left.length));
      client.console("Supported monitor commands are:\n");
      for (const [left, help] of rows) client.console(`  ${left.padEnd(width)}  ${help}\n`);
      return "done";
    },
  };
}
