import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MemoryPort } from "../coresight/memory-port.ts";
import { SavedMemory } from "./saved-memory.ts";

const SIZE = 64;

describe("SavedMemory", () => {
  it("gives back what was there, whatever was saved and overwritten in which order", async () => {
    const stretch = fc
      .tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(stretch, { maxLength: 8 }),
        fc.array(stretch, { maxLength: 3 }),
        async (saves, early) => {
          const memory = Uint8Array.from({ length: SIZE }, (_, i) => i);
          const port = {
            read: async (address: number, length: number) => memory.slice(address, address + length),
            write: async (address: number, data: Uint8Array) => memory.set(data, address),
          } as unknown as MemoryPort;
          const saved = new SavedMemory(port);
          for (const { start, end } of saves) {
            await saved.save(start, end - start);
            memory.fill(0xee, start, end);
          }
          for (const { start, end } of early) {
            const touched = memory.map((byte, i) => (byte === 0xee && i >= start && i < end ? 1 : 0));
            await saved.restore(start, end);
            for (let i = start; i < end; i++) if (touched[i] === 1) expect(memory[i]).toBe(i);
          }
          await saved.restore();
          expect([...memory]).toEqual(Array.from({ length: SIZE }, (_, i) => i));
        },
      ),
    );
  });

  it("gives single words as writes, once, and leaves what stands beside other memory to restore()", async () => {
    const writes: number[] = [];
    const port = {
      read: async (address: number, length: number) => Uint8Array.from({ length }, (_, i) => address + i),
      write: async (address: number) => writes.push(address),
    } as unknown as MemoryPort;
    const saved = new SavedMemory(port);
    await saved.save(0x10, 8);
    await saved.save(0x20, 4);
    await saved.save(0x24, 12);
    expect(saved.takeWords()).toEqual([
      { kind: "write", address: 0x10, value: 0x13121110 },
      { kind: "write", address: 0x14, value: 0x17161514 },
    ]);
    expect(saved.takeWords()).toEqual([]);
    await saved.restore();
    expect(writes).toEqual([0x20]);
  });

  it("writes neighbours back in one write", async () => {
    const writes: number[][] = [];
    const port = {
      read: async (_: number, length: number) => new Uint8Array(length),
      write: async (address: number, data: Uint8Array) => void writes.push([address, data.length]),
    } as unknown as MemoryPort;
    const saved = new SavedMemory(port);
    await saved.save(20, 4);
    saved.put(16, new Uint8Array(4));
    await saved.save(24, 8);
    await saved.restore();
    expect(writes).toEqual([[16, 16]]);
  });
});
