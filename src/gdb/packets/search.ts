import { hex } from "../../base/bytes.ts";
import { crc32 } from "../../base/crc32.ts";
import type { GdbClient } from "../gdb-client.ts";
import { latin1, type Packet, parseRange } from "../packet.ts";
import { MalformedPacket, memoryError, messageOf, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** Bytes read at once while going through a range. */
const stride = 0x4000;

/** Up to here a sum is one operation of the session, which may let the target compute it; longer ones are read. */
const longestSum = 0x10_0000;

/** Ranges beyond this are refused: reading one would take many minutes. */
const maximumRange = 0x1000_0000;

/** `qCRC` (GDB's `compare-sections`) and `qSearch:memory` (`find`). */
export const search: PacketFamily = {
  names: ["qCRC:", "qSearch:memory:"],
  async answer(packet, client) {
    try {
      return packet.name === "qCRC:" ? await checksum(packet, client) : await find(packet, client);
    } catch (error) {
      if (error instanceof MalformedPacket) throw error;
      await client.explain(error, messageOf(error), 2);
      return memoryError;
    }
  },
};

async function checksum(packet: Packet, client: GdbClient): Promise<Reply> {
  const { address, length } = limitedRange(packet.argument);
  let crc: number | undefined;
  if (length <= longestSum) crc = await client.session.crc32(address, length, () => client.run.interruptWanted);
  else {
    await pieces(client, address, length, (bytes) => {
      crc = crc32(bytes, crc);
      return false;
    });
  }
  return `C${hex(crc ?? 0, 8).slice(2)}`;
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
  let found: number | undefined;
  await pieces(client, address, length, (piece, at) => {
    const window = Buffer.concat([carried, piece]);
    const index = window.indexOf(pattern);
    if (index >= 0) found = at - carried.length + index;
    carried = window.subarray(Math.max(0, window.length - pattern.length + 1));
    return found !== undefined;
  });
  return found === undefined ? "0" : `1,${hex(found).slice(2)}`;
}

/** Reads a range piece by piece until `take` wants no more; rejects at Ctrl-C. */
async function pieces(
  client: GdbClient,
  address: number,
  length: number,
  take: (bytes: Uint8Array, at: number) => boolean,
): Promise<void> {
  for (let done = 0; done < length; done += stride) {
    if (client.run.interruptWanted) throw new Error("Ended by Ctrl-C.");
    const piece = await client.session.readMemory(address + done, Math.min(stride, length - done));
    if (take(piece, address + done)) return;
  }
}

function limitedRange(text: string): { readonly address: number; readonly length: number } {
  const range = parseRange(text);
  if (range.length > maximumRange) throw new MalformedPacket("the range is too long");
  return range;
}
