import type { MonitorCommand, MonitorResult } from "./command.ts";

export const massErase: MonitorCommand = {
  words: "flash mass_erase",
  usage: "",
  help: "Erase the whole flash",
  async run(_args, client): Promise<MonitorResult> {
    await client.session.massErase();
    client.console("Mass erase completed\n");
    return "done";
  },
};

/** ST's chips with a selectable width (F2, F4, F7) program by 8, 16, 32 or 64 bits; others have one width. */
export const parallelism: MonitorCommand = {
  words: "flash set_parallelism_mode",
  usage: "<0|1|2|3>",
  help: "Choose the programming width on chips that have one to choose",
  run(args, client) {
    if (args.length !== 1 || !/^[0-3]$/.test(args[0])) {
      client.console("Usage: flash set_parallelism_mode <0|1|2|3>\n");
      return "failed";
    }
    client.console(`The flash of ${client.session.chipName} has one programming width; nothing to set.\n`);
    return "done";
  },
};
