import { describe, expect, it } from "vitest";
import { HeldPieces } from "./held-pieces.ts";

const text = ({ bytes }: { bytes: Uint8Array }): string => Buffer.from(bytes).toString();

describe("the last pieces of a log", () => {
  it("are as many as hold the lines that are wanted", () => {
    const held = new HeldPieces();
    const given = ["a\nb\n", "c", "d\n", "e\nf\ng\n", "h"].flatMap((each) => held.add(Buffer.from(each), 3));
    expect(given.map(({ bytes, lines }) => [Buffer.from(bytes).toString(), lines])).toEqual([
      ["a\nb\n", 2],
      ["c", 0],
    ]);
    expect(held.take().map(text)).toEqual(["d\n", "e\nf\ng\n", "h"]);
    expect(held.take()).toEqual([]);
  });
});
