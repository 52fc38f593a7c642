import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");

/** Headings of a page that stand outside its code blocks, as the anchors that GitHub gives them, with their text. */
function sections(page: string): Map<string, string> {
  const found = new Map<string, string>();
  let name = "";
  let code = false;
  for (const line of page.split("\n")) {
    if (line.startsWith("```")) code = !code;
    const heading = code ? null : /^#+ (.*)$/.exec(line);
    if (heading === null) {
      found.set(name, `${found.get(name) ?? ""}${line}\n`);
    } else {
      name = heading[1]
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");
      expect([...found.keys()], `two sections are called ${name}`).not.toContain(name);
      found.set(name, "");
    }
  }
  return found;
}

const table = (sections(read("README.md")).get("which-tool-can-drive-what") ?? "")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const rows = table.slice(2);
const page = sections(read("docs/tools.md"));

describe("the README's table of tools", () => {
  it("has a cell for each way in each row, and each is yes, not tried or impossible", () => {
    expect(rows.length).toBeGreaterThan(8);
    for (const [tool, ...cells] of rows) {
      expect(cells, tool).toHaveLength(table[0].length - 1);
      for (const cell of cells) expect(cell, tool).toMatch(/^(–|\[(yes|not tried)\]\(docs\/tools\.md#[a-z0-9-]+\))$/);
    }
  });

  it("leads from each yes to a section with a command and its output, and from the rest to what is said of it", () => {
    for (const [tool, ...cells] of rows) {
      for (const cell of cells) {
        const link = /^\[(.*)\]\(docs\/tools\.md#(.*)\)$/.exec(cell);
        if (link === null) continue;
        const text = page.get(link[2]);
        expect(text, `${tool}: docs/tools.md has no section ${link[2]}`).toBeDefined();
        if (link[1] === "yes") expect(text, tool).toMatch(/^```\n\$ .+?\n[^$\n].*?\n```$/ms);
        else expect(link[2], tool).toBe("not-tried-here");
      }
    }
  });

  it("leaves out no section about a tool", () => {
    const linked = new Set(rows.flat().flatMap((cell) => /#([a-z0-9-]+)\)$/.exec(cell)?.[1] ?? []));
    const about = [...page.keys()].filter((name) => /^(openocd|gdb|st-|pyocd|probity)./.test(name));
    expect(about.length).toBeGreaterThan(8);
    for (const name of about) expect(linked, name).toContain(name);
  });
});
