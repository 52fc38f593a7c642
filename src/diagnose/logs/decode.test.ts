import { describe, expect, it } from "vitest";
import { encodingOf, LineSplitter } from "./decode.ts";

function lines(bytes: Uint8Array, piece = 5): string[] {
  const found: string[] = [];
  const splitter = new LineSplitter((line) => found.push(line));
  for (let at = 0; at < bytes.length; at += piece) splitter.push(bytes.subarray(at, at + piece));
  splitter.end();
  return found;
}

const utf16 = (text: string, big = false): Buffer => {
  const bytes = Buffer.from(text, "utf16le");
  return big ? bytes.swap16() : bytes;
};

describe("bytes to lines", () => {
  it("joins what pieces part, characters too", () => {
    expect(lines(Buffer.from("première\nzweite Größe\nlast"), 3)).toEqual(["première", "zweite Größe", "last"]);
  });

  it("knows encodings by their mark", () => {
    expect(lines(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16("a: 1\nb: 2\n")]), 7)).toEqual(["a: 1", "b: 2"]);
    expect(lines(Buffer.concat([Buffer.from([0xfe, 0xff]), utf16("a: 1\n", true)]), 99)).toEqual(["a: 1"]);
    expect(lines(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from("a: 1")]), 99)).toEqual(["a: 1"]);
  });

  it("knows encodings without a mark by their bytes", () => {
    expect(encodingOf(utf16("Device ID: 0x410\n"))).toBe("utf-16le");
    expect(encodingOf(utf16("Device ID: 0x410\n", true))).toBe("utf-16be");
    expect(encodingOf(Buffer.from("Größe", "latin1"))).toBe("windows-1252");
    expect(encodingOf(Buffer.from("Größe"))).toBe("utf-8");
    // A sample that ends inside a character is not broken.
    expect(encodingOf(Buffer.from("Größe").subarray(0, 3))).toBe("utf-8");
  });

  it("takes carriage returns as line ends where there is nothing else", () => {
    const text = "Device ID: 0x410\r".repeat(5000);
    expect(lines(Buffer.from(text), 0x40000).length).toBe(5000);
  });

  it("passes over a piece, with the line that it goes on with, and keeps the one that begins in it", () => {
    const found: string[] = [];
    const splitter = new LineSplitter((line) => found.push(line));
    splitter.push(Buffer.from("one\ntwo"));
    expect(splitter.bytewise).toBe(true);
    splitter.skip({ bytes: Buffer.from(" and a half\nthree\nfo"), lines: 2 });
    // A character that the last piece ended in is over as well.
    splitter.push(Buffer.from("ur\nfive \xc3", "latin1"));
    splitter.skip({ bytes: Buffer.from("x\nsi"), lines: 1 });
    splitter.skip({ bytes: Buffer.from("x"), lines: 0 });
    splitter.end();
    expect(found).toEqual(["one", "four", "six"]);
  });

  it("keeps only the start of a line that never ends", () => {
    const found = lines(Buffer.alloc(3_000_000, 0x78), 0x10000);
    expect(found.length).toBe(1);
    expect(found[0].length).toBeLessThanOrEqual(0x20000);
  });
});
