import type { MonitorCommand, MonitorResult } from "./command.ts";

export const halt: MonitorCommand = {
  words: "halt",
  usage: "",
  help: "Halt the core",
  async run(_args, client): Promise<MonitorResult> {
    client.console("Trying to halt core...\n");
    if (client.session.runState !== "halted") await client.session.halt();
    return "done";
  },
};
