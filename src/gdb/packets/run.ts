import type { GdbClient } from "../gdb-client.ts";
import { parseHex } from "../packet.ts";
import { inputOutputError, MalformedPacket, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";
import { namesOurThread } from "./threads.ts";

/** `c`, `C`, `s`, `S` and `vCont`: letting the core run and step. The stop reply comes when it stops. */
export const run: PacketFamily = {
  names: ["c", "C", "s", "S", "vCont", "vCont?"],
  features: () => ["vContSupported+"],
  async answer(packet, client) {
    if (packet.name === "vCont?") return "vCont;c;C;s;S;t;r";
    if (!client.attached) return inputOutputError;
    if (packet.name === "vCont") return continueWith(packet.argument, client);
    // The signal of `C` and `S` cannot be delivered to a bare core: it is left out.
    const withSignal = packet.name === "C" || packet.name === "S";
    const [signal, address] = withSignal ? packet.argument.split(";") : ["0", packet.argument];
    parseHex(signal);
    const at = address ? parseHex(address) : undefined;
    if (packet.name.toLowerCase() === "c") await client.run.resume(at);
    else await client.run.step(at);
    return undefined;
  },
};

/** Carries out the first action of `vCont` that is meant for our one thread. */
async function continueWith(argument: string, client: GdbClient): Promise<Reply> {
  if (!argument.startsWith(";")) throw new MalformedPacket("vCont without an action");
  for (const item of argument.slice(1).split(";")) {
    const [action, thread, ...rest] = item.split(":");
    if (rest.length > 0) throw new MalformedPacket("not action:thread");
    if (thread !== undefined && !namesOurThread(thread)) continue;
    await act(action, client);
    return undefined;
  }
  throw new MalformedPacket("no action for thread 1");
}

async function act(action: string, client: GdbClient): Promise<void> {
  const range = /^r([0-9a-fA-F]+),([0-9a-fA-F]+)$/.exec(action);
  if (range !== null) await client.run.stepRange(parseHex(range[1]), parseHex(range[2]));
  else if (/^(c|C[0-9a-fA-F]{2})$/.test(action)) await client.run.resume();
  else if (/^(s|S[0-9a-fA-F]{2})$/.test(action)) await client.run.step();
  else if (action === "t") await client.run.stop();
  else throw new MalformedPacket("no such action");
}
