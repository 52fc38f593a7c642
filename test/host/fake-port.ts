import { ProbityError } from "../../src/base/errors.ts";
import type { MemoryPort, WordOperation } from "../../src/coresight/memory-port.ts";

/** Memory made of words that a test puts there; everything else is a bus fault. */
export class FakePort implements MemoryPort {
  readonly ap = 0;
  readonly memory = new Map<number, number>();
  /** Every write, in order, as `address=value`. */
  readonly writes: string[] = [];
  /** Called before a word is read; may change memory. */
  onRead: (address: number) => void = () => {};
  onWrite: (address: number, value: number) => void = () => {};

  constructor(words: Readonly<Record<number, number>> = {}) {
    this.set(words);
  }

  set(words: Readonly<Record<number, number>>): void {
    for (const [address, value] of Object.entries(words)) this.memory.set(Number(address), value >>> 0);
  }

  async readWord(address: number): Promise<number> {
    this.onRead(address);
    const value = this.memory.get(address);
    if (value === undefined) throw new ProbityError("memory-fault", "Nothing there.", { facts: { address } });
    return value;
  }

  async writeWord(address: number, value: number): Promise<void> {
    if (!this.memory.has(address)) throw new ProbityError("memory-fault", "Nothing there.", { facts: { address } });
    this.memory.set(address, value >>> 0);
    this.writes.push(`${address.toString(16)}=${(value >>> 0).toString(16)}`);
    this.onWrite(address, value >>> 0);
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const word = await this.readWord((address + i) & ~3 ? ((address + i) & ~3) >>> 0 : 0);
      bytes[i] = word >>> (8 * ((address + i) & 3));
    }
    return bytes;
  }

  async write(): Promise<void> {
    throw new Error("a test writes words alone");
  }

  async readHalfWord(address: number): Promise<number> {
    const [low, high] = await this.read(address, 2);
    return low | (high << 8);
  }

  async writeHalfWord(): Promise<void> {
    throw new Error("a test writes words alone");
  }

  async words(operations: readonly WordOperation[]): Promise<number[]> {
    const values: number[] = [];
    for (const operation of operations) {
      if (operation.kind === "read") values.push(await this.readWord(operation.address));
      else await this.writeWord(operation.address, operation.value);
    }
    return values;
  }
}

/** A clock on which time passes by sleeping alone. */
export function fakeClock() {
  const sleeps: number[] = [];
  let now = 0;
  return {
    sleeps,
    now: () => now,
    sleep: async (milliseconds: number) => {
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}
