import { isProbityError } from "../../base/errors.ts";
import type { GdbClient } from "../gdb-client.ts";
import { OK, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** `?`, `!`, `D`, `k`, `vKill`, `vRun`, `vAttach`, `R`, `qAttached`: beginning and end of the program. */
export const lifetime: PacketFamily = {
  names: ["?", "!", "D", "k", "vKill", "vRun", "vAttach", "R", "qAttached"],
  async answer(packet, client) {
    switch (packet.name) {
      case "?":
        return client.attached ? await stopOrGone(client) : "W00";
      case "!":
        client.extended = true;
        return OK;
      case "qAttached":
        return "1";
      case "D":
        return leave(client);
      case "k":
        await leave(client);
        if (!client.extended) client.end();
        return undefined;
      case "vKill":
        return kill(client);
      case "R":
        await restart(client);
        return undefined; // The protocol has no reply to `R`.
      case "vRun":
        await restart(client);
        return client.run.describe();
      default:
        client.attached = true;
        // Who only joins leaves the core to the one that controls it.
        if (client.controlling) await client.attach();
        return client.run.describe();
    }
  },
};

/** The debugger leaves. It is told so even when the target no longer answers, else it could never leave. */
async function leave(client: GdbClient): Promise<Reply> {
  client.attached = false;
  await client.detach().catch((error) => client.explain(error));
  return OK;
}

/** A killed program does not run: the core stays at its reset vector until `vRun`, or until the debugger has gone. */
async function kill(client: GdbClient): Promise<Reply> {
  await client.breakpoints.clear();
  if (client.controlling) await client.run.restart();
  client.attached = false;
  return OK;
}

/** What is in flash is the program: its name and arguments, which `vRun` carries, mean nothing here. */
async function restart(client: GdbClient): Promise<void> {
  await client.run.restart();
  client.attached = true;
}

/**
 * The reason of the last stop. GDB knows no error as an answer to `?` and would wait for ever for a better one: a target
 * that can't be asked any more counts as one without a process.
 */
async function stopOrGone(client: GdbClient): Promise<string> {
  try {
    return await client.run.describe();
  } catch (error) {
    if (!isProbityError(error)) throw error;
    await client.explain(error);
    return "W00";
  }
}
