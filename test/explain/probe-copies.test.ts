/** What tells a copy of an ST-LINK: an update that it does not take, a serial number that it does not have. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("an update of the probe's firmware that fails", () => {
  const failed = "STLinkUpgrade [!] Upgrade error, please try again";

  it("once its version had been read is not taken by the probe, which may be a copy", () => {
    const update = found("Version: V2.J29.S7 STM32 Debugger + STM8 Debugger", failed);
    expect(update.map(({ code }) => code)).toEqual(["probe-firmware-old", "probe-clone"]);
    expect(update[0].cause).toContain("had read the probe's version");
  });

  it("is no sign of a copy of a probe that came on a board, or where no version was read", () => {
    expect(codes("Version: V2.J29.M18 STM32 Debugger + Mass storage", failed)).not.toContain("probe-clone");
    expect(found("STLinkUpgrade", "Upgrade error")[0].cause).toContain("while it changed its mode");
  });
});

describe("a probe without a serial number", () => {
  const server = (reason: string) => ["Error in initializing ST-LINK device.", `Reason: ${reason}`];

  it("is a copy, most often", () => {
    const [first, second] = found(...server("ST-LINK device with missing serial number."));
    expect(first).toMatchObject({ code: "probe-serial-missing", certainty: "likely" });
    expect(first.cause).not.toContain("attached");
    expect(second.code).toBe("probe-clone");
  });

  it("is another thing than one whose number is not there", () => {
    expect(codes(...server("ST-LINK: 066DFF49 not found"))).not.toContain("probe-clone");
  });
});
