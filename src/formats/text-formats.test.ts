import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isProbityError, ProbityError } from "../base/errors.ts";
import { readImage } from "./image.ts";
import { readIntelHex } from "./intel-hex.ts";
import type { Segment } from "./segments.ts";
import { readSrec } from "./srec.ts";

const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join("\r\n") + "\r\n");

function failure(run: () => unknown): ProbityError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProbityError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const pairs = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");

/** Writers of the two formats, for round trips: 16 bytes a record. */
function toIntelHex(segments: readonly Segment[]): Uint8Array {
  const lines: string[] = [];
  const record = (type: number, offset: number, data: readonly number[]): void => {
    const body = [data.length, offset >> 8, offset & 255, type, ...data];
    lines.push(`:${pairs([...body, -body.reduce((sum, byte) => sum + byte, 0) & 255])}`);
  };
  for (const { address, data } of segments) {
    let at = 0;
    while (at < data.length) {
      const here = address + at;
      record(4, 0, [here >>> 24, (here >>> 16) & 255]);
      const length = Math.min(16, data.length - at, 0x10000 - (here & 0xffff));
      record(0, here & 0xffff, [...data.subarray(at, at + length)]);
      at += length;
    }
  }
  lines.push(":00000001FF");
  return text(lines);
}

function toSrec(segments: readonly Segment[]): Uint8Array {
  const lines: string[] = [];
  const record = (type: string, address: number, data: readonly number[]): void => {
    const body = [
      data.length + 5,
      address >>> 24,
      (address >>> 16) & 255,
      (address >>> 8) & 255,
      address & 255,
      ...data,
    ];
    lines.push(`${type}${pairs([...body, ~body.reduce((sum, byte) => sum + byte, 0) & 255])}`);
  };
  for (const { address, data } of segments) {
    for (let at = 0; at < data.length; at += 16) record("S3", address + at, [...data.subarray(at, at + 16)]);
  }
  record("S7", 0x08000101, []);
  return text(lines);
}

/** Pieces in address order, at least a byte apart. */
const someSegments = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 0x20000 }), fc.uint8Array({ minLength: 1, maxLength: 100 })), {
    minLength: 1,
    maxLength: 6,
  })
  .chain((list) => fc.constantFrom(0, 0x08000000, 0x90000000, 0xffe00000).map((base) => ({ list, base })))
  .map(({ list, base }) => {
    let address = base;
    return list.map(([gap, data]): Segment => {
      const segment = { address: address + gap, data };
      address = segment.address + data.length;
      return segment;
    });
  });

const plain = (segments: readonly Segment[]): unknown => segments.map(({ address, data }) => [address, [...data]]);

describe("Intel HEX", () => {
  const good = [":020000040800F2", ":0400000000500020" + "8C", ":0400000508000101ED", ":00000001FF"];

  it("reads records, their base and the start address", () => {
    const image = readIntelHex(text(good), "a.hex");
    expect(plain(image.segments)).toEqual([[0x08000000, [0, 0x50, 0, 0x20]]]);
    expect(image.entry).toBe(0x08000101);
  });

  it("gives back what was written, up to the end of the address space", () => {
    fc.assert(
      fc.property(someSegments, (segments) => {
        expect(plain(readIntelHex(toIntelHex(segments), "a.hex").segments)).toEqual(plain(segments));
      }),
      { numRuns: 200 },
    );
  });

  it("reads segment base records", () => {
    const lines = [":020000021000EC", ":0100100055" + "9A", ":00000001FF"];
    expect(plain(readIntelHex(text(lines), "a.hex").segments)).toEqual([[0x10010, [0x55]]]);
  });

  it.each([
    [2, ":04000000005000208D", /checksum is 0x8d and should be 0x8c/],
    [2, ":05000000005000208B", /announces 5 data bytes and has 4/],
    [2, ":0400000900500020" + "83", /no record type 9/],
    [2, "04000000005000208C", /begins with a colon/],
    [2, ":0400zz", /pairs of hexadecimal digits/],
    [1, ":0300000408000" + "0F1", /carries 2 bytes/],
  ])("names line %i of a bad record %s", (line, record, message) => {
    const error = failure(() => readIntelHex(text(good.map((old, i) => (i === line - 1 ? record : old))), "a.hex"));
    expect(error.code).toBe("hex-malformed");
    expect(error.message).toContain(`a.hex, line ${line}: `);
    expect(error.message).toMatch(message);
  });

  it("tells a cut file, more after the end, an empty file, and an overlap", () => {
    expect(failure(() => readIntelHex(text(good.slice(0, 3)), "a.hex")).message).toMatch(/line 3: .*cut short/);
    expect(failure(() => readIntelHex(text([...good, "", good[1]]), "a.hex")).message).toMatch(/line 6: there is more/);
    expect(failure(() => readIntelHex(text([]), "a.hex")).message).toMatch(/empty/);
    expect(failure(() => readIntelHex(text([...good.slice(0, 2), ...good]), "a.hex")).code).toBe("image-overlap");
    const twice = [good[0], good[1], good[1], good[3]];
    expect(failure(() => readIntelHex(text(twice), "a.hex")).message).toMatch(/line 3: an earlier record/);
  });
});

