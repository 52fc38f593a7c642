import { hex } from "../../base/bytes.ts";
import type { GdbClient } from "../gdb-client.ts";
import { latin1, Packet } from "../packet.ts";
import { errorReply, MalformedPacket, malformed, type Reply, unsupported } from "../reply.ts";
import { breakpoints } from "./breakpoints.ts";
import type { PacketFamily } from "./family.ts";
import { flash } from "./flash.ts";
import { general } from "./general.ts";
import { lifetime } from "./lifetime.ts";
import { memory } from "./memory.ts";
import { monitor } from "./monitor.ts";
import { registers } from "./registers.ts";
import { run } from "./run.ts";
import { search } from "./search.ts";
import { threads } from "./threads.ts";
import { transfer } from "./transfer.ts";

/** `qSupported`: what the debugger can do is kept, what we can do is gathered from the families. */
const supported: PacketFamily = {
  names: ["qSupported"],
  answer(packet, client) {
    client.announced.clear();
    for (const feature of packet.argument.replace(/^:/, "").split(";")) {
      if (client.announced.size < 100) client.announced.add(feature);
    }
    const features = packetFamilies.flatMap((family) => family.features?.(client) ?? []);
    return [`PacketSize=${hex(client.packetSize).slice(2)}`, ...features].join(";");
  },
};

/** Everything that we answer. A new packet is a new family here. */
export const packetFamilies: readonly PacketFamily[] = [
  supported,
  general,
  lifetime,
  registers,
  memory,
  breakpoints,
  run,
  threads,
  transfer,
  flash,
  search,
  monitor,
];

const familyByName = new Map(packetFamilies.flatMap((family) => family.names.map((name) => [name, family] as const)));
const namesLongestFirst = [...familyByName.keys()].sort((a, b) => b.length - a.length);
const longestName = namesLongestFirst[0].length;

/** The name under which a packet is answered; `undefined` for packets that we do not know. */
export function packetName(payload: Uint8Array): string | undefined {
  const start = latin1(payload.subarray(0, longestName + 1));
  return namesLongestFirst.find((name) => {
    if (!start.startsWith(name)) return false;
    return name.length === 1 || !/\w$/.test(name) || !/^\w/.test(start.slice(name.length));
  });
}

/** The reply to a packet; never rejects. */
export async function answer(payload: Uint8Array, client: GdbClient): Promise<Reply> {
  const name = packetName(payload);
  if (name === undefined) {
    const start = /^[\w?!]*/.exec(latin1(payload.subarray(0, 40)))?.[0] ?? "";
    const kind = start.startsWith("v") ? "v-command" : "packet";
    // GDB asks with this one how we answer what we do not know.
    if (start !== "vMustReplyEmpty") client.log("handlePacket", `Hidden/Unsupported ${kind} '${start}'`, 8);
    return unsupported;
  }
  try {
    return await familyByName.get(name)?.answer(new Packet(payload, name), client);
  } catch (error) {
    if (error instanceof MalformedPacket) {
      client.log("handlePacket", `Refused packet '${name}': ${error.message}`, 2);
      return malformed;
    }
    return errorReply(await client.explain(error));
  }
}
