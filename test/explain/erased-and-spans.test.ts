/** What a tool counts or reports as done, and what that is worth: erased pages, sizes that are distances. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const at = "2025-03-19T10:48:50";

describe("a place that is not empty after an erase that was reported done", () => {
  const write = (chip: string) =>
    found(
      "st-flash 1.8.0",
      `${at} INFO common.c: ${chip}: 128 KiB SRAM, 512 KiB flash in at least 2 KiB pages.`,
      `${at} INFO common_flash.c: Attempting to write 311896 (0x4c258) bytes to stm32 address: 134217728 (0x8000000)`,
      `${at} INFO common_flash.c: Finished erasing 153 pages of 2048 (0x800) bytes`,
      `${at} ERROR common_flash.c: Flash memory contains a non-erased value`,
      "stlink_fwrite_flash() == -1",
    );

  it("was missed by the erase, most likely, where the chip takes a page's number and bank", () => {
    const [first] = write("STM32G47x_G48x");
    expect(first).toMatchObject({ code: "flash-not-erased", certainty: "likely" });
    expect(first.cause).toContain("other one");
    expect(first.remedy[0]).toContain("worn");
  });

  it("does not erase, most likely, where the chip takes the page's own address", () => {
    expect(write("STM32F1xx_XLD")[0]).toMatchObject({ code: "flash-worn", certainty: "likely" });
  });
});

describe("a size that no flash has", () => {
  const write = (size: number, to = "0x8000000") =>
    found(
      "$ st-flash --format ihex write app.hex",
      "st-flash 1.8.0",
      `${at} INFO common.c: STM32WLEx: 32 KiB SRAM, 256 KiB flash in at least 2 KiB pages.`,
      `${at} INFO common_flash.c: Attempting to write ${size} (0x${size.toString(16)}) bytes to stm32 address: 134217728 (${to})`,
      `${at} ERROR common_flash.c: The size exceeds the size of the flash (0x00040000 bytes available)`,
    )[0];

  it("is the way from flash to the RAM for which a part of the file is", () => {
    const first = write(0x18000314);
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(first.cause).toMatch(/0x20000313.*RAM/);
  });

  it("is the way to option bytes, or what else lies far off", () => {
    expect(write(0x17fff810).cause).toContain("0x1FFFF80F");
  });

  it("is no such thing where a program could have it", () => {
    expect(write(300_000).code).toBe("image-too-large");
  });
});
