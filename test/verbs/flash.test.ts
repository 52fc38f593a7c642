import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readImage } from "../../src/formats/image.ts";
import { intelHexOf, srecOf } from "../../src/formats/write-image.ts";
import {
  bluepill,
  file,
  freshBoards,
  json,
  keepBoard,
  otherProgram,
  patchedElf,
  pathOf,
  program,
  run,
  running,
} from "./bench.ts";

const [segment] = readImage(readFileSync(program), program).segments;
const { address: base, data: content } = segment;
/** Tag_CPU_arch v7, Tag_CPU_arch_profile M, as they stand in the build attributes. */
const architecture = [6, 10, 7, 0x4d];

afterEach(freshBoards);

describe("flash", () => {
  it.each([
    ["ELF", () => [program]],
    ["Intel HEX", () => [file("a.hex", intelHexOf(base, content))]],
    ["S-record", () => [file("a.srec", srecOf(base, content))]],
    ["raw binary", () => [file("a.bin", content), "--address", "0x08000000"]],
  ])("programs %s, and a second time finds nothing to do", async (_, words) => {
    const board = keepBoard();
    const first = await json(["flash", ...words(), "--verify", "--probe", bluepill]);
    expect(first.document).toMatchObject({ imageBytes: content.length, verified: true, running: false });
    expect(Buffer.from(board.flash().subarray(0, content.length)).equals(Buffer.from(content))).toBe(true);
    const second = await json(["flash", ...words(), "--probe", bluepill]);
    expect(second.document.memories).toEqual([
      { memory: "internal flash", sectorsErased: 0, sectorsSkipped: 4, bytesProgrammed: 0 },
    ]);
    const full = await json(["flash", ...words(), "--full", "--probe", bluepill]);
    expect(full.document.memories[0]).toMatchObject({ sectorsErased: 4, sectorsSkipped: 0 });
  });

  it("programs only the sector that differs, and says so", async () => {
    const board = keepBoard();
    await run(["flash", program, "--probe", bluepill]);
    board.flash()[0x0801] ^= 0xff;
    const { status, out, error } = await run(["flash", program, "--verify", "--probe", bluepill]);
    expect(status).toBe(0);
    expect(out).toContain("3516 bytes of");
    expect(out).toContain("3 sectors held the right content already.");
    expect(error).toContain("Erasing: 1024 bytes\n");
    expect(Buffer.from(board.flash().subarray(0, content.length)).equals(Buffer.from(content))).toBe(true);
  });

  it.each([
    [[], true],
    [["--run"], false],
    [["--reset"], false],
  ] as const)("leaves the core halted unless told otherwise: %j", async (words, halted) => {
    const board = keepBoard();
    expect((await run(["flash", program, ...words, "--probe", bluepill])).status).toBe(0);
    expect(board.chip().cpu.halted).toBe(halted);
  });

  it("draws bars on a terminal", async () => {
    const { error } = await run(["flash", program, "--probe", bluepill], "");
    expect(error).toMatch(/\rProgramming \[#{30}\] 4096\/4096\n/);
  });
});

describe("what is wrong with a file ends before anything is erased", () => {
  const elf = readFileSync(program);
  const cases: readonly (readonly [string, () => readonly string[], string, RegExp])[] = [
    ["no such file", () => ["/no/such.elf"], "file-unreadable", /there is no such file/],
    ["a folder", () => [pathOf(".")], "file-unreadable", /it is a folder, not a file/],
    ["empty", () => [file("empty.bin", "")], "image-empty", /is empty/],
    ["cut short", () => [file("cut.elf", elf.subarray(0, 3000))], "elf-truncated", /./],
    ["HEX cut short", () => [file("cut.hex", intelHexOf(base, content).slice(0, 900))], "hex-malformed", /./],
    [
      "HEX without end",
      () => [file("end.hex", intelHexOf(base, content).replace(/:00000001FF\n/, ""))],
      "hex-malformed",
      /cut short/,
    ],
    ["SREC damaged", () => [file("bad.srec", srecOf(base, content).replace("S3", "S3F"))], "srec-malformed", /./],
    [
      "parts that overlap",
      () => [file("over.srec", srecOf(base, content).replace(/(S3.*\n)/, "$1$1"))],
      "image-overlap",
      /both claim/,
    ],
    ["another processor", () => [patchedElf("x86.elf", [0x7f, 0x45], 18, 3)], "elf-foreign", /./],
    ["another core", () => [patchedElf("m4.elf", architecture, 1, 13)], "image-wrong-core", /ARMv7E-M.*Cortex-M3/s],
    ["an application processor", () => [patchedElf("a9.elf", architecture, 3, 0x41)], "image-wrong-core", /./],
    ["raw without address", () => [file("raw.bin", content)], "image-needs-address", /needs an address/],
    ["behind the flash", () => [file("a.bin", content), "--address", "0x0800f800"], "flash-image-too-large", /64 KiB/],
    ["nowhere", () => [file("a.bin", content), "--address", "0x60000000"], "flash-image-outside", /./],
    ["beyond the end", () => [file("a.bin", content), "--address", "0xffffff00"], "image-address", /./],
    ["no address", () => [file("a.bin", content), "--address", "0x1ffffffff"], "option-value-invalid", /./],
    ["--run and --reset", () => [program, "--run", "--reset"], "option-conflict", /together/],
  ];

  it.each(cases)("%s", async (_, words, code, message) => {
    const board = keepBoard();
    // Something is in flash, and has to be there afterwards.
    await run(["flash", otherProgram, "--probe", bluepill]);
    const before = Buffer.from(board.flash());
    const { status, document } = await json(["flash", ...words(), "--probe", bluepill]);
    expect(status).toBe(1);
    expect(document.error.code).toBe(code);
    expect(document.error.cause).toMatch(message);
    expect(document.error.remedy.length).toBeGreaterThan(0);
    expect(Buffer.from(board.flash()).equals(before)).toBe(true);
  });

  it("programs for another core when told to", async () => {
    const foreign = patchedElf("m4.elf", architecture, 1, 13);
    expect((await run(["flash", foreign, "--any-core", "--probe", bluepill])).status).toBe(0);
  });

  it("says of a chip whose flash it cannot program what to do", async () => {
    const { status, document } = await json(["flash", program, "--probe", "sim:stm32469i-eval?pace=fast"]);
    expect(status).toBe(1);
    expect(document.error).toMatchObject({ code: "flash-unsupported" });
    expect(document.error.remedy[0]).toContain("--loader");
  });

  it("leaves a running program alone when the file is bad", async () => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    expect(board.chip().cpu.halted).toBe(false);
    await run(["flash", file("empty.bin", ""), "--probe", running]);
    expect(board.chip().cpu.halted).toBe(false);
  });
});
