/** External loaders of ST's boards on boards of others: the chip fits, and the memory does not answer. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

function first(loader: string, ...probe: readonly string[]) {
  const log = [
    `STM32_Programmer_CLI -c port=SWD -el ${loader}.stldr -w assets.bin 0x90000000`,
    "ST-LINK SN  : 066EFF303435554157105620",
    ...probe,
    "Device ID   : 0x450",
    "Flash size  : 128 KBytes",
    "Erasing memory corresponding to segment 0:",
    "Erasing external memory sectors [0 4]",
    "Error: failed to erase memory",
  ];
  return explainLog(Buffer.from(log.join("\n"))).findings[0];
}

describe("an external loader whose erase fails", () => {
  const loader = "MT25TL01G_STM32H750B-DISCO";

  it("is for another board, by the probe: that one's memory does not answer", () => {
    for (const probe of [
      ["ST-LINK FW  : V2J45S7"],
      ["ST-LINK FW  : V3J15M7", "Board       : STLINK-V3SET"],
      ["ST-LINK FW  : V2J40M27", "Board       : NUCLEO-H743ZI2"],
    ]) {
      const finding = first(loader, ...probe);
      expect(finding).toMatchObject({ code: "loader-memory-silent", certainty: "likely" });
      expect(finding.cause).toContain("STM32H750B-DISCO board");
    }
  });

  it("fails in itself, as far as one can tell, on its own board and without a board's name", () => {
    const code = (...words: Parameters<typeof first>) => first(...words).code;
    const firmware = "ST-LINK FW  : V3J13M4";
    expect(code(loader, firmware, "Board       : STM32H750B-DISCO")).toBe("loader-reports-failure");
    expect(code(loader, firmware, "Board       : STM32H750B-DISCOVERY")).toBe("loader-reports-failure");
    expect(code("W25Q64_own", firmware, "Board       : STLINK-V3SET")).toBe("loader-reports-failure");
    expect(code("MT25TL01G_STM32H750VB", firmware, "Board       : STLINK-V3SET")).toBe("loader-reports-failure");
    // Nothing tells whose probe it was.
    expect(code(loader)).toBe("loader-reports-failure");
  });
});
