import { hex, hex32 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import type { GdbClient } from "../gdb-client.ts";
import { parseHex, parseRange } from "../packet.ts";
import { errorReply, messageOf, messageWithRemedy, OK, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** `vFlashErase`, `vFlashWrite`, `vFlashDone`: GDB's `load`. The session gathers, and works at `vFlashDone`. */
export const flash: PacketFamily = {
  names: ["vFlashErase:", "vFlashWrite:", "vFlashDone"],
  async answer(packet, client) {
    try {
      switch (packet.name) {
        case "vFlashErase:": {
          const { address, length } = parseRange(packet.argument);
          if (!insideFlash(client, address, length)) return refuse(client, "erase", address, length);
          await client.session.flashErase(address, length);
          return OK;
        }
        case "vFlashWrite:": {
          const { head, data } = packet.headAndData();
          const address = parseHex(head);
          if (!insideFlash(client, address, data.length)) return refuse(client, "write", address, data.length);
          await client.session.flashWrite(address, data);
          return OK;
        }
        default:
          await client.session.flashDone();
          return OK;
      }
    } catch (error) {
      if (!isProbityError(error)) throw error;
      // GDB shows no text for a failed load, only that it failed: the console has to say why.
      client.log("handlePacket", messageOf(error), 1);
      client.console(`${messageWithRemedy(error)}\n`);
      return errorReply(error);
    }
  },
};

function insideFlash(client: GdbClient, address: number, length: number): boolean {
  return client.session.memoryMap.some(
    ({ kind, start, length: size }) => kind === "flash" && address >= start && address + length <= start + size,
  );
}

/** `E.memtype` is the protocol's own word for a write that is not to flash. */
function refuse(client: GdbClient, verb: "erase" | "write", address: number, length: number): Reply {
  const regions = client.session.memoryMap.filter(({ kind }) => kind === "flash");
  const has = regions.map(({ start, length: size }) => `${hex32(start)} to ${hex32(start + size - 1)}`).join(", ");
  const text =
    `Cannot ${verb} ${hex(length)} bytes at ${hex32(address)}: ` +
    `the flash of ${client.session.chipName} is at ${has || "no address"}.`;
  client.log("handlePacket", text, 1);
  client.console(`${text}\n`);
  return verb === "write" ? "E.memtype" : "E.outside flash";
}
