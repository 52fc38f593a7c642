import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readImage } from "../../src/formats/image.ts";
import { bluepill, file, freshBoards, json, keepBoard, pathOf, program, run, running } from "./bench.ts";

afterEach(freshBoards);

const flashed = readImage(readFileSync(program), program).segments[0].data;

describe("read", () => {
  it("dumps memory of a core that goes on running", async () => {
    const board = keepBoard();
    const { status, out } = await run(["read", "0x08000000", "32", "--probe", running]);
    expect(status).toBe(0);
    expect(out).toBe(
      "08000000  00 50 00 20 35 08 00 08 2d 08 00 08 15 08 00 08  |.P. 5...-.......|\n" +
        "08000010  2d 08 00 08 2d 08 00 08 2d 08 00 08 00 00 00 00  |-...-...-.......|\n",
    );
    expect(board.chip().cpu.halted).toBe(false);
    const before = board.chip().cpu.retired;
    await run(["read", "0x20000000", "4", "--probe", running]);
    expect(board.chip().cpu.retired).toBeGreaterThan(before);
  });

  it("shows lines that repeat once, and words as the core sees them", async () => {
    const { out } = await run(["read", "0x08008000", "0x1000", "--width", "32", "--probe", running]);
    expect(out).toBe(
      "08008000  ffffffff ffffffff ffffffff ffffffff\n*\n08008ff0  ffffffff ffffffff ffffffff ffffffff\n",
    );
  });

  it.each([
    ["bin", "binary"],
    ["hex", "intel-hex"],
    ["srec", "srec"],
  ])("writes a .%s file that reads back as the memory", async (ending, format) => {
    const path = pathOf(`out.${ending}`);
    const { document } = await json(["read", "0x08000000", "8K", path, "--probe", running]);
    expect(document).toEqual({
      chip: "STM32F10x medium-density (F101/F102/F103 x8/xB)",
      address: 0x08000000,
      length: 8192,
      file: path,
      format,
      findings: [],
    });
    const image = readImage(readFileSync(path), path, { baseAddress: 0x08000000 });
    expect(image.format).toBe(format);
    expect(image.segments).toHaveLength(1);
    expect(image.segments[0].address).toBe(0x08000000);
    expect(image.segments[0].data.length).toBe(8192);
    expect(Buffer.from(image.segments[0].data.subarray(0, flashed.length)).equals(Buffer.from(flashed))).toBe(true);
  });

  it.each(["8", "16", "32"])("reads the same by accesses of %s bits, over several pieces", async (width) => {
    const { document } = await json(["read", "0x08000000", "6K", "--width", width, "--probe", running]);
    const expected = Buffer.alloc(6144, 0xff);
    expected.set(flashed);
    expect(document.data).toBe(expected.toString("hex"));
  });

  it("does not overwrite a file unless told to", async () => {
    const path = file("there.bin", "precious");
    const refused = await json(["read", "0x20000000", "16", path, "--probe", running]);
    expect(refused.document.error.code).toBe("file-exists");
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect((await run(["read", "0x20000000", "16", path, "--force", "--probe", running])).status).toBe(0);
    expect(readFileSync(path).length).toBe(16);
  });

  it.each([
    ["no address", ["here", "16"], "option-value-invalid"],
    ["an address of 33 bits", ["0x100000000", "16"], "option-value-invalid"],
    ["length 0", ["0x20000000", "0"], "option-value-invalid"],
    ["a negative length", ["0x20000000", "--", "-4"], "option-value-invalid"],
    ["an end beyond the address space", ["0xfffffff0", "32"], "range-wraps"],
    ["an end behind flash", ["0x0800fff0", "32"], "range-leaves-memory"],
    ["an end behind RAM", ["0x20004000", "8K"], "range-leaves-memory"],
    ["an odd address", ["0x20000001", "4", "--width", "32"], "address-unaligned"],
    ["an odd length", ["0x20000000", "3", "--width", "16"], "address-unaligned"],
    ["a width that is none", ["0x20000000", "4", "--width", "24"], "option-value-invalid"],
    ["nothing there", ["0x30000000", "16"], "memory-fault"],
    ["a format that is none", ["0x20000000", "4", pathOf("out.txt")], "file-format-unknown"],
    ["a folder as file", ["0x20000000", "4", pathOf(".")], "file-unwritable"],
    ["a folder that is not there", ["0x20000000", "4", pathOf("no/out.bin")], "file-unwritable"],
  ])("refuses %s", async (_, words, code) => {
    const [flags, positional] = words.includes("--") ? [["--json", "--probe", running], words] : [[], words];
    const { status, out } = await run(
      flags.length > 0 ? ["read", ...flags, ...positional] : ["read", ...positional, "--json", "--probe", running],
    );
    const document = JSON.parse(out);
    expect(status).toBe(1);
    expect(document.error.code).toBe(code);
    expect(document.error.remedy.length).toBeGreaterThan(0);
  });

  it("leaves no file behind when the target cannot be read", async () => {
    const path = pathOf("half.bin");
    expect((await run(["read", "0x30000000", "64", path, "--probe", running])).status).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it("says of protected flash that it is protected", async () => {
    const { document } = await json(["read", "0x08000000", "16", "--probe", `${bluepill}&fault=rdp1`]);
    expect(document.findings[0].code).toBe("read-protected");
  });
});

describe("write", () => {
  it("writes numbers of each width, and reads them back from a core that goes on", async () => {
    const board = keepBoard();
    for (const [width, values] of [
      ["32", ["0x11223344", "5"]],
      ["16", ["0x5566", "7"]],
      ["8", ["1", "2", "0xff", "4"]],
    ] as const) {
      const written = await json(["write", "0x20004000", ...values, "--width", width, "--verify", "--probe", running]);
      expect(written.document).toMatchObject({ address: 0x20004000, into: "ram", verified: true });
      const { document } = await json(["read", "0x20004000", String(written.document.length), "--probe", running]);
      const size = Number(width) / 8;
      const expected = Buffer.alloc(size * values.length);
      values.forEach((value, i) => {
        expected.writeUIntLE(Number(value), i * size, size);
      });
      expect(document.data).toBe(expected.toString("hex"));
    }
    expect(board.chip().cpu.halted).toBe(false);
  });

  it("writes a register by an access of the width that was asked for", async () => {
    keepBoard();
    // The clock of port A, then its output register: only the lower half exists.
    await run(["write", "0x40021018", "0x4", "--probe", running]);
    const { document } = await json(["write", "0x4001080c", "0xa5a5", "--verify", "--probe", running]);
    expect(document).toMatchObject({ into: "registers", verified: true, length: 4 });
  });

  it("writes a file", async () => {
    keepBoard();
    const path = file("text.bin", "Hello, RAM!");
    expect((await run(["write", "0x20004001", path, "--verify", "--probe", running])).status).toBe(0);
    const { document } = await json(["read", "0x20004001", "11", "--probe", running]);
    expect(Buffer.from(document.data, "hex").toString()).toBe("Hello, RAM!");
  });

  it("goes into flash with --flash, and keeps what is around", async () => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    const before = Buffer.from(board.flash());
    const { status, out } = await run([
      "write",
      "0x08000802",
      "0xbeef",
      "--width",
      "16",
      "--flash",
      "--probe",
      running,
    ]);
    expect([status, out]).toEqual([0, "2 bytes written to flash at 0x08000802.\n"]);
    const expected = Buffer.from(before);
    expected.writeUInt16LE(0xbeef, 0x802);
    expect(Buffer.from(board.flash()).equals(expected)).toBe(true);
  });

  it.each([
    ["flash without --flash", ["0x08000000", "1"], "write-into-flash"],
    ["the option bytes", ["0x1ffff800", "1"], "memory-read-only"],
    ["the option bytes with --flash", ["0x1ffff800", "1", "--flash"], "memory-read-only"],
    ["the boot loader", ["0x1ffff000", "1"], "memory-read-only"],
    ["a range that runs out of RAM", ["0x20004ffc", "1", "2"], "range-leaves-memory"],
    ["a range that runs out of flash", ["0x0800fffc", "1", "2", "--flash"], "range-leaves-memory"],
    ["an odd address", ["0x20000002", "1"], "address-unaligned"],
    ["a number too large", ["0x20000000", "256", "--width", "8"], "value-invalid"],
    ["what is no number", ["0x20000000", "1", "two"], "value-invalid"],
    ["a number with a typing error", ["0x20000000", "0x12g"], "value-invalid"],
    ["the end of the address space", ["0xfffffffc", "1", "2"], "range-wraps"],
    ["an ELF file", ["0x20000000", program], "file-has-addresses"],
    ["no such file", ["0x20000000", "/no/such.bin"], "file-unreadable"],
    ["an empty file", ["0x20000000", file("nothing.bin", "")], "file-empty"],
    ["a register that is not there", ["0x30000000", "1"], "memory-fault"],
    ["a register that does not keep it", ["0xe000ed00", "1", "--verify"], "write-not-held"],
  ])("refuses %s", async (_, words, code) => {
    const board = keepBoard();
    await run(["info", "--probe", running]);
    const before = Buffer.from(board.flash());
    const { status, document } = await json(["write", ...words, "--probe", running]);
    expect(status).toBe(1);
    expect(document.error.code).toBe(code);
    expect(document.error.remedy.length).toBeGreaterThan(0);
    expect(Buffer.from(board.flash()).equals(before)).toBe(true);
  });
});
