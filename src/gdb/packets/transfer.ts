import type { GdbClient } from "../gdb-client.ts";
import { memoryMapXml } from "../memory-map-xml.ts";
import { parseRange } from "../packet.ts";
import { MalformedPacket, unsupported } from "../reply.ts";
import { targetXml } from "../target-xml.ts";
import type { PacketFamily } from "./family.ts";
import { threadDescription } from "./threads.ts";

/** The objects that `qXfer` reads, and their text by annex. */
const objects: Readonly<Record<string, (annex: string, client: GdbClient) => string | undefined>> = {
  features: (annex) => (annex === "target.xml" ? targetXml() : undefined),
  "memory-map": (annex, client) => (annex === "" ? memoryMapXml(client.session.memoryMap) : undefined),
  threads: (annex, client) => (annex === "" ? threadsXml(client) : undefined),
};

/** `qXfer:object:read:annex:offset,length`. */
export const transfer: PacketFamily = {
  names: ["qXfer:"],
  features: () => Object.keys(objects).map((object) => `qXfer:${object}:read+`),
  answer(packet, client) {
    const [object, operation, annex, range, ...rest] = packet.argument.split(":");
    if (!Object.hasOwn(objects, object) || operation !== "read") return unsupported;
    if (range === undefined || rest.length > 0) throw new MalformedPacket("not annex:offset,length");
    const { address: offset, length } = parseRange(range);
    const text = objects[object](annex, client);
    if (text === undefined) return "E00";
    const part = text.slice(offset, offset + Math.min(length, client.packetSize - 8));
    return Buffer.from((offset + part.length < text.length ? "m" : "l") + part, "utf8");
  },
};

function threadsXml(client: GdbClient): string {
  const thread = client.attached ? `<thread id="1" core="0">${escapeXml(threadDescription(client))}</thread>` : "";
  return `<?xml version="1.0"?>\n<threads>${thread}</threads>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
