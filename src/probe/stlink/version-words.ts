import { hex, readU16 } from "../../base/bytes.ts";

/** `V2J37 and 27, product 0x374b`: what GET_VERSION answers, field by field; its first word is big-endian. */
export function parseVersionWords(reply: Uint8Array): string {
  const version = (reply[0] << 8) | reply[1];
  const hardware = version >> 12;
  const product = `product ${hex(readU16(reply, 4), 4)}`;
  if (hardware >= 3) return `V${hardware}, ${product}`;
  return `V${hardware}J${(version >> 6) & 0x3f}, second part ${version & 0x3f}, ${product}`;
}
