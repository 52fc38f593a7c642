import type { WordOperation } from "../coresight/memory-port.ts";

/** One read among words that go in a batch. */
export function read(address: number): WordOperation {
  return { kind: "read", address };
}

/** One write among words that go in a batch. */
export function write(address: number, value: number): WordOperation {
  return { kind: "write", address, value: value >>> 0 };
}
