import { XMLParser } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { memoryMapXml } from "./memory-map-xml.ts";
import { registerFromHex, registerHex, registerTable } from "./register-table.ts";
import { targetXml } from "./target-xml.ts";

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" });

describe("targetXml", () => {
  const { target } = parser.parse(targetXml());

  it("keeps GDB from guessing an operating system", () => {
    expect(target.osabi).toBe("none");
    expect(target.architecture).toBe("arm");
  });

  it("describes the registers of the M profile under the names and numbers that GDB wants", () => {
    const profile = target.feature.find(({ name }: { name: string }) => name === "org.gnu.gdb.arm.m-profile");
    const names = profile.reg.map(({ name, regnum }: { name: string; regnum: string }) => `${name}:${regnum}`);
    const expected = Array.from({ length: 13 }, (_, n) => `r${n}:${n}`);
    expect(names).toEqual([...expected, "sp:13", "lr:14", "pc:15", "xpsr:25"]);
  });

  it("describes the system registers", () => {
    const system = target.feature.find(({ name }: { name: string }) => name === "org.gnu.gdb.arm.m-system");
    const names = system.reg.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["msp", "psp", "primask", "basepri", "faultmask", "control"]);
  });

  it("numbers registers upwards, so that `g` holds them in the order of the table", () => {
    const numbers = registerTable.map((register) => register.number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});

describe("register values", () => {
  it("have their least significant byte first", () => {
    expect(registerHex(0x0800_0101)).toBe("01010008");
    expect(registerHex(0xffff_ffff)).toBe("ffffffff");
    expect(registerFromHex("78563412")).toBe(0x1234_5678);
    expect(registerFromHex("7856341")).toBeUndefined();
    expect(registerFromHex("xxxxxxxx")).toBeUndefined();
  });
});

describe("memoryMapXml", () => {
  it("tells flash with its erase unit, and RAM", () => {
    const xml = memoryMapXml([
      { kind: "flash", start: 0x0800_0000, length: 0x1_0000, blockSize: 0x400 },
      { kind: "ram", start: 0x2000_0000, length: 0x5000 },
    ]);
    const regions = parser.parse(xml)["memory-map"].memory;
    expect(regions).toEqual([
      { type: "flash", start: "0x8000000", length: "0x10000", property: { name: "blocksize", "#text": 0x400 } },
      { type: "ram", start: "0x20000000", length: "0x5000" },
    ]);
  });
});
