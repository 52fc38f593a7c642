import { concat, hex, hex32, toHex } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import type { GdbClient } from "../gdb-client.ts";
import { parseBytes, parseRange } from "../packet.ts";
import { MalformedPacket, memoryError, messageOf, OK, type Reply } from "../reply.ts";
import type { PacketFamily } from "./family.ts";

/** `m`, `M`, `x`, `X`: memory, as hexadecimal text and as bytes; also while the core runs. */
export const memory: PacketFamily = {
  names: ["m", "M", "x", "X"],
  // `x` answers `b` and the bytes, as GDB 16 and later ask for it under this name.
  features: () => ["binary-upload+"],
  async answer(packet, client) {
    switch (packet.name) {
      case "m":
        return read(packet.argument, client, (client.packetSize - 4) >> 1, toHex);
      case "x":
        return read(packet.argument, client, (client.packetSize - 5) >> 1, (bytes) =>
          concat(Uint8Array.of(0x62), bytes),
        );
      default: {
        const { head, data } = packet.headAndData();
        return write(head, packet.name === "M" ? parseBytes(Buffer.from(data).toString("latin1")) : data, client);
      }
    }
  },
};

/** A range that ends in a hole is answered with the bytes before the hole; the protocol allows fewer than asked for. */
async function read(
  argument: string,
  client: GdbClient,
  maximum: number,
  encode: (bytes: Uint8Array) => Reply,
): Promise<Reply> {
  const { address, length } = parseRange(argument);
  const wanted = Math.min(length, maximum);
  client.log("handlePacket", `Reading ${hex(wanted)} bytes of memory from addr ${hex(address)}`, 4);
  try {
    return encode(wanted === 0 ? new Uint8Array(0) : await client.session.readMemory(address, wanted));
  } catch (error) {
    const readable = bytesBeforeFault(error, address, wanted);
    if (readable > 0) {
      const bytes = await client.session.readMemory(address, readable).catch(() => undefined);
      if (bytes !== undefined) return encode(bytes);
    }
    await client.explain(error, `Cannot read ${hex(wanted)} bytes at ${hex32(address)}: ${messageOf(error)}`, 2);
    return memoryError;
  }
}

function bytesBeforeFault(error: unknown, address: number, length: number): number {
  if (!isProbityError(error)) return 0;
  const fault = error.facts["address"];
  return typeof fault === "number" && fault > address && fault < address + length ? fault - address : 0;
}

async function write(head: string, data: Uint8Array, client: GdbClient): Promise<Reply> {
  const { address, length } = parseRange(head);
  if (length !== data.length) throw new MalformedPacket("the data is not as long as the packet says");
  if (length === 0) return OK;
  try {
    await client.session.writeMemory(address, data);
    return OK;
  } catch (error) {
    const what = `Cannot write ${hex(length)} bytes at ${hex32(address)}`;
    const told = await client.explain(error, `${what}: ${messageOf(error)}`);
    client.console(`${what}: ${messageOf(told)}\n`);
    return memoryError;
  }
}
