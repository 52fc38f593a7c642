/** ST's boot loader where it is erased, and protection that a programmer tells of through it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const banner = "STM32CubeProgrammer v2.15.0";

describe("system memory that was read", () => {
  const silent = ["stm32flash 0.7", "Interface serial_posix: 115200 8E1", "Failed to init device, timeout."];
  const probe = (id: string, ...rows: readonly string[]) => [
    banner,
    "ST-LINK SN  : 0012",
    "ST-LINK FW  : V2J40S7",
    `Device ID   : ${id}`,
    "Reading 32-bit memory content",
    ...rows,
  ];
  const erased = "0x1FFFF000 : FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF";

  it("has no boot loader where it is erased from its start", () => {
    const all = found(...silent, ...probe("0x410", erased));
    expect(all.map(({ code }) => code)).toEqual(["chip-not-genuine"]);
    expect(all[0]).toMatchObject({ certainty: "likely", severity: "error" });
    const f4 = found(...silent, ...probe("0x413", "0x1FFF0000 : FFFFFFFF FFFFFFFF"));
    expect(f4[0].code).toBe("chip-not-genuine");
  });

  it("has one where words stand there, and tells nothing elsewhere or while it is hidden", () => {
    const vectors = "0x1FFFF000 : 20000258 1FFFF131 1FFFF151 1FFFF153";
    for (const rows of [[vectors], ["0x1FFFF010 : FFFFFFFF FFFFFFFF"], ["0x1FFF0000 : FFFFFFFF"]]) {
      const codes = found(...silent, ...probe("0x410", ...rows)).map(({ code }) => code);
      expect(codes).not.toContain("chip-not-genuine");
    }
    const hidden = found(...probe("0x410", "RDP          : 0xBB", erased)).map(({ code }) => code);
    expect(hidden).not.toContain("chip-not-genuine");
  });

  it("is read over a probe, which is no answer of the boot loader", () => {
    expect(found(...silent, ...probe("0x410"))[0]?.code).not.toBe("boot-loader-refuses");
    const { facts } = explainLog(Buffer.from([...silent, ...probe("0x410", erased)].join("\n")));
    expect(
      facts.filter(({ kind, value }) => kind === "boot-loader" && "answer" in value && value.answer === "ok"),
    ).toEqual([]);
  });
});

describe("a programmer that tells of read protection over USB", () => {
  const run = (...rest: readonly string[]) => ["> STM32_Programmer_CLI -c port=usb1 -w fw.hex", banner, ...rest];
  const device = ["USB speed   : Full Speed (12MBit/s)", "Product ID  : STM32  BOOTLOADER", "Device ID   : 0x0413"];
  const claim = "Warning: Device is under Read Out Protection";

  it("is believed, never as certain, and another port comes before the removal", () => {
    const [first] = found(...run(...device, claim));
    expect(first).toMatchObject({ code: "read-protected", certainty: "likely" });
    expect(first.remedy[0]).toContain("USB port");
    expect(found(...run(...device))).toEqual([]);
  });

  it("leaves it open where its sentence names a reset as well, whole or cut", () => {
    for (const end of [" or Target is held under reset", " or Target"]) {
      const all = found(...run(...device, `${claim}${end}`));
      expect(all.map(({ code }) => code)).toEqual(["boot-loader-refuses"]);
    }
  });

  it("is out of date where a later run meets no boot loader", () => {
    const all = found(...run(...device, claim), ...run("Error: Target device not found"));
    expect(all.map(({ code }) => code)).toEqual(["boot-loader-silent"]);
  });

  it("tells of the chip itself where a probe reads it", () => {
    const [first] = found(banner, "ST-LINK SN  : 0012", "ST-LINK FW  : V2J40S7", "Device ID   : 0x413", claim);
    expect(first).toMatchObject({ code: "read-protected" });
    expect(first.cause).not.toContain("boot loader");
  });
});
