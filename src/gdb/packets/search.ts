import { hex } from "../../base/bytes.ts";
import type { GdbClient } from "../gdb-client.ts";
import { latin1, type Packet, parseRange } from "../packet.ts";
import { MalformedPacket, memoryError, messageOf, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** Bytes read at once while going through a range. */
const stride = 0x4000;

/** Ranges beyond this are refused: no memory of a microcontroller is larger, and reading one would take hours. */
const maximumRange = 0x1000_0000;

/** `qCRC` (GDB's `compare-sections`) and `qSearch:memory` (`find`). */
export const search: PacketFamily = {
  names: ["qCRC:", "qSearch:memory:"],
  async answer(packet, client) {
    try {
      return packet.name === "qCRC:" ? await checksum(packet, client) : await find(packet, client);
    } catch (error) {
      if (error instanceof MalformedPacket) throw error;
      client.log("handlePacket", messageOf(error), 2);
      return memoryError;
    }
  },
};

async function checksum(packet: Packet, client: GdbClient): Promise<Reply> {
  const { address, length } = limitedRange(packet.argument);
  return `C${hex(await client.session.crc32(address, length), 8).slice(2)}`;
}

async function find(packet: Packet, client: GdbClient): Promise<Reply> {
  // The pattern is binary and may hold `;`: only the first two are separators.
  const body = packet.bytes.subarray(packet.name.length);
  const first = body.indexOf(0x3b);
  const second = first < 0 ? -1 : body.indexOf(0x3b, first + 1);
  if (second < 0) throw new MalformedPacket("not address;length;pattern");
  const text = `${latin1(body.subarray(0, first))},${latin1(body.subarray(first + 1, second))}`;
  const { address, length } = limitedRange(text);
  const pattern = body.subarray(second + 1);
  if (pattern.length === 0) throw new MalformedPacket("no pattern");
  let carried: Uint8Array = new Uint8Array(0);
  for (let done = 0; done < length; done += stride) {
    const piece = await client.session.readMemory(address + done, Math.min(stride, length - done));
    const window = Buffer.concat([carried, piece]);
    const found = window.indexOf(pattern);
    if (found >= 0) return `1,${hex(address + done - carried.length + found).slice(2)}`;
    carried = window.subarray(Math.max(0, window.length - pattern.length + 1));
  }
  return "0";
}

function limitedRange(text: string): { readonly address: number; readonly length: number } {
  const range = parseRange(text);
  if (range.length > maximumRange) throw new MalformedPacket("the range is too long");
  return range;
}
