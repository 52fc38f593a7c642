import { writeU32 } from "../base/bytes.ts";
import type { MemoryPort } from "./memory-port.ts";

/** The same memory, of which some words were read a moment ago: they are not read again. */
export function withKnownWords(port: MemoryPort, known: ReadonlyMap<number, number> = new Map()): MemoryPort {
  return {
    ...port,
    readWord: (address) => {
      const value = known.get(address);
      return value === undefined ? port.readWord(address) : Promise.resolve(value);
    },
    read: (address, length) => {
      const bytes = new Uint8Array(length);
      if (length % 4 !== 0) return port.read(address, length);
      for (let offset = 0; offset < length; offset += 4) {
        const value = known.get(address + offset);
        if (value === undefined) return port.read(address, length);
        writeU32(bytes, offset, value);
      }
      return Promise.resolve(bytes);
    },
  };
}
