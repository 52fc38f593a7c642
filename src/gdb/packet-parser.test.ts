import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framePacket } from "./packet-encoder.ts";
import { type Frame, PacketParser } from "./packet-parser.ts";

function parse(bytes: Uint8Array, cuts: readonly number[] = [], maximum = 1000): Frame[] {
  const parser = new PacketParser(maximum);
  const frames: Frame[] = [];
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...points, bytes.length]) {
    frames.push(...parser.feed(bytes.subarray(from, to)));
    from = to;
  }
  return frames;
}

const text = (value: string): Uint8Array => Buffer.from(value, "latin1");
const packet = (value: string): Frame => ({ kind: "packet", payload: new Uint8Array(text(value)) });

describe("PacketParser", () => {
  it("takes acknowledgements, an interrupt and a packet out of one stretch", () => {
    expect(parse(text("+-\x03$g#67"))).toEqual([{ kind: "ack" }, { kind: "nack" }, { kind: "interrupt" }, packet("g")]);
  });

  it("finds the same packets wherever the stream is cut", () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(), { maxLength: 12 }), (wanted, cuts) => {
        const stream = Buffer.concat(wanted.map((payload) => framePacket(payload)));
        expect(parse(stream, cuts)).toEqual(wanted.map((payload) => ({ kind: "packet", payload })));
      }),
    );
  });

  it("never takes a damaged byte inside a packet for good", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (payload, at, xor) => {
          const frame = framePacket(payload);
          const position = 1 + (at % (frame.length - 4));
          const damaged = frame.slice();
          damaged[position] ^= xor;
          // A `$` or `#` that appears or goes moves the boundaries; everything else must fail the checksum.
          const boundary = [0x23, 0x24].includes(damaged[position]);
          const kinds = parse(damaged).map((frame) => frame.kind);
          if (!boundary) expect(kinds).toEqual(["bad-checksum"]);
        },
      ),
    );
  });

  it("goes on after any noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        // A fresh `$` begins a packet whatever came before, unless two checksum digits are still awaited.
        const stream = Buffer.concat([noise, text("$#00"), text("$qC#b4")]);
        expect(parse(stream).at(-1)).toEqual(packet("qC"));
      }),
    );
  });

  it("says a wrong checksum, also one that is no number", () => {
    expect(parse(text("$g#68$g#zz$g#67"))).toEqual([{ kind: "bad-checksum" }, { kind: "bad-checksum" }, packet("g")]);
  });

  it("takes checksums in capital digits", () => {
    expect(parse(text("$vCont?#49$O#4F"))).toEqual([packet("vCont?"), packet("O")]);
  });

  it("begins anew at a `$` inside a packet", () => {
    expect(parse(text("$m20000$g#67"))).toEqual([packet("g")]);
  });

  it("takes 0x03 inside a packet for data", () => {
    expect(parse(framePacket(Uint8Array.of(0x58, 3, 3)))).toEqual([
      { kind: "packet", payload: Uint8Array.of(0x58, 3, 3) },
    ]);
  });

  it("refuses a packet that is too long and takes the next", () => {
    const long = framePacket("m".repeat(101));
    const wrong = long.slice();
    wrong[5] ^= 1;
    const stream = Buffer.concat([framePacket("m".repeat(100)), long, wrong, text("$g#67")]);
    expect(parse(stream, [], 100)).toEqual([
      packet("m".repeat(100)),
      { kind: "oversized", valid: true },
      { kind: "oversized", valid: false },
      packet("g"),
    ]);
  });

  it("refuses an escape without its byte", () => {
    expect(parse(text("$ab}#40"))).toEqual([{ kind: "bad-checksum" }]);
  });
});
