import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf } from "../../test/formats/failure.ts";
import { findProjectFiles } from "./project-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text = "x", seconds?: number): void {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, text);
  if (seconds !== undefined) utimesSync(full, seconds, seconds);
}

const limits = { depth: 4, entries: 100, textBytes: 1000, binaryBytes: 1000, programs: 2 };

test("texts and programs are read, other files are listed, folders of tools are passed over", () => {
  put("a.ioc", "Mcu.Family=x");
  put("Core/Src/main.c");
  put(".vscode/launch.json", "{}");
  put("Debug/a.elf", "\x7fELF");
  put("node_modules/x/b.ioc");
  put(".git/c.ioc");
  const { files, complete, notes } = findProjectFiles(folder);
  expect(files.map(({ path, text, bytes }) => [path, text, bytes?.length]).sort()).toEqual([
    [".vscode/launch.json", "{}", undefined],
    ["Core/Src/main.c", undefined, undefined],
    ["Debug/a.elf", undefined, 4],
    ["a.ioc", "Mcu.Family=x", undefined],
  ]);
  expect([complete, notes]).toEqual([true, []]);
});

test("links that lead round in a circle, or nowhere, do no harm", () => {
  put("sub/a.ioc");
  symlinkSync(folder, join(folder, "sub", "round"));
  symlinkSync(join(folder, "sub"), join(folder, "again"));
  symlinkSync(join(folder, "nowhere"), join(folder, "broken.ioc"));
  const { files, complete } = findProjectFiles(folder, limits);
  expect(files.map(({ path }) => path)).toEqual(["again/a.ioc"]);
  expect(complete).toBe(true);
});

test("too deep, too many, too large: left out, and said so", () => {
  put("1/2/3/4/5/deep.ioc");
  put("large.ioc", "x".repeat(2000));
  const deep = findProjectFiles(folder, limits);
  expect(deep.complete).toBe(false);
  expect(deep.notes).toEqual([
    "1/2/3/4/5 is too deep down and was not looked at",
    "large.ioc is too large to be read (2000 bytes)",
  ]);
  for (let count = 0; count < 120; count++) put(`many/${count}.txt`);
  const many = findProjectFiles(folder, limits);
  expect(many.complete).toBe(false);
  expect(many.files.length).toBeLessThanOrEqual(100);
  expect(many.notes).toContain("the project has more than 100 files; the rest was not looked at");
});

test("of many programs the newest are read", () => {
  for (const [index, name] of ["old", "newer", "newest"].entries()) put(`${name}.elf`, "x", 1000 + index);
  const read = findProjectFiles(folder, limits).files.filter(({ bytes }) => bytes !== undefined);
  expect(read.map(({ path }) => path)).toEqual(["newer.elf", "newest.elf"]);
});

test("what must not be read is left out (root may read everything)", () => {
  put("closed/a.ioc");
  put("a.ioc");
  put("secret.ioc");
  chmodSync(join(folder, "closed"), 0);
  chmodSync(join(folder, "secret.ioc"), 0);
  try {
    const { files, notes, complete } = findProjectFiles(folder, limits);
    expect(files.find(({ path }) => path === "a.ioc")?.text).toBe("x");
    if (process.getuid?.() !== 0) {
      expect(complete).toBe(false);
      expect(notes).toEqual(["the folder closed cannot be read (EACCES)", "secret.ioc cannot be read (EACCES)"]);
    }
  } finally {
    chmodSync(join(folder, "closed"), 0o755);
  }
});

test("no folder, or a file in its place", () => {
  put("a.ioc");
  expect(failureOf(() => findProjectFiles(join(folder, "none"))).code).toBe("project-folder-missing");
  expect(failureOf(() => findProjectFiles(join(folder, "a.ioc"))).message).toContain("is a file");
});
