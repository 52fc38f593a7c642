import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { remedyOf } from "./remedy-of.ts";

const folder = new URL(".", import.meta.url);

/** Every code that stands in a rule, whole; `loader-other-` is the beginning of two. */
const codes = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !/test|fixtures/.test(name))
  .flatMap((name) => [...readFileSync(new URL(name, folder), "utf8").matchAll(/"(loader-[a-z-]*[a-z])"/g)])
  .map(([, code]) => code);

describe("the codes of what a loader did", () => {
  it("all have their entry in the catalogue", () => {
    const known = Object.values(catalogue)
      .flat()
      .map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(50);
    expect([...new Set(codes)].filter((code) => !known.includes(code))).toEqual([]);
    expect(known.length).toBe(new Set(known).size);
  });

  it("have remedies of the catalogue, whose names are filled in", () => {
    expect(remedyOf("loader-too-slow", { seconds: 60 })).toEqual([
      "Give it more time: --loader-timeout 60 (seconds). A mass erase can take minutes.",
    ]);
    expect(() => remedyOf("loader-too-slow")).toThrow(/needs a value for \{seconds\}/);
  });
});