describe("S-records", () => {
  const good = ["S0030000FC", "S3090800000000500020" + "7E", "S5030001FB", "S70508000101F0"];

  it("reads records and the start address", () => {
    const image = readSrec(text(good), "a.srec");
    expect(plain(image.segments)).toEqual([[0x08000000, [0, 0x50, 0, 0x20]]]);
    expect(image.entry).toBe(0x08000101);
  });

  it("gives back what was written", () => {
    fc.assert(
      fc.property(someSegments, (segments) => {
        expect(plain(readSrec(toSrec(segments), "a.srec").segments)).toEqual(plain(segments));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [2, "S30908000000005000207F", /checksum is 0x7f and should be 0x7e/],
    [2, "S30A08000000005000207D", /announces 10 bytes and has 9/],
    [2, "S4030000FC", /S4 excepted/],
    [3, "S5030002FA", /should hold 2 data records and holds 1/],
    [2, "S3030000FC", /address of 4 bytes/],
    [2, "S3090", /pairs/],
  ])("names line %i of a bad record %s", (line, record, message) => {
    const error = failure(() => readSrec(text(good.map((old, i) => (i === line - 1 ? record : old))), "a.srec"));
    expect(error.code).toBe("srec-malformed");
    expect(error.message).toContain(`a.srec, line ${line}: `);
    expect(error.message).toMatch(message);
  });

  it("tells a cut file", () => {
    expect(failure(() => readSrec(text(good.slice(0, 2)), "a.srec")).message).toMatch(/line 2: .*cut short/);
  });
});

describe("readImage", () => {
  const segments = [{ address: 0x08000000, data: Uint8Array.of(1, 2, 3, 4) }];

  it("tells the formats by content", () => {
    expect(readImage(toIntelHex(segments), "a.bin").format).toBe("intel-hex");
    expect(readImage(toSrec(segments), "a").format).toBe("srec");
    expect(readImage(Uint8Array.of(1, 2), "a", { baseAddress: 0x08000000 })).toEqual({
      format: "binary",
      segments: [{ address: 0x08000000, data: Uint8Array.of(1, 2) }],
    });
  });

  it("takes a file by its name when its content is damaged", () => {
    expect(failure(() => readImage(Uint8Array.of(1, 2), "a.elf")).code).toBe("elf-foreign");
    expect(failure(() => readImage(Uint8Array.of(1, 2), "a.hex")).code).toBe("hex-malformed");
  });

  it("asks for the address of a binary, and refuses one that cannot be", () => {
    expect(failure(() => readImage(Uint8Array.of(1, 2), "a.bin")).code).toBe("image-needs-address");
    expect(failure(() => readImage(Uint8Array.of(1, 2), "a.bin", { baseAddress: 0xffffffff })).code).toBe(
      "image-address",
    );
    expect(failure(() => readImage(new Uint8Array(0), "a.bin")).code).toBe("image-empty");
  });

  it("throws nothing but ProbityError on damaged text", () => {
    for (const file of [toIntelHex(segments), toSrec(segments)]) {
      const edit = fc.tuple(fc.integer({ min: 0, max: file.length - 1 }), fc.integer({ min: 0, max: 255 }));
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
          const bytes = file.slice();
          for (const [at, value] of edits) bytes[at] = value;
          try {
            readImage(bytes, "a.hex");
          } catch (error) {
            if (!isProbityError(error)) throw error;
          }
        }),
        { numRuns: 500 },
      );
    }
  });
});
