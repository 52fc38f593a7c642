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

  it("that are nowhere, or folders, are reported with where they were looked for", () => {
    for (const name of ["nosuch.stldr", "folder.stldr"]) {
      expect(() => findLoader(name, folders)).toThrow(
        expect.objectContaining({
          code: "loader-not-found",
          facts: expect.objectContaining({ loader: name, searched: expect.stringContaining(one) }),
          remedy: expect.arrayContaining([expect.stringContaining("everywhere.stldr")]),
        }),
      );
    }
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
