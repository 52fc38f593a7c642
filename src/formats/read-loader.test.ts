import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildWithGcc, stldrScripts, stldrSource } from "../../test/formats/build-loader.ts";
import { buildElf } from "../../test/formats/elf-builder.ts";
import { failureOf } from "../../test/formats/failure.ts";
import { flmSample, iarSample, keilSample, pattern } from "../../test/formats/loader-samples.ts";
import { readFlm } from "./flm.ts";
import { readLoader } from "./read-loader.ts";
import { readStldr } from "./stldr.ts";

const program = (path: string) => new Uint8Array(readFileSync(new URL(`../../firmware/${path}`, import.meta.url)));
const edited = (bytes: Uint8Array, edits: Record<number, number>): Uint8Array => {
  const copy = bytes.slice();
  for (const [at, value] of Object.entries(edits)) copy[Number(at)] = value;
  return copy;
};

describe("readLoader", () => {
  it("goes by what describes the memory, not by the name", () => {
    expect(readLoader(iarSample(), "loader.FLM").format).toBe("stldr");
    expect(readLoader(keilSample(), "loader").format).toBe("stldr");
    expect(readLoader(flmSample(), "algorithm.stldr").format).toBe("flm");
  });

  it.each([
    ["text", new Uint8Array(Buffer.from("<html>not found</html>")), /not an ELF file/],
    ["nothing", new Uint8Array(0), /not an ELF file/],
    ["big-endian", edited(iarSample(), { 5: 2, 18: 0, 19: 40 }), /it is big-endian, for ARM/],
    ["x86-64", edited(iarSample(), { 4: 2, 18: 62 }), /64-bit file for x86-64/],
    ["RISC-V", edited(iarSample(), { 18: 243 }), /for RISC-V/],
    ["an object file", edited(iarSample(), { 16: 1 }), /not linked yet/],
  ])("calls %s foreign", (_what, bytes, message) => {
    const error = failureOf(() => readLoader(bytes, "x.stldr"));
    expect(error.code).toBe("loader-foreign");
    expect(error.message).toMatch(/^x\.stldr can't be used as a memory loader: it /);
    expect(error.message).toMatch(message);
  });

  it("calls a file that is cut short broken", () => {
    const bytes = iarSample();
    const error = failureOf(() => readLoader(bytes.subarray(0, bytes.length - 1), "x.stldr"));
    expect(error.code).toBe("loader-malformed");
    expect(error.message).toMatch(/is cut short/);
  });

  it("knows an ordinary program by its vector table", () => {
    for (const path of ["blinky/blinky.elf", "inspect/inspect.elf"]) {
      const error = failureOf(() => readLoader(program(path), "x.stldr"));
      expect(error.code).toBe("loader-no-storage-info");
      expect(error.message).toMatch(/an ordinary program with a vector table at 0x08000000 in flash/);
      expect(error.facts.vectorTable).toBe(0x08000000);
    }
  });

  it("says that --gc-sections drops StorageInfo, and which functions are there", () => {
    const script = stldrScripts.gcc.replace("KEEP(*(.info))", "*(.info)");
    const error = buildWithGcc(stldrSource, script, (_path, bytes) => failureOf(() => readLoader(bytes, "x.stldr")), [
      "-Wl,--gc-sections",
    ]);
    expect(error.code).toBe("loader-no-storage-info");
    expect(error.facts.found).toBe("Init, Write, SectorErase");
    expect(error.facts.vectorTable).toBeUndefined();
    expect(error.remedy.join()).toMatch(/KEEP.*--gc-sections/);
  });

  it("says what a stripped loader lacks", () => {
    const stripped = buildWithGcc(stldrSource, stldrScripts.iar, (_path, bytes) => bytes, ["-s"]);
    expect(failureOf(() => readLoader(stripped, "x.stldr")).code).toBe("loader-stripped");
  });

  it("says for each format alone which symbol is missing", () => {
    expect(failureOf(() => readFlm(iarSample(), "x")).code).toBe("loader-no-flash-device");
    expect(failureOf(() => readStldr(flmSample(), "x")).code).toBe("loader-no-storage-info");
    const other = buildElf({
      sections: [{ name: "PrgCode", address: 0, data: pattern(16), flags: 6 }],
      programs: [{ address: 0, sections: ["PrgCode"] }],
      symbols: [{ name: "ProgramPage", value: 1, section: "PrgCode" }],
    });
    const error = failureOf(() => readLoader(other, "x"));
    expect(error.message).toMatch(/neither StorageInfo .* nor FlashDevice .* though it has ProgramPage/);
    expect(error.remedy[0]).toMatch(/DevDscr/);
  });
});
