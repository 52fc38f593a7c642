/** A program's file that a tool writes byte for byte. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const begun = [
  "st-flash 1.7.0",
  "2024-03-02T10:00:00 INFO common.c: F4xx: 192 KiB SRAM, 1024 KiB flash in at least 16 KiB pages.",
  "2024-03-02T10:00:00 INFO common.c: Attempting to write 23110 (0x5a46) bytes to stm32 address: 134217728 (0x8000000)",
];
const verified = "2024-03-02T10:00:01 INFO common.c: Flash written and verified! jolly good!";

describe("st-flash", () => {
  it.each([
    ["st-flash write out/lamp.hex 0x8000000", "text with addresses"],
    ["sudo st-flash --reset write out/lamp.elf 0x08000000", "an ELF file"],
    ["st-flash write target/thumbv7em-none-eabihf/release/lamp 0x8000000", "an ELF file"],
    ["st-flash write target/thumbv7m-none-eabi/debug/examples/lamp 0x8000000", "an ELF file"],
  ])("was given a file that is no raw image: %s", (command, kind) => {
    const [first] = found(`$ ${command}`, ...begun, verified);
    expect(first).toMatchObject({ code: "image-written-raw", certainty: "likely" });
    expect(first.cause).toContain(kind);
    expect(first.remedy[0]).toContain("--format ihex");
  });

  it.each([
    "st-flash write out/lamp.bin 0x8000000",
    "st-flash --format ihex write out/lamp.hex",
    "st-flash write target/thumbv7em-none-eabihf/release/lamp.bin 0x8000000",
  ])("was given what it takes: %s", (command) => {
    expect(found(`$ ${command}`, ...begun, verified)).toEqual([]);
  });

  it("got no further than the chip: that is another matter", () => {
    const codes = found("$ st-flash write out/lamp.hex 0x8000000", "st-flash 1.7.0", "Failed to connect to target").map(
      ({ code }) => code,
    );
    expect(codes).not.toContain("image-written-raw");
    const after = found(
      "$ st-flash write out/lamp.bin 0x8000000",
      ...begun,
      verified,
      "$ st-flash write out/lamp.hex 0x8000000",
      "st-flash 1.7.0",
      "Failed to connect to target",
    );
    expect(after.map(({ code }) => code)).not.toContain("image-written-raw");
  });
});

describe("dfu-util", () => {
  const session = [
    "dfu-util 0.11",
    "Opening DFU capable USB device...",
    "Device ID 0483:df11",
    "DFU state(2) = dfuIDLE, status(0) = No error condition is present",
    "Downloading element to address = 0x08000000, size = 23110",
    "Download done.",
    "File downloaded successfully",
  ];

  it("writes the bytes of any file", () => {
    const [first] = found("$ dfu-util -a 0 -s 0x08000000 -D lamp.hex", ...session);
    expect(first).toMatchObject({ code: "image-written-raw", certainty: "likely" });
    expect(first.remedy[0]).toContain("objcopy");
    expect(found("$ dfu-util -a 0 -s 0x08000000 -D lamp.bin", ...session)).toEqual([]);
    expect(found("$ dfu-util -a 0 -D lamp.dfu", ...session)).toEqual([]);
  });
});

describe("a file of which st-flash gives the checksum", () => {
  const log = (file: string) => [
    "st-flash 1.7.0",
    `file ${file} md5 checksum: 8a28585eb9f6bba383edab23b778313c, stlink checksum: 0x00080929`,
    "2024-05-01T10:07:14 INFO common.c: Attempting to write 9956 (0x26e4) bytes to stm32 address: 134217728 (0x8000000)",
    "2024-05-01T10:07:17 INFO common.c: Flash written and verified! jolly good!",
  ];

  it("was written as it is, by its name", () => {
    expect(found(...log("out/firmware.hex"))[0]).toMatchObject({ code: "image-written-raw", certainty: "likely" });
    expect(found(...log("out/firmware.bin"))).toEqual([]);
  });
});
