import { describe, expect, it } from "vitest";
import { fileKind } from "./file-kind.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...new Array(200).fill(0)]);
/** Bytes without order, the same each time (a linear congruential sequence). */
function unordered(count: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 0x80000000;
    return state >>> 16;
  });
}
const log = "Open On-Chip Debugger 0.12.0\r\nError: open failed\r\n";

describe("fileKind", () => {
  it("knows programs, pictures, archives and images by their marks", () => {
    expect(fileKind(bytes(0x7f, 0x45, 0x4c, 0x46, 1, 1))).toMatchObject({
      name: "an ELF program",
      remedy: expect.stringContaining("probity loader info"),
    });
    expect(fileKind(bytes(0x89, 0x50, 0x4e, 0x47))?.name).toBe("a picture");
    expect(fileKind(bytes(0x42, 0x4d, 1, 2, 0, 0, 0, 0, 0, 0))?.name).toBe("a picture");
    expect(fileKind(bytes(0x44, 0x66, 0x75, 0x53, 0x65, 1))?.name).toBe("an image of a program");
    expect(fileKind(bytes(0x50, 0x4b, 3, 4))?.name).toBe("an archive");
    expect(fileKind(bytes(0x4d, 0x5a, 0x90, 0))?.name).toBe("a program for Windows");
    expect(fileKind(bytes(0x00, 0x50, 0x00, 0x20, 0x45, 0x01, 0x00, 0x08))?.name).toBe("an image of a program");
  });

  it("knows images that are written as text", () => {
    expect(fileKind(text(":10010000214601360121470136007EFE09D2190140\n:00000001FF\n"))?.name).toContain("Intel HEX");
    expect(fileKind(text("S00600004844521B\nS1130000285F245F2212226A000424290008237C2A\n"))?.name).toContain(
      "S-records",
    );
  });

  it("knows binary data without a mark", () => {
    expect(fileKind(unordered(4000))?.name).toBe("binary data");
    expect(fileKind(bytes())?.name).toBe("binary data");
    expect(fileKind(Uint8Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? (i * 7) % 31 : 0)))?.name).toBe(
      "binary data",
    );
  });

  it("takes any text for one, whatever its encoding, and with a few odd bytes", () => {
    expect(fileKind(text(""))).toBeUndefined();
    expect(fileKind(text(log))).toBeUndefined();
    // A tool whose name begins like the mark of a file for DFU.
    expect(fileKind(text("DfuSeCommand.exe -c -d --fn a.dfu\r\n"))).toBeUndefined();
    expect(fileKind(Uint8Array.from([0xef, 0xbb, 0xbf, ...text(log)]))).toBeUndefined();
    for (const first of [[0xff, 0xfe], []]) {
      expect(fileKind(Uint8Array.from([...first, ...Buffer.from(log, "utf16le")]))).toBeUndefined();
    }
    expect(fileKind(Uint8Array.from([0xfe, 0xff, ...Buffer.from(log, "utf16le").swap16()]))).toBeUndefined();
    expect(fileKind(Buffer.from("Geh\xe4use: Fehler \x00\x01\x1b[31m beim Flashen\r\n", "latin1"))).toBeUndefined();
    expect(fileKind(text("BMP support is on\nMZ is no mark of a program here\n"))).toBeUndefined();
    expect(fileKind(text("S1 button pressed\n:10 o'clock\n"))).toBeUndefined();
  });
});
