import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readU32 } from "../../base/bytes.ts";
import { type FlashCommand, type Payload, packPayloads, TAIL_BYTES } from "./commands.ts";

/** Reads a payload back as the target does. */
function decode(payload: Payload): { commands: FlashCommand[]; ends: boolean } {
  const { bytes } = payload;
  const commands: FlashCommand[] = [];
  let at = 0;
  let sums = 0;
  const word = (): number => readU32(bytes, (at += 4) - 4);
  for (;;) {
    const number = word();
    switch (number) {
      case 0:
      case 6:
        expect(at).toBe(bytes.length - TAIL_BYTES);
        expect(payload.sums).toBe(sums);
        return { commands, ends: number === 6 };
      case 1:
        commands.push({ kind: "select", controller: word() });
        break;
      case 2:
        commands.push({ kind: "erase", address: word(), pages: word(), pageSize: word() });
        break;
      case 3:
        commands.push({ kind: "mass-erase" });
        break;
      case 4: {
        const address = word();
        const length = 2 * word();
        commands.push({ kind: "program", address, data: bytes.slice(at, at + length) });
        at = (at + length + 3) & ~3;
        break;
      }
      case 5: {
        commands.push({ kind: "checksum", address: word(), length: word(), count: word() });
        expect(payload.sumAddresses).toContain(at);
        expect(word()).toBe(4 * sums);
        sums += (commands.at(-1) as { count: number }).count;
        break;
      }
      default:
        throw new Error(`command ${number} at ${at - 4}`);
    }
  }
}

const words = fc.nat(0xffffff);
const command: fc.Arbitrary<FlashCommand> = fc.oneof(
  fc.record({ kind: fc.constant("select" as const), controller: words }),
  fc.record({
    kind: fc.constant("erase" as const),
    address: words,
    pages: fc.integer({ min: 1, max: 64 }),
    pageSize: words,
  }),
  fc.constant({ kind: "mass-erase" as const }),
  fc.record({
    kind: fc.constant("program" as const),
    address: words.map((value) => value * 2),
    data: fc.uint8Array({ minLength: 1, maxLength: 700 }).map((bytes) => Uint8Array.from([...bytes, ...bytes])),
  }),
  fc.record({
    kind: fc.constant("checksum" as const),
    address: words,
    length: fc.nat(0xffff),
    count: fc.integer({ min: 1, max: 300 }),
  }),
);

/** Programming as single half-words and checksums as single stretches, so that it does not matter how they were cut. */
function plain(commands: readonly FlashCommand[]): unknown[] {
  return commands.flatMap((each): unknown[] => {
    if (each.kind === "checksum") {
      return Array.from({ length: each.count }, (_, i) => ["sum", each.address + i * each.length, each.length]);
    }
    if (each.kind !== "program") return [each];
    return Array.from({ length: each.data.length / 2 }, (_, i) => [
      each.address + 2 * i,
      each.data[2 * i],
      each.data[2 * i + 1],
    ]);
  });
}

describe("packPayloads", () => {
  it("keeps every command, in order, within the capacity", () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 12 }),
        fc.integer({ min: 32, max: 200 }),
        fc.boolean(),
        (list, size, end) => {
          const capacity = 8 * size;
          const payloads = packPayloads(list, { bytes: capacity, sums: 100 }, end);
          const decoded = payloads.map(decode);
          expect(plain(decoded.flatMap(({ commands }) => commands))).toEqual(plain(list));
          expect(decoded.map(({ ends }) => ends)).toEqual(payloads.map((_, i) => end && i === payloads.length - 1));
          const data = payloads.reduce((sum, { work }) => sum + 2 * work.halfWords, 0);
          for (const { bytes, work, sums } of payloads) {
            expect(bytes.length).toBeLessThanOrEqual(capacity);
            expect(bytes.length % 4).toBe(0);
            expect(sums).toBeLessThanOrEqual(100);
            // The host sends the rest while the target erases.
            if (data > 2048) expect(work.pages + work.massErases === 0 || work.halfWords === 0).toBe(true);
          }
        },
      ),
    );
  });

  it("fills slots to the last word", () => {
    const payloads = packPayloads(
      [{ kind: "program", address: 0, data: new Uint8Array(64 * 1024).fill(1) }],
      { bytes: 6144, sums: 1 },
      true,
    );
    expect(payloads.length).toBe(11);
    expect(payloads.slice(0, -1).every(({ bytes }) => bytes.length === 6144)).toBe(true);
  });
});
