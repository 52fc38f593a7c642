import { describe, expect, it } from "vitest";
import { WordTrie } from "./word-trie.ts";

const trie = new WordTrie([
  ["error", 1],
  ["error in", 2],
  ["in start", 3],
  ["error", 4],
  ["_a", 5],
  ["zu groß", 6],
]);

function found(text: string, from = 0): [number, ...number[]][] {
  const all: [number, ...number[]][] = [];
  trie.find(
    text,
    (values, at) => {
      all.push([at, ...values]);
      return false;
    },
    from,
  );
  return all;
}

describe("words in a text", () => {
  it("are found where a word begins, the shorter ones of a place first", () => {
    expect(found("an error in start")).toEqual([
      [3, 1, 4],
      [3, 2],
      [9, 3],
    ]);
    expect(found("terror, 1error, _error, .error")).toEqual([[25, 1, 4]]);
    expect(found("_a a_a")).toEqual([[0, 5]]);
  });

  it("may end in the middle of one, and have letters of any kind", () => {
    expect(found("errors")).toEqual([[0, 1, 4]]);
    expect(found("ist zu groß")).toEqual([[4, 6]]);
    expect(found("ist zu gros")).toEqual([]);
    expect(found("erro\u4e00r")).toEqual([]);
  });

  it("are looked for from a place on, which may be inside of a word", () => {
    expect(found("error error", 1)).toEqual([[6, 1, 4]]);
    expect(found("xerror", 1)).toEqual([]);
  });

  it("are looked for no longer than they are wanted", () => {
    const places: number[] = [];
    const ended = trie.find("error, error", (_, at) => places.push(at) === 1);
    expect(ended).toBe(true);
    expect(places).toEqual([0]);
    expect(trie.find("nothing", () => true)).toBe(false);
  });

  it("may be none", () => {
    expect(new WordTrie<number>([]).find("error", () => true)).toBe(false);
  });
});
