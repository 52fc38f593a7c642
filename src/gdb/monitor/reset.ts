import type { ResetKind } from "../../cortexm/core.ts";
import type { MonitorCommand, MonitorResult } from "./command.ts";

/** What may stand after `reset`, and what the reply calls it. */
const options: Readonly<Record<string, { readonly kind: ResetKind; readonly name: string }>> = {
  "": { kind: "system", name: "System reset" },
  halt: { kind: "system", name: "System reset" },
  init: { kind: "system", name: "System reset" },
  core: { kind: "core", name: "Core reset" },
  hardware: { kind: "hardware", name: "Hardware reset" },
};

/** Resets and leaves the core halted at its reset vector, as ST's server does with any of them. */
export const reset: MonitorCommand = {
  words: "reset",
  usage: "[halt|init|core|hardware]",
  help: "Reset the target and leave it halted at its reset vector",
  async run(args, client): Promise<MonitorResult> {
    const option = args.length <= 1 && Object.hasOwn(options, args[0] ?? "") ? options[args[0] ?? ""] : undefined;
    if (option === undefined) {
      client.console("Unknown reset option\n");
      return "failed";
    }
    await client.session.reset(option.kind, { halt: true });
    client.console(`STM32 Successfully completed reset operation (${option.name})\n`);
    return "done";
  },
};
