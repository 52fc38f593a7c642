import { hex32 } from "../../base/bytes.ts";
import type { StopPoint } from "../breakpoint-set.ts";
import { parseHex } from "../packet.ts";
import { errorReply, MalformedPacket, messageOf, OK, unsupported } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** The digit after `Z` and what it asks for. */
const kinds: Readonly<Record<string, StopPoint["kind"]>> = {
  "0": "software",
  "1": "hardware",
  "2": "write",
  "3": "read",
  "4": "access",
};

/** `Z` and `z`: breakpoints and watchpoints. What the comparators cannot hold is refused with a text that GDB prints. */
export const breakpoints: PacketFamily = {
  names: ["Z", "z"],
  features: () => ["swbreak+", "hwbreak+"],
  async answer(packet, client) {
    const [digit, address, length, ...rest] = packet.argument.split(",");
    const kind = Object.hasOwn(kinds, digit) ? kinds[digit] : undefined;
    if (kind === undefined) return unsupported;
    // Conditions and commands after a `;` are only sent to who announced them; we do not.
    if (rest.length > 0) throw new MalformedPacket("not kind,address,length");
    const point = { kind, address: parseHex(address), length: parseHex(length) };
    if (packet.name === "z") {
      await client.breakpoints.remove(point);
      return OK;
    }
    try {
      await client.breakpoints.add(point);
      return OK;
    } catch (error) {
      const what = `No ${word(kind)} at ${hex32(point.address)}`;
      const told = await client.explain(error, `${what}: ${messageOf(error)}`);
      // GDB prints the reply's text for hardware breakpoints alone; the others need the console.
      if (kind !== "hardware") client.console(`${what}: ${messageOf(told)}\n`);
      return errorReply(told);
    }
  },
};

function word(kind: StopPoint["kind"]): string {
  return kind === "software" || kind === "hardware" ? "breakpoint" : "watchpoint";
}
