import type { GdbClient } from "../gdb-client.ts";
import type { Packet } from "../packet.ts";
import type { Reply } from "../reply.ts";

/** Packets that belong together, in one file. */
export interface PacketFamily {
  /**
   * The beginnings of the packets it answers. A single character takes everything that begins with it; a longer name
   * must be followed by something that is not a letter, digit or underscore. The longest name wins.
   */
  readonly names: readonly string[];
  /** What it adds to the reply to `qSupported`. */
  readonly features?: (client: GdbClient) => readonly string[];
  /**
   * The reply. A `MalformedPacket` is answered with an error number, any other error with `E.` and its message.
   */
  answer(packet: Packet, client: GdbClient): Reply | Promise<Reply>;
}
