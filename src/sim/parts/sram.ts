import type { ParallelMemory } from "./external-bus.ts";

/** An asynchronous SRAM with 16 data lines and byte enables, as the IS61WV51216BLL is (512 Ki words). */
export class Sram implements ParallelMemory {
  readonly dataBits = 16;
  readonly byteLanes = true;
  readonly addressBits: number;
  /** What it holds, low byte of each word first. */
  readonly bytes: Uint8Array;

  /** `bytes` is a power of two; 1 MiB unless given. */
  constructor(bytes = 1 << 20) {
    this.bytes = new Uint8Array(bytes);
    this.addressBits = Math.log2(bytes) - 1;
    this.powerOn();
  }

  /** After power-on it holds no data worth having: a fixed pattern, so that runs repeat. */
  powerOn(): void {
    const words = new Uint32Array(this.bytes.buffer);
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1);
  }

  read(address: number): number {
    return this.bytes[address * 2] | (this.bytes[address * 2 + 1] << 8);
  }

  write(address: number, value: number, lanes: number): void {
    if (lanes & 1) this.bytes[address * 2] = value;
    if (lanes & 2) this.bytes[address * 2 + 1] = value >>> 8;
  }
}
