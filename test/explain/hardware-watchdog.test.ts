/** A watchdog that the option bytes start. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explained = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const complaint = "The display of my meter flickers and it begins again and again.";

const openocd = (watchdog: string) => [
  "Open On-Chip Debugger 0.12.0",
  "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748",
  "Info : Target voltage: 3.241509",
  "> stm32f1x options_read 0",
  "option byte register = 0x3fffffc",
  "readout protection: off",
  watchdog,
  "stop mode: no reset generated upon entry",
];
const programmer = (row: string) => [
  "      STM32CubeProgrammer v2.16.0",
  "ST-LINK SN  : 066DFF485550755187121723",
  "Voltage     : 3.24V",
  "Device ID   : 0x415",
  "OPTION BYTES BANK: 0",
  "     RDP          : 0xAA (Level 0, no protection)",
  `     ${row}`,
];

describe("a watchdog that runs from reset on", () => {
  it.each([
    [openocd("Hardware Watchdog"), "independent"],
    [openocd("watchdog: hardware"), "independent"],
    [programmer("IWDG_SW      : 0x0 (Hardware independant watchdog)"), "independent"],
    [programmer("WWDG_SW      : 0x0 (Hardware window watchdog)"), "window"],
  ])("is why a program begins again and again (%#)", (lines, which) => {
    const { findings } = explained(...lines, complaint);
    expect(findings[0]).toMatchObject({ code: "watchdog-resets", certainty: "likely" });
    expect(findings[0].cause).toContain(`the ${which} watchdog by hardware`);
    expect(findings.map(({ code }) => code)).not.toContain("not-enough-to-tell");
  });

  it("is worth a note where nobody tells of resets, and no more than possible behind another complaint", () => {
    const alone = explained(...openocd("watchdog: hardware"));
    expect(alone.findings).toEqual([]);
    expect(alone.notes.map(({ code }) => code)).toContain("watchdog-resets");
    const { findings } = explained(...openocd("watchdog: hardware"), "The colours on my display are all wrong.");
    expect(findings.find(({ code }) => code === "watchdog-resets")).toMatchObject({ certainty: "possible" });
  });

  it("leaves it to the flags where they were read: they tell that it bit", () => {
    const read = [
      "Info : stm32f1x.cpu: hardware has 6 breakpoints, 4 watchpoints",
      "> mdw 0x40021024",
      "0x40021024: 24000000",
    ];
    const { findings } = explained(...openocd("watchdog: hardware"), ...read, complaint);
    const causes = findings.filter(({ code }) => code === "watchdog-resets").map(({ cause }) => cause);
    expect(causes).toHaveLength(1);
    expect(causes[0]).toContain("IWDGRSTF");
  });

  it("is not there where software starts it", () => {
    for (const lines of [
      openocd("watchdog: software"),
      openocd("Software Watchdog"),
      programmer("IWDG_SW      : 0x1 (Software)"),
    ]) {
      const { findings, notes } = explained(...lines, complaint);
      expect([...findings, ...notes].map(({ code }) => code)).not.toContain("watchdog-resets");
    }
  });
});
