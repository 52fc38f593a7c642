import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/diagnose/catalogue/catalogue.ts";
import { findingPage, findingPages } from "../../src/diagnose/catalogue/finding-page.ts";

const folder = fileURLToPath(new URL("../../docs/findings/", import.meta.url));
const kinds = Object.values(catalogue).flat();

describe("the pages of the findings", () => {
  it("are those of the catalogue, word for word (npm run finding-pages writes them)", () => {
    const pages = findingPages();
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
    for (const [name, text] of pages) expect(readFileSync(`${folder}${name}`, "utf8"), name).toBe(text);
  });

  it("show a value to be filled in as a word, and no mark of the text as markup", () => {
    const page = findingPage({
      code: "x",
      title: "X",
      cause: "{volts} V at <VTref>",
      how: "Read.",
      remedy: ["Set a_b."],
    });
    expect(page).toContain("> *volts* V at \\<VTref\\>");
    expect(page).toContain("1. Set a\\_b.");
  });

  it("leave code as it is to be typed, with a value to be filled in in capitals", () => {
    const text = "Use `info line *{place}` and `hla_swd`, not a_b.";
    const page = findingPage({ code: "x", title: "X", cause: "Y.", how: "Read.", remedy: [text] });
    expect(page).toContain("1. Use `info line *PLACE` and `hla_swd`, not a\\_b.");
  });

  it("have the closer causes, each with its own remedies", () => {
    const details = [{ name: "STKERR", cause: "the stack{where} was full", remedy: ["Enlarge it."] }];
    const page = findingPage({ code: "x", title: "X", cause: "Y.", how: "Read.", remedy: ["Look."], details });
    expect(page).toContain("### `STKERR`\n\nThe stack was full.\n\n1. Enlarge it.");
  });
});

describe("the catalogue", () => {
  it("has each code once, in kebab-case", () => {
    const codes = kinds.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it.each(kinds.map((kind) => [kind.code, kind] as const))(
    "says of %s what it is, how it is known, and what to do",
    (_, kind) => {
      expect(kind.title).toMatch(/^\S.*[^.]$/);
      for (const text of [kind.cause, ...Object.values(kind.variants ?? {})]) expect(text).toMatch(/[.}]$/);
      expect(kind.how.length).toBeGreaterThan(40);
      if (kind.severity !== "note") expect(kind.remedy.length).toBeGreaterThan(0);
    },
  );
});
