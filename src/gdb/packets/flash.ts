import { parseHex, parseRange } from "../packet.ts";
import { errorReply, MalformedPacket, messageWithRemedy, OK } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** `vFlashErase`, `vFlashWrite`, `vFlashDone`: GDB's `load`. The session gathers, and works at `vFlashDone`. */
export const flash: PacketFamily = {
  names: ["vFlashErase:", "vFlashWrite:", "vFlashDone"],
  async answer(packet, client) {
    client.loading = packet.name !== "vFlashDone";
    try {
      switch (packet.name) {
        case "vFlashErase:": {
          const { address, length } = parseRange(packet.argument);
          await client.session.flashErase(address, length);
          return OK;
        }
        case "vFlashWrite:": {
          const { head, data } = packet.headAndData();
          await client.session.flashWrite(parseHex(head), data);
          return OK;
        }
        default:
          await client.session.flashDone(() => client.run.interruptWanted);
          // The new program begins with a core as a reset leaves it, as with ST's server: IDEs continue right after the
          // load, and what ran before may have left the core in a fault, or without a stack if flash was empty.
          await client.run.restart({ afterLoad: true });
          return OK;
      }
    } catch (error) {
      if (error instanceof MalformedPacket) throw error;
      // After a failure GDB does not come to `vFlashDone`: what was gathered must not reach flash with the next load.
      client.session.flashAbort();
      client.loading = false;
      // GDB shows no text for a failed load, only that it failed: the console has to say why.
      const told = await client.explain(error);
      client.console(`${messageWithRemedy(told)}\n`);
      return errorReply(told);
    }
  },
};
