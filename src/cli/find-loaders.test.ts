import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLoader, listLoaderFiles, loaderFolders, openLoader, readLoaders } from "./find-loaders.ts";

const folder = mkdtempSync(join(tmpdir(), "probity-find-"));
const [cp, one, two] = ["cp", "one", "two"].map((name) => join(folder, name));
const real = fileURLToPath(new URL("../../firmware/loaders/bad/returns-0.stldr", import.meta.url));

beforeAll(() => {
  mkdirSync(join(cp, "ExternalLoader"), { recursive: true });
  mkdirSync(one);
  mkdirSync(join(two, "folder.stldr"), { recursive: true });
  for (const place of [join(cp, "ExternalLoader"), one, two]) copyFileSync(real, join(place, "everywhere.stldr"));
  copyFileSync(real, join(two, "second.FLM"));
  writeFileSync(join(one, "broken.stldr"), "x");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("loaders by name", () => {
  const folders = loaderFolders(cp, [one, two].join(delimiter));

  it("are looked for in ExternalLoader of -cp, then PROBITY_LOADERS, then the working folder", () => {
    expect(folders).toEqual([join(cp, "ExternalLoader"), one, two, "."]);
    expect(loaderFolders("", undefined)).toEqual(["."]);
    expect(findLoader("everywhere.stldr", folders)).toBe(join(cp, "ExternalLoader", "everywhere.stldr"));
    expect(findLoader("everywhere.stldr", folders.slice(1))).toBe(join(one, "everywhere.stldr"));
    expect(findLoader("second.FLM", folders)).toBe(join(two, "second.FLM"));
  });

  it("are taken as they are when they are paths", () => {
    expect(findLoader(join(two, "second.FLM"), [])).toBe(join(two, "second.FLM"));
    expect(openLoader(real, []).device.name).toBe("RETURNS-0_IMAGINARY-BOARD");
  });

  it("that are nowhere are reported with where they were looked for, and what there is", () => {
    for (const name of ["nosuch.stldr", ""]) {
      expect(() => findLoader(name, folders)).toThrow(
        expect.objectContaining({
          code: "loader-not-found",
          message: name === "" ? expect.stringMatching(/name is empty/) : "There is no external loader nosuch.stldr.",
          facts: expect.objectContaining({ loader: name, searched: expect.stringContaining(one) }),
          remedy: expect.arrayContaining([
            expect.stringContaining("There are: everywhere.stldr, broken.stldr, second.FLM"),
          ]),
        }),
      );
    }
    expect(() => findLoader(join(one, "nosuch.stldr"), folders)).toThrow(
      expect.objectContaining({
        remedy: expect.arrayContaining(["In that folder are: broken.stldr, everywhere.stldr."]),
      }),
    );
  });

  it.each([
    ["Everywhere.STLDR", "everywhere.stldr"],
    ["everywhere", "everywhere.stldr"],
    ["second.stldr", "second.FLM"],
    ["evrywere.stldr", "everywhere.stldr"],
    [join("one", "BROKEN"), "broken.stldr"],
  ])("that are called nearly so are proposed: %s", (name, near) => {
    const wanted = name.includes("one") ? join(folder, name) : name;
    expect(() => findLoader(wanted, folders)).toThrow(
      expect.objectContaining({ remedy: expect.arrayContaining([`Did you mean ${near}?`]) }),
    );
  });

  it("that are no files are called what they are", () => {
    const pipe = join(folder, "pipe.stldr");
    execFileSync("mkfifo", [pipe]);
    for (const [name, kind, remedy] of [
      ["folder.stldr", "a folder", "No loader is in it."],
      [one, "a folder", "In it are: broken.stldr, everywhere.stldr."],
      [pipe, "a pipe", "Name the loader's file itself (.stldr or .FLM)."],
      ["/dev/null", "a device", "Name the loader's file itself (.stldr or .FLM)."],
    ]) {
      expect(() => openLoader(name, folders)).toThrow(
        expect.objectContaining({
          code: "loader-unreadable",
          message: `The external loader ${name} is ${kind}, not a file.`,
          remedy: expect.arrayContaining([remedy]),
        }),
      );
    }
  });

  it("are counted where there are many", () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (let i = 0; i < 11; i++) writeFileSync(join(many, `loader-${i}.stldr`), "x");
    expect(() => findLoader("zzz", [many])).toThrow(
      expect.objectContaining({
        remedy: expect.arrayContaining([expect.stringMatching(/^There are: .* and 3 more\.$/)]),
      }),
    );
  });

  it("are listed once, each from the first folder that has it", () => {
    expect(listLoaderFiles([join(cp, "ExternalLoader"), one, two, join(folder, "missing")])).toEqual([
      join(cp, "ExternalLoader", "everywhere.stldr"),
      join(one, "broken.stldr"),
      join(two, "second.FLM"),
    ]);
    const read = readLoaders([one]);
    expect(read.map(({ loader }) => loader?.device.name)).toEqual([undefined, "RETURNS-0_IMAGINARY-BOARD"]);
    expect(read[0].problem).toMatch(/not an ELF file/);
  });

  it("are found all the same when one of the folders is a file, is missing, or holds links that lead nowhere", () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "x");
    const odd = join(folder, "odd");
    mkdirSync(odd);
    symlinkSync("round.stldr", join(odd, "round.stldr"));
    symlinkSync("gone.stldr", join(odd, "dangling.stldr"));
    const strange = [file, join(folder, "missing"), odd];
    expect(findLoader("second.FLM", [...strange, two])).toBe(join(two, "second.FLM"));
    expect(listLoaderFiles([...strange, one])).toEqual([join(one, "broken.stldr"), join(one, "everywhere.stldr")]);
    for (const name of ["round.stldr", "dangling.stldr"]) {
      expect(() => openLoader(name, strange)).toThrow(expect.objectContaining({ code: "loader-not-found" }));
    }
  });

  it("by a path that leads nowhere are reported with that path alone", () => {
    const path = join(one, "nosuch.stldr");
    expect(() => findLoader(path, folders)).toThrow(
      expect.objectContaining({ code: "loader-not-found", facts: { loader: path, searched: path } }),
    );
  });

  it("are not read when they are larger than any loader", () => {
    const path = join(folder, "huge.stldr");
    writeFileSync(path, "");
    truncateSync(path, 65 * 1024 * 1024);
    expect(() => openLoader(path, [])).toThrow(
      expect.objectContaining({ code: "loader-unreadable", facts: expect.objectContaining({ path }) }),
    );
  });
});
