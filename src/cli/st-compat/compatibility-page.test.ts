import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { serverOptions } from "./option-table.ts";

const page = readFileSync(new URL("../../../docs/st-compatibility.md", import.meta.url), "utf8");

it("lists exactly the options that have no effect yet", () => {
  const section = page.split("## Options without effect yet")[1].split("\n## ")[0];
  const listed = [...section.matchAll(/`--([a-z_-]+)`(?= \|)/g)].map((match) => match[1]).sort();
  const inTable = serverOptions.filter(({ noEffectYet }) => noEffectYet !== undefined).map(({ long }) => long);
  expect(listed).toEqual(inTable.sort());
});

it("describes every option of our own", () => {
  for (const { long } of serverOptions.filter(({ ours }) => ours)) expect(page).toContain(`--${long}`);
});
