/** Addresses that lost a digit on the way: places where no chip, or not this one, has anything. */
import { expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const read = (id: string, address: string) =>
  explainLog(
    Buffer.from(
      [
        "STM32CubeProgrammer v2.15.0",
        "ST-LINK SN  : 0012",
        "ST-LINK FW  : V3J10M3",
        `Device ID   : ${id}`,
        "UPLOADING ...",
        "  Size          : 1024 Bytes",
        `  Address       : ${address}`,
        "Read progress:",
        "Error: Data read failed",
        "",
      ].join("\n"),
    ),
  ).findings[0];

it("a read 16 MiB behind the start of flash is one of external memory with a digit too few", () => {
  const lost = read("0x450", "0x9000000");
  expect(lost).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
  expect(lost.cause).toContain("0x90000000");
});

it("a read below flash is one of flash, RAM or external memory", () => {
  for (const [address, meant] of [
    ["0x800000", "0x08000000"],
    ["0x2000000", "0x20000000"],
    ["0x7000000", "0x70000000"],
  ]) {
    expect(read("0x450", address).cause).toContain(meant);
  }
});

it("says nothing of places that there are", () => {
  // An H5 has data flash there; the others are flash, RAM and external memory with all of their digits.
  for (const [id, address] of [
    ["0x484", "0x9000000"],
    ["0x450", "0x8000000"],
    ["0x450", "0x20000000"],
    ["0x450", "0x90000000"],
  ]) {
    expect(read(id, address).code).not.toBe("image-outside-flash");
  }
});

it("an address before flash that pyOCD refuses lacks a digit", () => {
  const refused = (address: string) =>
    explainLog(
      Buffer.from(
        `INFO:root:DP IDR = 0x1ba01477\nException: Invalid flash address ${address} is before flash start 0x8000000`,
      ),
    ).findings[0];
  expect(refused("0x800000")).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
  expect(refused("0x800000").cause).toContain("0x08000000 less one digit");
});
