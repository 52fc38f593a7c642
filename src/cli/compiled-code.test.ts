import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compiledCodeFile, compiledCodeFolder, keepCompiledCode, keptCompiledCode } from "./compiled-code.ts";

const compiled = { code: Buffer.from("compiled"), settled: false };

let folder: string;
let file: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "probity-code-")), "probity");
  file = compiledCodeFile(folder, "cli", "0123");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(join(folder, ".."), { recursive: true });
});

test("each system's place for what can be made again is used, and none where it is not known or not wanted", () => {
  expect(compiledCodeFolder({ HOME: "/home/a", XDG_CACHE_HOME: "/c" }, "linux")).toBe(join("/c", "probity"));
  expect(compiledCodeFolder({ HOME: "/home/a" }, "linux")).toBe(join("/home/a", ".cache", "probity"));
  expect(compiledCodeFolder({ HOME: "/Users/a" }, "darwin")).toBe(join("/Users/a", "Library", "Caches", "probity"));
  expect(compiledCodeFolder({ LOCALAPPDATA: "/l", HOME: "/h" }, "win32")).toBe(join("/l", "probity", "Cache"));
  expect(compiledCodeFolder({}, "linux")).toBeUndefined();
  expect(compiledCodeFolder({ HOME: "/h" }, "win32")).toBeUndefined();
  expect(compiledCodeFolder({ HOME: "/home/a", NODE_DISABLE_COMPILE_CACHE: "1" }, "linux")).toBeUndefined();
});

test("what is kept comes back as it was, and for the same source alone", () => {
  keepCompiledCode(folder, file, compiled);
  expect(keptCompiledCode(file)).toEqual(compiled);
  keepCompiledCode(folder, file, { ...compiled, settled: true });
  expect(keptCompiledCode(file)).toEqual({ ...compiled, settled: true });
  expect(keptCompiledCode(compiledCodeFile(folder, "cli", "0124"))).toBeUndefined();
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a file that lacks its end is none", () => {
  keepCompiledCode(folder, file, compiled);
  const whole = readFileSync(file);
  for (const length of [0, 4, 8, whole.length - 4, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    expect(keptCompiledCode(file)).toBeUndefined();
  }
});

test("another user's file is not run", () => {
  keepCompiledCode(folder, file, compiled);
  vi.spyOn(process, "getuid").mockReturnValue(4711);
  expect(keptCompiledCode(file)).toBeUndefined();
});

test("where nothing can be kept nothing is, and nothing fails", () => {
  writeFileSync(folder, "a file where the folder should be");
  keepCompiledCode(folder, file, compiled);
  expect(keptCompiledCode(file)).toBeUndefined();
});

test("nobody but this user may read or change it", () => {
  const wanted = process.platform === "win32" ? 0o666 : 0o600;
  keepCompiledCode(folder, file, compiled);
  expect(statSync(file).mode & 0o777).toBe(wanted);
});

test("what was not written for a month goes, other files stay", () => {
  mkdirSync(folder);
  const [old, young, other] = ["cli-old.code", "cli-young.code", "other"].map((name) => join(folder, name));
  for (const each of [old, young, other]) writeFileSync(each, "");
  const past = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  for (const each of [old, other]) utimesSync(each, past, past);
  keepCompiledCode(folder, file, compiled);
  expect(readdirSync(folder).sort()).toEqual(["cli-young.code", "other", file.slice(folder.length + 1)].sort());
});
