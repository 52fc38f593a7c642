import type { MonitorCommand } from "./command.ts";

/** The probe's LED blinks by itself whenever it is used; there is no command to make it. */
export const ledBlink: MonitorCommand = {
  words: "led blink",
  usage: "",
  help: "Accepted; the LED of the ST-LINK blinks while it is used",
  run(_args, client) {
    client.console("The LED of the ST-LINK blinks while it is used.\n");
    return "done";
  },
};
