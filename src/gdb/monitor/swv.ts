import type { MonitorCommand } from "./command.ts";

export const swv: MonitorCommand = {
  words: "swv",
  usage: "",
  help: "Accepted; trace is served on the SWV port by the server's options",
  run(_args, client) {
    client.console("Trace is set up with the server's options --swo-port, --cpu-clock and --swo-clock-div.\n");
    return "done";
  },
};
