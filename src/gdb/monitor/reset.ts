import type { ResetKind } from "../../cortexm/core.ts";
import type { GdbClient } from "../gdb-client.ts";
import type { MonitorCommand, MonitorResult } from "./command.ts";

/** What may stand after `reset`, and what the reply calls it. */
const options: Readonly<Record<string, { readonly kind: ResetKind; readonly name: string }>> = {
  "": { kind: "system", name: "System reset" },
  halt: { kind: "system", name: "System reset" },
  init: { kind: "system", name: "System reset" },
  core: { kind: "core", name: "Core reset" },
  hardware: { kind: "hardware", name: "Hardware reset" },
};

/**
 * GDB's registers and the core's differ after a reset behind GDB's back. GDB (13.1 and all before; its `remote.c`, the
 * handling of `qRcmd`) does not drop its register cache for any reply to a `monitor` command, and shows cached registers
 * without asking us, so no server can correct what it shows: only the user can, or the next stop. (A `%Stop`
 * notification, the one way in which a server speaks first, trips an assertion of GDB's in all-stop mode.) So who has
 * seen other registers than there are now is told what to type. `run` and `starti` have no such gap: they are `vRun`,
 * whose reply carries the registers.
 */
const staleNotice =
  "GDB keeps showing the registers from before the reset until 'maintenance flush register-cache' or the next stop.\n";

/** The registers by which a user would notice; `undefined` while the core runs. */
async function visibleRegisters({ session }: GdbClient): Promise<string | undefined> {
  if (session.runState !== "halted") return undefined;
  const { r } = await session.registers();
  return r.join();
}

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
    const before = await visibleRegisters(client).catch(() => undefined);
    await client.session.reset(option.kind, { halt: true });
    client.console(`STM32 Successfully completed reset operation (${option.name})\n`);
    if (before !== (await visibleRegisters(client))) client.console(staleNotice);
    return "done";
  },
};
