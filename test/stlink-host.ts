import { fromHex, readU16, readU32, toHex } from "../src/base/bytes.ts";

/** Anything that answers ST-LINK commands at once. */
export interface CommandTarget {
  command(block: Uint8Array, dataOut?: Uint8Array, readLength?: number): Uint8Array;
}

/** The bytes of `"F2 30 A3"`. */
export function bytes(text: string): Uint8Array {
  const found = fromHex(text.replaceAll(" ", ""));
  if (found === undefined) throw new Error(`not hexadecimal: ${text}`);
  return found;
}

/** Sends commands written as the protocol's tables write them. */
export class StLinkHost {
  readonly #probe: CommandTarget;

  constructor(probe: CommandTarget) {
    this.#probe = probe;
  }

  send(text: string, readLength = 0, data?: Uint8Array): Uint8Array {
    const block = new Uint8Array(16);
    block.set(bytes(text));
    return this.#probe.command(block, data, readLength);
  }

  /** The reply as hexadecimal text. */
  ask(text: string, readLength: number): string {
    return toHex(this.send(text, readLength));
  }

  status(text: string): number {
    return readU16(this.send(text, 2), 0);
  }

  /** Status at 0 and the word at 4. */
  value(text: string): { status: number; value: number } {
    const reply = this.send(text, 8);
    return { status: readU16(reply, 0), value: readU32(reply, 4) };
  }

  /** GETLASTRWSTATUS2. */
  last(): { status: number; address: number } {
    const reply = this.send("F2 3E", 12);
    return { status: readU16(reply, 0), address: readU32(reply, 4) };
  }

  read(command: string, address: number, length: number, tail = ""): Uint8Array {
    return this.send(memoryBlock(command, address, length, tail), length === 1 ? 2 : length);
  }

  write(command: string, address: number, data: Uint8Array, tail = ""): void {
    this.send(memoryBlock(command, address, data.length, tail), 0, data);
  }

  word(address: number): number {
    return readU32(this.read("07", address, 4), 0);
  }
}

function memoryBlock(command: string, address: number, length: number, tail: string): string {
  const block = new DataView(new ArrayBuffer(6));
  block.setUint32(0, address, true);
  block.setUint16(4, length, true);
  return `F2 ${command} ${toHex(new Uint8Array(block.buffer))} ${tail}`;
}
