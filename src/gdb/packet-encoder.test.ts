import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeBinary, framePacket, hexText, plainText, runLengthEncode } from "./packet-encoder.ts";

/** What GDB does with a reply: undo runs, then escapes. */
function runLengthDecode(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x2a) for (let n = bytes[++i] - 29; n > 0; n--) out.push(out[out.length - 1]);
    else out.push(bytes[i]);
  }
  return Uint8Array.from(out);
}

function undoEscapes(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i] === 0x7d ? bytes[++i] ^ 0x20 : bytes[i]);
  return Uint8Array.from(out);
}

describe("framePacket", () => {
  it("adds `$`, `#` and the sum of the bytes", () => {
    expect(Buffer.from(framePacket("OK")).toString("latin1")).toBe("$OK#9a");
    expect(Buffer.from(framePacket("")).toString("latin1")).toBe("$#00");
  });

  it("escapes bytes of binary payloads that mean something, and no others", () => {
    const bytes = Uint8Array.from([0x23, 0x24, 0x2a, 0x7d, 0x03, 0x41]);
    expect([...escapeBinary(bytes)]).toEqual([0x7d, 0x03, 0x7d, 0x04, 0x7d, 0x0a, 0x7d, 0x5d, 0x03, 0x41]);
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        expect(undoEscapes(escapeBinary(data))).toEqual(data);
      }),
    );
  });
});

describe("runLengthEncode", () => {
  it("writes the count as a printable byte that is neither `#` nor `$`", () => {
    expect(Buffer.from(runLengthEncode(Buffer.from("0000"))).toString("latin1")).toBe("0* ");
    for (let run = 1; run < 300; run++) {
      const encoded = runLengthEncode(new Uint8Array(run).fill(0x30));
      expect(encoded).not.toContain(0x23);
      expect(encoded).not.toContain(0x24);
      for (const byte of encoded) expect(byte >= 32 && byte <= 126).toBe(true);
      expect(runLengthDecode(encoded)).toHaveLength(run);
    }
  });

  it("is undone by the reader", () => {
    const runs = fc.array(fc.tuple(fc.constantFrom(0, 0x30, 0x66, 0xff, 0x23, 0x2a), fc.integer({ min: 1, max: 250 })));
    fc.assert(
      fc.property(runs, (parts) => {
        const data = Uint8Array.from(parts.flatMap(([byte, count]) => Array<number>(count).fill(byte)));
        expect(undoEscapes(runLengthDecode(runLengthEncode(escapeBinary(data))))).toEqual(data);
      }),
    );
  });
});

describe("texts", () => {
  it("leaves out of error texts what a packet must not hold", () => {
    expect(plainText("4 * 2 # {x} $y µs\n")).toBe("4 _ 2 _ {x_ _y  s ");
  });

  it("writes console text as digits of its UTF-8 bytes", () => {
    expect(hexText("é\n")).toBe("c3a90a");
  });
});
