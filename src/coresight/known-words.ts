import { writeU32 } from "../base/bytes.ts";
import type { MemoryPort } from "./memory-port.ts";

/** The same memory, of which some words were read a moment ago: they are not read again. */
export function withKnownWords(port: MemoryPort, known: ReadonlyMap<number, number> = new Map()): MemoryPort {
  if (known.size === 0) return port;
  return {
    ap: port.ap,
    wordQueue: port.wordQueue,
    read: (address, length) => {
      if (length % 4 !== 0) return port.read(address, length);
      const bytes = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 4) {
        const value = known.get(address + offset);
        if (value === undefined) return port.read(address, length);
        writeU32(bytes, offset, value);
      }
      return Promise.resolve(bytes);
    },
    write: (address, data) => port.write(address, data),
    readWord: (address) => {
      const value = known.get(address);
      return value === undefined ? port.readWord(address) : Promise.resolve(value);
    },
    writeWord: (address, value) => port.writeWord(address, value),
    readHalfWord: (address) => port.readHalfWord(address),
    writeHalfWord: (address, value) => port.writeHalfWord(address, value),
    words: (operations) => port.words(operations),
  };
}
