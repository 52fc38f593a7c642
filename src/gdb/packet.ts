import { fromHex } from "../base/bytes.ts";
import { MalformedPacket } from "./reply.ts";

/** One packet, taken apart into the name that the registry knows and what follows it. */
export class Packet {
  /** The whole payload, unescaped. */
  readonly bytes: Uint8Array;
  /** The name under which the registry found the packet's family, such as `m`, `qCRC:` or `vFlashWrite:`. */
  readonly name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.name = name;
  }

  /** What follows the name, as text of one character a byte. */
  get argument(): string {
    return latin1(this.bytes.subarray(this.name.length));
  }

  /**
   * Splits `address,length:data` style arguments: text up to the first `:` and the bytes after it.
   * @throws MalformedPacket when there is no `:`.
   */
  headAndData(): { readonly head: string; readonly data: Uint8Array } {
    const colon = this.bytes.indexOf(0x3a, this.name.length);
    if (colon < 0) throw new MalformedPacket("no ':' before the data");
    return { head: latin1(this.bytes.subarray(this.name.length, colon)), data: this.bytes.subarray(colon + 1) };
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A hexadecimal number of at most 32 bits; leading zeros do not count. @throws MalformedPacket */
export function parseHex(text: string | undefined): number {
  if (text === undefined || !/^0*[0-9a-fA-F]{1,8}$/.test(text)) throw new MalformedPacket("not a hexadecimal number");
  return Number.parseInt(text, 16);
}

/** `address,length`; the range must not pass the end of the address space. @throws MalformedPacket */
export function parseRange(text: string): { readonly address: number; readonly length: number } {
  const [address, length, ...rest] = text.split(",").map((part) => parseHex(part));
  if (length === undefined || rest.length > 0) throw new MalformedPacket("not address,length");
  if (address + length > 2 ** 32) throw new MalformedPacket("the range passes the end of the address space");
  return { address, length };
}

/** The bytes of a hexadecimal text. @throws MalformedPacket */
export function parseBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new MalformedPacket("not hexadecimal bytes");
  return bytes;
}
