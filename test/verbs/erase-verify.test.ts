import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readImage } from "../../src/formats/image.ts";
import { intelHexOf } from "../../src/formats/write-image.ts";
import { file, freshBoards, json, keepBoard, otherProgram, program, run, running } from "./bench.ts";

afterEach(freshBoards);

/** Sectors of 1 KiB that hold something else than erased flash. */
function filled(flash: Uint8Array): number[] {
  return Array.from({ length: flash.length / 1024 }, (_, i) => i).filter((i) =>
    flash.subarray(1024 * i, 1024 * (i + 1)).some((byte) => byte !== 0xff),
  );
}

describe("erase", () => {
  it.each([
    ["numbers", "0,2-3", [1]],
    ["addresses that touch a sector", "0x08000400-0x08000400", [0, 2, 3]],
    ["a range of addresses", "0x080003ff-0x08000bff", [3]],
  ])("erases sectors by %s", async (_, ranges, left) => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    expect(filled(board.flash())).toEqual([0, 1, 2, 3]);
    const { status, document } = await json(["erase", "--sectors", ranges, "--yes", "--probe", running]);
    expect(status).toBe(0);
    expect(document.bytes).toBe(1024 * (4 - left.length));
    expect(filled(board.flash())).toEqual(left);
  });

  it("erases all", async () => {
    const board = keepBoard();
    const { document } = await json(["erase", "--all", "--yes", "--probe", running]);
    expect(document).toMatchObject({
      all: true,
      bytes: 65536,
      erased: [{ address: 0x08000000, bytes: 65536, sectors: 64 }],
    });
    expect(filled(board.flash())).toEqual([]);
  });

  it.each([
    ["y", 0],
    ["YES ", 0],
    ["", 1],
    ["n", 1],
    ["yesterday", 1],
  ])("asks on a terminal; the answer %j ends with %i", async (answer, status) => {
    const board = keepBoard();
    const result = await run(["erase", "--all", "--probe", running], answer);
    expect(result.status).toBe(status);
    expect(result.error).toContain("64 sectors, 0x08000000 to 0x0800ffff (64 KiB) will be erased.\nGo on? [y/N] ");
    expect(filled(board.flash())).toEqual(status === 0 ? [] : [0, 1, 2, 3]);
    if (status === 1) expect(result.error).toContain("confirmation-refused");
  });

  it.each([
    ["nobody to ask", ["--all"], "confirmation-needed"],
    ["nothing said", ["--yes"], "erase-what"],
    ["both said", ["--all", "--sectors", "1", "--yes"], "option-conflict"],
    ["a sector that is not there", ["--sectors", "63-64", "--yes"], "sectors-outside"],
    ["addresses that run out", ["--sectors", "0x0800fc00-0x08010000", "--yes"], "sectors-outside"],
    ["addresses of RAM", ["--sectors", "0x20000000", "--yes"], "sectors-outside"],
    ["a range backwards", ["--sectors", "3-1", "--yes"], "option-value-invalid"],
    ["a number and an address", ["--sectors", "3-0x08001000", "--yes"], "option-value-invalid"],
    ["no range", ["--sectors", "all", "--yes"], "option-value-invalid"],
  ])("refuses %s", async (_, words, code) => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    const { status, document } = await json(["erase", ...words, "--probe", running]);
    expect(status).toBe(1);
    expect(document.error.code).toBe(code);
    expect(filled(board.flash())).toEqual([0, 1, 2, 3]);
  });

  it("says of a chip whose flash it cannot erase what to do, and asks nothing", async () => {
    const { status, error } = await run(["erase", "--all", "--probe", "sim:stm32469i-eval?pace=fast"], "y");
    expect(status).toBe(1);
    expect(error).toContain("flash-unsupported");
    expect(error).not.toContain("Go on?");
  });
});

describe("verify", () => {
  it("compares, and lets the core go on", async () => {
    const board = keepBoard();
    const { status, document } = await json(["verify", program, "--probe", running]);
    expect(status).toBe(0);
    expect(document).toMatchObject({ bytes: 3516, verified: true, findings: [] });
    expect(board.chip().cpu.halted).toBe(false);
    const before = board.chip().cpu.retired;
    await run(["read", "0x20000000", "4", "--probe", running]);
    expect(board.chip().cpu.retired).toBeGreaterThan(before);
  });

  it("leaves a halted core halted", async () => {
    const board = keepBoard();
    await run(["reset", "--halt", "--probe", running]);
    await run(["verify", program, "--probe", running]);
    expect(board.chip().cpu.halted).toBe(true);
  });

  it.each([
    ["by reading", 256],
    ["by a sum made on the target", 8192],
  ])("tells the first difference, how many, and in how many pages: %s", async (_, length) => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    const content = Uint8Array.from({ length }, (_unused, i) => (7 * i) & 0xff);
    board.chip().loadFlash([{ address: 0x08004000, data: content }]);
    const path = file("content.hex", intelHexOf(0x08004000, content));
    expect((await run(["verify", path, "--probe", running])).status).toBe(0);
    const wrong = [17, 18, length - 1];
    for (const at of wrong) board.flash()[0x4000 + at] ^= 0x01;
    const { status, document } = await json(["verify", path, "--probe", running]);
    expect(status).toBe(1);
    expect(document.error.code).toBe("verify-failed");
    expect(document.error.facts).toEqual({
      address: 0x08004011,
      expected: content[17],
      found: content[17] ^ 1,
      differing: 3,
      pages: length > 1024 ? 2 : 1,
      bytes: length,
    });
  });

  it("says of another program that it is another, and of erased flash that it is erased", async () => {
    keepBoard();
    const other = await json(["verify", otherProgram, "--probe", running]);
    expect(other.document.error.remedy[0]).toContain("another build");
    await run(["erase", "--all", "--yes", "--probe", running]);
    await run(["reset", "--probe", running]);
    const erased = await json(["verify", program, "--probe", running]);
    const { data } = readImage(readFileSync(program), program).segments[0];
    expect(erased.document.error.facts.differing).toBe(data.filter((byte) => byte !== 0xff).length);
    expect(erased.document.error.remedy[0]).toContain("erased");
    // Not by what else is wrong with a chip without a program: that is a finding beside it.
    expect(erased.error).toMatch(/^Cause: +Memory differs from [\s\S]*\[verify-failed\]/m);
    expect(erased.document.findings.map(({ code }: { code: string }) => code)).toContain("vector-table-empty");
  });

  it.each([
    ["no such file", ["/no/such.elf"], "file-unreadable"],
    ["a file that leaves flash", [file("big.hex", intelHexOf(0x0800ff00, new Uint8Array(512)))], "range-leaves-memory"],
    ["raw without address", [file("some.bin", "abc")], "image-needs-address"],
  ])("refuses %s", async (_, words, code) => {
    const { status, document } = await json(["verify", ...words, "--probe", running]);
    expect([status, document.error.code]).toEqual([1, code]);
  });
});
