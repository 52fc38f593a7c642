import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf } from "../../test/formats/failure.ts";
import { diagnoseProject } from "../diagnose/project/diagnose-project.ts";
import { type Disk, findProjectFiles } from "./project-files.ts";

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

const limits = { depth: 4, entries: 100, textBytes: 1000, binaryBytes: 1000, programs: 2, time: 60_000 };

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
    "1/2/3/4/5 is too deep down and not looked at",
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

/** A disk on which some paths are closed, as permissions do it: root may read everything. */
function closed(...names: string[]): Disk {
  const check = (path: string): void => {
    if (names.some((name) => path === join(folder, name))) throw Object.assign(new Error("no"), { code: "EACCES" });
  };
  return {
    list: (path) => {
      check(path);
      return readdirSync(path);
    },
    read: (path) => {
      check(path);
      return new Uint8Array(readFileSync(path));
    },
    now: () => 0,
  };
}

test("what must not be read is named, and no project with such a thing passes as healthy", () => {
  put("closed/a.ioc");
  put("a.ioc");
  put("secret.ioc");
  const { files, unread, complete } = findProjectFiles(folder, limits, closed("closed", "secret.ioc"));
  expect(files.find(({ path }) => path === "a.ioc")?.text).toBe("x");
  expect(complete).toBe(false);
  expect(unread).toEqual([
    { path: "closed/", why: "EACCES" },
    { path: "secret.ioc", why: "EACCES" },
  ]);
  const { findings } = diagnoseProject([{ path: "secret.ioc" }], { unread });
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["project-unreadable", "warning"]]);
  expect(findings[0].cause).toBe("closed/ and 1 more cannot be read: what is in there was not checked.");
  expect(failureOf(() => findProjectFiles(folder, limits, closed(""))).code).toBe("project-folder-unreadable");
});

test("a walk that takes too long ends, and says where", () => {
  for (let count = 0; count < 30; count++) put(`${count}/a.ioc`);
  let now = 0;
  const slow: Disk = { ...closed(), now: () => (now += 100) };
  const { complete, notes, files } = findProjectFiles(folder, { ...limits, time: 4500 }, slow);
  expect(complete).toBe(false);
  expect(notes).toEqual(["after 4.5 s and 46 files the rest was not looked at"]);
  expect(files.length).toBeLessThan(20);
});

test("where there is too much, what lies near the top was seen", () => {
  for (let count = 0; count < 120; count++) put(`a/${count}.txt`);
  put("z/board.ioc");
  put("z.ioc");
  expect(findProjectFiles(folder, limits).files.map(({ path }) => path)).toContain("z.ioc");
  expect(findProjectFiles(folder, { ...limits, entries: 122, depth: 0 }).notes).toEqual([
    "a and 1 more folders are too deep down and not looked at",
  ]);
});

test("a name that would write to the terminal is shown harmless, and its file is read", () => {
  put("a\x1b[2J.ioc", "Mcu.Family=x");
  expect(findProjectFiles(folder, limits).files).toMatchObject([{ path: "a?[2J.ioc", text: "Mcu.Family=x" }]);
});

test("no folder, or a file in its place", () => {
  put("a.ioc");
  expect(failureOf(() => findProjectFiles(join(folder, "none"))).code).toBe("project-folder-missing");
  expect(failureOf(() => findProjectFiles(join(folder, "a.ioc"))).message).toContain("is a file");
});
